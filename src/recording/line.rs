//! The lines of a recording.
//!
//! Every line is a JSON object whose `type` says what it is. `at` is the session's clock in milliseconds
//! since the Unix epoch; deliveries and sends are numbered from 1. Bodies are exact: text as it was stored
//! in `body` (JSON as its text), anything else in `bodyBase64`.

use serde::{Deserialize, Serialize};

/// The version of the format that is written.
pub const FORMAT: u32 = 1;

/// What a line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A session began; the first line.
    Session,
    /// A Worker or a client of the REST API sends.
    Send,
    /// A send was answered.
    Sent,
    /// A batch was handed to a Worker.
    Delivery,
    /// A Worker is done with a batch.
    Outcome,
    /// Something happened in a queue.
    Event,
    /// A fault was made.
    Fault,
    /// A Worker logged something.
    Log,
    /// Lines are missing here: they came faster than they could be written.
    Missed,
}

/// What every line has.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Head {
    /// What the line tells.
    #[serde(rename = "type")]
    pub kind: Kind,
}

/// `session`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionLine {
    /// `session`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When.
    pub at: u64,
    /// The version of the format.
    pub format: u32,
    /// The version of the program.
    pub version: String,
    /// Which faults were made, if any, as `--chaos` is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chaos: Option<String>,
}

/// `send`
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SendLine {
    /// `send`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When.
    pub at: u64,
    /// Its number.
    pub send: u64,
    /// The queue, as the sender calls it.
    pub queue: String,
    /// `worker`, `api` or `event`.
    pub origin: &'static str,
    /// The delay of the whole batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_delay_seconds: Option<u32>,
    /// The delay of the binding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding_delay_seconds: Option<u32>,
    /// The messages.
    pub messages: Vec<SentMessage>,
}

/// A message that is sent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SentMessage {
    /// `json`, `text`, `bytes` or `v8`.
    pub content_type: &'static str,
    /// The message's own delay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<u32>,
    /// The body, if it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The body, if it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
}

/// `sent`
#[derive(Clone, Debug, Serialize)]
pub struct SentLine {
    /// `sent`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When.
    pub at: u64,
    /// The number of the send.
    pub send: u64,
    /// Why it was rejected, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// `delivery`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryLine {
    /// `delivery`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When.
    pub at: u64,
    /// Its number.
    pub delivery: u64,
    /// The queue.
    pub queue: String,
    /// The Worker.
    pub worker: String,
    /// Messages in the queue's backlog, without these.
    #[serde(default)]
    pub backlog_count: u64,
    /// The sum of their bodies' lengths.
    #[serde(default)]
    pub backlog_bytes: u64,
    /// The messages, in the order of the batch.
    pub messages: Vec<DeliveredLine>,
}

/// A message of a delivery.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveredLine {
    /// Its id.
    pub id: String,
    /// When it was sent.
    pub timestamp: u64,
    /// How often it was delivered, this time included.
    pub attempts: u32,
    /// `json`, `text`, `bytes` or `v8`.
    pub content_type: String,
    /// The body, if it is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The body, if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
}

/// `outcome`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OutcomeLine {
    /// `outcome`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When.
    pub at: u64,
    /// The number of the delivery.
    pub delivery: u64,
    /// Why the handler failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was decided about the whole batch, if anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<DecisionLine>,
    /// What was decided about single messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<MessageDecisionLine>,
}

/// A decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionLine {
    /// What was decided.
    pub decision: Verb,
    /// For a retry, the delay that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<u32>,
}

/// A decision about one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageDecisionLine {
    /// The message's place in the delivery, from 0.
    pub index: u32,
    /// What was decided.
    pub decision: Verb,
    /// For a retry, the delay that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<u32>,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// It is done.
    Ack,
    /// It is to come again.
    Retry,
}

/// `event`
#[derive(Clone, Debug, Serialize)]
pub struct EventLine {
    /// `event`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When.
    pub at: u64,
    /// What happened, for a person.
    pub text: String,
}

/// `fault`
#[derive(Clone, Debug, Serialize)]
pub struct FaultLine {
    /// `fault`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When.
    pub at: u64,
    /// Its name.
    pub fault: String,
    /// What it does.
    pub effect: String,
}

/// `log`
#[derive(Clone, Debug, Serialize)]
pub struct LogLine {
    /// `log`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When.
    pub at: u64,
    /// Who.
    pub worker: String,
    /// `debug`, `log`, `info`, `warn`, `error`; `exception` for one that nobody caught.
    pub level: &'static str,
    /// What.
    pub text: String,
}

/// `missed`
#[derive(Clone, Debug, Serialize)]
pub struct MissedLine {
    /// `missed`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// How many lines are missing.
    pub lines: u64,
}
