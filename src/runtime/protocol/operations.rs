//! What JavaScript asks of the host.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::sockets::SocketOperation;
use super::{Body, ByteRange, GuestError};

/// One operation. See the variants' fields for what the prelude writes.
#[derive(Debug)]
pub enum Operation<'a> {
    /// The Worker's script was evaluated.
    Started(Started),
    /// The Worker's script threw while it was evaluated.
    StartFailed(StartFailed),
    /// The answer to a fetch event.
    Response(Response),
    /// A fetch or scheduled handler threw or rejected.
    Exception(Exception),
    /// The answer to a queue event.
    Outcome(Outcome),
    /// What a queue handler that has not answered yet has said of its messages.
    Decided(Decided),
    /// A handler and everything given to `waitUntil` have settled.
    Settled(Settled),
    /// `send` or `sendBatch` of a queue binding.
    Send(Send<'a>),
    /// `metrics` of a queue binding.
    Metrics(Metrics),
    /// `fetch` to the outside or to another Worker.
    Http(Http),
    /// A call of another Worker's method.
    Call(Call<'a>),
    /// The result of a call event.
    Returned(Returned<'a>),
    /// The guest wants the next chunk of a host stream.
    Read(Read),
    /// The guest gave up: on an operation, or on a host stream.
    Abort(Abort),
    /// The guest no longer wants a host stream.
    Cancel(Cancel),
    /// One chunk of a guest stream.
    Write(Write),
    /// The end of a guest stream.
    Close(Close),
    /// A guest stream broke.
    Fail(Fail),
    /// Something about a WebSocket.
    Socket(SocketOperation),
}

/// See [`Operation::Started`].
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Started {
    /// The handlers the default export (or the service worker) has.
    pub handlers: Handlers,
    /// Names of exported classes other than the default export.
    pub entrypoints: Vec<String>,
}

/// Which events a Worker handles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Handlers {
    /// It has a `fetch` handler.
    pub fetch: bool,
    /// It has a `queue` handler.
    pub queue: bool,
    /// It has a `scheduled` handler.
    pub scheduled: bool,
}

/// See [`Operation::StartFailed`].
#[derive(Debug, Deserialize)]
pub struct StartFailed {
    /// What was thrown.
    pub error: GuestError,
}

/// See [`Operation::Response`].
#[derive(Debug, Deserialize)]
pub struct Response {
    /// The invocation it answers.
    pub invocation: u64,
    /// The HTTP status.
    pub status: u16,
    /// The reason phrase; empty for the status's own.
    #[serde(rename = "statusText")]
    pub status_text: String,
    /// The headers, in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Whether the body is in the encoding that the headers name (`encodeBody: "manual"`).
    #[serde(default, rename = "isEncoded")]
    pub is_encoded: bool,
    /// The body, if any.
    pub body: Option<Body>,
    /// The WebSocket whose other end it carries.
    #[serde(default, rename = "webSocket")]
    pub web_socket: Option<u64>,
}

/// See [`Operation::Exception`].
#[derive(Debug, Deserialize)]
pub struct Exception {
    /// The invocation it answers.
    pub invocation: u64,
    /// What was thrown.
    pub error: GuestError,
}

/// See [`Operation::Outcome`].
#[derive(Debug, Deserialize)]
pub struct Outcome {
    /// The invocation it answers.
    pub invocation: u64,
    /// Set when the handler, or something it waits for, threw or rejected.
    pub error: Option<GuestError>,
    /// What was said about the whole batch.
    pub batch: Option<BatchDecision>,
    /// What was said about single messages.
    pub messages: MessageDecisions,
}

/// See [`Operation::Decided`].
#[derive(Debug, Deserialize)]
pub struct Decided {
    /// The invocation that goes on.
    pub invocation: u64,
    /// What was said about the whole batch.
    pub batch: Option<BatchDecision>,
    /// What was said about single messages.
    pub messages: MessageDecisions,
}

/// What was said about the messages of a batch one by one.
#[derive(Debug, PartialEq, Eq)]
pub enum MessageDecisions {
    /// `ack()` of each of them: `"ack"`.
    AllAcknowledged,
    /// A list, without those about which nothing was said.
    Some(Vec<MessageDecision>),
}

/// `ackAll()` or `retryAll()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BatchDecision {
    /// `ackAll()`.
    Ack,
    /// `retryAll({ delaySeconds })`.
    Retry(Option<u32>),
}

/// `ack()` or `retry()` of the message with this index in its batch: `[index, "ack"]` or
/// `[index, "retry", delaySeconds or null]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageDecision {
    /// Index of the message in the batch.
    pub index: usize,
    /// Whether the message is to be retried; acknowledged otherwise.
    pub retry: bool,
    /// Delay of the retry in seconds, where one was given.
    pub delay_seconds: Option<u32>,
}

