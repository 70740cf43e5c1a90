//! Reading a recording.

use std::io::{BufRead, Read};

use serde::de::DeserializeOwned;

use super::body;
use super::line::{DeliveredLine, DeliveryLine, FORMAT, Head, Kind, OutcomeLine, SessionLine, Verb};
use crate::base::Timestamp;
use crate::broker::{BatchDecision, Decision, DeliveredMessage, HandlerResult, Metrics, Outcome};

/// Longest line, in bytes: a delivery of 100 messages of 128,000 bytes, all of them escaped.
const LINE_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// A recording cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ReadError {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub problem: String,
}

/// What a recording says about deliveries, in its order.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A batch was handed to a worker.
    Deliver(RecordedDelivery),
    /// A delivery ended.
    Finish {
        /// Its number.
        number: u64,
        /// When.
        at: Timestamp,
        /// What its handler said.
        outcome: Outcome,
    },
}

/// A batch as it was delivered.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedDelivery {
    /// Its number.
    pub number: u64,
    /// When it was delivered.
    pub at: Timestamp,
    /// The queue.
    pub queue: String,
    /// The worker.
    pub worker: String,
    /// The backlog without it.
    pub metrics: Metrics,
    /// The messages.
    pub messages: Vec<DeliveredMessage>,
}

/// Reads the deliveries of a recording and their outcomes. A last line that a crash cut off is left out.
///
/// # Errors
///
/// When a line is no line of a recording, or the format is a later one.
pub fn read(mut source: impl BufRead) -> Result<Vec<Step>, ReadError> {
    let mut steps = Vec::new();
    for number in 1.. {
        let mut line = Vec::new();
        let wrong = |problem: String| ReadError { line: number, problem };
        let mut limited = Read::take(&mut source, LINE_BYTES_MAX);
        limited.read_until(b'\n', &mut line).map_err(|error| wrong(error.to_string()))?;
        if line.pop_if(|last| *last == b'\n').is_none() {
            return match line.len() as u64 {
                LINE_BYTES_MAX.. => Err(wrong(String::from("it is too long for a recording"))),
                _ if number == 1 => Err(wrong(String::from("this is no recording: it has no lines"))),
                _ => Ok(steps),
            };
        }
        steps.extend(step(number, &line).map_err(wrong)?);
    }
    Ok(steps)
}

fn step(number: u64, line: &[u8]) -> Result<Option<Step>, String> {
    let head: Head = parse(line).map_err(|error| match number {
        1 => format!("this is no recording, which --record makes: {error}"),
        _ => error,
    })?;
    match head.kind {
        Kind::Session => check_format(&parse(line)?).map(|()| None),
        _ if number == 1 => Err(String::from("a recording begins with a line of type session")),
        Kind::Delivery => delivery(parse(line)?).map(|delivery| Some(Step::Deliver(delivery))),
        Kind::Outcome => {
            let line: OutcomeLine = parse(line)?;
            let (number, at) = (line.delivery, Timestamp::from_millis(line.at));
            Ok(Some(Step::Finish { number, at, outcome: outcome(line) }))
        }
        Kind::Send | Kind::Sent | Kind::Event | Kind::Fault | Kind::Log | Kind::Missed => Ok(None),
    }
}

fn parse<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    serde_json::from_slice(line).map_err(|error| error.to_string())
}

fn check_format(session: &SessionLine) -> Result<(), String> {
    match session.format {
        FORMAT => Ok(()),
        other => Err(format!(
            "the recording has format {other}, which version {} of the program writes; this one reads format \
             {FORMAT}",
            session.version
        )),
    }
}

fn delivery(line: DeliveryLine) -> Result<RecordedDelivery, String> {
    let messages: Vec<DeliveredMessage> = line.messages.into_iter().map(message).collect::<Result<_, _>>()?;
    if messages.is_empty() {
        return Err(String::from("a delivery has at least one message"));
    }
    Ok(RecordedDelivery {
        number: line.delivery,
        at: Timestamp::from_millis(line.at),
        queue: line.queue,
        worker: line.worker,
        metrics: Metrics {
            backlog_count: line.backlog_count,
            backlog_bytes: line.backlog_bytes,
            oldest_message_timestamp: None,
        },
        messages,
    })
}

fn message(line: DeliveredLine) -> Result<DeliveredMessage, String> {
    Ok(DeliveredMessage {
        id: line.id.parse().map_err(|error| format!("{error}: {:?}", line.id))?,
        timestamp: Timestamp::from_millis(line.timestamp),
        attempts: line.attempts,
        content_type: line
            .content_type
            .parse()
            .map_err(|error| format!("{error}: {:?}", line.content_type))?,
        body: body::read(line.body, line.body_base64)?,
        given_id: None,
    })
}

fn outcome(line: OutcomeLine) -> Outcome {
    let batch = line.batch.map(|batch| match batch.decision {
        Verb::Ack => BatchDecision::AckAll,
        Verb::Retry => BatchDecision::RetryAll { delay_seconds: batch.delay_seconds },
    });
    let messages = line.messages.into_iter().map(|message| match message.decision {
        Verb::Ack => (message.index, Decision::Ack),
        Verb::Retry => (message.index, Decision::Retry { delay_seconds: message.delay_seconds }),
    });
    Outcome {
        result: line.error.map_or(HandlerResult::Ok, HandlerResult::Failed),
        batch,
        messages: messages.collect(),
    }
}
