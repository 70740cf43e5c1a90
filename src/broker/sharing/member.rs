//! A process that is connected to the owner: it asks, delivers to its workers, and competes to be the next
//! owner when the connection ends.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::address::Address;
use super::entry::{ATTEMPT_PAUSE, Entry};
use super::error::OpenError;
use super::frame;
use super::outgoing::Outgoing;
use super::protocol::{FromMember, FromOwner, HELD_BEFORE, RemoteDelivery};
use super::role::StateOptions;
use crate::base::MessageId;
use crate::broker::core::{
    DeleteRefusal, DetachRefusal, Event, HeldDelivery, Input, Outcome, ProcessNumber, Reply, Topology,
};
use crate::broker::driver::{Answer, Command, Commands, Driver, IdSource, Interruption, Queued, fresh_ids};
use crate::broker::inquiry::{IdentifiedSend, Look, Request, Response};
use crate::broker::ports::{Consumer, Delivery, SendRequest, Ticket};
use crate::broker::storage::{StateLock, StorageFailure};

/// How long there may be no owner before those who wait are told.
const TROUBLE_PATIENCE: Duration = Duration::from_secs(10);
/// How long between two attempts after that.
const TROUBLE_PAUSE: Duration = Duration::from_millis(250);
/// Others' messages are not forgotten for one who asks.
const RESET_REFUSED: &str = "these queues are another process's, which shares them; ask that session to begin anew, \
                             or give this one queues of its own with --persist-to";
/// How long the owner may take, at the end, to say that everything is durable.
const FAREWELL_PATIENCE: Duration = Duration::from_secs(2);

/// What happens on the connection to the owner. Connections are numbered: what arrives on an earlier one is over.
pub(in crate::broker) enum LinkEvent {
    /// The owner says something.
    Arrived(u64, FromOwner),
    /// The connection has ended.
    Ended(u64),
    /// A worker is done with the delivery that this process gave this number; `None` gives it back.
    Finished(u64, Option<Outcome>),
}

/// Why a member is one no more.
pub(super) enum MemberEnd {
    /// It was told to end.
    Shutdown,
    /// It got the lock.
    Owner(StateLock),
}

/// A process that is connected to the owner, or tries to be.
pub(super) struct Member {
    options: StateOptions,
    commands: Commands,
    ids: IdSource,
    link: Option<Link>,
    last_link: u64,
    /// What was asked and not answered, in order.
    pending: BTreeMap<u64, Pending>,
    last_request: u64,
    /// What this process has declared.
    topology: Option<Topology>,
    consumers: BTreeMap<String, Arc<dyn Consumer>>,
    /// Deliveries that workers hold, of whichever owner, by numbers of this process.
    held: BTreeMap<u64, Held>,
    last_held: u64,
    /// When something was last heard of the owner.
    heard_at: Instant,
    trouble: Option<Trouble>,
    stop: Option<Stop>,
}

struct Link {
    number: u64,
    outgoing: Arc<Outgoing<FromMember>>,
}

/// A delivery that a worker holds.
struct Held {
    delivery: HeldDelivery,
    /// What it is called on the present connection.
    number: u64,
    /// How it ended while there was no owner to be told.
    ended: Option<Option<Outcome>>,
}

struct Pending {
    request: Request,
    answer: Answer,
    /// When it was asked on the present connection.
    since: Instant,
    /// Whether it was asked on an earlier connection.
    again: bool,
}

/// There is no owner.
struct Trouble {
    since: Instant,
    /// What everybody has been told.
    told: Option<StorageFailure>,
}

/// The end that was asked for.
struct Stop {
    until: Instant,
    done: Vec<Box<dyn FnOnce() + Send>>,
    /// The question whose answer says that everything is durable, and how long it is waited for.
    farewell: Option<(u64, Instant)>,
}