/// See [`Operation::Settled`].
#[derive(Debug, Deserialize)]
pub struct Settled {
    /// The invocation that is over.
    pub invocation: u64,
    /// What promises given to `waitUntil` rejected with.
    #[serde(default)]
    pub errors: Vec<GuestError>,
}

/// See [`Operation::Send`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct Send<'a> {
    /// Answered with the queue's metrics.
    pub operation: u64,
    /// The producer binding's name.
    pub binding: String,
    /// Whether it was `sendBatch`.
    pub batch: bool,
    /// `delaySeconds` of a `sendBatch`.
    pub delay_seconds: Option<u32>,
    /// The messages, or else `bodies` or `taken`.
    #[serde(borrow, default)]
    pub messages: Vec<SendMessage<'a>>,
    /// Bodies of messages of content type `json` with nothing said beside them.
    #[serde(borrow, default)]
    pub bodies: Vec<&'a RawValue>,
    /// The number of bodies of that kind that the host has read in memory.
    pub taken: Option<usize>,
}

/// One message of a [`Send`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendMessage<'a> {
    /// `json`, `text`, `bytes` or `v8`.
    pub content_type: String,
    /// The body, as its content type travels.
    #[serde(borrow)]
    pub body: &'a RawValue,
    /// The message's own delay in seconds.
    pub delay_seconds: Option<u32>,
}

/// See [`Operation::Metrics`].
#[derive(Debug, Deserialize)]
pub struct Metrics {
    /// Answered with the queue's metrics.
    pub operation: u64,
    /// The producer binding's name.
    pub binding: String,
}

/// See [`Operation::Http`].
#[derive(Debug, Deserialize)]
pub struct Http {
    /// Answered with the response's head.
    pub operation: u64,
    /// The request's method.
    pub method: String,
    /// The request's URL, absolute.
    pub url: String,
    /// The request's headers.
    pub headers: Vec<(String, String)>,
    /// The request's body, if any.
    pub body: Option<Body>,
    /// `follow`, `manual` or `error`.
    pub redirect: String,
    /// The service binding it goes to; none is the outside.
    #[serde(default)]
    pub service: Option<String>,
    /// The number of the WebSocket that is asked for.
    #[serde(default, rename = "webSocket")]
    pub web_socket: Option<u64>,
}

/// See [`Operation::Call`].
#[derive(Debug, Deserialize)]
pub struct Call<'a> {
    /// Answered with the result, a structured clone.
    pub operation: u64,
    /// The service binding.
    pub binding: String,
    /// The method, or the property to read.
    pub method: String,
    /// The arguments, a structured clone; null reads the property.
    #[serde(borrow)]
    pub arguments: &'a RawValue,
}

/// See [`Operation::Returned`].
#[derive(Debug, Deserialize)]
pub struct Returned<'a> {
    /// The invocation it answers.
    pub invocation: u64,
    /// The result, a structured clone.
    #[serde(borrow)]
    pub value: &'a RawValue,
}

/// See [`Operation::Read`].
#[derive(Debug, Deserialize)]
pub struct Read {
    /// Answered with a byte range, or null at the end.
    pub operation: u64,
    /// The host stream.
    pub stream: u64,
}

/// See [`Operation::Abort`].
#[derive(Debug, Deserialize)]
pub struct Abort {
    /// The operation given up.
    pub operation: u64,
}

/// See [`Operation::Cancel`].
#[derive(Debug, Deserialize)]
pub struct Cancel {
    /// The host stream.
    pub stream: u64,
}

/// See [`Operation::Write`].
#[derive(Debug, Deserialize)]
pub struct Write {
    /// The guest stream.
    pub stream: u64,
    /// The chunk.
    pub bytes: ByteRange,
}

/// See [`Operation::Close`].
#[derive(Debug, Deserialize)]
pub struct Close {
    /// The guest stream.
    pub stream: u64,
}

/// See [`Operation::Fail`].
#[derive(Debug, Deserialize)]
pub struct Fail {
    /// The guest stream.
    pub stream: u64,
    /// Why.
    pub error: GuestError,
}

/// Reads the operations of one [`drain`](crate::runtime::isolate).
///
/// # Errors
///
/// When the text is not what our prelude writes, which means that the guest broke it.
pub fn parse(text: &str) -> Result<Vec<Operation<'_>>, serde_json::Error> {
    serde_json::from_str(text)
}

/// Operations carry their `type` first, so that the rest is read without being buffered.
impl<'de: 'a, 'a> Deserialize<'de> for Operation<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OperationVisitor)
    }
}

struct OperationVisitor;

