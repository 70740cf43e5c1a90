//! `qemu-dev queues send`.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args};
use serde_json::json;
use serde_json::value::RawValue;

use super::context::Context;
use super::message::{counted, done_before};
use super::ndjson::{self, Input, Line, STANDARD_INPUT};
use crate::base::{ContentType, json_text, limits};
use crate::broker::{MessageOrigin, Metrics, NewMessage, QueueRow, SendRequest};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::http::api::MetricsView;

/// Longest file with one message, in bytes: the blanks of JSON are not sent.
const FILE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The arguments of `send`.
#[derive(Debug, Args)]
#[command(override_usage = "qemu-dev queues send [OPTIONS] <NAME> <MESSAGE|--file <FILE>>")]
#[command(group = ArgGroup::new("body").required(true).args(["message", "file"]))]
#[command(after_help = "Examples:
  qemu-dev queues send orders '{\"order\": 7}'
  qemu-dev queues send notes 'in plain words' --content-type text --delay-seconds 60
  qemu-dev queues send images --file picture.png --content-type bytes
  jq -c '.orders[]' orders.json | qemu-dev queues send orders - --ndjson

With --ndjson each line is a message: a JSON value as it is, a text as a JSON string, bytes as a JSON string in
base64. Lines are sent in batches of at most 100; each batch is sent as a whole or not at all.

Messages of the type v8 can be sent by Workers only, as over the REST API.")]
pub struct SendArguments {
    /// The name of the queue
    name: String,
    /// The message; - reads standard input
    #[arg(allow_negative_numbers = true)]
    message: Option<String>,
    /// Read the message from a file; - is standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Send each line as a message
    #[arg(long)]
    ndjson: bool,
    /// What the message is
    #[arg(long, value_name = "TYPE", default_value = "json", value_parser = content_type_parser())]
    content_type: ContentType,
    /// How long to delay the message, in seconds, 0 to 86400 [default: the delay of the queue]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32)
        .range(0..=i64::from(limits::DELAY_SECONDS_MAX)))]
    delay_seconds: Option<u32>,
}

fn content_type_parser() -> impl TypedValueParser<Value = ContentType> {
    let sendable = ContentType::ALL.into_iter().filter(|kind| *kind != ContentType::V8);
    PossibleValuesParser::new(sendable.map(ContentType::name)).map(|name| name.parse().unwrap_or_default())
}

/// Sends.
pub async fn run(arguments: SendArguments, context: &Context) -> Result<(), Failure> {
    let queue = context.queue_or_declared(&arguments.name).await?;
    let (sent, metrics) = if arguments.ndjson {
        send_lines(&arguments, &queue, context).await?
    } else {
        let message = arguments.new_message(arguments.read_message()?);
        (1, Some(send(vec![message], &queue, context).await?))
    };
    if context.json {
        let metrics = metrics.map(MetricsView::from);
        return output::print_json(&json!({ "queue_name": queue.name, "sent": sent, "metrics": metrics }));
    }
    output::print_line(&format!("Sent {} to queue {}.", counted(sent), queue.name))
}

impl SendArguments {
    /// The queue that is meant.
    pub fn queue(&self) -> &str {
        &self.name
    }

    /// The file, or what stands for it; an argument is none.
    fn input(&self) -> Result<Option<Input>, Failure> {
        match (&self.file, &self.message) {
            (Some(path), _) => Input::open(path).map(Some),
            (None, Some(message)) if message == STANDARD_INPUT => Input::open(message.as_ref()).map(Some),
            _ => Ok(None),
        }
    }

    fn read_message(&self) -> Result<Bytes, Failure> {
        let content = match (self.input()?, &self.message) {
            (Some(input), _) => {
                let name = input.name.clone();
                let content = input.read_all(FILE_BYTES_MAX)?;
                if content.len() > FILE_BYTES_MAX {
                    let problem =
                        format!("{name} has more than {FILE_BYTES_MAX} bytes: no message is so long");
                    return Err(Failure::Mistake(problem));
                }
                content
            }
            (None, message) => message.clone().unwrap_or_default().into_bytes(),
        };
        match self.content_type {
            ContentType::Json => compact_json(&content),
            ContentType::Text if std::str::from_utf8(&content).is_err() => Err(Failure::Mistake(
                "the text is not UTF-8; to send it as it is: --content-type bytes".to_owned(),
            )),
            _ => Ok(content.into()),
        }
    }

