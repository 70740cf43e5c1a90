//! Bodies between hyper, as WASI has them, and the runtime's own.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::Frame;
use tokio::sync::mpsc;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;

use crate::runtime::protocol::GuestError;
use crate::runtime::stream::{GuestBody, GuestStreamControl, HostBody};

/// A body as WASI has it.
pub type WasiBody = UnsyncBoxBody<Bytes, ErrorCode>;

/// No body.
pub fn empty() -> WasiBody {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// A body of which everything is there.
pub fn whole(bytes: Bytes) -> WasiBody {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

/// A body that comes in chunks.
pub fn streamed(body: HostBody) -> WasiBody {
    let frames =
        body.map(|chunk| chunk.map(Frame::data).map_err(|text| ErrorCode::InternalError(Some(text))));
    StreamBody::new(frames).boxed_unsync()
}

/// The body that a component produces, as others read it: a chunk is taken from the component when its reader asks.
pub fn from_component(body: WasiBody) -> GuestBody {
    let (asks, asked) = mpsc::unbounded_channel();
    let (guest_body, chunks) = GuestBody::new(0, Arc::new(Reader { asks }));
    tokio::spawn(forward(body, asked, chunks));
    guest_body
}

/// What the reader of a body wants. It goes away with the reader.
struct Reader {
    asks: mpsc::UnboundedSender<Ask>,
}

enum Ask {
    Chunk,
    End,
}

impl GuestStreamControl for Reader {
    fn pull(&self, _stream: u64) {
        // A body that has ended is asked in vain.
        let _ = self.asks.send(Ask::Chunk);
    }

    fn cancel(&self, _stream: u64) {
        let _ = self.asks.send(Ask::End);
    }
}

async fn forward(
    mut body: WasiBody,
    mut asked: mpsc::UnboundedReceiver<Ask>,
    chunks: mpsc::UnboundedSender<Result<Bytes, GuestError>>,
) {
    while let Some(Ask::Chunk) = asked.recv().await {
        let chunk = match next_chunk(&mut body).await {
            Some(Ok(chunk)) => Ok(chunk),
            Some(Err(error)) => Err(GuestError::from_host("Error", describe(&error))),
            None => return,
        };
        let ended = chunk.is_err();
        if chunks.send(chunk).is_err() || ended {
            return;
        }
    }
}

/// The next piece of data; trailers are left out.
async fn next_chunk(body: &mut WasiBody) -> Option<Result<Bytes, ErrorCode>> {
    loop {
        match body.frame().await? {
            Ok(frame) => {
                if let Ok(data) = frame.into_data() {
                    return Some(Ok(data));
                }
            }
            Err(error) => return Some(Err(error)),
        }
    }
}

/// What went wrong, for people.
pub fn describe(error: &ErrorCode) -> String {
    match error {
        ErrorCode::InternalError(Some(text)) => text.clone(),
        other => format!("{other:?}"),
    }
}
