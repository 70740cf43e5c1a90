//! The WebSockets of one isolate, by the numbers that the guest gave them.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;

use super::operations::copy;
use super::{Command, Commands};
use crate::base::limits::ISOLATE_MEMORY_BYTES_MAX;
use crate::runtime::protocol::Body;
use crate::runtime::protocol::sockets::SocketOperation;
use crate::runtime::web_socket::{
    self, GOING_AWAY, SERVICE_RESTART, SocketEnd, SocketMessage, SocketReceiver, SocketSender,
};

/// Most bytes of one socket's messages that are on their way into JavaScript; a longer message goes alone.
const ARRIVING_BYTES_MAX: usize = 64 * 1024;
/// What a message counts beside its contents.
const ARRIVAL_OVERHEAD_BYTES: usize = 1024;
/// Most bytes that wait for peers to read them, of all sockets of an isolate: as much as it may have in memory.
const UNREAD_BYTES_MAX: usize = ISOLATE_MEMORY_BYTES_MAX;
/// What a Worker is told of a socket whose peer reads too little.
const UNREAD: &str = "The peer of the WebSocket does not read: more than 128 MB of messages wait for it.";

/// What arrived at a socket.
pub struct Arrival {
    /// The socket.
    pub socket: u64,
    /// The message; `None` when the connection broke.
    pub message: Option<SocketMessage>,
    /// Held until JavaScript had it: more is read after that.
    pub permit: Option<OwnedSemaphorePermit>,
}

impl Arrival {
    /// Whether nothing else arrives.
    pub fn is_last(&self) -> bool {
        self.message.as_ref().is_none_or(SocketMessage::is_last)
    }
}

/// The sockets of an isolate. Dropping them cuts those that were not closed.
#[derive(Default)]
pub struct Sockets {
    open: HashMap<u64, Socket>,
}

struct Socket {
    sender: SocketSender,
    /// Until somebody reads.
    receiver: Option<SocketReceiver>,
    /// What the response is to carry, of a socket that the guest made.
    far: Option<SocketEnd>,
    /// Whether it answers a request, and so was not opened by the guest.
    answers: bool,
    reading: Reading,
}

enum Reading {
    NotYet,
    Now { _task: ReadingTask },
    Ended,
}

/// Ends when it is dropped.
struct ReadingTask(AbortHandle);

impl Drop for ReadingTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Sockets {
    /// A socket that the guest opened to somebody else.
    pub fn add(&mut self, socket: u64, end: SocketEnd) {
        self.insert(socket, end, None);
    }

    fn insert(&mut self, socket: u64, end: SocketEnd, far: Option<SocketEnd>) {
        let SocketEnd { sender, receiver } = end;
        let answers = far.is_some();
        let added = Socket { sender, receiver: Some(receiver), far, answers, reading: Reading::NotYet };
        self.open.insert(socket, added);
    }

    /// Does what the guest asked for. What concerns a socket that is over has no effect.
    ///
    /// # Errors
    ///
    /// When the guest wrote what our prelude never does.
    pub(super) fn perform(
        &mut self,
        operation: SocketOperation,
        bytes: &[u8],
        commands: &Commands,
        tokio: &tokio::runtime::Handle,
    ) -> Result<(), String> {
        match operation {
            SocketOperation::Open(open) => {
                let (near, far) = web_socket::pair();
                self.insert(open.socket, near, Some(far));
            }
            SocketOperation::Accept(accept) => self.accept(accept.socket, commands, tokio),
            SocketOperation::Send(send) => {
                self.send(send.socket, message(send.body, bytes)?);
                self.cut_what_nobody_reads(commands);
            }
            SocketOperation::Close(close) => {
                self.send(close.socket, SocketMessage::Close { code: close.code, reason: close.reason });
                self.forget_if_over(close.socket);
            }
            SocketOperation::Abort(abort) => drop(self.open.remove(&abort.socket)),
        }
        Ok(())
    }

    fn accept(&mut self, socket: u64, commands: &Commands, tokio: &tokio::runtime::Handle) {
        let Some(accepted) = self.open.get_mut(&socket) else { return };
        let Some(receiver) = accepted.receiver.take() else { return };
        let reading = commands.work.track(read(socket, receiver, commands.clone()));
        accepted.reading = Reading::Now { _task: ReadingTask(tokio.spawn(reading).abort_handle()) };
    }

