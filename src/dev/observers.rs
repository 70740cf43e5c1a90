//! Several observers of the queues as one.

use std::sync::Arc;

use crate::broker::{Event, Observer};

/// Tells each of them.
pub struct Observers(pub Vec<Arc<dyn Observer>>);

impl Observer for Observers {
    fn event(&self, event: &Event) {
        for observer in &self.0 {
            observer.event(event);
        }
    }
}
