//! Bodies that cross in chunks, with backpressure in both directions.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use tokio::sync::{Mutex, mpsc};

use super::protocol::GuestError;

/// A body the host reads for the guest: a request's, or a response's from outside.
pub type HostBody = Pin<Box<dyn Stream<Item = Result<Bytes, String>> + Send>>;

/// A host body as the event loop keeps it: read by one operation at a time.
#[derive(Clone)]
pub struct HostStream(Arc<Mutex<HostBody>>);

impl HostStream {
    /// The stream that reads `body`.
    pub fn new(body: HostBody) -> Self {
        Self(Arc::new(Mutex::new(body)))
    }

    /// The next chunk; `None` at the end.
    pub async fn next(&self) -> Option<Result<Bytes, String>> {
        let mut body = self.0.lock().await;
        std::future::poll_fn(|context| body.as_mut().poll_next(context)).await
    }
}

/// What a [`GuestBody`] asks of the isolate that produces it.
pub trait GuestStreamControl: Send + Sync + 'static {
    /// The next chunk is wanted.
    fn pull(&self, stream: u64);
    /// No more chunks are wanted.
    fn cancel(&self, stream: u64);
}

/// A body the guest produces: a response's, or a request's to the outside. It asks for each chunk as it
/// is read, so a slow reader slows the guest.
pub struct GuestBody {
    stream: u64,
    control: Arc<dyn GuestStreamControl>,
    chunks: mpsc::UnboundedReceiver<Result<Bytes, GuestError>>,
    asked: bool,
    ended: bool,
}

impl GuestBody {
    /// The body of guest stream `stream`, and where its chunks are to be put.
    pub fn new(
        stream: u64,
        control: Arc<dyn GuestStreamControl>,
    ) -> (Self, mpsc::UnboundedSender<Result<Bytes, GuestError>>) {
        let (sender, chunks) = mpsc::unbounded_channel();
        (Self { stream, control, chunks, asked: false, ended: false }, sender)
    }
}

impl Stream for GuestBody {
    type Item = Result<Bytes, GuestError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if !self.asked {
            self.asked = true;
            self.control.pull(self.stream);
        }
        let chunk = std::task::ready!(self.chunks.poll_recv(context));
        self.asked = false;
        self.ended = !matches!(chunk, Some(Ok(_)));
        Poll::Ready(chunk)
    }
}

impl Drop for GuestBody {
    fn drop(&mut self) {
        if !self.ended {
            self.control.cancel(self.stream);
        }
    }
}
