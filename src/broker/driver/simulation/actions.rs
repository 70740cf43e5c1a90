//! Everything that may happen, chosen by chance.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::ledger::Policy;
use super::world::{Held, World};
use crate::base::{ContentType, MessageId};
use crate::broker::core::dump::DumpedState;
use crate::broker::core::{
    BatchDecision, ChangeSource, ConsumerDeclaration, ConsumerSettings, Decision, FreshIds, HandlerResult,
    Input, MessageOrigin, Outcome, ProcessNumber, PullConsumer, QueueChange, QueueSettings, Reply,
    ResourceId, Topology, WorkerConsumer,
};
use crate::broker::driver::{Answer, Command, Interruption};
use crate::broker::inquiry::Response;
use crate::broker::ports::{NewMessage, SendRequest};

const QUEUES: [&str; 5] = ["one", "two", "three", "dead", "deader"];

impl World {
    /// Queues, workers and a pull consumer to begin with.
    pub fn furnish(&mut self) {
        let consumers = vec![
            ConsumerDeclaration { queue: "one".to_owned(), consumer: self.worker("a", Some("dead")) },
            ConsumerDeclaration { queue: "two".to_owned(), consumer: self.worker("b", None) },
            ConsumerDeclaration { queue: "dead".to_owned(), consumer: self.worker("b", Some("deader")) },
        ];
        let topology = Topology {
            workers: vec!["a".to_owned(), "b".to_owned()],
            queues: QUEUES.map(str::to_owned).to_vec(),
            consumers,
            ..Topology::default()
        };
        let ids = self.ids(20);
        self.tell(Input::Configure { process: ProcessNumber::OWNER, topology, ids });
        self.connect("a");
        self.connect("b");
        self.settle();
        let pull = ConsumerSettings::Pull(self.pull_consumer());
        self.attach("three", pull);
        self.settle();
    }

    /// One thing that happens.
    pub fn act(&mut self) {
        match self.random.below(100) {
            0..24 => self.send(),
            24..48 => self.finish(),
            48..58 => self.pull(),
            58..66 => self.acknowledge(),
            66..78 => self.advance(),
            78..82 => self.change_queue(),
            82..85 => self.purge(),
            85..91 => self.change_consumer(),
            91..93 => self.come_or_go(),
            93..94 => self.delete_or_create(),
            94..98 => self.fail_storage(),
            _ => {
                self.settle();
                self.crash();
            }
        }
    }

