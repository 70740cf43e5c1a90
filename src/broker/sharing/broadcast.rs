//! Telling members what happens.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::outgoing::Outgoing;
use super::protocol::FromOwner;
use crate::base::{ContentType, MessageId};
use crate::broker::core::Event;
use crate::broker::ports::Delivery;
use crate::broker::request::Observer;

/// Tells the owner's observer and every member that wants to know.
pub(super) struct Broadcast {
    own: Arc<dyn Observer>,
    members: Mutex<Vec<Arc<Outgoing<FromOwner>>>>,
}

impl Broadcast {
    /// No members yet.
    pub fn new(own: Arc<dyn Observer>) -> Self {
        Self { own, members: Mutex::default() }
    }

    /// From now on this member is told.
    pub fn add(&self, member: Arc<Outgoing<FromOwner>>) {
        self.members().push(member);
    }

    /// From now on this member is told no more.
    pub fn remove(&self, member: &Arc<Outgoing<FromOwner>>) {
        self.members().retain(|other| !Arc::ptr_eq(other, member));
    }

    fn members(&self) -> MutexGuard<'_, Vec<Arc<Outgoing<FromOwner>>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Broadcast {
    fn event(&self, event: &Event) {
        self.own.event(event);
        let members = self.members();
        // How the owner's disk does is the owner's own affair.
        if members.is_empty() || matches!(event, Event::Committed { .. }) {
            return;
        }
        let event = Arc::new(event.clone());
        for member in members.iter() {
            member.push_event(|| FromOwner::Event(event.clone()));
        }
    }

    fn accepted(&self, id: MessageId, content_type: ContentType, body: &Bytes) {
        self.own.accepted(id, content_type, body);
    }

    fn delivering(&self, delivery: &Delivery) {
        self.own.delivering(delivery);
    }
}
