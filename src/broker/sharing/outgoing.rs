//! What waits to be written to a peer: nobody who adds to it waits for the peer.

use std::collections::VecDeque;
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::frame;

/// Events that may wait; what comes beyond is dropped.
const EVENTS_WAITING_MAX: usize = 4096;
/// Bytes that are written at once.
const WRITE_BYTES: usize = 256 * 1024;
/// How long a peer may take nothing before it counts as gone.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);

/// What can be written.
pub(super) trait Weigh: Sized {
    /// About how many bytes it takes.
    fn weight(&self) -> usize;

    /// What is written when it fits into no frame.
    fn instead(&self) -> Option<Self>;
}

/// Messages on their way to one peer.
#[derive(Debug)]
pub(super) struct Outgoing<Message> {
    state: Mutex<State<Message>>,
    changed: Condvar,
    /// Bytes that may wait before the peer counts as gone.
    bytes_max: usize,
}

#[derive(Debug)]
struct State<Message> {
    waiting: VecDeque<(Message, usize)>,
    bytes: usize,
    /// Events among those that wait.
    events: usize,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// What waits is still written.
    Closing,
    Closed,
}

impl<Message: Weigh + Serialize> Outgoing<Message> {
    /// Nothing waits.
    pub fn new(bytes_max: usize) -> Self {
        let state = State { waiting: VecDeque::new(), bytes: 0, events: 0, phase: Phase::Open };
        Self { state: Mutex::new(state), changed: Condvar::new(), bytes_max }
    }

    /// Adds a message. A peer that is too far behind is cut off.
    pub fn push(&self, message: Message) {
        let weight = message.weight();
        let mut state = self.state();
        if state.phase != Phase::Open {
            return;
        }
        state.bytes += weight;
        state.waiting.push_back((message, weight));
        if state.bytes > self.bytes_max {
            state.close();
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Adds an event, or drops it when too many wait.
    pub fn push_event(&self, event: impl FnOnce() -> Message) {
        let mut state = self.state();
        if state.phase == Phase::Open && state.events < EVENTS_WAITING_MAX {
            state.events += 1;
            // Events weigh nothing: their number is bounded.
            state.waiting.push_back((event(), 0));
            drop(state);
            self.changed.notify_all();
        }
    }

    /// Takes nothing more; what waits is still written.
    pub fn close(&self) {
        let mut state = self.state();
        if state.phase == Phase::Open {
            state.phase = Phase::Closing;
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Forgets what waits.
    pub fn abort(&self) {
        self.state().close();
        self.changed.notify_all();
    }

    /// Waits until everything is written, or the peer is gone, or it is `until`.
    pub fn wait_until_written(&self, until: Instant) {
        let mut state = self.state();
        while state.phase != Phase::Closed {
            let patience = until.saturating_duration_since(Instant::now());
            if patience.is_zero() {
                return;
            }
            let waited = self.changed.wait_timeout(state, patience);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Writes what comes until the end, then closes the stream. Runs on a thread of its own.
    pub fn write_to(&self, mut stream: TcpStream) {
        drop(stream.set_write_timeout(Some(WRITE_PATIENCE)));
        let mut buffer = Vec::with_capacity(WRITE_BYTES);
        while self.fill(&mut buffer) {
            if stream.write_all(&buffer).is_err() {
                break;
            }
        }
        // Ends the reader's thread, too.
        drop(stream.shutdown(Shutdown::Both));
        self.abort();
    }

    /// Fills the buffer with what waits; false at the end.
    fn fill(&self, buffer: &mut Vec<u8>) -> bool {
        buffer.clear();
        let batch = self.take();
        for message in &batch {
            if frame::append_message(buffer, message).is_err()
                && let Some(instead) = message.instead()
            {
                // It is short.
                let _ = frame::append_message(buffer, &instead);
            }
        }
        !batch.is_empty()
    }

    /// Waits for messages and takes some; none at the end.
    fn take(&self) -> Vec<Message> {
        let mut state = self.state();
        while state.waiting.is_empty() && state.phase == Phase::Open {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while bytes < WRITE_BYTES
            && let Some((message, weight)) = state.waiting.pop_front()
        {
            state.bytes -= weight;
            state.events -= usize::from(weight == 0);
            bytes += weight.max(1);
            batch.push(message);
        }
        batch
    }

    fn state(&self) -> MutexGuard<'_, State<Message>> {
        // What waits is whole after every step, so a panic elsewhere has not spoiled it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Message> State<Message> {
    fn close(&mut self) {
        self.phase = Phase::Closed;
        self.waiting.clear();
        (self.bytes, self.events) = (0, 0);
    }
}