    fn queue(&mut self) -> &'static str {
        self.random.pick::<&'static str>(&QUEUES)
    }

    fn delay(&mut self) -> Option<u32> {
        match self.random.below(4) {
            0 => Some(0),
            1 => Some(u32::try_from(self.random.below(30)).unwrap_or_default()),
            _ => None,
        }
    }

    fn send(&mut self) {
        let queue = self.queue();
        let (batch, binding) = (self.delay(), if self.random.chance(20) { self.delay() } else { None });
        let own: Vec<Option<u32>> = (0..=self.random.below(4)).map(|_| self.delay()).collect();
        self.send_to(queue, &own, batch, binding);
    }

    /// Sends a message for each of these delays.
    pub fn send_to(&mut self, queue: &str, own: &[Option<u32>], batch: Option<u32>, binding: Option<u32>) {
        let settings = self.driver.core.queue(queue).map(|row| row.settings.delivery_delay_seconds);
        let mut expected = Vec::new();
        let mut messages = Vec::new();
        for own in own.iter().copied() {
            self.serial += 1;
            let body = format!("\"body {}\"", self.serial);
            let delay = own.or(batch).or(binding).or(settings.clone().ok()).unwrap_or(0);
            expected.push((u64::from(delay), body.clone()));
            messages.push(NewMessage {
                content_type: *self.random.pick(&ContentType::ALL),
                body: Bytes::from(body),
                delay_seconds: own,
                held_back_seconds: 0,
            });
        }
        self.trace.push(format!("{} > send {queue} {expected:?}", self.now()));
        let request = SendRequest {
            queue: queue.into(),
            messages,
            batch_delay_seconds: batch,
            binding_delay_seconds: binding,
            origin: MessageOrigin::Worker,
        };
        let outbox = self.outbox.clone();
        let answer = Answer::new(move |response| {
            let mut outbox = outbox.lock().unwrap();
            match response {
                Ok(Response::Stepped(Reply::Sent(Ok((span, metrics))), _)) => {
                    outbox.lines.push(format!("{span:?} {metrics:?}"));
                    outbox.sent.push((span, expected));
                }
                Ok(response) => outbox.lines.push(format!("{response:?}")),
                Err(Interruption::Storage(failure)) => outbox.lines.push(failure.to_string()),
                Err(Interruption::Closed) => {}
            }
        });
        self.command(Command::Send(request, answer));
        // What the queue's delay is by then is what counts, so nothing else may change it meanwhile.
        self.settle();
    }

    fn finish(&mut self) {
        if self.held.is_empty() {
            return;
        }
        let index = usize::try_from(self.random.below(self.held.len() as u64)).unwrap_or_default();
        let Held { delivery, policies } = self.held.swap_remove(index);
        let outcome = self.outcome(delivery.messages.len());
        let outcome = outcome.unwrap_or_else(|| Outcome::failed("vanished"));
        for (message, decision) in delivery.messages.iter().zip(outcome.decisions(delivery.messages.len())) {
            match decision {
                Decision::Ack => drop(self.causes.acked.insert(message.id)),
                Decision::Retry { delay_seconds } => {
                    self.causes.retried.insert(message.id, (delay_seconds, policies.clone()));
                }
            }
        }
        self.trace.push(format!("{} > finish {} {outcome:?}", self.now(), delivery.queue));
        if outcome == Outcome::failed("vanished") {
            drop(delivery);
        } else {
            delivery.finish(outcome);
        }
    }

    /// `None`: the worker vanishes.
    fn outcome(&mut self, count: usize) -> Option<Outcome> {
        let result = match self.random.below(10) {
            0 => return None,
            1..4 => HandlerResult::Failed("threw".to_owned()),
            _ => HandlerResult::Ok,
        };
        let batch = match self.random.below(8) {
            0 => Some(BatchDecision::AckAll),
            1 => Some(BatchDecision::RetryAll { delay_seconds: self.delay() }),
            _ => None,
        };
        let mut messages = Vec::new();
        for index in 0..u32::try_from(count).unwrap_or_default() {
            match self.random.below(6) {
                0 => messages.push((index, Decision::Ack)),
                1 => messages.push((index, Decision::Retry { delay_seconds: self.delay() })),
                _ => {}
            }
        }
        Some(Outcome { result, batch, messages })
    }

    fn pull(&mut self) {
        let queue = if self.random.chance(80) { "three" } else { self.queue() };
        let batch_size = self.random.chance(50).then(|| 1 + u32::try_from(self.random.below(3)).unwrap_or(0));
        let timeout_ms_max = *self.random.pick(&[3, 20_000]);
        let visibility_timeout_ms = self.random.chance(50).then(|| self.random.below(timeout_ms_max));
        self.tell(Input::Pull { queue: queue.to_owned(), batch_size, visibility_timeout_ms });
        if self.random.chance(20) {
            // Its lease may be over before the pull is answered.
            self.clock.advance_to(self.now().plus_millis(self.random.below(3)));
            self.command(Command::Tick);
        }
        // The same message may be handed out again in the same instant.
        self.settle();
    }

    fn acknowledge(&mut self) {
        self.settle();
        let (mut acks, mut retries, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        let queue = "three";
        for _ in 0..self.random.below(4) {
            if self.leases.is_empty() {
                break;
            }
            let (of, id, token) = self.random.pick(&self.leases.clone()).clone();
            if of != queue || !seen.insert(id) {
                continue;
            }
            // A lease names a message in its queue: of one that became a dead letter since, it is no more.
            let number = self.driver.core.queue(queue).map(|row| row.number).ok();
            let seen = self.look.messages.get(&id).filter(|seen| Some(seen.row.queue) == number);
            let seen = seen.map(|seen| seen.state);
            if self.random.chance(60) {
                acks.push(token);
                self.causes.acked.extend(seen.map(|_| id));
            } else {
                let delay = self.delay();
                retries.push((token, delay));
                if seen == Some(DumpedState::Pulled) {
                    self.causes.retried.insert(id, (delay, Vec::new()));
                }
            }
        }
        if self.random.chance(10) {
            acks.push("no lease".to_owned());
        }
        let consumer = self.driver.core.queue(queue).ok().and_then(|row| row.consumer.as_ref());
        if consumer.is_none_or(|consumer| consumer.settings.worker().is_some()) {
            self.causes.acked.clear();
            self.causes.retried.clear();
        }
        self.tell(Input::Acknowledge { queue: queue.to_owned(), acks, retries });
        self.settle();
    }

    fn advance(&mut self) {
        self.settle();
        let now = self.now();
        let next = self.driver.core.next_deadline();
        let target = match (self.random.below(10), next) {
            (0..5, Some(next)) => next,
            (5..9, _) | (0..5, None) => now.plus_millis(self.random.below(20_000)),
            _ => now.plus_seconds(self.random.below(200)),
        };
        self.trace.push(format!("{now} > advance to {target}"));
        self.clock.advance_to(target);
        self.command(Command::Tick);
        self.settle();
    }

    fn change_queue(&mut self) {
        self.settle();
        let queue = self.queue();
        let mut change = QueueChange::default();
        match self.random.below(4) {
            0 | 1 => change.delivery_paused = Some(self.random.chance(40)),
            2 => change.delivery_delay_seconds = Some(u32::try_from(self.random.below(5)).unwrap_or(0)),
            _ => change.retention_seconds = Some(60 + self.random.below(300)),
        }
        self.causes.retentions.extend(change.retention_seconds);
        self.tell(Input::UpdateQueue { queue: queue.to_owned(), change, source: ChangeSource::Api });
        self.settle();
    }

    fn purge(&mut self) {
        let queue = self.queue();
        if self.random.chance(50) {
            self.causes.purged_queues.insert(queue.to_owned());
            self.tell(Input::PurgeQueue { queue: queue.to_owned() });
        } else {
            self.settle();
            let (peeked, _) = self.driver.core.browse(queue, None, 3).unwrap_or_default();
            let ids = peeked.iter().map(|peeked| peeked.head.id);
            self.causes.purged_messages.extend(ids.collect::<Vec<MessageId>>());
            let references = peeked.into_iter().map(|peeked| peeked.reference).collect();
            self.tell(Input::PurgeMessages { queue: queue.to_owned(), references });
        }
        self.settle();
    }

    fn change_consumer(&mut self) {
        let queue = self.queue();
        let Ok(row) = self.driver.core.queue(queue) else { return };
        let existing = row.consumer.clone();
        match existing {
            None => {
                let settings = self.consumer_for(queue);
                self.attach(queue, settings);
            }
            Some(existing) if self.random.chance(40) => {
                let consumer = existing.id;
                self.note_policy(queue, None);
                self.tell(Input::DetachConsumer { queue: queue.to_owned(), consumer });
            }
            Some(existing) => {
                let settings = self.consumer_for(queue);
                self.note_policy(queue, Some(&settings));
                let ids = self.ids(1);
                let (queue, source) = (queue.to_owned(), ChangeSource::Api);
                self.tell(Input::UpdateConsumer { queue, consumer: existing.id, settings, source, ids });
            }
        }
    }

    fn attach(&mut self, queue: &str, settings: ConsumerSettings) {
        self.note_policy(queue, Some(&settings));
        let ids = self.ids(2);
        let (queue, source) = (queue.to_owned(), ChangeSource::Api);
        self.tell(Input::AttachConsumer { queue, settings, source, ids });
    }

    fn note_policy(&mut self, queue: &str, settings: Option<&ConsumerSettings>) {
        let policy = Policy::of(settings);
        self.causes.policies.entry(queue.to_owned()).or_default().push(policy);
    }

    fn consumer_for(&mut self, queue: &str) -> ConsumerSettings {
        if queue == "three" || self.random.chance(10) {
            return ConsumerSettings::Pull(self.pull_consumer());
        }
        let worker = *self.random.pick(&["a", "b"]);
        let dead = *self.random.pick(&[Some("dead"), Some("deader"), Some("one"), None]);
        ConsumerSettings::Worker(self.worker(worker, dead))
    }

    fn worker(&mut self, worker: &str, dead_letter_queue: Option<&str>) -> WorkerConsumer {
        let mut below = |limit| u32::try_from(self.random.below(limit)).unwrap_or_default();
        WorkerConsumer {
            max_batch_size: 1 + below(5),
            max_batch_timeout_ms: u64::from(below(3)) * 1000,
            max_retries: below(4),
            max_concurrency: [None, Some(1), Some(2), Some(5)][below(4) as usize],
            retry_delay_seconds: below(3),
            dead_letter_queue: dead_letter_queue.map(str::to_owned),
            ..WorkerConsumer::new(worker)
        }
    }

    fn pull_consumer(&mut self) -> PullConsumer {
        PullConsumer {
            max_batch_size: 1 + u32::try_from(self.random.below(4)).unwrap_or_default(),
            visibility_timeout_ms: 1 + self.random.below(10_000),
            max_retries: u32::try_from(self.random.below(4)).unwrap_or_default(),
            retry_delay_seconds: u32::try_from(self.random.below(3)).unwrap_or_default(),
            dead_letter_queue: self.random.chance(50).then(|| "dead".to_owned()),
        }
    }

    fn come_or_go(&mut self) {
        let worker = *self.random.pick(&["a", "b"]);
        if self.random.chance(50) {
            self.causes.taken_back = true;
            self.command(Command::Disconnect(ProcessNumber::OWNER, worker.to_owned()));
        } else {
            self.connect(worker);
        }
    }

    fn delete_or_create(&mut self) {
        self.settle();
        let queue = *self.random.pick(&["two", "deader"]);
        if self.driver.core.queue(queue).is_ok() {
            self.causes.purged_queues.insert(queue.to_owned());
            self.tell(Input::DeleteQueue { queue: queue.to_owned() });
        } else {
            let id = ResourceId::from_bytes(u128::from(self.random.next()).to_be_bytes());
            let (name, settings) = (queue.to_owned(), QueueSettings::default());
            self.tell(Input::CreateQueue { name, settings, id, source: ChangeSource::Api });
        }
        self.settle();
    }

    fn fail_storage(&mut self) {
        let count = 1 + u32::try_from(self.random.below(3)).unwrap_or_default();
        self.trace.push(format!("{} > {count} commits fail", self.now()));
        self.causes.taken_back = true;
        self.faults.fail_next(count);
    }

    fn ids(&mut self, count: usize) -> FreshIds {
        let mut id = || (u128::from(self.random.next()) << 64 | u128::from(self.random.next())).to_be_bytes();
        FreshIds::new((0..count).map(|_| id()).collect())
    }
}
