//! The two ends of a WebSocket within the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::SocketMessage;

/// A connection reads on as long as no more than this waits for who takes its messages, in bytes.
const WAITING_BYTES_MAX: usize = 64 * 1024;
/// What a message counts beside its contents, so that many small ones count, too.
const MESSAGE_OVERHEAD_BYTES: usize = 256;

/// One end: what is sent from it, and what arrives at it.
pub struct SocketEnd {
    /// To the other end.
    pub sender: SocketSender,
    /// From the other end.
    pub receiver: SocketReceiver,
}

/// The direction away from an end. Dropped without a last message, it breaks the connection.
pub struct SocketSender {
    messages: mpsc::UnboundedSender<SocketMessage>,
    lane: Arc<Lane>,
    has_ended: bool,
}

/// The direction towards an end.
pub struct SocketReceiver {
    messages: mpsc::UnboundedReceiver<SocketMessage>,
    lane: Arc<Lane>,
}

/// What both sides of one direction know.
#[derive(Default)]
struct Lane {
    waiting_bytes: AtomicUsize,
    taken: Notify,
    /// Nobody receives any more.
    is_deserted: AtomicBool,
    /// Nobody sends any more, and nothing was said about it.
    abandoned: CancellationToken,
}

/// Two ends that are connected.
pub fn pair() -> (SocketEnd, SocketEnd) {
    let (there, from_here) = direction();
    let (back, from_there) = direction();
    (SocketEnd { sender: there, receiver: from_there }, SocketEnd { sender: back, receiver: from_here })
}

fn direction() -> (SocketSender, SocketReceiver) {
    let (sender, messages) = mpsc::unbounded_channel();
    let lane = Arc::new(Lane::default());
    (
        SocketSender { messages: sender, lane: lane.clone(), has_ended: false },
        SocketReceiver { messages, lane },
    )
}

impl SocketSender {
    /// Sends a message; what comes after the last one is dropped.
    pub fn send(&mut self, message: SocketMessage) {
        if self.has_ended || self.lane.is_deserted.load(Ordering::Acquire) {
            return;
        }
        self.has_ended = message.is_last();
        self.lane.waiting_bytes.fetch_add(weight(&message), Ordering::AcqRel);
        // Who receives may be gone by now: then what waits is dropped with the channel.
        let _ = self.messages.send(message);
    }

    /// Whether the last message has been sent.
    pub const fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// How much has been sent and not been taken yet, in bytes.
    pub fn waiting_bytes(&self) -> usize {
        if self.lane.is_deserted.load(Ordering::Acquire) {
            return 0;
        }
        self.lane.waiting_bytes.load(Ordering::Acquire)
    }

    /// Waits until there is room for a message, or nobody receives any more.
    pub async fn room(&self) {
        while self.waiting_bytes() > WAITING_BYTES_MAX {
            self.lane.taken.notified().await;
        }
    }
}

impl Drop for SocketSender {
    fn drop(&mut self) {
        if !self.has_ended {
            self.lane.abandoned.cancel();
        }
    }
}

impl SocketReceiver {
    /// The next message; `None` when there is no other, or the connection broke.
    pub async fn next(&mut self) -> Option<SocketMessage> {
        let message = self.messages.recv().await?;
        self.lane.waiting_bytes.fetch_sub(weight(&message), Ordering::AcqRel);
        self.lane.taken.notify_one();
        Some(message)
    }

    /// Tells when who sends is gone without a last message.
    pub fn abandoned(&self) -> CancellationToken {
        self.lane.abandoned.clone()
    }
}

impl Drop for SocketReceiver {
    fn drop(&mut self) {
        self.lane.is_deserted.store(true, Ordering::Release);
        self.lane.taken.notify_one();
    }
}

fn weight(message: &SocketMessage) -> usize {
    message.bytes() + MESSAGE_OVERHEAD_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(length: usize) -> SocketMessage {
        SocketMessage::Text("x".repeat(length).into())
    }

    #[tokio::test]
    async fn there_is_room_as_long_as_messages_are_taken() {
        let (mut one, mut other) = pair();
        one.sender.room().await;
        one.sender.send(text(WAITING_BYTES_MAX));
        assert_eq!(one.sender.waiting_bytes(), WAITING_BYTES_MAX + MESSAGE_OVERHEAD_BYTES);
        let ((), taken) = tokio::join!(one.sender.room(), other.receiver.next());
        assert_eq!((taken, one.sender.waiting_bytes()), (Some(text(WAITING_BYTES_MAX)), 0));
        one.sender.send(text(WAITING_BYTES_MAX));
        drop(other);
        one.sender.room().await;
        assert_eq!(one.sender.waiting_bytes(), 0);
    }

    #[tokio::test]
    async fn an_end_that_goes_without_a_word_is_noticed_and_nothing_follows_a_close() {
        let (mut one, mut other) = pair();
        let abandoned = other.receiver.abandoned();
        one.sender.send(SocketMessage::closing(super::super::SERVICE_RESTART));
        one.sender.send(text(1));
        drop(one);
        assert!(matches!(other.receiver.next().await, Some(SocketMessage::Close { code: 1012, .. })));
        assert_eq!((other.receiver.next().await, abandoned.is_cancelled()), (None, false));
        let (one, mut other) = pair();
        drop(one);
        other.receiver.abandoned().cancelled().await;
        assert_eq!(other.receiver.next().await, None);
    }
}