    fn send(&mut self, socket: u64, message: SocketMessage) {
        if let Some(open) = self.open.get_mut(&socket) {
            open.sender.send(message);
        }
    }

    /// The end that a response carries: the other one of a socket that the guest made, or the one it got from
    /// elsewhere and did not accept.
    pub fn hand_over(&mut self, socket: u64) -> Option<SocketEnd> {
        if let Some(far) = self.open.get_mut(&socket)?.far.take() {
            return Some(far);
        }
        let Socket { sender, receiver, .. } = self.open.remove(&socket)?;
        Some(SocketEnd { sender, receiver: receiver? })
    }

    /// Nothing else arrives at this socket.
    pub fn ended(&mut self, socket: u64) {
        if let Some(open) = self.open.get_mut(&socket) {
            open.reading = Reading::Ended;
            self.forget_if_over(socket);
        }
    }

    /// Whether something may still arrive that the guest waits for.
    pub fn any_open(&self) -> bool {
        self.open.values().any(|socket| matches!(socket.reading, Reading::Now { .. }))
    }

    /// Lets go of those at which nothing arrives and whose handler has ended: nobody is left who could use them.
    pub fn forget_unread(&mut self) {
        self.open.retain(|_, socket| matches!(socket.reading, Reading::Now { .. }));
    }

    /// Tells the peers of those that answered requests that other code takes over.
    pub fn close_answering(&mut self) {
        let answering = self.open.values_mut().filter(|socket| socket.answers);
        answering.for_each(|socket| socket.sender.send(SocketMessage::closing(SERVICE_RESTART)));
    }

    /// Tells all peers that nobody is here any more.
    pub fn close_all(&mut self) {
        self.close_answering();
        let opened = self.open.values_mut();
        opened.for_each(|socket| socket.sender.send(SocketMessage::closing(GOING_AWAY)));
    }

    /// Breaks the sockets that most waits at, until no more waits than may.
    fn cut_what_nobody_reads(&mut self, commands: &Commands) {
        while self.open.values().map(|socket| socket.sender.waiting_bytes()).sum::<usize>() > UNREAD_BYTES_MAX
        {
            let fullest = self.open.iter().max_by_key(|(_, socket)| socket.sender.waiting_bytes());
            let Some((&socket, _)) = fullest else { return };
            self.open.remove(&socket);
            let message = Some(SocketMessage::Failed(UNREAD.to_owned()));
            commands.send(Command::Arrived(Arrival { socket, message, permit: None }));
        }
    }

    fn forget_if_over(&mut self, socket: u64) {
        let is_over = |socket: &Socket| matches!(socket.reading, Reading::Ended) && socket.sender.has_ended();
        if self.open.get(&socket).is_some_and(is_over) {
            self.open.remove(&socket);
        }
    }
}

/// Hands what arrives to the isolate, a little at a time.
async fn read(socket: u64, mut receiver: SocketReceiver, commands: Commands) {
    let room = Arc::new(Semaphore::new(ARRIVING_BYTES_MAX));
    loop {
        let message = receiver.next().await;
        let bytes = message.as_ref().map_or(0, SocketMessage::bytes) + ARRIVAL_OVERHEAD_BYTES;
        let permits = u32::try_from(bytes.min(ARRIVING_BYTES_MAX)).unwrap_or(u32::MAX);
        let permit = room.clone().acquire_many_owned(permits).await.ok();
        let arrival = Arrival { socket, message, permit };
        let is_last = arrival.is_last();
        commands.send(Command::Arrived(arrival));
        if is_last {
            return;
        }
    }
}

fn message(body: Body, bytes: &[u8]) -> Result<SocketMessage, String> {
    match body {
        Body::Text(text) => Ok(SocketMessage::Text(text.into())),
        Body::Bytes(range) => Ok(SocketMessage::Binary(copy(range, bytes)?)),
        Body::Stream(_) => {
            Err(String::from("The Worker broke its isolate's runtime: a message of a WebSocket is no stream"))
        }
    }
}
