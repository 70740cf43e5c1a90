// The package internal is made by wit-bindgen-go; see README.md.
package main

import (
	"encoding/json"
	"fmt"

	"go.bytecodealliance.org/cm"
	"warehouse/internal/qemu-dev/worker/consumer"
	"warehouse/internal/qemu-dev/worker/producer"
)

type order struct {
	Item string `json:"item"`
}

type result = cm.Result[consumer.OutcomeShape, consumer.Outcome, string]

func init() {
	consumer.Exports.Queue = queue
}

func queue(batch consumer.Batch) result {
	var decisions []consumer.MessageDecision
	for index, message := range batch.Messages.Slice() {
		var order order
		if err := json.Unmarshal(message.Body.Slice(), &order); err != nil {
			return cm.Err[result](err.Error())
		}
		switch {
		case batch.Queue == "shipments":
			fmt.Printf("shipping %s\n", order.Item)
		case order.Item == "boat" && message.Attempts == 1:
			fmt.Printf("the %s is not ready, again in a second\n", order.Item)
			decisions = append(decisions, consumer.MessageDecision{
				Index:    uint32(index),
				Decision: consumer.DecisionRetry(cm.Some(uint32(1))),
			})
		default:
			sent := producer.Send("SHIPMENTS", producer.Message{ContentType: message.ContentType, Body: message.Body})
			if failure := sent.Err(); failure != nil {
				return cm.Err[result](failure.Message)
			}
		}
	}
	return cm.OK[result](consumer.Outcome{Messages: cm.ToList(decisions)})
}

func main() {}
