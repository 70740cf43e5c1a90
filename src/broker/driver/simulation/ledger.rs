//! The reference model: for every message, what may have become of it since the last look, and why.
//!
//! It knows the rules as the documentation states them, for one message at a time, and nothing of how the
//! core keeps its order. Whatever it cannot explain is a defect.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{MessageId, Timestamp};
use crate::broker::core::dump::{DumpedState, QueueDump};
use crate::broker::core::{ConsumerSettings, MessageRow};

/// Where a message was at the last look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    pub row: MessageRow,
    pub state: DumpedState,
}

/// What decides about a message that failed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Policy {
    pub max_retries: u32,
    pub retry_delay_seconds: u32,
    pub dead_letter_queue: Option<String>,
}

impl Policy {
    pub fn of(settings: Option<&ConsumerSettings>) -> Self {
        match settings {
            None => Self { max_retries: u32::MAX, retry_delay_seconds: 0, dead_letter_queue: None },
            Some(ConsumerSettings::Worker(worker)) => Self {
                max_retries: worker.max_retries,
                retry_delay_seconds: worker.retry_delay_seconds,
                dead_letter_queue: worker.dead_letter_queue.clone(),
            },
            Some(ConsumerSettings::Pull(pull)) => Self {
                max_retries: pull.max_retries,
                retry_delay_seconds: pull.retry_delay_seconds,
                dead_letter_queue: pull.dead_letter_queue.clone(),
            },
        }
    }
}

/// What happened to messages between two looks.
#[derive(Clone, Debug, Default)]
pub(super) struct Causes {
    /// Accepted, with the delay in seconds.
    pub sent: BTreeMap<MessageId, u64>,
    pub acked: BTreeSet<MessageId>,
    /// Retried, with the delay that was asked for and the policies that may hold.
    pub retried: BTreeMap<MessageId, (Option<u32>, Vec<Policy>)>,
    pub purged_messages: BTreeSet<MessageId>,
    pub purged_queues: BTreeSet<String>,
    /// Policies that queues had for a moment, by name.
    pub policies: BTreeMap<String, Vec<Policy>>,
    /// Retentions that queues had for a moment, in seconds.
    pub retentions: Vec<u64>,
    /// Storage failed or a worker went away: what was not released may have been taken back.
    pub taken_back: bool,
}

/// All queues at one look.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    pub messages: BTreeMap<MessageId, Seen>,
    pub queues: Vec<QueueDump>,
}

impl Look {
    pub fn new(queues: Vec<QueueDump>) -> Self {
        let mut messages = BTreeMap::new();
        for queue in &queues {
            for (row, state) in &queue.messages {
                let twice = messages.insert(row.id, Seen { row: *row, state: *state });
                assert!(twice.is_none(), "message {} is in two places", row.id);
            }
        }
        Self { messages, queues }
    }

    pub fn queue_of(&self, row: &MessageRow) -> Option<&QueueDump> {
        self.queues.iter().find(|queue| queue.row.number == row.queue)
    }
}

/// Explains every difference between two looks.
pub(super) fn explain(before: &Look, after: &Look, causes: &Causes, now: Timestamp) {
    let ids: BTreeSet<&MessageId> = before.messages.keys().chain(after.messages.keys()).collect();
    for id in ids.into_iter().chain(causes.sent.keys()) {
        let (was, is) = (before.messages.get(id), after.messages.get(id));
        let explained = match (was, is) {
            (None, Some(is)) => accepted(is, causes, now),
            (None, None) => causes.gone_by_hand(id, None),
            (Some(was), None) => gone(was, before, after, causes, now),
            (Some(was), Some(is)) => kept(was, is, before, after, causes, now),
        };
        assert!(explained, "at {now}: message {id} was {was:?} and is {is:?}; causes: {causes:?}");
    }
    if !causes.taken_back {
        in_order(before, after);
    }
}

impl Causes {
    fn gone_by_hand(&self, id: &MessageId, queue: Option<&str>) -> bool {
        // A message that came and went between two looks was purged with its queue.
        queue.map_or(!self.purged_queues.is_empty(), |queue| self.purged_queues.contains(queue))
            || self.purged_messages.contains(id)
    }

    fn policies_of(&self, look: &Look, row: &MessageRow) -> Vec<Policy> {
        let Some(queue) = look.queue_of(row) else { return Vec::new() };
        let mut policies = self.policies.get(&*queue.row.name).cloned().unwrap_or_default();
        policies.push(Policy::of(queue.row.consumer.as_ref().map(|consumer| &consumer.settings)));
        policies
    }
}

fn accepted(is: &Seen, causes: &Causes, now: Timestamp) -> bool {
    let Some(delay_seconds) = causes.sent.get(&is.row.id) else { return false };
    let due = now.plus_seconds(*delay_seconds);
    let untouched = is.row.due == due || is.state == DumpedState::Pulled;
    is.row.timestamp == now && is.row.retained_since == now && is.row.failures == 0 && untouched
}

