//! `qemu-dev queues import`.

use std::collections::HashMap;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use clap::Args;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::context::Context;
use super::message::{counted, done_before};
use super::ndjson::{Input, Line};
use crate::base::{Clock, ContentType, MessageId, Timestamp, json_text, limits, structured_clone};
use crate::broker::{ImportedMessage, MessageOrigin, Payload, QueueRow, ResourceId};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::dev::SystemClock;

/// Messages taken in with one commit.
const BATCH_MESSAGES: usize = 5000;
/// Bytes of bodies after which a commit takes no more.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// The arguments of `import`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues import orders orders.ndjson
  qemu-dev queues export orders --persist-to old | qemu-dev queues import orders - --persist-to new

The lines are those of `export`; only \"body\" (or \"body_base64\") is required. Bodies of the type v8 are those that
Workers sent, as they were exported: V8's own format is not read. Messages keep ids, timestamps, attempts and delays;
their retention begins anew. A message whose id is in the queue already is passed over, so an
import that was cut short can be repeated.")]
pub struct ImportArguments {
    /// The name of the queue
    name: String,
    /// The file to read; - is standard input
    file: PathBuf,
}

impl ImportArguments {
    /// The queue that is meant.
    pub fn queue(&self) -> &str {
        &self.name
    }
}

/// What became of the lines.
#[derive(Clone, Copy, Default)]
struct Outcome {
    imported: u64,
    present: u64,
}

/// Takes in all messages.
pub async fn run(arguments: ImportArguments, context: &Context) -> Result<(), Failure> {
    let queue = context.queue_or_declared(&arguments.name).await?;
    let input = Input::open(&arguments.file)?;
    let mut outcome = Outcome::default();
    let result = import(&queue, input, &mut outcome, context).await;
    let Outcome { imported, present } = outcome;
    match result {
        Err(Failure::Mistake(text)) if imported > 0 => {
            return Err(Failure::Mistake(format!("{text} ({})", done_before(imported, "imported"))));
        }
        other => other?,
    }
    if context.json {
        let shown = json!({ "queue_name": queue.name, "imported": imported, "present": present });
        return output::print_json(&shown);
    }
    let present = if present > 0 { format!("; {} there already", counted(present)) } else { String::new() };
    output::print_line(&format!("Imported {} into queue {}{present}.", counted(imported), queue.name))
}

async fn import(
    queue: &QueueRow,
    input: Input,
    outcome: &mut Outcome,
    context: &Context,
) -> Result<(), Failure> {
    let queues = context.broker.queues().await.map_err(Failure::mistake)?;
    let ids: HashMap<String, ResourceId> =
        queues.into_iter().map(|queue| (queue.name.to_string(), queue.id)).collect();
    let reader = Reader { ids, now: SystemClock::new().now() };
    let (mut lines, mut batch, mut bytes) = (input.lines(), Vec::new(), 0);
    loop {
        let line = lines.next()?;
        let full = batch.len() == BATCH_MESSAGES || bytes >= BATCH_BYTES;
        if (full || line.is_none()) && !batch.is_empty() {
            let taken = context.broker.import(&queue.id.to_string(), std::mem::take(&mut batch)).await;
            let taken = taken.map_err(Failure::mistake)?;
            outcome.imported += u64::from(taken.count);
            outcome.present += u64::from(taken.present);
            bytes = 0;
        }
        let Some(line) = line else { return Ok(()) };
        let message = reader.read(&line)?;
        bytes += message.payload.body.len();
        batch.push(message);
    }
}

/// A line as it is written.
#[derive(Deserialize)]
struct Record<'a> {
    id: Option<String>,
    timestamp_ms: Option<u64>,
    attempts: Option<u32>,
    content_type: Option<String>,
    source: Option<String>,
    delay_seconds: Option<u32>,
    ready_at_ms: Option<u64>,
    dead_letter_of: Option<String>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    body_base64: Option<String>,
}

struct Reader {
    /// The ids of the queues by their names.
    ids: HashMap<String, ResourceId>,
    now: Timestamp,
}