impl Member {
    /// A member with this connection.
    pub fn new(options: StateOptions, stream: TcpStream, commands: Commands) -> Self {
        let mut member = Self {
            options,
            commands,
            ids: IdSource::new(),
            link: None,
            last_link: 0,
            pending: BTreeMap::new(),
            last_request: 0,
            topology: None,
            consumers: BTreeMap::new(),
            held: BTreeMap::new(),
            last_held: 0,
            heard_at: Instant::now(),
            trouble: None,
            stop: None,
        };
        member.connect(stream);
        member
    }

    pub fn options(&self) -> &StateOptions {
        &self.options
    }

    pub fn commands(&self) -> &Commands {
        &self.commands
    }

    /// Serves the process until it ends or is the owner.
    pub fn run(&mut self, commands: &Receiver<Queued>) -> MemberEnd {
        loop {
            if self.link.is_none()
                && let Some(lock) = self.attempt()
            {
                return MemberEnd::Owner(lock);
            }
            self.give_up_waiting();
            if self.finished() {
                return MemberEnd::Shutdown;
            }
            let first = match self.patience() {
                None => commands.recv().ok(),
                Some(patience) => commands.recv_timeout(patience).ok(),
            };
            for queued in first.into_iter().chain(commands.try_iter()) {
                self.take(queued.command);
            }
        }
    }

    /// Gives everything to the driver of this process, which is the owner now.
    pub fn hand_over(&mut self, driver: &mut Driver) {
        // Before the workers are there: what they hold is not theirs once more.
        for (number, held) in std::mem::take(&mut self.held) {
            driver.adopt_own(number, held.delivery);
            if let Some(outcome) = held.ended {
                let ended = LinkEvent::Finished(number, outcome);
                driver.begin_with(Command::Link(Box::new(ended)));
            }
        }
        if let Some((request, answer)) = self.declaration() {
            driver.begin_with(Command::Request(ProcessNumber::OWNER, request, answer));
        }
        for (worker, consumer) in std::mem::take(&mut self.consumers) {
            driver.begin_with(Command::Connect(ProcessNumber::OWNER, worker, consumer));
        }
        for (_, pending) in std::mem::take(&mut self.pending) {
            let (request, answer) = pending.forgiving();
            driver.begin_with(Command::Request(ProcessNumber::OWNER, request, answer));
        }
        self.recovered();
        let Some(stop) = self.stop.take() else { return };
        let grace = stop.until.saturating_duration_since(Instant::now());
        for done in stop.done {
            driver.begin_with(Command::Shutdown(grace, done));
        }
    }

    /// Tells the owner farewell, and whoever asked for the end.
    pub fn end(mut self) {
        if let Some(link) = self.link.take() {
            link.outgoing.close();
            link.outgoing.wait_until_written(Instant::now() + FAREWELL_PATIENCE);
        }
        let done = self.stop.take().map(|stop| stop.done).unwrap_or_default();
        drop(self);
        done.into_iter().for_each(|done| done());
    }

    /// There is no owner, for this reason. When that lasts, whoever waits is told.
    pub fn troubled(&mut self, error: &OpenError) {
        let since = self.trouble.as_ref().map_or_else(Instant::now, |trouble| trouble.since);
        let told = self.trouble.take().and_then(|trouble| trouble.told);
        let lasts = error.is_final() || since.elapsed() >= TROUBLE_PATIENCE;
        let told = told.or_else(|| lasts.then(|| self.tell_trouble(error)));
        self.trouble = Some(Trouble { since, told });
    }

    fn tell_trouble(&mut self, error: &OpenError) -> StorageFailure {
        let message = error.to_string();
        self.options.observer().event(&Event::StorageFailed { message: message.clone() });
        let failure = StorageFailure::told(message);
        for (_, pending) in std::mem::take(&mut self.pending) {
            pending.answer.respond(Err(Interruption::Storage(failure.clone())));
        }
        failure
    }

    fn recovered(&mut self) {
        if self.trouble.take().is_some_and(|trouble| trouble.told.is_some()) {
            self.options.observer().event(&Event::StorageRecovered);
        }
    }

