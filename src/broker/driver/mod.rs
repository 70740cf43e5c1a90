//! The thread that owns the core and the storage and joins them to the world.
//!
//! It takes everything that has arrived, steps the core for each, makes one commit for all of it, and only
//! then releases replies, deliveries and events. In between it waits for the core's next deadline.

mod cache;
mod command;
mod failure;
mod identifiers;
mod release;
#[cfg(test)]
mod simulation;
mod start;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

pub(super) use command::{Answer, Command, Commands, Interruption, Queued};
pub(super) use identifiers::{IdSource, fresh_ids, random_bits};
pub(super) use release::pulled;
pub(super) use start::{prepare, start};

use cache::BodyCache;
use failure::Trouble;
use view::View;

use super::core::{
    Core, Effects, Event, HeldDelivery, IncomingMessage, Input, Payload, ProcessNumber, Record, Reply,
    SendCommand,
};
use super::inquiry::{IdentifiedSend, Look, Request, Response};
use super::ports::{Consumer, Ticket};
use super::request::Observer;
use super::sharing::LinkEvent;
use super::storage::Storage;
use crate::base::{Alarm, Busy, Clock, MessageId, Timestamp};

/// Most commands in one commit.
const GROUP_COMMANDS_MAX: usize = 4096;
/// Records after which a commit takes no more commands: what arrives meanwhile waits for the whole commit,
/// and a larger one is hardly cheaper for each record.
const GROUP_RECORDS_MAX: usize = 1000;
/// How long outcomes of deliveries, for which nobody waits, may wait for others to share a commit with. After
/// a crash their messages are delivered again, as if they had finished a moment later.
pub(super) const LINGER: Duration = Duration::from_millis(5);
/// How long there must be nothing to do before the storage gives back space.
const HOUSEKEEPING_AFTER: Duration = Duration::from_secs(1);
/// How long between two steps of that.
const HOUSEKEEPING_PAUSE: Duration = Duration::from_millis(20);
/// How often it is looked whether the storage is still there.
const WATCH_PAUSE: Duration = Duration::from_secs(5);
/// Bytes of bodies after which a commit takes no more commands.
const GROUP_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The core, the storage, and everybody who waits for them.
pub(super) struct Driver {
    core: Core,
    storage: Box<dyn Storage>,
    clock: Arc<dyn Clock>,
    observer: Arc<dyn Observer>,
    cache: BodyCache,
    ids: IdSource,
    consumers: BTreeMap<ProcessNumber, Consumers>,
    /// Deliveries that workers of this process hold since it was a member, by the numbers they had then.
    own: BTreeMap<u64, Ticket>,
    /// For the outcomes of deliveries and for what the driver tells itself.
    commands: Commands,
    /// Tells a clock that is moved by hand when the queues are to be woken.
    alarm: Alarm,
    /// Held from the first command of a group until what follows from it is released.
    busy: Option<Busy>,
    group: Group,
    /// Records that are in effect and could not be made durable yet.
    unwritten: Vec<Record>,
    trouble: Option<Trouble>,
    /// How often in a row bodies could not be read.
    unread: u32,
    stop: Option<Stop>,
    /// How long ago, in milliseconds; tests have another measure.
    elapsed_ms: fn(Instant) -> u64,
    linger: Duration,
    /// When the storage may give back space, if nothing comes until then.
    housekeeping_at: Option<Instant>,
    /// When it is looked next whether the storage is still there, if it can go.
    watch_at: Option<Instant>,
    /// Held as long as the storage is open, and let go after it.
    held: Option<Box<dyn Send>>,
}

/// The workers of one process.
type Consumers = BTreeMap<String, Arc<dyn Consumer>>;

/// What is made durable with one commit.
#[derive(Default)]
struct Group {
    effects: Effects,
    /// Who waits for each of the replies.
    answers: Vec<Answer>,
    looks: Vec<(Look, Answer)>,
    commands: usize,
    bytes: usize,
    /// Whether somebody waits for a reply.
    awaited: bool,
    /// When the first command came that nobody waits for.
    lingers_until: Option<Instant>,
    /// When the first pull was. Time stands still from then on: a lease that ended before the commit would take
    /// along the body that the pull is to be answered with.
    pulled_at: Option<Timestamp>,
}

impl Group {
    fn is_full(&self) -> bool {
        self.commands >= GROUP_COMMANDS_MAX
            || self.bytes >= GROUP_BYTES_MAX
            || self.effects.records.len() >= GROUP_RECORDS_MAX
    }

    /// What time it is for its commands.
    fn now(&self, clock: &dyn Clock) -> Timestamp {
        self.pulled_at.unwrap_or_else(|| clock.now())
    }
}

/// The end that was asked for.
struct Stop {
    until: Instant,
    done: Vec<Box<dyn FnOnce() + Send>>,
}

