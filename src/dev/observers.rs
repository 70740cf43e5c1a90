//! Several observers of the queues as one.

use std::sync::Arc;

use bytes::Bytes;

use crate::base::{ContentType, MessageId};
use crate::broker::{Delivery, Event, Observer};

/// Tells each of them.
pub struct Observers(pub Vec<Arc<dyn Observer>>);

impl Observer for Observers {
    fn event(&self, event: &Event) {
        for observer in &self.0 {
            observer.event(event);
        }
    }

    fn accepted(&self, id: MessageId, content_type: ContentType, body: &Bytes) {
        for observer in &self.0 {
            observer.accepted(id, content_type, body);
        }
    }

    fn delivering(&self, delivery: &Delivery) {
        for observer in &self.0 {
            observer.delivering(delivery);
        }
    }
}
