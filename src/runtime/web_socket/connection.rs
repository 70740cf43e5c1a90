//! The protocol over a connection: <https://datatracker.ietf.org/doc/html/rfc6455>.

use std::time::Duration;

use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::{NO_CODE, Role, SERVICE_RESTART, SocketEnd, SocketMessage, SocketReceiver, SocketSender};

/// The largest message that arrives, in bytes, as in production.
const MESSAGE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The most bytes that are read at once.
const READ_BYTES: usize = 16 * 1024;
/// What a close frame has room for beside its code, in bytes.
const REASON_BYTES_MAX: usize = 123;
/// How long a peer may take to answer a close, or to hang up after both sides have closed.
const CLOSE_PATIENCE: Duration = Duration::from_secs(10);
/// How long a last word may take to be written.
const GOODBYE_PATIENCE: Duration = Duration::from_secs(1);

type Sink<Connection> = SplitSink<WebSocketStream<Connection>, Message>;

/// Carries messages between `end` and the peer of an upgraded connection until it has ended. When `stopped` comes
/// first, both sides are told that the service restarts. Nothing more is read as long as too much waits at the end, and
/// the connection is cut when the end is dropped without a close.
pub async fn run<Connection>(connection: Connection, role: Role, end: SocketEnd, stopped: impl Future)
where
    Connection: AsyncRead + AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let (mut sink, stream) = WebSocketStream::from_raw_socket(connection, role, Some(config)).await.split();
    let SocketEnd { mut sender, mut receiver } = end;
    let abandoned = receiver.abandoned();
    let last_word = tokio::select! {
        last_word = inward(stream, &mut sender) => last_word,
        () = outward(&mut receiver, &mut sink) => None,
        () = abandoned.cancelled() => None,
        _ = stopped => {
            let restart = SocketMessage::closing(SERVICE_RESTART);
            sender.send(restart.clone());
            to_wire(restart)
        }
    };
    if let Some(last_word) = last_word {
        // A peer that does not read does not hear it.
        let _ = tokio::time::timeout(GOODBYE_PATIENCE, sink.send(last_word)).await;
    }
}

/// Reads until nothing more can come; answers with what the peer is to be told, if it broke the protocol.
async fn inward<Connection>(
    mut stream: SplitStream<WebSocketStream<Connection>>,
    sender: &mut SocketSender,
) -> Option<Message>
where
    Connection: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        sender.room().await;
        match stream.next().await {
            Some(Ok(message)) => {
                let Some(message) = from_wire(message) else { continue };
                let is_last = message.is_last();
                sender.send(message);
                if is_last {
                    // Reading on writes the answer and waits for the peer to hang up.
                    let rest = async { while let Some(Ok(_)) = stream.next().await {} };
                    let _ = tokio::time::timeout(CLOSE_PATIENCE, rest).await;
                    return None;
                }
            }
            Some(Err(error)) => {
                let (code, description) = violation(&error)?;
                sender.send(SocketMessage::Failed(format!(
                    "WebSocket protocol error; protocolError.statusCode = {code}; \
                     protocolError.description = {description}"
                )));
                return to_wire(SocketMessage::Close { code, reason: description });
            }
            None => return None,
        }
    }
}

/// Writes what is sent, until the peer had its time to answer a close. What cannot be written is dropped: who reads
/// notices that the connection broke.
async fn outward<Connection>(receiver: &mut SocketReceiver, sink: &mut Sink<Connection>)
where
    Connection: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = receiver.next().await {
        let is_last = message.is_last();
        if let Some(message) = to_wire(message) {
            let _ = sink.send(message).await;
        }
        if is_last {
            return tokio::time::sleep(CLOSE_PATIENCE).await;
        }
    }
}

fn from_wire(message: Message) -> Option<SocketMessage> {
    match message {
        Message::Text(text) => Some(SocketMessage::Text(text)),
        Message::Binary(bytes) => Some(SocketMessage::Binary(bytes)),
        Message::Close(None) => Some(SocketMessage::Close { code: NO_CODE, reason: String::new() }),
        Message::Close(Some(frame)) => {
            Some(SocketMessage::Close { code: frame.code.into(), reason: frame.reason.to_string() })
        }
        Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => None,
    }
}

fn to_wire(message: SocketMessage) -> Option<Message> {
    match message {
        SocketMessage::Text(text) => Some(Message::Text(text)),
        SocketMessage::Binary(bytes) => Some(Message::Binary(bytes)),
        SocketMessage::Close { code: NO_CODE, .. } => Some(Message::Close(None)),
        SocketMessage::Close { code, reason } => {
            let fits = reason.floor_char_boundary(REASON_BYTES_MAX);
            let reason = Utf8Bytes::from(&reason[..fits]);
            Some(Message::Close(Some(CloseFrame { code: CloseCode::from(code), reason })))
        }
        // Only who receives can fail.
        SocketMessage::Failed(_) => None,
    }
}

/// How the peer broke the protocol: the code to close with, and what is wrong; `None` when the connection ended.
fn violation(error: &Error) -> Option<(u16, String)> {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
            Some((CloseCode::Size.into(), format!("Message is too large: {size} > {max_size}")))
        }
        Error::Utf8(_) => Some((CloseCode::Invalid.into(), String::from("Message is not valid UTF-8"))),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        | Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Io(_) => None,
        error => Some((CloseCode::Protocol.into(), error.to_string())),
    }
}