impl Reader {
    fn read(&self, line: &Line) -> Result<ImportedMessage, Failure> {
        let record: Record<'_> =
            serde_json::from_str(&line.text).map_err(|error| line.json_problem(&error))?;
        let content_type = record.content_type.as_deref().map(str::parse).transpose();
        let content_type: ContentType =
            content_type.map_err(|error| line.problem(error))?.unwrap_or_default();
        let id = match &record.id {
            Some(id) => id.parse().map_err(|error| line.problem(error))?,
            None => fresh_id()?,
        };
        let origin = record.source.as_deref().map_or(Some(MessageOrigin::Api), origin);
        let origin = origin.ok_or_else(|| line.problem("\"source\" is one of worker, api, event"))?;
        let origin_queue = record.dead_letter_of.as_ref().and_then(|name| self.ids.get(name));
        Ok(ImportedMessage {
            id,
            timestamp: record.timestamp_ms.map_or(self.now, Timestamp::from_millis),
            failures: record.attempts.unwrap_or(0),
            content_type,
            due: self.due(&record, line)?,
            payload: Payload {
                body: body(&record, content_type, line)?,
                origin,
                delay_seconds: record.delay_seconds,
                dead_letter_of: origin_queue.copied(),
            },
        })
    }

    /// When the message is to be ready. A delay that nothing is known of but its length begins now.
    fn due(&self, record: &Record<'_>, line: &Line) -> Result<Option<Timestamp>, Failure> {
        let latest = self.now.plus_seconds(u64::from(limits::DELAY_SECONDS_MAX));
        let due = match (record.ready_at_ms, record.delay_seconds, record.timestamp_ms) {
            (Some(instant), _, _) => Some(Timestamp::from_millis(instant)),
            (None, Some(seconds), None) => Some(self.now.plus_seconds(u64::from(seconds))),
            _ => None,
        };
        if due.is_some_and(|due| due > latest) {
            return Err(line.problem(format!("a delay is at most {} seconds", limits::DELAY_SECONDS_MAX)));
        }
        Ok(due)
    }
}

fn body(record: &Record<'_>, content_type: ContentType, line: &Line) -> Result<Bytes, Failure> {
    let body = match (record.body, &record.body_base64) {
        (None, Some(text)) => {
            let body = STANDARD
                .decode(text)
                .map_err(|error| line.problem(format!("\"body_base64\" is not base64: {error}")))?;
            readable(&body, content_type).map_err(|problem| line.problem(problem))?;
            body
        }
        (Some(value), None) => match content_type {
            ContentType::Json => json_text::compact(value.get())
                .map(|_| value.get().as_bytes().to_vec())
                .map_err(|error| line.problem(format!("\"body\" {error}")))?,
            ContentType::Text => serde_json::from_str::<String>(value.get())
                .map_err(|_| line.problem("\"body\" of a text must be a string"))?
                .into_bytes(),
            ContentType::Bytes | ContentType::V8 => {
                return Err(line.problem(format!("a {content_type} body must be in \"body_base64\"")));
            }
        },
        _ => return Err(line.problem("one of \"body\" and \"body_base64\" is required")),
    };
    if body.len() > limits::MESSAGE_BYTES_MAX {
        let (length, limit) = (body.len(), limits::MESSAGE_BYTES_MAX);
        return Err(line.problem(format!("message length of {length} bytes exceeds limit of {limit}")));
    }
    Ok(body.into())
}

/// Whether a consumer can read this body.
fn readable(body: &[u8], content_type: ContentType) -> Result<(), String> {
    let text = || std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned());
    match content_type {
        ContentType::Bytes => Ok(()),
        ContentType::Text => text().map(drop),
        ContentType::V8 => structured_clone::check(body).map_err(|error| error.to_string()),
        ContentType::Json => {
            let text = text()?;
            let problem = |error: &serde_json::Error| format!("the body is not JSON: {error}");
            serde_json::from_str::<&RawValue>(text).map_err(|error| problem(&error))?;
            json_text::compact(text).map(drop).map_err(|error| format!("the body {error}"))
        }
    }
}

fn origin(name: &str) -> Option<MessageOrigin> {
    [MessageOrigin::Worker, MessageOrigin::Api, MessageOrigin::Event]
        .into_iter()
        .find(|origin| origin.name() == name)
}

fn fresh_id() -> Result<MessageId, Failure> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(Failure::mistake)?;
    Ok(MessageId::from_bytes(bits))
}
