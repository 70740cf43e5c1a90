//! Waiting for something to happen to a message, or making sure that it does not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json_path::JsonPath;

use super::journal::{Entry, EntryKind, Journal, KnownBody};
use crate::base::ContentType;

/// Most near misses that are told.
const MISSES_MAX: usize = 5;

/// Why an entry is not meant that is about something else.
const ANOTHER_EVENT: &str = "another event";

/// What is expected of an entry of the journal; what is `None` may be anything.
#[derive(Clone, Debug, Default)]
pub struct Expectation {
    /// The queue's name.
    pub queue: Option<String>,
    /// What happens; empty: anything.
    pub kinds: Vec<EntryKind>,
    /// The message's id.
    pub id: Option<String>,
    /// The attempt.
    pub attempt: Option<u32>,
    /// The body: of an object every member that is given, anything else whole. A text is compared as a string,
    /// bytes as base64.
    pub body: Option<Value>,
    /// A path that selects something in the body.
    pub path: Option<JsonPath>,
}

/// An entry with the body of its message, if that is known.
pub type Told = (Entry, Option<KnownBody>);

/// What the journal holds of what is expected.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The entries that match.
    pub matched: Vec<Told>,
    /// Those that nearly do, the nearest last, and why they do not.
    pub misses: Vec<(Told, &'static str)>,
}

impl Expectation {
    /// Looks through the entries after the number `since`.
    pub fn look(&self, journal: &Journal, since: u64) -> Findings {
        let mut findings = Findings::default();
        for told in journal.after(since) {
            match self.judge(&told.0, told.1.as_ref()) {
                Ok(()) => findings.matched.push(told),
                Err(Some(reason)) => findings.misses.push((told, reason)),
                Err(None) => {}
            }
        }
        // Another event of the same queue is further away than the right one with another body.
        findings.misses.sort_by_key(|(_, reason)| *reason != ANOTHER_EVENT);
        let superfluous = findings.misses.len().saturating_sub(MISSES_MAX);
        findings.misses.drain(..superfluous);
        findings
    }

    /// Whether an entry matches; `Some` says why one that is of the right queue does not.
    fn judge(&self, entry: &Entry, body: Option<&KnownBody>) -> Result<(), Option<&'static str>> {
        if self.queue.as_deref().is_some_and(|queue| queue != &*entry.queue) {
            return Err(None);
        }
        if !self.kinds.is_empty() && !self.kinds.contains(&entry.kind) {
            return Err(Some(ANOTHER_EVENT));
        }
        if self.id.as_ref().is_some_and(|id| entry.id.is_none_or(|other| other.to_string() != *id)) {
            return Err(Some("another id"));
        }
        if self.attempt.is_some_and(|attempt| entry.attempt != Some(attempt)) {
            return Err(Some("another attempt"));
        }
        if self.body.is_none() && self.path.is_none() {
            return Ok(());
        }
        let Some(known) = body else { return Err(Some("its body is not known any more")) };
        let value = value_of(known).ok_or(Some("its body cannot be compared: it is sent as v8"))?;
        if self.body.as_ref().is_some_and(|expected| !contains(&value, expected)) {
            return Err(Some("another body"));
        }
        match &self.path {
            Some(path) if path.query(&value).is_empty() => Err(Some("the path selects nothing")),
            _ => Ok(()),
        }
    }
}

/// The body as JSON; `None` for a structured clone, whose form is the runtime's own.
pub fn value_of(known: &KnownBody) -> Option<Value> {
    match known.content_type {
        ContentType::Json => serde_json::from_slice(&known.body).ok(),
        ContentType::Text => Some(Value::String(String::from_utf8_lossy(&known.body).into_owned())),
        ContentType::Bytes => Some(Value::String(STANDARD.encode(&known.body))),
        ContentType::V8 => None,
    }
}

