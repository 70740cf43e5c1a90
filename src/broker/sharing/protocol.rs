//! What the owner and a member tell each other once they have greeted.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::outgoing::Weigh;
use crate::broker::core::{Event, HeldDelivery, Metrics, Outcome};
use crate::broker::inquiry::{Looked, Request, Response};
use crate::broker::ports::DeliveredMessage;

/// The form of everything here. Processes of different forms do not talk.
pub(super) const PROTOCOL: u32 = 2;
/// In the numbers that members give to deliveries; owners count from 1.
pub(super) const HELD_BEFORE: u64 = 1 << 63;
/// What anything weighs beside the bodies in it, in bytes.
const BASE_WEIGHT: usize = 256;

/// What a member tells the owner.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum FromMember {
    /// Asks; the number comes back with the answer.
    Request(u64, Request),
    /// A worker is here.
    Connect(String),
    /// A worker is gone.
    Disconnect(String),
    /// How a delivery ended; `None` gives it back.
    Finish(u64, Option<Outcome>),
    /// A worker holds this delivery of an earlier owner; the number is [`HELD_BEFORE`] and one of the member's own.
    Hold(u64, HeldDelivery),
    /// The clock was moved by hand.
    Tick,
}

/// What the owner tells a member.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::broker) enum FromOwner {
    /// Answers the request of this number, or says why it cannot be stored.
    Response(u64, Box<Result<Response, String>>),
    /// A batch for one of its workers.
    Deliver(RemoteDelivery),
    /// Something happened.
    Event(Arc<Event>),
}

/// A delivery on its way.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::broker) struct RemoteDelivery {
    /// Names it in [`FromMember::Finish`]; of one connection.
    pub number: u64,
    pub queue: Arc<str>,
    pub worker: Arc<str>,
    pub messages: Vec<DeliveredMessage>,
    pub metrics: Metrics,
}

impl Weigh for FromMember {
    fn weight(&self) -> usize {
        let bodies = match self {
            Self::Request(_, Request::Send(send)) => {
                send.request.messages.iter().map(|message| message.body.len()).sum()
            }
            _ => 0,
        };
        BASE_WEIGHT + bodies
    }

    fn instead(&self) -> Option<Self> {
        None
    }
}

impl Weigh for FromOwner {
    fn weight(&self) -> usize {
        let bodies = match self {
            Self::Deliver(delivery) => delivery.messages.iter().map(|message| message.body.len()).sum(),
            Self::Response(_, response) => match &**response {
                Ok(Response::Stepped(_, payloads)) => {
                    payloads.iter().flatten().map(|payload| payload.body.len()).sum()
                }
                Ok(Response::Looked(Looked::Browsed(Ok(page)))) => {
                    page.messages.iter().map(|message| message.body.len()).sum()
                }
                _ => 0,
            },
            Self::Event(_) => 0,
        };
        BASE_WEIGHT + bodies
    }

    fn instead(&self) -> Option<Self> {
        match self {
            Self::Response(number, _) => {
                let refusal = Err("the answer is too long; ask for less".to_owned());
                Some(Self::Response(*number, Box::new(refusal)))
            }
            _ => None,
        }
    }
}
