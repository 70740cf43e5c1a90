//! Watches a session and writes down what happens.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::body;
use super::file::{LineFile, RecordError};
use super::line::{
    DecisionLine, DeliveredLine, DeliveryLine, EventLine, FORMAT, FaultLine, Kind, LogLine,
    MessageDecisionLine, OutcomeLine, SendLine, SentLine, SentMessage, SessionLine, Verb,
};
use crate::base::Clock;
use crate::broker::{
    BatchDecision, Consumer, Decision, DeliveredMessage, Delivery, Event, HandlerResult, MessageOrigin,
    MetricsReply, NewMessage, Observer, Outcome, Producer, SendReply, SendRequest, Ticket,
};
use crate::chaos::{FaultObserver, InjectedFault, Spec};
use crate::runtime::log::{LogLevel, LogSink};

/// Records one session. Clones share the file.
#[derive(Clone)]
pub struct Recorder {
    shared: Arc<Shared>,
}

struct Shared {
    file: LineFile,
    clock: Arc<dyn Clock>,
    sends: AtomicU64,
    deliveries: AtomicU64,
}

impl Recorder {
    /// Begins a recording of a session with this clock, in which these faults are made. When the file cannot be written
    /// later on, as on a full disk, `tell` is called with why, once, and the recording ends there.
    ///
    /// # Errors
    ///
    /// When the file cannot be created.
    pub fn create(
        path: &Path,
        clock: Arc<dyn Clock>,
        chaos: Option<&Spec>,
        tell: impl FnOnce(&RecordError) + Send + 'static,
    ) -> Result<Self, RecordError> {
        let file = LineFile::create(path, tell)?;
        file.add(&SessionLine {
            kind: Kind::Session,
            at: clock.now().as_millis(),
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            chaos: chaos.map(Spec::to_string),
        });
        let shared = Shared { file, clock, sends: AtomicU64::new(0), deliveries: AtomicU64::new(0) };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The queues, with what is sent to them written down.
    pub fn producer(&self, queues: Arc<dyn Producer>) -> Arc<dyn Producer> {
        Arc::new(RecordedProducer { recorder: self.clone(), queues })
    }

    /// A worker, with its deliveries and their outcomes written down.
    pub fn consumer(&self, worker: Arc<dyn Consumer>) -> Arc<dyn Consumer> {
        Arc::new(RecordedConsumer { recorder: self.clone(), worker })
    }

    /// The log of a worker, written down as well.
    pub fn log(&self, worker: &str, log: Arc<dyn LogSink>) -> Arc<dyn LogSink> {
        Arc::new(RecordedLog { recorder: self.clone(), worker: worker.to_owned(), log })
    }

    /// Writes what is still to be written and closes the file.
    pub fn finish(&self) {
        self.shared.file.finish();
    }

    fn now(&self) -> u64 {
        self.shared.clock.now().as_millis()
    }

    fn outcome(&self, delivery: u64, outcome: &Outcome) {
        self.shared.file.add(&OutcomeLine { at: self.now(), ..outcome_line(delivery, outcome) });
    }
}

impl FaultObserver for Recorder {
    fn fault(&self, fault: &InjectedFault) {
        self.shared.file.add(&FaultLine {
            kind: Kind::Fault,
            at: self.now(),
            fault: fault.fault.to_string(),
            effect: fault.effect.clone(),
        });
    }
}

impl Observer for Recorder {
    fn event(&self, event: &Event) {
        // Sends, deliveries and outcomes have lines of their own.
        let told = matches!(
            event,
            Event::Sent { .. }
                | Event::Delivered { .. }
                | Event::DeliveryFinished { .. }
                | Event::Acknowledged { .. }
                | Event::Committed { .. }
        );
        if !told {
            let line = EventLine { kind: Kind::Event, at: self.now(), text: event.to_string() };
            self.shared.file.add(&line);
        }
    }
}

struct RecordedProducer {
    recorder: Recorder,
    queues: Arc<dyn Producer>,
}

impl Producer for RecordedProducer {
    fn send(&self, request: SendRequest, reply: SendReply) {
        let recorder = self.recorder.clone();
        let send = recorder.shared.sends.fetch_add(1, Ordering::Relaxed) + 1;
        recorder.shared.file.add(&send_line(recorder.now(), send, &request));
        let reply = Box::new(move |result: Result<_, _>| {
            let error = result.as_ref().err().map(ToString::to_string);
            recorder.shared.file.add(&SentLine { kind: Kind::Sent, at: recorder.now(), send, error });
            reply(result);
        });
        self.queues.send(request, reply);
    }

