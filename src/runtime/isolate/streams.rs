//! The streams of one isolate, by number.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc::UnboundedSender;

use super::super::protocol::GuestError;
use super::super::stream::{GuestBody, GuestStreamControl, HostBody, HostStream};

type Chunks = UnboundedSender<Result<Bytes, GuestError>>;

/// Host streams are numbered by the host, guest streams by the guest.
#[derive(Default)]
pub struct Streams {
    last_host_stream: u64,
    host: HashMap<u64, HostStream>,
    guest: HashMap<u64, Chunks>,
}

impl Streams {
    /// Offers a body to the guest; answers with its number.
    pub fn offer(&mut self, body: HostBody) -> u64 {
        self.last_host_stream += 1;
        self.host.insert(self.last_host_stream, HostStream::new(body));
        self.last_host_stream
    }

    /// The host stream with this number, unless it has ended.
    pub fn host(&self, stream: u64) -> Option<HostStream> {
        self.host.get(&stream).cloned()
    }

    /// The host stream has ended, or the guest no longer wants it.
    pub fn end_host(&mut self, stream: u64) {
        self.host.remove(&stream);
    }

    /// Lets go of the host streams that nobody read to their end: nothing is left that could.
    pub fn forget_unread(&mut self) {
        self.host.clear();
    }

    /// Begins to take a guest stream.
    pub fn take(&mut self, stream: u64, control: Arc<dyn GuestStreamControl>) -> GuestBody {
        let (body, chunks) = GuestBody::new(stream, control);
        self.guest.insert(stream, chunks);
        body
    }

    /// A chunk of a guest stream.
    pub fn write(&self, stream: u64, chunk: Bytes) {
        if let Some(chunks) = self.guest.get(&stream) {
            // A reader that has gone says so with a cancel of its own.
            let _ = chunks.send(Ok(chunk));
        }
    }

    /// The guest stream has ended, well or with an error.
    pub fn end_guest(&mut self, stream: u64, error: Option<GuestError>) {
        if let (Some(chunks), Some(error)) = (self.guest.remove(&stream), error) {
            let _ = chunks.send(Err(error));
        }
    }

    /// Whether a guest stream is still being read.
    pub fn guest_streams_open(&self) -> bool {
        !self.guest.is_empty()
    }

    /// Breaks every guest stream, because the isolate died.
    pub fn fail_all(&mut self, reason: &str) {
        for (_, chunks) in self.guest.drain() {
            let _ = chunks.send(Err(GuestError::from_host("Error", reason)));
        }
    }
}