/// Whether `value` has everything that `expected` has; arrays and plain values must be equal.
fn contains(value: &Value, expected: &Value) -> bool {
    match (value, expected) {
        (Value::Object(value), Value::Object(expected)) => expected
            .iter()
            .all(|(name, expected)| value.get(name).is_some_and(|value| contains(value, expected))),
        (Value::Number(value), Value::Number(expected)) => {
            value == expected || (value.as_f64().is_some() && value.as_f64() == expected.as_f64())
        }
        _ => value == expected,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use serde_json::json;

    use super::*;
    use crate::base::{ManualClock, MessageId, Timestamp};
    use crate::broker::{Event, Observer};

    fn journal(bodies: &[(&str, ContentType)]) -> Journal {
        let journal = Journal::new(Arc::new(ManualClock::new(Timestamp::from_millis(7))));
        for (number, (body, content_type)) in bodies.iter().enumerate() {
            let id = MessageId::from_bytes([u8::try_from(number).unwrap(); 16]);
            journal.accepted(id, *content_type, &Bytes::copy_from_slice(body.as_bytes()));
            journal.event(&Event::Sent { queue: "q".into(), ids: vec![id], bytes: 1 });
        }
        journal
    }

    fn matches(expectation: &Expectation, journal: &Journal) -> Vec<u64> {
        expectation.look(journal, 0).matched.iter().map(|(entry, _)| entry.number).collect()
    }

    #[test]
    fn bodies_are_compared_by_what_is_given() {
        let journal = journal(&[
            (r#"{"kind":"a","n":1,"deep":{"x":[1,2]}}"#, ContentType::Json),
            (r#"{"kind":"b","n":1.0}"#, ContentType::Json),
            ("hello", ContentType::Text),
            ("hello", ContentType::V8),
        ]);
        let body = |body| matches(&Expectation { body: Some(body), ..Default::default() }, &journal);
        assert_eq!(body(json!({ "n": 1 })), [1, 2]);
        assert_eq!(body(json!({ "deep": { "x": [1, 2] } })), [1]);
        assert!(body(json!({ "deep": { "x": [1] } })).is_empty());
        assert_eq!(body(json!("hello")), [3]);
    }

    #[test]
    fn paths_select_by_rfc_9535() {
        let journal = journal(&[
            (r#"{"items":[{"price":5},{"price":50}]}"#, ContentType::Json),
            (r#"{"items":[{"price":7}]}"#, ContentType::Json),
        ]);
        let path = |text: &str| {
            let path = Some(JsonPath::parse(text).unwrap());
            matches(&Expectation { path, ..Default::default() }, &journal)
        };
        assert_eq!(path("$.items[?@.price > 10]"), [1]);
        assert_eq!(path("$.items[?@.price == 7]"), [2]);
        assert_eq!(path("$.items[0]"), [1, 2]);
    }

    #[test]
    fn what_nearly_matches_says_why_not() {
        let journal = journal(&[(r#"{"n":1}"#, ContentType::Json)]);
        journal.event(&Event::Purged { queue: "other".into(), count: 1 });
        let expectation = Expectation {
            queue: Some("q".to_owned()),
            kinds: vec![EntryKind::Sent],
            body: Some(json!({ "n": 2 })),
            ..Default::default()
        };
        let findings = expectation.look(&journal, 0);
        assert!(findings.matched.is_empty());
        assert_eq!(findings.misses.len(), 1);
        assert_eq!(findings.misses[0].1, "another body");
        assert_eq!(expectation.look(&journal, 1).misses.len(), 0);
    }

    #[test]
    fn what_outlived_its_retention_is_found_by_its_body() {
        let journal = journal(&[(r#"{"n":1}"#, ContentType::Json), (r#"{"n":2}"#, ContentType::Json)]);
        let ids = [0, 1].map(|number| MessageId::from_bytes([number; 16])).to_vec();
        journal.event(&Event::Expired { queue: "q".into(), ids });
        let expectation = Expectation {
            kinds: vec![EntryKind::Expired],
            body: Some(json!({ "n": 2 })),
            ..Default::default()
        };
        assert_eq!(matches(&expectation, &journal), [4]);
    }

    #[test]
    fn beginning_anew_empties_it_and_numbers_go_on() {
        let journal = journal(&[("1", ContentType::Json)]);
        journal.event(&Event::Reset);
        assert!(journal.after(0).is_empty());
        journal.event(&Event::Purged { queue: "q".into(), count: 0 });
        assert_eq!(journal.after(0)[0].0.number, 2);
    }
}
