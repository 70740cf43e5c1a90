//! What happens in the queues, live, as server-sent events.
//!
//! Bounded and droppable: a reader that is too slow misses events and is told how many; nobody waits for
//! it. Source of the format: the HTML Standard, "Server-sent events".

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures::Stream;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender, channel};

use crate::broker::{Event, Observer};

/// Where the events are.
pub const EVENTS: &str = "/cdn-cgi/api/events";
/// How many events a reader may be behind before it misses some.
const EVENTS_BEHIND_MAX: usize = 4096;

/// Hands events to everybody who reads them.
pub struct EventStream {
    /// `None` once it is closed.
    readers: Mutex<Option<Sender<Bytes>>>,
}

impl Default for EventStream {
    fn default() -> Self {
        Self { readers: Mutex::new(Some(channel(EVENTS_BEHIND_MAX).0)) }
    }
}

impl EventStream {
    /// The events from now on, as the bytes of a response; ends when the stream is closed.
    pub fn read(&self) -> Pin<Box<dyn Stream<Item = Bytes> + Send>> {
        let receiver = self.lock().as_ref().map(Sender::subscribe);
        // The first bytes tell the client that it is connected.
        let state = receiver.map(|receiver| (receiver, Some(Bytes::from_static(b": connected\n\n"))));
        Box::pin(futures::stream::unfold(state, next))
    }

    /// Ends every reader's stream.
    pub fn close(&self) {
        self.lock().take();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Sender<Bytes>>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Reading = Option<(Receiver<Bytes>, Option<Bytes>)>;

async fn next(state: Reading) -> Option<(Bytes, Reading)> {
    let (mut receiver, first) = state?;
    if let Some(first) = first {
        return Some((first, Some((receiver, None))));
    }
    let event = match receiver.recv().await {
        Ok(event) => event,
        Err(RecvError::Lagged(missed)) => written("missed", &json!({ "events": missed })),
        Err(RecvError::Closed) => return None,
    };
    Some((event, Some((receiver, None))))
}

impl Observer for EventStream {
    fn event(&self, event: &Event) {
        let readers = self.lock();
        let Some(readers) = readers.as_ref().filter(|readers| readers.receiver_count() > 0) else { return };
        if let Some((name, data)) = describe(event) {
            let _ = readers.send(written(name, &data));
        }
    }
}

fn written(name: &str, data: &Value) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}

/// Sends, deliveries and outcomes; what is only for the counters is left out.
fn describe(event: &Event) -> Option<(&'static str, Value)> {
    Some(match event {
        Event::Sent { queue, ids, bytes } => {
            ("sent", json!({ "queue": queue, "ids": texts(ids), "bytes": bytes }))
        }
        Event::Delivered { queue, worker, messages, running, concurrency } => (
            "delivered",
            json!({ "queue": queue, "worker": worker, "messages": attempts(messages),
                "running": running, "concurrency": concurrency }),
        ),
        Event::DeliveryFinished { queue, worker, acked, total, duration_ms, failure } => (
            "finished",
            json!({ "queue": queue, "worker": worker, "acked": acked, "total": total,
                "durationMs": duration_ms, "failure": failure }),
        ),
        Event::Pulled { queue, messages } => {
            ("pulled", json!({ "queue": queue, "messages": attempts(messages) }))
        }
        Event::Acknowledged { queue, ids } => ("acknowledged", json!({ "queue": queue, "ids": texts(ids) })),
        Event::Retried { id, queue, attempt, due } => (
            "retried",
            json!({ "queue": queue, "id": id.to_string(), "attempt": attempt, "due": due.as_millis() }),
        ),
        Event::DeadLettered { id, queue, dead_letter_queue, attempts } => (
            "dead-lettered",
            json!({ "queue": queue, "id": id.to_string(), "deadLetterQueue": dead_letter_queue,
                "attempts": attempts }),
        ),
        Event::Moved { id, queue, target } => {
            ("moved", json!({ "queue": queue, "id": id.to_string(), "target": target }))
        }
        Event::Dropped { id, queue, attempts } => {
            ("dropped", json!({ "queue": queue, "id": id.to_string(), "attempts": attempts }))
        }
        Event::Expired { queue, ids } => {
            ("expired", json!({ "queue": queue, "count": ids.len(), "ids": texts(ids) }))
        }
        Event::Purged { queue, count } => ("purged", json!({ "queue": queue, "count": count })),
        Event::MessagesPurged { queue, ids } => {
            ("messages-purged", json!({ "queue": queue, "ids": texts(ids) }))
        }
        Event::GivenBack { queue, worker, count } => {
            ("given-back", json!({ "queue": queue, "worker": worker, "count": count }))
        }
        Event::QueueCreated { queue } => ("queue-created", json!({ "queue": queue })),
        Event::QueueRenamed { queue, former_name } => {
            ("queue-renamed", json!({ "queue": queue, "formerName": former_name }))
        }
        Event::Reset => ("reset", json!({})),
        Event::QueueDeleted { queue } => ("queue-deleted", json!({ "queue": queue })),
        _ => return None,
    })
}

fn texts<Id: ToString>(ids: &[Id]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

fn attempts<Id: ToString>(messages: &[(Id, u32)]) -> Vec<Value> {
    messages.iter().map(|(id, attempt)| json!({ "id": id.to_string(), "attempt": attempt })).collect()
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, StreamExt};

    use super::*;

    fn purged(count: u64) -> Event {
        Event::Purged { queue: "q".into(), count }
    }

    #[test]
    fn readers_get_what_happens_after_they_came_and_an_end() {
        let events = EventStream::default();
        events.event(&purged(1));
        let mut reader = events.read();
        events.event(&purged(2));
        events.close();
        let mut take = || reader.next().now_or_never().expect("nothing to wait for");
        assert_eq!(take().as_deref(), Some(b": connected\n\n".as_slice()));
        let event = b"event: purged\ndata: {\"queue\":\"q\",\"count\":2}\n\n".as_slice();
        assert_eq!(take().as_deref(), Some(event));
        assert_eq!(take(), None);
    }

    #[test]
    fn a_slow_reader_misses_events_and_is_told() {
        let events = EventStream::default();
        let mut reader = events.read();
        for count in 0..=EVENTS_BEHIND_MAX as u64 {
            events.event(&purged(count));
        }
        let mut take = || reader.next().now_or_never().flatten().expect("there is more");
        assert_eq!(take().as_ref(), b": connected\n\n");
        assert_eq!(take().as_ref(), b"event: missed\ndata: {\"events\":1}\n\n");
        assert!(take().ends_with(b"\"count\":1}\n\n"));
    }
}
