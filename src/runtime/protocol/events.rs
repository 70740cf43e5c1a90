//! What the host tells JavaScript.

use std::fmt::Display;
use std::io::Write as _;

use bytes::Bytes;
use serde_json::value::RawValue;

use super::GuestError;
use crate::base::{ContentType, Timestamp};
use crate::broker::{DeliveredMessage, Metrics};
use crate::runtime::web_socket::SocketMessage;

/// About what a delivered message needs beside its body.
const OTHERS_BYTES: usize = 40;

/// Collects the events of one tick: their JSON and the bytes they refer to.
#[derive(Debug, Default)]
pub struct EventWriter {
    json: Vec<u8>,
    bytes: Vec<u8>,
}

/// What a guest reads of a request or a response body.
#[derive(Clone, Debug)]
pub enum BodyForGuest {
    /// There is none.
    Empty,
    /// All of it.
    Bytes(Bytes),
    /// The host stream with this number.
    Stream(u64),
}

/// The head of a request as a `fetch` event carries it.
#[derive(Clone, Debug)]
pub struct RequestHead {
    /// The method, as the client sent it.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// Headers in order; values with bytes that are not UTF-8 are read as Latin-1.
    pub headers: Vec<(String, String)>,
}

/// The head of a response from outside.
#[derive(Clone, Debug, Default)]
pub struct ResponseHead {
    /// The HTTP status.
    pub status: u16,
    /// The status's reason phrase.
    pub status_text: String,
    /// Whether redirects were followed.
    pub redirected: bool,
    /// The URL that answered.
    pub url: String,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
}

/// The named entrypoint that is meant, if not the default export, and the JSON text of its `ctx.props`, if it has any.
pub type Target<'a> = (Option<&'a str>, Option<&'a str>);

