import json

from wit_world import exports
from wit_world.exports.consumer import Batch, Decision_Retry, MessageDecision, Outcome
from wit_world.imports import producer
from wit_world.imports.producer import Message


class Consumer(exports.Consumer):
    def queue(self, batch: Batch) -> Outcome:
        decisions = []
        for index, message in enumerate(batch.messages):
            order = json.loads(message.body)
            if batch.queue == "shipments":
                print(f"shipping {order['item']}")
            elif order["item"] == "boat" and message.attempts == 1:
                print(f"the {order['item']} is not ready, again in a second")
                decisions.append(MessageDecision(index, Decision_Retry(1)))
            else:
                producer.send("SHIPMENTS", Message(message.content_type, message.body, None))
        return Outcome(decisions, None, None)