impl<'de> Visitor<'de> for OperationVisitor {
    type Value = Operation<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an operation whose first field is `type`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some(("type", kind)) = map.next_entry::<&str, &str>()? else {
            return Err(A::Error::custom("an operation starts with its type"));
        };
        Ok(match kind {
            "started" => Operation::Started(rest(map)?),
            "start-failed" => Operation::StartFailed(rest(map)?),
            "response" => Operation::Response(rest(map)?),
            "exception" => Operation::Exception(rest(map)?),
            "outcome" => Operation::Outcome(rest(map)?),
            "decided" => Operation::Decided(rest(map)?),
            "settled" => Operation::Settled(rest(map)?),
            "send" => Operation::Send(rest(map)?),
            "metrics" => Operation::Metrics(rest(map)?),
            "http" => Operation::Http(rest(map)?),
            "call" => Operation::Call(rest(map)?),
            "returned" => Operation::Returned(rest(map)?),
            "read" => Operation::Read(rest(map)?),
            "abort" => Operation::Abort(rest(map)?),
            "cancel" => Operation::Cancel(rest(map)?),
            "write" => Operation::Write(rest(map)?),
            "close" => Operation::Close(rest(map)?),
            "fail" => Operation::Fail(rest(map)?),
            "socket-open" => Operation::Socket(SocketOperation::Open(rest(map)?)),
            "socket-accept" => Operation::Socket(SocketOperation::Accept(rest(map)?)),
            "socket-send" => Operation::Socket(SocketOperation::Send(rest(map)?)),
            "socket-abort" => Operation::Socket(SocketOperation::Abort(rest(map)?)),
            "socket-close" => Operation::Socket(SocketOperation::Close(rest(map)?)),
            unknown => return Err(A::Error::custom(format!("no operation is called {unknown}"))),
        })
    }
}

fn rest<'de, A: MapAccess<'de>, T: Deserialize<'de>>(map: A) -> Result<T, A::Error> {
    T::deserialize(MapAccessDeserializer::new(map))
}

impl<'de> Deserialize<'de> for MessageDecision {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DecisionVisitor;
        impl<'de> Visitor<'de> for DecisionVisitor {
            type Value = MessageDecision;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("[index, \"ack\"] or [index, \"retry\", delay]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let missing = || A::Error::custom("a decision has an index and a verb");
                let index = list.next_element()?.ok_or_else(missing)?;
                let retry = list.next_element::<&str>()?.ok_or_else(missing)? == "retry";
                let delay_seconds = list.next_element::<Option<u32>>()?.flatten();
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(MessageDecision { index, retry, delay_seconds })
            }
        }
        deserializer.deserialize_seq(DecisionVisitor)
    }
}

impl<'de> Deserialize<'de> for MessageDecisions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DecisionsVisitor;
        impl<'de> Visitor<'de> for DecisionsVisitor {
            type Value = MessageDecisions;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("\"ack\" or a list of decisions")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                match text {
                    "ack" => Ok(MessageDecisions::AllAcknowledged),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(MessageDecisions::Some)
            }
        }
        deserializer.deserialize_any(DecisionsVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_bodies_of_a_send_are_kept_as_written() {
        let text = r#"[{"type":"send","operation":7,"binding":"Q","batch":false,"delaySeconds":null,
            "messages":[{"contentType":"json","body":{"a":[1, 2.50]},"delaySeconds":3}]}]"#;
        let operations = parse(text).expect("valid operations");
        let [Operation::Send(send)] = operations.as_slice() else { panic!("{operations:?}") };
        assert_eq!(send.messages[0].body.get(), r#"{"a":[1, 2.50]}"#);
        assert_eq!((send.operation, send.messages[0].delay_seconds), (7, Some(3)));
    }

    #[test]
    fn outcomes_carry_decisions_for_the_batch_and_for_messages() {
        let text = r#"[{"type":"outcome","invocation":1,"error":null,"batch":{"retry":null},
            "messages":[[0,"ack"],[3,"retry",60],[4,"retry",null]]},
            {"type":"outcome","invocation":2,"error":{"name":"Error","message":"x","stack":""},"batch":"ack","messages":"ack"}]"#;
        let operations = parse(text).expect("valid operations");
        let [Operation::Outcome(first), Operation::Outcome(second)] = operations.as_slice() else {
            panic!("{operations:?}")
        };
        assert_eq!(first.batch, Some(BatchDecision::Retry(None)));
        assert_eq!(
            first.messages,
            MessageDecisions::Some(vec![
                MessageDecision { index: 0, retry: false, delay_seconds: None },
                MessageDecision { index: 3, retry: true, delay_seconds: Some(60) },
                MessageDecision { index: 4, retry: true, delay_seconds: None },
            ])
        );
        assert_eq!(second.messages, MessageDecisions::AllAcknowledged);
        assert_eq!(second.batch, Some(BatchDecision::Ack));
        assert_eq!(second.error.as_ref().map(GuestError::headline).as_deref(), Some("Error: x"));
    }

    #[test]
    fn an_unknown_operation_is_refused_by_name() {
        let error = parse(r#"[{"type":"format-disk"}]"#).expect_err("unknown");
        assert!(error.to_string().contains("format-disk"), "{error}");
    }
}