impl Driver {
    /// Serves until it is told to end.
    pub fn run(mut self, commands: &Receiver<Queued>) {
        // What it was told before it began.
        self.turn(commands);
        while !self.finished() {
            match self.wait(commands) {
                Some(queued) => {
                    self.take(queued);
                    // Whoever was just answered may have more: one commit for all of them.
                    std::thread::yield_now();
                }
                None => {
                    self.keep_house();
                    self.watch();
                }
            }
            self.turn(commands);
        }
        self.close();
    }

    /// Does what has arrived and what is due, and makes it durable.
    fn turn(&mut self, commands: &Receiver<Queued>) {
        self.take_waiting(commands);
        self.wake();
        self.settle();
    }

    /// The next command, or `None` when a deadline has come first.
    fn wait(&self, commands: &Receiver<Queued>) -> Option<Queued> {
        match self.patience() {
            None => commands.recv().ok(),
            Some(patience) => commands.recv_timeout(patience).ok(),
        }
    }

    /// How long there is nothing to do by itself.
    fn patience(&self) -> Option<Duration> {
        let now = Instant::now();
        let deadline = self.core.next_deadline().and_then(|deadline| self.clock.real_time_until(deadline));
        let retry = self.trouble.as_ref().map(|trouble| trouble.retry_at.duration_since(now));
        let stop = self.stop.as_ref().map(|stop| stop.until.duration_since(now));
        let linger = self.group.lingers_until.map(|until| until.duration_since(now));
        let house = self.housekeeping_at.map(|at| at.saturating_duration_since(now));
        let watch = self.watch_at.map(|at| at.saturating_duration_since(now));
        [deadline, retry, stop, linger, house, watch].into_iter().flatten().min()
    }

    /// Takes what else has arrived, so that one commit serves all of it.
    fn take_waiting(&mut self, commands: &Receiver<Queued>) {
        while !self.group.is_full() {
            match commands.try_recv() {
                Ok(queued) => self.take(queued),
                Err(_) => return,
            }
        }
    }

    /// Holds this as long as the storage is open.
    pub fn hold(&mut self, held: Box<dyn Send>) {
        self.held = Some(held);
    }

    /// Takes a command before it runs; it is done with the first commit.
    pub fn begin_with(&mut self, command: Command) {
        self.take(Queued { command, busy: None });
    }

    fn take(&mut self, queued: Queued) {
        self.busy = self.busy.take().or(queued.busy);
        self.group.commands += 1;
        match queued.command {
            Command::Send(request, answer) => {
                let ids = request.messages.iter().map(|_| MessageId::from_bytes(self.ids.next())).collect();
                self.send(IdentifiedSend { request, ids, again: false }, answer);
            }
            Command::Request(process, request, answer) => self.request(process, request, answer),
            Command::Step(input, answer) => self.step(*input, answer),
            Command::Connect(process, worker, consumer) => {
                self.consumers.entry(process).or_default().insert(worker.clone(), consumer);
                self.step(Input::ConnectWorker { process, worker }, Answer::nobody());
            }
            Command::Disconnect(process, worker) => {
                self.consumers.entry(process).or_default().remove(&worker);
                self.step(Input::DisconnectWorker { process, worker }, Answer::nobody());
            }
            Command::Leave(process) => {
                self.consumers.remove(&process);
                self.step(Input::Leave(process), Answer::nobody());
            }
            Command::Adopt(held, take) => take(self.adopt(held)),
            Command::Link(event) => self.end_own(*event),
            Command::Tick => {}
            Command::Shutdown(grace, done) => self.begin_stop(grace, done),
        }
    }

    /// Takes what a worker holds since before as a delivery that runs; the ticket takes its outcome.
    pub fn adopt(&mut self, held: HeldDelivery) -> Option<Ticket> {
        self.step(Input::Adopt(held), Answer::nobody());
        match self.group.effects.replies.last() {
            Some(Reply::Adopted(Some(delivery))) => Some(self.ticket(*delivery)),
            _ => None,
        }
    }

    /// The same for a delivery that a worker of this process holds since it was a member, under this number.
    pub fn adopt_own(&mut self, number: u64, held: HeldDelivery) {
        if let Some(ticket) = self.adopt(held) {
            self.own.insert(number, ticket);
        }
    }

    fn end_own(&mut self, event: LinkEvent) {
        if let LinkEvent::Finished(number, outcome) = event
            && let Some(ticket) = self.own.remove(&number)
        {
            ticket.end(outcome);
        }
    }

    fn request(&mut self, process: ProcessNumber, request: Request, answer: Answer) {
        match request {
            Request::Send(send) => self.send(send, answer),
            Request::Step(input) => self.step(*input, answer),
            Request::Configure(topology, ids) => {
                self.step(Input::Configure { process, topology, ids }, answer);
            }
            Request::Look(look) => self.group.looks.push((look, answer)),
        }
    }

