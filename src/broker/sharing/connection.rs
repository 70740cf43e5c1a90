//! One member, as the owner sees it.

use std::collections::HashMap;
use std::io::{self, BufReader, ErrorKind};
use std::net::TcpStream;
use std::sync::mpsc::{SendError, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::frame;
use super::handshake::{self, Hello, VERSION, Verdict, Welcome};
use super::listener::Hall;
use super::outgoing::Outgoing;
use super::protocol::{FromMember, FromOwner, HELD_BEFORE, RemoteDelivery};
use crate::broker::core::{HeldDelivery, Input, ProcessNumber};
use crate::broker::driver::{Answer, Command, Commands, Interruption};
use crate::broker::inquiry::Request;
use crate::broker::ports::{Consumer, Delivery, Ticket};

/// How long a peer may take to greet.
const GREETING_PATIENCE: Duration = Duration::from_secs(5);
/// Requests of one member that may wait for answers; beyond, nothing more is read from it.
const REQUESTS_MAX: usize = 1024;
/// Bytes that may wait for a member to read them; beyond, it counts as gone.
const BYTES_WAITING_MAX: usize = 256 * 1024 * 1024;
/// Longest label that is shown, in characters.
const LABEL_CHARACTERS_MAX: usize = 300;

/// Serves a member until it is gone.
pub(super) fn serve(mut stream: TcpStream, hall: &Hall) {
    // A peer that does not greet is none.
    let Ok(hello) = greet(&mut stream, hall) else { return };
    let outgoing = Arc::new(Outgoing::new(BYTES_WAITING_MAX));
    let Ok(writing) = stream.try_clone() else { return };
    let writer = outgoing.clone();
    let thread = std::thread::Builder::new().name("member writer".to_owned());
    if thread.spawn(move || writer.write_to(writing)).is_err() {
        return;
    }
    hall.admit(&outgoing);
    if hello.observes {
        hall.broadcast.add(outgoing.clone());
    }
    let member = Member {
        process: hall.number(),
        commands: hall.commands.clone(),
        outgoing: outgoing.clone(),
        hands: Arc::default(),
        open_requests: Arc::default(),
    };
    member.serve(hello.label, stream);
    hall.broadcast.remove(&outgoing);
    outgoing.abort();
}

fn greet(stream: &mut TcpStream, hall: &Hall) -> io::Result<Hello> {
    stream.set_nodelay(true)?;
    let hello: Hello = handshake::read(stream, GREETING_PATIENCE)?;
    let verdict = hello.judge(&hall.secret);
    handshake::write(stream, &Welcome { verdict, version: VERSION.to_owned() })?;
    if verdict == Verdict::Welcome { Ok(hello) } else { Err(ErrorKind::PermissionDenied.into()) }
}

/// A member that is connected.
struct Member {
    process: ProcessNumber,
    commands: Commands,
    outgoing: Arc<Outgoing<FromOwner>>,
    hands: Arc<Hands>,
    open_requests: Arc<OpenRequests>,
}

impl Member {
    fn serve(&self, label: String, stream: TcpStream) {
        let label = label.chars().take(LABEL_CHARACTERS_MAX).filter(|letter| !letter.is_control()).collect();
        let join = Input::Join { process: self.process, label };
        self.tell(Command::Step(Box::new(join), Answer::nobody()));
        let mut source = BufReader::with_capacity(64 * 1024, stream);
        while let Ok(message) = frame::read_message(&mut source)
            && self.take(message).is_some()
        {}
        // First nothing more is delivered to it, then what it holds is ready again.
        self.tell(Command::Leave(self.process));
        self.hands.give_back();
    }

    /// Does what the member says; `None` when that makes no sense.
    fn take(&self, message: FromMember) -> Option<()> {
        match message {
            FromMember::Request(number, request) => {
                if let Request::Send(send) = &request
                    && send.ids.len() != send.request.messages.len()
                {
                    return None;
                }
                let answer = self.answer(number);
                self.tell(Command::Request(self.process, request, answer));
            }
            FromMember::Connect(worker) => {
                let consumer = RemoteConsumer { hands: self.hands.clone(), outgoing: self.outgoing.clone() };
                self.tell(Command::Connect(self.process, worker, Arc::new(consumer)));
            }
            FromMember::Disconnect(worker) => self.tell(Command::Disconnect(self.process, worker)),
            FromMember::Finish(number, outcome) => {
                match self.hands.let_go(number) {
                    Some(ticket) => ticket.end(outcome),
                    // Of what it held before, nothing may have been left.
                    None if number & HELD_BEFORE != 0 => {}
                    None => return None,
                }
            }
            FromMember::Hold(number, held) => self.hold(number, held)?,
            FromMember::Tick => self.tell(Command::Tick),
        }
        Some(())
    }

    /// Waits until the driver has taken the delivery: its end may be what the member says next.
    fn hold(&self, number: u64, held: HeldDelivery) -> Option<()> {
        if number & HELD_BEFORE == 0 {
            return None;
        }
        let (sender, tickets) = channel();
        self.tell(Command::Adopt(
            held,
            Box::new(move |ticket| {
                if let Err(SendError(Some(ticket))) = sender.send(ticket) {
                    ticket.give_back();
                }
            }),
        ));
        // Without a driver there is no answer.
        if let Ok(Some(ticket)) = tickets.recv() {
            self.hands.hold_as(number, ticket);
        }
        Some(())
    }

    /// Sends the answer when it comes. When the queues close first there is none: the member asks the next
    /// owner.
    fn answer(&self, number: u64) -> Answer {
        let (outgoing, open) = (self.outgoing.clone(), OpenRequests::open(&self.open_requests));
        Answer::new(move |response| {
            let response = match response {
                Ok(response) => Ok(response),
                Err(Interruption::Storage(failure)) => Err(failure.to_string()),
                Err(Interruption::Closed) => return,
            };
            outgoing.push(FromOwner::Response(number, Box::new(response)));
            drop(open);
        })
    }

    fn tell(&self, command: Command) {
        // When the queues are closed, so is the connection.
        self.commands.send(command);
    }
}

/// Hands deliveries to a worker in another process.
struct RemoteConsumer {
    hands: Arc<Hands>,
    outgoing: Arc<Outgoing<FromOwner>>,
}

impl Consumer for RemoteConsumer {
    fn deliver(&self, delivery: Delivery) {
        let Delivery { queue, worker, messages, metrics, ticket } = delivery;
        if let Some(number) = self.hands.hold(ticket) {
            let delivery = RemoteDelivery { number, queue, worker, messages, metrics };
            self.outgoing.push(FromOwner::Deliver(delivery));
        }
    }
}

/// The deliveries that a member holds.
#[derive(Default)]
struct Hands {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    last: u64,
    tickets: HashMap<u64, Ticket>,
    gone: bool,
}

impl Hands {
    /// Takes a ticket and gives it a number; one that comes too late is given back.
    fn hold(&self, ticket: Ticket) -> Option<u64> {
        let mut held = self.held();
        if held.gone {
            drop(held);
            ticket.give_back();
            return None;
        }
        held.last += 1;
        let number = held.last;
        held.tickets.insert(number, ticket);
        Some(number)
    }

    /// Takes the ticket of a delivery that has a number.
    fn hold_as(&self, number: u64, ticket: Ticket) {
        self.held().tickets.insert(number, ticket);
    }

    fn let_go(&self, number: u64) -> Option<Ticket> {
        self.held().tickets.remove(&number)
    }

    /// Gives everything back, now and from now on.
    fn give_back(&self) {
        let mut held = self.held();
        held.gone = true;
        let tickets = std::mem::take(&mut held.tickets);
        drop(held);
        tickets.into_values().for_each(Ticket::give_back);
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many requests wait for answers.
#[derive(Default)]
struct OpenRequests {
    count: Mutex<usize>,
    changed: Condvar,
}

impl OpenRequests {
    /// Counts one more, waiting while there are too many.
    fn open(this: &Arc<Self>) -> OpenRequest {
        let mut count = this.count.lock().unwrap_or_else(PoisonError::into_inner);
        while *count >= REQUESTS_MAX {
            count = this.changed.wait(count).unwrap_or_else(PoisonError::into_inner);
        }
        *count += 1;
        OpenRequest(this.clone())
    }
}

/// Counts as open until it is dropped.
struct OpenRequest(Arc<OpenRequests>);

impl Drop for OpenRequest {
    fn drop(&mut self) {
        *self.0.count.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.changed.notify_all();
    }
}
