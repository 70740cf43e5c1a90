use exports::qemu_dev::worker::consumer::{Batch, Decision, Guest, MessageDecision, Outcome};
use qemu_dev::worker::producer;

wit_bindgen::generate!({ path: "../../../wit/worker.wit", world: "worker" });

struct Warehouse;

impl Guest for Warehouse {
    fn queue(batch: Batch) -> Result<Outcome, String> {
        let mut messages = Vec::new();
        for (index, message) in (0..).zip(batch.messages) {
            let order: serde_json::Value =
                serde_json::from_slice(&message.body).map_err(|error| error.to_string())?;
            let item = order["item"].as_str().unwrap_or_default();
            if batch.queue == "shipments" {
                println!("shipping {item}");
            } else if item == "boat" && message.attempts == 1 {
                println!("the {item} is not ready, again in a second");
                messages.push(MessageDecision { index, decision: Decision::Retry(Some(1)) });
            } else {
                let shipment = producer::Message {
                    content_type: message.content_type,
                    body: message.body,
                    delay_seconds: None,
                };
                producer::send("SHIPMENTS", &shipment).map_err(|error| error.message)?;
            }
        }
        Ok(Outcome { messages, batch: None, failure: None })
    }
}

export!(Warehouse);
