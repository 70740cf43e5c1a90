import * as producer from "qemu-dev:worker/producer@0.1.0";

const decoder = new TextDecoder();

export const consumer = {
  queue(batch) {
    const messages = [];
    for (const [index, message] of batch.messages.entries()) {
      const order = JSON.parse(decoder.decode(message.body));
      if (batch.queue === "shipments") {
        console.log(`shipping ${order.item}`);
      } else if (order.item === "boat" && message.attempts === 1) {
        console.log(`the ${order.item} is not ready, again in a second`);
        messages.push({ index, decision: { tag: "retry", val: 1 } });
      } else {
        producer.send("SHIPMENTS", { contentType: "json", body: message.body, delaySeconds: undefined });
      }
    }
    return { messages, batch: undefined, failure: undefined };
  },
};