    fn metrics(&self, queue: &str, reply: MetricsReply) {
        self.queues.metrics(queue, reply);
    }
}

struct RecordedConsumer {
    recorder: Recorder,
    worker: Arc<dyn Consumer>,
}

impl Consumer for RecordedConsumer {
    fn deliver(&self, mut delivery: Delivery) {
        let recorder = self.recorder.clone();
        let number = recorder.shared.deliveries.fetch_add(1, Ordering::Relaxed) + 1;
        recorder.shared.file.add(&delivery_line(recorder.now(), number, &delivery));
        let ticket = delivery.ticket;
        delivery.ticket = Ticket::new(move |outcome| {
            recorder.outcome(number, &outcome);
            ticket.finish(outcome);
        });
        self.worker.deliver(delivery);
    }
}

struct RecordedLog {
    recorder: Recorder,
    worker: String,
    log: Arc<dyn LogSink>,
}

impl RecordedLog {
    fn add(&self, level: &'static str, text: &str) {
        self.recorder.shared.file.add(&LogLine {
            kind: Kind::Log,
            at: self.recorder.now(),
            worker: self.worker.clone(),
            level,
            text: text.to_owned(),
        });
    }
}

impl LogSink for RecordedLog {
    fn console(&self, level: LogLevel, text: &str) {
        self.add(level.name(), text);
        self.log.console(level, text);
    }

    fn exception(&self, text: &str) {
        self.add("exception", text);
        self.log.exception(text);
    }
}

fn send_line(at: u64, send: u64, request: &SendRequest) -> SendLine {
    SendLine {
        kind: Kind::Send,
        at,
        send,
        queue: request.queue.to_string(),
        origin: match request.origin {
            MessageOrigin::Worker => "worker",
            MessageOrigin::Api => "api",
            MessageOrigin::Event => "event",
        },
        batch_delay_seconds: request.batch_delay_seconds,
        binding_delay_seconds: request.binding_delay_seconds,
        messages: request.messages.iter().map(sent_message).collect(),
    }
}

fn sent_message(message: &NewMessage) -> SentMessage {
    let (body, body_base64) = body::write(message.content_type, &message.body);
    SentMessage {
        content_type: message.content_type.name(),
        delay_seconds: message.delay_seconds,
        body,
        body_base64,
    }
}

fn delivery_line(at: u64, number: u64, delivery: &Delivery) -> DeliveryLine {
    DeliveryLine {
        kind: Kind::Delivery,
        at,
        delivery: number,
        queue: delivery.queue.to_string(),
        worker: delivery.worker.to_string(),
        backlog_count: delivery.metrics.backlog_count,
        backlog_bytes: delivery.metrics.backlog_bytes,
        messages: delivery.messages.iter().map(delivered_line).collect(),
    }
}

fn delivered_line(message: &DeliveredMessage) -> DeliveredLine {
    let (body, body_base64) = body::write(message.content_type, &message.body);
    DeliveredLine {
        id: message.id.to_string(),
        timestamp: message.timestamp.as_millis(),
        attempts: message.attempts,
        content_type: message.content_type.name().to_owned(),
        body,
        body_base64,
    }
}

/// An outcome as a line, at no particular time.
pub(super) fn outcome_line(delivery: u64, outcome: &Outcome) -> OutcomeLine {
    let batch = outcome.batch.map(|decision| match decision {
        BatchDecision::AckAll => DecisionLine { decision: Verb::Ack, delay_seconds: None },
        BatchDecision::RetryAll { delay_seconds } => DecisionLine { decision: Verb::Retry, delay_seconds },
    });
    let messages = outcome.messages.iter().map(|(index, decision)| match decision {
        Decision::Ack => MessageDecisionLine { index: *index, decision: Verb::Ack, delay_seconds: None },
        Decision::Retry { delay_seconds } => {
            MessageDecisionLine { index: *index, decision: Verb::Retry, delay_seconds: *delay_seconds }
        }
    });
    OutcomeLine {
        kind: Kind::Outcome,
        at: 0,
        delivery,
        error: match &outcome.result {
            HandlerResult::Ok => None,
            HandlerResult::Failed(reason) => Some(reason.clone()),
        },
        batch,
        messages: messages.collect(),
    }
}