    fn new_message(&self, body: Bytes) -> NewMessage {
        NewMessage {
            content_type: self.content_type,
            body,
            delay_seconds: self.delay_seconds,
            held_back_seconds: 0,
        }
    }

    /// The message of a line.
    fn line_message(&self, line: &Line) -> Result<NewMessage, Failure> {
        let body = match self.content_type {
            ContentType::Json => {
                let value: &RawValue =
                    serde_json::from_str(&line.text).map_err(|error| line.json_problem(&error))?;
                json_text::compact(value.get()).map_err(|error| line.problem(format!("the value {error}")))?
            }
            ContentType::Text => string(line)?.into_bytes(),
            // v8 is none of the argument's values.
            ContentType::Bytes | ContentType::V8 => STANDARD
                .decode(string(line)?)
                .map_err(|error| line.problem(format!("the string is not base64: {error}")))?,
        };
        if body.len() > limits::MESSAGE_BYTES_MAX {
            let (length, limit) = (body.len(), limits::MESSAGE_BYTES_MAX);
            return Err(line.problem(format!("message length of {length} bytes exceeds limit of {limit}")));
        }
        Ok(self.new_message(body.into()))
    }
}

fn string(line: &Line) -> Result<String, Failure> {
    serde_json::from_str(&line.text).map_err(|error| {
        let problem = ndjson::json_problem(&error);
        line.problem(format!("{problem}: each line must be a JSON string, such as \"words\""))
    })
}

fn compact_json(content: &[u8]) -> Result<Bytes, Failure> {
    let text = std::str::from_utf8(content);
    let text =
        text.map_err(|_| Failure::Mistake("the message is not UTF-8, so it is not JSON".to_owned()))?;
    let value: &RawValue = serde_json::from_str(text).map_err(|error| {
        let (line, column, problem) = (error.line(), error.column(), ndjson::json_problem(&error));
        Failure::Mistake(format!(
            "the message is not JSON: {problem} at line {line}, column {column}; to send it as a text: \
             --content-type text"
        ))
    })?;
    let compact = json_text::compact(value.get());
    compact.map(Bytes::from).map_err(|error| Failure::Mistake(format!("the message {error}")))
}

/// Sends the lines in as few batches as the limits allow.
async fn send_lines(
    arguments: &SendArguments,
    queue: &QueueRow,
    context: &Context,
) -> Result<(u64, Option<Metrics>), Failure> {
    let input = arguments.input()?;
    let Some(input) = input else {
        let problem = "--ndjson reads lines: give --file FILE, or - for standard input";
        return Err(Failure::Mistake(problem.to_owned()));
    };
    let mut lines = input.lines();
    let (mut sent, mut metrics, mut batch, mut bytes) = (0, None, Vec::new(), 0);
    let told = |failure: Failure, sent: u64| match failure {
        Failure::Mistake(text) if sent > 0 => {
            Failure::Mistake(format!("{text} ({})", done_before(sent, "sent")))
        }
        failure => failure,
    };
    while let Some(line) = lines.next().map_err(|failure| told(failure, sent))? {
        let message = arguments.line_message(&line).map_err(|failure| told(failure, sent))?;
        let length = message.body.len();
        if batch.len() == limits::SEND_BATCH_COUNT_MAX || bytes + length > limits::SEND_BATCH_BYTES_MAX {
            let count = batch.len() as u64;
            let batch = std::mem::take(&mut batch);
            metrics = Some(send(batch, queue, context).await.map_err(|failure| told(failure, sent))?);
            (sent, bytes) = (sent + count, 0);
        }
        bytes += length;
        batch.push(message);
    }
    if !batch.is_empty() {
        let count = batch.len() as u64;
        metrics = Some(send(batch, queue, context).await.map_err(|failure| told(failure, sent))?);
        sent += count;
    }
    Ok((sent, metrics))
}

async fn send(messages: Vec<NewMessage>, queue: &QueueRow, context: &Context) -> Result<Metrics, Failure> {
    let request = SendRequest {
        queue: queue.id.to_string().into(),
        messages,
        batch_delay_seconds: None,
        binding_delay_seconds: None,
        origin: MessageOrigin::Api,
    };
    context.broker.send_and_wait(request).await.map_err(Failure::mistake)
}
