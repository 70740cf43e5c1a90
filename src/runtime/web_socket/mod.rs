//! WebSockets: messages between an isolate and whoever is at the other end, be it a connection or another isolate.
//!
//! An isolate has an [`SocketEnd`] of each of its WebSockets. The other end is given to [`connection::run`], which
//! speaks the protocol (RFC 6455) over a connection that has been upgraded, or to another isolate as it is.
//! What waits is bounded: see [`SocketSender::room`] and [`SocketSender::waiting_bytes`].

pub mod connection;
mod ends;
pub mod handshake;

pub use ends::{SocketEnd, SocketReceiver, SocketSender, pair};
pub use tokio_tungstenite::tungstenite::Utf8Bytes;
pub use tokio_tungstenite::tungstenite::protocol::Role;

use bytes::Bytes;

/// The code that stands for a close without one:
/// <https://datatracker.ietf.org/doc/html/rfc6455#section-7.4.1>.
pub const NO_CODE: u16 = 1005;
/// Why a session that ends, or a Worker that is replaced, closes.
pub const SERVICE_RESTART: u16 = 1012;
/// Why a Worker that is replaced closes what it opened itself.
pub const GOING_AWAY: u16 = 1001;

/// What goes through a WebSocket in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketMessage {
    /// A text message.
    Text(Utf8Bytes),
    /// A binary message.
    Binary(Bytes),
    /// The last message of a direction that ends well.
    Close {
        /// Why, as a number; [`NO_CODE`] where none was said.
        code: u16,
        /// Why, in words; may be empty.
        reason: String,
    },
    /// The last of one that does not: what is wrong, as the Worker is told.
    Failed(String),
}

impl SocketMessage {
    /// A close by us.
    pub fn closing(code: u16) -> Self {
        let reason = if code == SERVICE_RESTART { "Service Restart" } else { "Going Away" };
        Self::Close { code, reason: reason.to_owned() }
    }

    /// Whether nothing follows it.
    pub const fn is_last(&self) -> bool {
        matches!(self, Self::Close { .. } | Self::Failed(_))
    }

    /// The bytes of its contents.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
            Self::Close { reason, .. } | Self::Failed(reason) => reason.len(),
        }
    }
}