    /// Tries to get the lock or to reach the owner.
    fn attempt(&mut self) -> Option<StateLock> {
        match self.options.visitor().attempt() {
            Ok(Entry::Owner(lock)) => return Some(lock),
            Ok(Entry::Member(stream)) => self.connect(stream),
            Err(error) => self.troubled(&error),
        }
        None
    }

    /// Makes this the connection, and tells the owner everything about this process.
    fn connect(&mut self, stream: TcpStream) {
        self.last_link += 1;
        let (number, outgoing) = (self.last_link, Arc::new(Outgoing::new(usize::MAX)));
        if spawn(number, &stream, &outgoing, &self.commands).is_err() {
            return outgoing.abort();
        }
        self.link = Some(Link { number, outgoing });
        self.recovered();
        let unanswered: Vec<u64> = self.pending.keys().copied().collect();
        // Before the workers: what they hold is not delivered to them once more.
        self.tell_held();
        if let Some((request, answer)) = self.declaration() {
            self.ask(request, answer);
        }
        for worker in self.consumers.keys() {
            self.tell(FromMember::Connect(worker.clone()));
        }
        for number in unanswered {
            if let Some(pending) = self.pending.get_mut(&number) {
                pending.since = Instant::now();
            }
            if let Some(pending) = self.pending.get(&number) {
                self.tell(FromMember::Request(number, pending.request.clone()));
            }
        }
    }

    /// Tells a new owner what workers hold, and what they were done with while there was none.
    fn tell_held(&mut self) {
        for (number, mut held) in std::mem::take(&mut self.held) {
            held.number = HELD_BEFORE | number;
            self.tell(FromMember::Hold(held.number, held.delivery.clone()));
            match held.ended.take() {
                Some(outcome) => self.tell(FromMember::Finish(held.number, outcome)),
                None => drop(self.held.insert(number, held)),
            }
        }
    }