fn expired(was: &Seen, before: &Look, after: &Look, causes: &Causes, now: Timestamp) -> bool {
    let rows = [before.queue_of(&was.row), after.queue_of(&was.row)];
    let settings = rows.into_iter().flatten().map(|queue| queue.row.settings.retention_seconds);
    let mut retentions = settings.chain(causes.retentions.iter().copied());
    retentions.any(|seconds| was.row.retained_since.plus_seconds(seconds) <= now)
}

/// The delays and policies under which the message may have failed since.
fn failing(was: &Seen, before: &Look, after: &Look, causes: &Causes, now: Timestamp) -> Vec<(u32, Policy)> {
    let mut ways = Vec::new();
    if let Some((delay, policies)) = causes.retried.get(&was.row.id) {
        ways.extend(policies.iter().map(|p| (delay.unwrap_or(p.retry_delay_seconds), p.clone())));
    }
    if was.state == DumpedState::Pulled {
        let mut policies = causes.policies_of(before, &was.row);
        policies.extend(causes.policies_of(after, &was.row));
        if let Some((delay, _)) = causes.retried.get(&was.row.id) {
            ways.extend(policies.iter().map(|p| (delay.unwrap_or(p.retry_delay_seconds), p.clone())));
        }
        if was.row.due <= now {
            ways.extend(policies.into_iter().map(|policy| (0, policy)));
        }
    }
    ways
}

fn gone(was: &Seen, before: &Look, after: &Look, causes: &Causes, now: Timestamp) -> bool {
    let name = before.queue_of(&was.row).map(|queue| queue.row.name.to_string()).unwrap_or_default();
    let failing = failing(was, before, after, causes, now);
    let leased = matches!(was.state, DumpedState::Delivered | DumpedState::Pulled);
    let expired =
        expired(was, before, after, causes, now) && (!leased || !failing.is_empty() || causes.taken_back);
    let dropped = failing.iter().any(|(_, policy)| {
        let target = policy.dead_letter_queue.as_deref();
        let nowhere = target.is_none_or(|target| target == name || causes.purged_queues.contains(target));
        was.row.failures + 1 > policy.max_retries && nowhere
    });
    causes.acked.contains(&was.row.id) || causes.gone_by_hand(&was.row.id, Some(&name)) || expired || dropped
}

fn kept(was: &Seen, is: &Seen, before: &Look, after: &Look, causes: &Causes, now: Timestamp) -> bool {
    let (old, new) = (&was.row, &is.row);
    if (old.timestamp, old.size, old.content_type) != (new.timestamp, new.size, new.content_type) {
        return false;
    }
    let failing = failing(was, before, after, causes, now);
    if old.queue != new.queue {
        let name = after.queue_of(new).map(|queue| queue.row.name.to_string());
        return failing.iter().any(|(_, p)| old.failures + 1 > p.max_retries && p.dead_letter_queue == name)
            && new.failures == 0
            && new.retained_since == now;
    }
    if old.sequence != new.sequence || old.retained_since != new.retained_since {
        return false;
    }
    if new.failures == old.failures + 1 {
        return failing.iter().any(|(delay, policy)| {
            let due = now.plus_seconds(u64::from(*delay));
            let leased_again = is.state == DumpedState::Pulled && due <= now;
            new.failures <= policy.max_retries && (new.due == due || leased_again)
        });
    }
    new.failures == old.failures && undecided(was, is, causes, now)
}

/// Nobody decided about the message; time passed, and it may have been handed out or taken back.
fn undecided(was: &Seen, is: &Seen, causes: &Causes, now: Timestamp) -> bool {
    use DumpedState::{Delayed, Delivered, Pulled, Ready};
    let same_due = was.row.due == is.row.due;
    let visible = was.row.due <= now;
    if causes.acked.contains(&is.row.id) && was.state == Delivered {
        return false;
    }
    match (was.state, is.state) {
        (Ready, Ready | Delivered) => same_due || causes.taken_back,
        (Ready, Pulled) => is.row.lease > was.row.lease,
        (Delayed, Delayed) => same_due && !visible,
        (Delayed, Ready | Delivered) => visible && (same_due || causes.taken_back),
        (Delayed, Pulled) => visible && is.row.lease > was.row.lease,
        (Delivered, Delivered) => same_due || causes.taken_back,
        (Delivered, Ready) => causes.taken_back,
        (Pulled, Pulled) => same_due && is.row.lease == was.row.lease && !visible,
        (Delivered, Pulled) => causes.taken_back,
        (Ready | Delivered | Pulled, Delayed) | (Pulled, Ready | Delivered) => false,
    }
}

/// First in, first out: nothing overtook a message that was ready and still is.
fn in_order(before: &Look, after: &Look) {
    for queue in &before.queues {
        let mut waits: Option<&MessageRow> = None;
        for row in &queue.ready {
            let Some(is) = after.messages.get(&row.id).filter(|is| is.row.queue == row.queue) else {
                continue;
            };
            match is.state {
                DumpedState::Ready if is.row.due == row.due => waits = Some(row),
                DumpedState::Delivered | DumpedState::Pulled => {
                    assert!(waits.is_none(), "{row:?} overtook {waits:?}");
                }
                _ => {}
            }
        }
    }
}
