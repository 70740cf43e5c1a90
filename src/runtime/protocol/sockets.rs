//! What JavaScript asks of the host about WebSockets. They are numbered by the guest.

use serde::Deserialize;

use super::Body;

/// One operation on a socket.
#[derive(Debug)]
pub enum SocketOperation {
    /// The guest made a socket; a response carries its other end.
    Open(SocketNumber),
    /// The guest wants what arrives.
    Accept(SocketNumber),
    /// A message is sent.
    Send(SocketSend),
    /// Nothing else is sent.
    Close(SocketClose),
    /// The guest gave up.
    Abort(SocketNumber),
}

/// See [`SocketOperation::Open`], [`SocketOperation::Accept`] and [`SocketOperation::Abort`].
#[derive(Debug, Deserialize)]
pub struct SocketNumber {
    /// The socket.
    pub socket: u64,
}

/// See [`SocketOperation::Send`].
#[derive(Debug, Deserialize)]
pub struct SocketSend {
    /// The socket.
    pub socket: u64,
    /// The message: a text or bytes.
    pub body: Body,
}

/// See [`SocketOperation::Close`].
#[derive(Debug, Deserialize)]
pub struct SocketClose {
    /// The socket.
    pub socket: u64,
    /// Why, as a number; 1005 where none was said.
    pub code: u16,
    /// Why, in words.
    pub reason: String,
}