    /// What this process has declared, to be declared once more.
    fn declaration(&self) -> Option<(Request, Answer)> {
        let topology = self.topology.clone()?;
        let ids = fresh_ids(topology.ids_needed());
        let observer = self.options.observer();
        let answer = Answer::new(move |response| {
            if let Ok(Response::Stepped(Reply::Configured(Err(refusal)), _)) = response {
                observer.event(&Event::ConfigurationRefused { message: refusal.to_string() });
            }
        });
        Some((Request::Configure(topology, ids), answer))
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Send(request, answer) => {
                let send = self.identify(request);
                self.ask(Request::Send(send), answer);
            }
            Command::Request(_, request, answer) => self.ask(request, answer),
            Command::Connect(_, worker, consumer) => {
                self.consumers.insert(worker.clone(), consumer);
                self.tell(FromMember::Connect(worker));
            }
            Command::Disconnect(_, worker) => {
                self.consumers.remove(&worker);
                self.tell(FromMember::Disconnect(worker));
            }
            Command::Tick => self.tell(FromMember::Tick),
            Command::Shutdown(grace, done) => self.begin_stop(grace, done),
            Command::Link(event) => self.take_event(*event),
            // Only a driver says these, to itself.
            Command::Step(..) | Command::Leave(_) | Command::Adopt(..) => {}
        }
    }

    fn take_event(&mut self, event: LinkEvent) {
        let present = self.link.as_ref().map(|link| link.number);
        match event {
            LinkEvent::Arrived(link, message) if Some(link) == present => {
                self.heard_at = Instant::now();
                self.take_message(message);
            }
            LinkEvent::Ended(link) if Some(link) == present => self.disconnected(),
            LinkEvent::Finished(number, outcome) => self.delivery_ended(number, outcome),
            // Of an earlier connection.
            LinkEvent::Arrived(..) | LinkEvent::Ended(_) => {}
        }
    }

    fn delivery_ended(&mut self, number: u64, outcome: Option<Outcome>) {
        if self.link.is_some() {
            if let Some(held) = self.held.remove(&number) {
                self.tell(FromMember::Finish(held.number, outcome));
            }
        } else if let Some(held) = self.held.get_mut(&number) {
            held.ended = Some(outcome);
        }
    }

    fn take_message(&mut self, message: FromOwner) {
        match message {
            FromOwner::Response(number, response) => self.answered(number, *response),
            FromOwner::Deliver(delivery) => self.deliver(delivery),
            FromOwner::Event(event) => self.options.observer().event(&event),
        }
    }

    /// When the oldest question has waited long enough, if the owner can be asked and is silent.
    fn waits_until(&self) -> Option<Instant> {
        let (_, oldest) = self.pending.first_key_value().filter(|_| self.link.is_some())?;
        Some(oldest.since.max(self.heard_at) + self.options.answer_patience)
    }

    /// Tells those who have waited long enough for an owner that lives and says nothing.
    fn give_up_waiting(&mut self) {
        while self.waits_until().is_some_and(|until| until <= Instant::now()) {
            let Some((_, pending)) = self.pending.pop_first() else { return };
            let directory = self.options.directory.clone();
            let process = Address::read(&directory).ok().flatten().map(|address| address.process);
            let silent = OpenError::Silent { directory, process, patience: self.options.answer_patience };
            let failure = StorageFailure::told(silent.to_string());
            pending.answer.respond(Err(Interruption::Storage(failure)));
        }
    }

    fn answered(&mut self, number: u64, response: Result<Response, String>) {
        let Some(pending) = self.pending.remove(&number) else { return };
        if let (Request::Configure(topology, _), Ok(Response::Stepped(Reply::Configured(Ok(())), _))) =
            (&pending.request, &response)
        {
            self.topology = Some(topology.clone());
        }
        let response = response.map_err(|message| Interruption::Storage(StorageFailure::told(message)));
        pending.forgiving().1.respond(response);
    }

    fn deliver(&mut self, delivery: RemoteDelivery) {
        let RemoteDelivery { number, queue, worker, messages, metrics } = delivery;
        let Some(consumer) = self.consumers.get(&*worker).cloned() else {
            // It left while the delivery was on its way.
            return self.tell(FromMember::Finish(number, None));
        };
        let heads = messages.iter().map(|message| (message.id, message.attempts)).collect();
        let held = HeldDelivery { queue: queue.clone(), worker: worker.clone(), messages: heads };
        self.last_held += 1;
        let (commands, own) = (self.commands.clone(), self.last_held);
        self.held.insert(own, Held { delivery: held, number, ended: None });
        let ticket = Ticket::returnable(move |outcome| {
            // When this process ends, so does the connection, and the owner takes the delivery back.
            commands.send(Command::Link(Box::new(LinkEvent::Finished(own, outcome))));
        });
        consumer.deliver(Delivery { queue, worker, messages, metrics, ticket });
    }

    /// The owner is gone, or is going.
    fn disconnected(&mut self) {
        self.link = None;
        for pending in self.pending.values_mut() {
            pending.again = true;
            if let Request::Send(send) = &mut pending.request {
                send.again = true;
            }
        }
        self.trouble = Some(Trouble { since: Instant::now(), told: None });
    }

    fn identify(&mut self, request: SendRequest) -> IdentifiedSend {
        let ids = request.messages.iter().map(|_| MessageId::from_bytes(self.ids.next())).collect();
        IdentifiedSend { request, ids, again: false }
    }

    fn ask(&mut self, request: Request, answer: Answer) {
        if let Some(failure) = self.trouble.as_ref().and_then(|trouble| trouble.told.clone()) {
            return answer.respond(Err(Interruption::Storage(failure)));
        }
        if matches!(&request, Request::Step(input) if matches!(**input, Input::Reset { .. })) {
            return answer
                .respond(Err(Interruption::Storage(StorageFailure::told(RESET_REFUSED.to_owned()))));
        }
        self.last_request += 1;
        let number = self.last_request;
        // Without a connection it is asked on the next one.
        self.tell(FromMember::Request(number, request.clone()));
        self.pending.insert(number, Pending { request, answer, since: Instant::now(), again: false });
    }

    fn tell(&self, message: FromMember) {
        if let Some(link) = &self.link {
            link.outgoing.push(message);
        }
    }

    fn patience(&self) -> Option<Duration> {
        let now = Instant::now();
        let pause = match (&self.link, &self.trouble) {
            (Some(_), _) => None,
            (None, Some(Trouble { told: Some(_), .. })) => Some(TROUBLE_PAUSE),
            (None, _) => Some(ATTEMPT_PAUSE),
        };
        let stop = self.stop.as_ref().map(|stop| {
            let until = stop.farewell.map_or(stop.until, |(_, until)| until);
            until.saturating_duration_since(now)
        });
        let answers = self.waits_until().map(|until| until.saturating_duration_since(now));
        [pause, stop, answers].into_iter().flatten().min()
    }

    fn begin_stop(&mut self, grace: Duration, done: Box<dyn FnOnce() + Send>) {
        let until = Instant::now() + grace;
        let stop = self.stop.get_or_insert(Stop { until, done: Vec::new(), farewell: None });
        stop.until = stop.until.min(until);
        stop.done.push(done);
    }

    /// Whether everything is answered and finished, or it has taken too long, and the owner says that it is
    /// durable.
    fn finished(&mut self) -> bool {
        let now = Instant::now();
        let Some(stop) = &self.stop else { return false };
        let over = stop.until <= now;
        match (self.link.is_some(), stop.farewell) {
            (false, _) => over || (self.pending.is_empty() && self.held.is_empty()),
            (true, None) => {
                if over || (self.pending.is_empty() && self.held.is_empty()) {
                    self.ask(Request::Look(Look::Activity), Answer::nobody());
                    let farewell = (self.last_request, now + FAREWELL_PATIENCE);
                    self.stop = self.stop.take().map(|stop| Stop { farewell: Some(farewell), ..stop });
                }
                false
            }
            (true, Some((number, until))) => until <= now || !self.pending.contains_key(&number),
        }
    }
}