    fn send(&mut self, send: IdentifiedSend, answer: Answer) {
        let IdentifiedSend { request, ids, again } = send;
        let origin = request.origin;
        let messages = request.messages.into_iter().zip(ids).map(|(message, id)| {
            self.group.bytes += message.body.len();
            IncomingMessage {
                id,
                content_type: message.content_type,
                delay_seconds: message.delay_seconds,
                held_back_seconds: message.held_back_seconds,
                payload: Payload { body: message.body, origin, delay_seconds: None, dead_letter_of: None },
            }
        });
        let command = SendCommand {
            messages: messages.collect(),
            queue: request.queue,
            batch_delay_seconds: request.batch_delay_seconds,
            binding_delay_seconds: request.binding_delay_seconds,
            again,
        };
        self.step(Input::Send(command), answer);
    }

    fn step(&mut self, input: Input, answer: Answer) {
        // A session that begins anew may do so at an earlier time.
        let anew = matches!(input, Input::Reset { .. });
        let now = if anew { self.clock.now() } else { self.group.now(&*self.clock) };
        if matches!(input, Input::Pull { .. }) {
            self.group.pulled_at = Some(now);
        }
        self.core.step(now, input, &mut self.group.effects);
        self.group.awaited |= answer.is_awaited();
        self.group.answers.push(answer);
    }

    /// Lets the core do what is due.
    fn wake(&mut self) {
        let now = self.group.now(&*self.clock);
        if self.core.next_deadline().is_some_and(|deadline| deadline <= now) {
            self.step(Input::Tick, Answer::nobody());
        }
    }

    /// Makes the group durable and releases it.
    fn settle(&mut self) {
        self.retry_storage();
        let mut group = std::mem::take(&mut self.group);
        self.release_early(&mut group);
        if self.lingers(&mut group) {
            self.group = group;
            return;
        }
        match self.commit(&mut group.effects) {
            Ok(()) => {
                // Before the answers: whoever reads one may ask at once when the next deadline comes.
                self.alarm.set(self.core.next_deadline());
                self.release(&mut group);
            }
            Err(failure) => {
                self.revoke(&mut group, &failure);
                self.alarm.set(self.core.next_deadline());
            }
        }
        for (look, answer) in group.looks.drain(..) {
            let mut view = View { core: &self.core, storage: &mut *self.storage };
            answer.respond(Ok(Response::Looked(view.look(look))));
        }
        group.effects.clear();
        // Keeps the memory for the next group.
        let stood_still = group.pulled_at.is_some();
        self.group =
            Group { commands: 0, bytes: 0, awaited: false, lingers_until: None, pulled_at: None, ..group };
        if stood_still && self.core.next_deadline().is_some_and(|deadline| deadline <= self.clock.now()) {
            self.commands.send(Command::Tick);
        }
        self.busy = None;
    }

    /// Whether the group may wait for more.
    fn lingers(&self, group: &mut Group) -> bool {
        let owed = group.awaited || !group.looks.is_empty() || !group.effects.deliveries.is_empty();
        let disturbed = self.trouble.is_some() || self.stop.is_some() || !self.unwritten.is_empty();
        if owed || disturbed || group.is_full() || group.effects.records.is_empty() {
            return false;
        }
        let now = Instant::now();
        *group.lingers_until.get_or_insert(now + self.linger) > now
    }

    /// Lets the storage give back space when there has been nothing to do for a while.
    fn keep_house(&mut self) {
        let now = Instant::now();
        if self.housekeeping_at.is_none_or(|at| at > now) {
            return;
        }
        // A storage that cannot is asked again after the next commit.
        let more = self.storage.shrink().unwrap_or(false);
        self.housekeeping_at = more.then(|| now + HOUSEKEEPING_PAUSE);
    }

    /// Says so when somebody took the storage away, also to those who send nothing.
    fn watch(&mut self) {
        let now = Instant::now();
        if self.watch_at.is_none_or(|at| at > now) {
            return;
        }
        if let Err(error) = self.storage.check() {
            self.suspend(&error.into());
        }
        self.watch_at = Some(now + WATCH_PAUSE);
    }

    fn begin_stop(&mut self, grace: Duration, done: Box<dyn FnOnce() + Send>) {
        self.step(Input::SetDelivering(false), Answer::nobody());
        let until = Instant::now() + grace;
        let stop = self.stop.get_or_insert(Stop { until, done: Vec::new() });
        stop.until = stop.until.min(until);
        stop.done.push(done);
    }

    fn finished(&self) -> bool {
        let over = |stop: &Stop| self.core.running() == 0 || stop.until <= Instant::now();
        self.stop.as_ref().is_some_and(over) && self.group.answers.is_empty()
    }

    fn close(mut self) {
        if !self.unwritten.is_empty()
            && let Err(error) = self.storage.commit(&self.unwritten)
        {
            self.observer.event(&Event::StorageFailed { message: error.to_string() });
        }
        self.storage.close();
        let done = self.stop.take().map(|stop| stop.done).unwrap_or_default();
        drop(self);
        done.into_iter().for_each(|done| done());
    }
}