impl EventWriter {
    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.json.is_empty()
    }

    /// The JSON array and the bytes it refers to.
    pub fn finish(mut self) -> (String, Vec<u8>) {
        if self.json.is_empty() {
            self.json.push(b'[');
        }
        self.json.push(b']');
        // Every part was UTF-8; the check costs little beside the guest's own parse.
        (String::from_utf8(self.json).unwrap_or_else(|_| String::from("[]")), self.bytes)
    }

    /// A request to be answered by `fetch()`.
    pub fn fetch(&mut self, invocation: u64, target: Target<'_>, head: &RequestHead, body: &BodyForGuest) {
        self.begin("fetch");
        self.number("invocation", invocation);
        self.target(target);
        self.text("method", &head.method);
        self.text("url", &head.url);
        self.headers(&head.headers);
        self.body(body);
        self.end();
    }

    /// A method to be called, or without arguments a property to be read, for another Worker.
    pub fn call(&mut self, invocation: u64, target: Target<'_>, method: &str, arguments: Option<&RawValue>) {
        self.begin("call");
        self.number("invocation", invocation);
        self.target(target);
        self.text("method", method);
        self.key("arguments");
        self.json.extend_from_slice(arguments.map_or("null", RawValue::get).as_bytes());
        self.end();
    }

    /// A batch to be handled by `queue()`: a list for each thing that is said of its messages, which the guest
    /// reads faster than an object for each message. `contentTypes` is left out when all bodies are JSON; `timestamps`
    /// and `attempts` are one number when it is that of all.
    pub fn queue(&mut self, invocation: u64, queue: &str, messages: &[DeliveredMessage], metrics: &Metrics) {
        let bodies = messages.iter().map(|message| message.body.len());
        self.json.reserve(bodies.map(|body_bytes| body_bytes + OTHERS_BYTES).sum());
        self.begin("queue");
        self.number("invocation", invocation);
        self.text("queue", queue);
        self.list("ids", messages, |events, message| match &message.given_id {
            None => events.quoted(message.id),
            Some(id) => events.string(id),
        });
        self.numbers("timestamps", messages, |message| message.timestamp.as_millis());
        self.numbers("attempts", messages, |message| message.attempts.into());
        if messages.iter().any(|message| message.content_type != ContentType::Json) {
            self.list("contentTypes", messages, |events, message| events.quoted(message.content_type));
        }
        self.list("bodies", messages, Self::message_body);
        self.key("metrics");
        self.metrics(metrics);
        self.end();
    }

    /// A cron event to be handled by `scheduled()`.
    pub fn scheduled(&mut self, invocation: u64, cron: &str, scheduled_time: Timestamp) {
        self.begin("scheduled");
        self.number("invocation", invocation);
        self.text("cron", cron);
        self.number("scheduledTime", scheduled_time.as_millis());
        self.end();
    }

    /// The client of a fetch invocation went away.
    pub fn abort(&mut self, invocation: u64) {
        self.begin("abort");
        self.number("invocation", invocation);
        self.end();
    }

    /// The host has given up on an invocation: nothing of it counts any more.
    pub fn forget(&mut self, invocation: u64) {
        self.begin("forget");
        self.number("invocation", invocation);
        self.end();
    }

    /// Nothing runs any more: what invocations left behind, such as timers, is to go.
    pub fn rest(&mut self) {
        self.begin("rest");
        self.end();
    }

    /// The host wants the next chunk of a guest stream.
    pub fn pull(&mut self, stream: u64) {
        self.begin("pull");
        self.number("stream", stream);
        self.end();
    }

    /// The host no longer wants a guest stream.
    pub fn cancel(&mut self, stream: u64) {
        self.begin("cancel");
        self.number("stream", stream);
        self.end();
    }

    /// A message arrived at a WebSocket; without one its connection broke.
    pub fn socket(&mut self, socket: u64, message: Option<&SocketMessage>) {
        self.begin("socket");
        self.number("socket", socket);
        match message {
            Some(SocketMessage::Text(text)) => self.text("text", text),
            Some(SocketMessage::Binary(bytes)) => {
                self.key("bytes");
                self.range(bytes);
            }
            Some(SocketMessage::Close { code, reason }) => {
                self.number("code", u64::from(*code));
                self.text("reason", reason);
            }
            Some(SocketMessage::Failed(failure)) => {
                self.key("failure");
                self.error(&GuestError::from_host("Error", failure.as_str()));
            }
            None => {}
        }
        self.end();
    }

    /// A `send` or `metrics` operation succeeded.
    pub fn done_metrics(&mut self, operation: u64, metrics: &Metrics) {
        self.begin_done(operation);
        self.metrics(metrics);
        self.end();
    }

    /// A `read` operation succeeded: a chunk, or the end of the stream.
    pub fn done_chunk(&mut self, operation: u64, chunk: Option<&[u8]>) {
        self.begin_done(operation);
        match chunk {
            Some(chunk) => self.range(chunk),
            None => self.json.extend_from_slice("null".as_bytes()),
        }
        self.end();
    }

    /// An `http` operation succeeded: the response's head and body, and whether it is the WebSocket asked for.
    pub fn done_response(
        &mut self,
        operation: u64,
        head: &ResponseHead,
        body: &BodyForGuest,
        is_web_socket: bool,
    ) {
        self.begin_done(operation);
        let _ = write!(self.json, r#"{{"status":{},"redirected":{}"#, head.status, head.redirected);
        self.text("statusText", &head.status_text);
        self.text("url", &head.url);
        self.headers(&head.headers);
        self.body(body);
        if is_web_socket {
            self.key("webSocket");
            self.json.extend_from_slice("true".as_bytes());
        }
        self.json.push(b'}');
        self.end();
    }

    /// A `call` operation succeeded: the result, a structured clone.
    pub fn done_value(&mut self, operation: u64, value: &RawValue) {
        self.begin_done(operation);
        self.json.extend_from_slice(value.get().as_bytes());
        self.end();
    }

    /// An operation failed.
    pub fn failed(&mut self, operation: u64, error: &GuestError) {
        self.begin("failed");
        self.number("operation", operation);
        self.key("error");
        self.error(error);
        self.end();
    }

    fn error(&mut self, error: &GuestError) {
        self.json.extend_from_slice(r#"{"name":"#.as_bytes());
        self.string(&error.name);
        self.text("message", &error.message);
        self.json.push(b'}');
    }

    fn message_body(&mut self, message: &DeliveredMessage) {
        match message.content_type {
            ContentType::Json => self.embed(&message.body),
            // What came from outside may be what V8 itself serializes, or anything.
            ContentType::V8 if serde_json::from_slice::<&RawValue>(&message.body).is_ok() => {
                self.embed(&message.body);
            }
            ContentType::V8 => self.string(&String::from_utf8_lossy(&message.body)),
            ContentType::Text => self.string(&String::from_utf8_lossy(&message.body)),
            ContentType::Bytes => self.range(&message.body),
        }
    }

    fn list<T>(&mut self, key: &str, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.key(key);
        self.json.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.json.push(b',');
            }
            write(self, item);
        }
        self.json.push(b']');
    }

    fn numbers<T>(&mut self, key: &str, items: &[T], value: impl Fn(&T) -> u64) {
        match items.split_first() {
            Some((first, others)) if others.iter().all(|item| value(item) == value(first)) => {
                self.number(key, value(first));
            }
            _ => self.list(key, items, |events, item| events.display(value(item))),
        }
    }

    fn display(&mut self, value: impl Display) {
        let _ = write!(self.json, "{value}");
    }

    /// For text that needs no escapes.
    fn quoted(&mut self, value: impl Display) {
        let _ = write!(self.json, "\"{value}\"");
    }

    /// Embeds JSON text, which would break every event beside it if it were none: the queues set such bodies aside
    /// when they read them. What is not even text is given to the guest as a string.
    fn embed(&mut self, body: &[u8]) {
        match std::str::from_utf8(body) {
            Ok(text) => self.json.extend_from_slice(text.as_bytes()),
            Err(_) => self.string(&String::from_utf8_lossy(body)),
        }
    }

    fn metrics(&mut self, metrics: &Metrics) {
        let _ = write!(
            self.json,
            r#"{{"backlogCount":{},"backlogBytes":{},"oldestMessageTimestamp":"#,
            metrics.backlog_count, metrics.backlog_bytes
        );
        match metrics.oldest_message_timestamp {
            Some(oldest) => {
                let _ = write!(self.json, "{}}}", oldest.as_millis());
            }
            None => self.json.extend_from_slice("null}".as_bytes()),
        }
    }

    fn headers(&mut self, headers: &[(String, String)]) {
        self.list("headers", headers, |events, (name, value)| {
            events.json.push(b'[');
            events.string(name);
            events.json.push(b',');
            events.string(value);
            events.json.push(b']');
        });
    }

    fn body(&mut self, body: &BodyForGuest) {
        self.key("body");
        match body {
            BodyForGuest::Empty => self.json.extend_from_slice("null".as_bytes()),
            BodyForGuest::Stream(stream) => {
                let _ = write!(self.json, r#"{{"stream":{stream}}}"#);
            }
            BodyForGuest::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => {
                    self.json.extend_from_slice(r#"{"text":"#.as_bytes());
                    self.string(text);
                    self.json.push(b'}');
                }
                Err(_) => {
                    self.json.extend_from_slice(r#"{"bytes":"#.as_bytes());
                    self.range(bytes);
                    self.json.push(b'}');
                }
            },
        }
    }

    fn target(&mut self, (entrypoint, props): Target<'_>) {
        if let Some(entrypoint) = entrypoint {
            self.text("entrypoint", entrypoint);
        }
        if let Some(props) = props {
            self.key("props");
            self.json.extend_from_slice(props.as_bytes());
        }
    }

    fn begin_done(&mut self, operation: u64) {
        self.begin("done");
        self.number("operation", operation);
        self.key("value");
    }

    fn begin(&mut self, kind: &str) {
        self.json.push(if self.json.is_empty() { b'[' } else { b',' });
        let _ = write!(self.json, r#"{{"type":"{kind}""#);
    }

    fn end(&mut self) {
        self.json.push(b'}');
    }

    fn key(&mut self, key: &str) {
        let _ = write!(self.json, r#","{key}":"#);
    }

    fn number(&mut self, key: &str, value: u64) {
        let _ = write!(self.json, r#","{key}":{value}"#);
    }

    fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        self.string(value);
    }

    fn range(&mut self, bytes: &[u8]) {
        let _ = write!(self.json, "[{},{}]", self.bytes.len(), bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    fn string(&mut self, text: &str) {
        // Writing a string to memory cannot fail.
        let _ = serde_json::to_writer(&mut self.json, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_bodies_travel_beside_the_json() {
        let mut events = EventWriter::default();
        let head = RequestHead {
            method: "POST".into(),
            url: "http://localhost/".into(),
            headers: vec![("a".into(), "b\"\n\u{1}é".into())],
        };
        events.fetch(1, (None, None), &head, &BodyForGuest::Bytes(Bytes::from_static(&[0xff, 0])));
        events.done_chunk(2, Some(b"xyz"));
        let (json, bytes) = events.finish();
        let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(value[0]["body"]["bytes"], serde_json::json!([0, 2]));
        assert_eq!(value[0]["headers"][0][1], "b\"\n\u{1}é");
        assert_eq!(value[1]["value"], serde_json::json!([2, 3]));
        assert_eq!(bytes, b"\xff\0xyz");
    }

    #[test]
    fn a_body_that_is_no_json_breaks_nothing_beside_it() {
        let body = |content_type, body: &'static [u8]| {
            let mut events = EventWriter::default();
            events.message_body(&DeliveredMessage {
                id: crate::base::MessageId::from_bytes([1; 16]),
                timestamp: crate::base::Timestamp::default(),
                attempts: 1,
                content_type,
                body: Bytes::from_static(body),
                given_id: None,
            });
            String::from_utf8(events.json).expect("text")
        };
        assert_eq!(body(ContentType::V8, b"[1,{}]"), "[1,{}]");
        assert_eq!(body(ContentType::V8, b"{\""), "\"{\\\"\"");
        assert_eq!(body(ContentType::V8, b"\xff\x0f"), "\"\u{fffd}\\u000f\"");
        assert_eq!(body(ContentType::Json, b"\xff"), "\"\u{fffd}\"");
    }

    #[test]
    fn no_events_are_an_empty_array() {
        assert_eq!(EventWriter::default().finish().0, "[]");
    }
}