impl Pending {
    /// The request, and its answer. What was asked before may have been done before: that it is done already is no failure.
    fn forgiving(self) -> (Request, Answer) {
        let Self { request, answer, again, .. } = self;
        if !again {
            return (request, answer);
        }
        let forgiving = Answer::new(move |response| {
            answer.respond(response.map(|response| match response {
                Response::Stepped(Reply::Deleted(Err(DeleteRefusal::QueueNotFound(_))), payloads) => {
                    Response::Stepped(Reply::Deleted(Ok(())), payloads)
                }
                Response::Stepped(Reply::Detached(Err(DetachRefusal::ConsumerNotFound(_))), payloads) => {
                    Response::Stepped(Reply::Detached(Ok(())), payloads)
                }
                response => response,
            }));
        });
        (request, forgiving)
    }
}

/// Starts the threads that read and write a connection.
fn spawn(
    number: u64,
    stream: &TcpStream,
    outgoing: &Arc<Outgoing<FromMember>>,
    commands: &Commands,
) -> std::io::Result<()> {
    let (reading, writing) = (stream.try_clone()?, stream.try_clone()?);
    let (writer, commands) = (outgoing.clone(), commands.clone());
    let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
    thread("owner writer").spawn(move || writer.write_to(writing))?;
    thread("owner reader").spawn(move || {
        let mut source = BufReader::with_capacity(64 * 1024, reading);
        while let Ok(message) = frame::read_message(&mut source) {
            commands.send(Command::Link(Box::new(LinkEvent::Arrived(number, message))));
        }
        commands.send(Command::Link(Box::new(LinkEvent::Ended(number))));
    })?;
    Ok(())
}
