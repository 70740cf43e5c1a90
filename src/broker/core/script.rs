//! A small language in which a test says what happens and reads what came of it.
//!
//! One command a line; `name=value` sets an option. Messages are called by the words they were sent with.

use std::collections::BTreeMap;
use std::fmt::Write;

use bytes::Bytes;

use super::*;
use crate::base::{ContentType, MessageId};

/// Runs the script and writes down, for each command, what the core wanted done.
pub(super) fn run(script: &str) -> String {
    let mut stage = Stage::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        stage.perform(line);
    }
    stage.trace
}

struct Stage {
    core: Core,
    now: Timestamp,
    trace: String,
    names: BTreeMap<MessageId, String>,
    leases: BTreeMap<String, String>,
    deliveries: Vec<DeliveryOrder>,
    held: Option<HeldDelivery>,
}

/// A command's words and options.
struct Line<'text> {
    words: Vec<&'text str>,
    options: BTreeMap<&'text str, &'text str>,
}

impl<'text> Line<'text> {
    fn new(text: &'text str) -> Self {
        let (options, words): (Vec<&str>, Vec<&str>) =
            text.split_whitespace().partition(|word| word.contains('='));
        Self { words, options: options.iter().filter_map(|option| option.split_once('=')).collect() }
    }

    fn text(&self, option: &str) -> Option<String> {
        self.options.get(option).map(|value| (*value).to_owned())
    }

    fn number(&self, option: &str) -> Option<u32> {
        self.options.get(option).map(|value| value.parse().unwrap())
    }

    fn queue(&self) -> String {
        self.words[1].to_owned()
    }

    /// `process=2`; without it, the owner.
    fn process(&self) -> ProcessNumber {
        ProcessNumber(self.number("process").unwrap_or_default())
    }
}

impl Stage {
    fn new() -> Self {
        Self {
            core: Core::new(CoreLimits::default()),
            now: Timestamp::from_millis(0),
            trace: String::new(),
            names: BTreeMap::new(),
            leases: BTreeMap::new(),
            deliveries: Vec::new(),
            held: None,
        }
    }

    fn perform(&mut self, text: &str) {
        let line = Line::new(text);
        let _ = writeln!(self.trace, "> {text}");
        let input = match line.words[0] {
            "at" => {
                let seconds: f64 = line.words[1].parse().unwrap();
                return self.advance_to(Timestamp::from_millis((seconds * 1000.0).round() as u64));
            }
            "limit" => {
                self.core.limits.messages_per_second = line.number("rate");
                self.core.limits.backlog_bytes_max = line.number("bytes").map_or(u64::MAX, u64::from);
                return;
            }
            "queue" => Input::CreateQueue {
                name: line.queue(),
                settings: QueueSettings {
                    delivery_delay_seconds: line.number("delay").unwrap_or(0),
                    retention_seconds: line.number("retention").map_or(345_600, u64::from),
                    delivery_paused: false,
                },
                id: ResourceId::from_bytes(u128::from(self.core.next_queue.0).to_be_bytes()),
                source: ChangeSource::Api,
            },
            "worker" => self.attach(&line, ConsumerSettings::Worker(worker(&line))),
            "puller" => self.attach(&line, ConsumerSettings::Pull(puller(&line))),
            "detach" => {
                let consumer = self.core.queue(line.words[1]).unwrap().consumer.clone().unwrap().id;
                Input::DetachConsumer { queue: line.queue(), consumer }
            }
            "join" => Input::Join { process: line.process(), label: line.text("as").unwrap_or_default() },
            "leave" => Input::Leave(line.process()),
            "configure" => configure(&line),
            "connect" => Input::ConnectWorker { process: line.process(), worker: line.queue() },
            "disconnect" => Input::DisconnectWorker { process: line.process(), worker: line.queue() },
            "hold" => {
                self.held = Some(self.hold(&line));
                Input::Adopt(self.hold(&line))
            }
            "give-back" => Input::GiveBack(self.deliveries.remove(0).number),
            "send" => self.send(&line),
            "ok" | "throw" | "retryAll" | "ackAllThrow" => self.finish(&line),
            "pull" => Input::Pull {
                queue: line.queue(),
                batch_size: line.number("size"),
                visibility_timeout_ms: line.number("ms").map(u64::from),
            },
            "ack" | "retry" => self.decide(&line),
            "pause" | "resume" => Input::UpdateQueue {
                queue: line.queue(),
                change: QueueChange {
                    delivery_paused: Some(line.words[0] == "pause"),
                    ..QueueChange::default()
                },
                source: ChangeSource::Api,
            },
            "set" => Input::UpdateQueue {
                queue: line.queue(),
                change: QueueChange {
                    name: line.text("name"),
                    delivery_delay_seconds: line.number("delay"),
                    retention_seconds: line.number("retention").map(u64::from),
                    delivery_paused: None,
                },
                source: ChangeSource::Api,
            },
            "purge" => Input::PurgeQueue { queue: line.queue() },
            "delete" => Input::DeleteQueue { queue: line.queue() },
            "metrics" => return self.metrics(&line),
            "peek" => return self.peek(&line),
            other => panic!("no command {other}"),
        };
        self.step(input);
    }

    /// `hold queue worker a b#2`: a worker holds these, at these attempts.
    fn hold(&self, line: &Line<'_>) -> HeldDelivery {
        let message = |word: &&str| {
            let (name, attempt) = word.split_once('#').unwrap_or((word, "1"));
            let id = self.names.iter().find(|(_, known)| *known == name).map(|(id, _)| *id);
            (id.unwrap_or_else(|| MessageId::from_bytes([255; 16])), attempt.parse().unwrap())
        };
        HeldDelivery {
            queue: line.words[1].into(),
            worker: line.words[2].into(),
            messages: line.words[3..].iter().map(message).collect(),
        }
    }

    fn step(&mut self, input: Input) {
        let mut effects = Effects::default();
        self.core.step(self.now, input, &mut effects);
        self.core.dump();
        for reply in effects.replies {
            self.write_reply(reply);
        }
        for event in &effects.events {
            self.write_event(event);
        }
        for order in effects.deliveries {
            self.write_delivery(&order);
            self.deliveries.push(order);
        }
    }

    /// Visits each deadline on the way, settling at each.
    fn advance_to(&mut self, target: Timestamp) {
        while let Some(deadline) = self.core.next_deadline().filter(|deadline| *deadline <= target) {
            self.now = self.now.max(deadline);
            self.step(Input::Tick);
        }
        self.now = target;
        self.step(Input::Tick);
    }

    fn attach(&self, line: &Line<'_>, settings: ConsumerSettings) -> Input {
        let ids = FreshIds::new(vec![[7; 16], [8; 16]]);
        let (queue, source) = (line.queue(), ChangeSource::Api);
        match self.core.queue(&queue).ok().and_then(|row| row.consumer.as_ref()) {
            Some(consumer) if line.options.contains_key("change") => {
                Input::UpdateConsumer { queue, consumer: consumer.id, settings, source, ids }
            }
            _ => Input::AttachConsumer { queue, settings, source, ids },
        }
    }

    /// `send queue a b:5 c`: messages, with their own delays.
    fn send(&mut self, line: &Line<'_>) -> Input {
        let mut messages = Vec::new();
        for word in &line.words[2..] {
            let (name, delay) =
                word.split_once(':').map_or((*word, None), |(name, delay)| (name, Some(delay)));
            let id = MessageId::from_bytes((self.names.len() as u128 + 1).to_be_bytes());
            self.names.insert(id, name.to_owned());
            let body = Bytes::from(name.repeat(line.number("length").unwrap_or(1) as usize));
            messages.push(IncomingMessage {
                id,
                content_type: ContentType::Text,
                delay_seconds: delay.map(|delay| delay.parse().unwrap()),
                held_back_seconds: line.number("held").unwrap_or(0),
                payload: Payload {
                    body,
                    origin: MessageOrigin::Worker,
                    delay_seconds: None,
                    dead_letter_of: None,
                },
            });
        }
        Input::Send(SendCommand {
            queue: line.words[1].into(),
            messages,
            batch_delay_seconds: line.number("batch"),
            binding_delay_seconds: line.number("binding"),
            again: false,
        })
    }

    /// `ok ack=a retry=b:5`: the oldest delivery ends; single messages are decided about.
    fn finish(&mut self, line: &Line<'_>) -> Input {
        let order = self.deliveries.remove(0);
        let names: Vec<&str> = order.messages.iter().map(|head| self.names[&head.id].as_str()).collect();
        let index = |name: &str| u32::try_from(names.iter().position(|n| *n == name).unwrap()).unwrap();
        let mut messages = Vec::new();
        if let Some(name) = line.text("ack") {
            messages.push((index(&name), Decision::Ack));
        }
        if let Some(text) = line.text("retry") {
            let (name, delay) = text.split_once(':').map_or((text.as_str(), None), |(n, d)| (n, Some(d)));
            let delay_seconds = delay.map(|delay| delay.parse().unwrap());
            messages.push((index(name), Decision::Retry { delay_seconds }));
        }
        let result = match line.words[0] {
            "ok" | "retryAll" => HandlerResult::Ok,
            _ => HandlerResult::Failed("threw".to_owned()),
        };
        let batch = match line.words[0] {
            "retryAll" => Some(BatchDecision::RetryAll { delay_seconds: line.number("delay") }),
            "ackAllThrow" => Some(BatchDecision::AckAll),
            _ => None,
        };
        let duration_ms = line.number("ms").map_or(0, u64::from);
        Input::Finish { delivery: order.number, outcome: Outcome { result, batch, messages }, duration_ms }
    }

    /// `ack queue a b` and `retry queue a delay=5`, by the newest leases of these messages.
    fn decide(&self, line: &Line<'_>) -> Input {
        let token = |name: &&str| self.leases.get(*name).cloned().unwrap_or_else(|| (*name).to_owned());
        let tokens = line.words[2..].iter().map(token);
        let (acks, retries) = match line.words[0] {
            "ack" => (tokens.collect(), Vec::new()),
            _ => (Vec::new(), tokens.map(|token| (token, line.number("delay"))).collect()),
        };
        Input::Acknowledge { queue: line.queue(), acks, retries }
    }

    fn metrics(&mut self, line: &Line<'_>) {
        let metrics = self.core.metrics(line.words[1]).unwrap();
        let _ = writeln!(self.trace, "  {}", shown(&metrics));
    }

    fn peek(&mut self, line: &Line<'_>) {
        for peeked in self.core.browse(line.words[1], None, 100).unwrap().0 {
            let name = &self.names[&peeked.head.id];
            let (state, attempts, due) = (peeked.state, peeked.head.attempts, seconds(peeked.due));
            let _ = writeln!(self.trace, "  {name} {state:?} attempts {attempts} due {due}");
        }
    }

    fn write_reply(&mut self, reply: Reply) {
        let text = match reply {
            Reply::None | Reply::Created(Ok(_)) | Reply::Updated(Ok(_)) | Reply::Attached(Ok(_)) => return,
            Reply::Sent(Ok((_, metrics))) => shown(&metrics),
            Reply::Sent(Err(refusal)) => refusal.to_string(),
            Reply::Pulled(Ok(order)) => {
                let heads: Vec<MessageHead> = order.messages.iter().map(|(head, _)| *head).collect();
                for (head, token) in order.messages {
                    self.leases.insert(self.names[&head.id].clone(), token);
                }
                format!("pulled {}", self.heads(&heads))
            }
            Reply::Pulled(Err(refusal)) => refusal.to_string(),
            Reply::Adopted(Some(number)) => return self.hold_on(number),
            Reply::Configured(Ok(())) => return,
            Reply::Configured(Err(refusal)) => refusal.to_string(),
            other => format!("{other:?}"),
        };
        let _ = writeln!(self.trace, "  {text}");
    }

    /// The delivery that was held is one of those that run.
    fn hold_on(&mut self, number: DeliveryNumber) {
        let Some(HeldDelivery { queue, worker, messages }) = self.held.take() else { return };
        let head = |(id, attempts): &(MessageId, u32)| MessageHead {
            sequence: Sequence(0),
            id: *id,
            timestamp: self.now,
            attempts: *attempts,
            content_type: ContentType::Text,
        };
        let messages = messages.iter().map(head).collect();
        let (process, metrics) = (ProcessNumber::OWNER, Metrics::default());
        self.deliveries.push(DeliveryOrder { number, queue, worker, process, messages, metrics });
    }

    fn write_event(&mut self, event: &Event) {
        let shown_otherwise = matches!(
            event,
            Event::Sent { .. } | Event::Delivered { .. } | Event::Pulled { .. } | Event::QueueCreated { .. }
        );
        if shown_otherwise {
            return;
        }
        let mut text = event.to_string();
        for (id, name) in &self.names {
            text = text.replace(&id.to_string(), name);
        }
        let _ = writeln!(self.trace, "  {} {text}", seconds(self.now));
    }

    fn write_delivery(&mut self, order: &DeliveryOrder) {
        let (queue, worker, heads) = (&order.queue, &order.worker, self.heads(&order.messages));
        let rest = order.metrics.backlog_count;
        let place = match order.process {
            ProcessNumber::OWNER => String::new(),
            ProcessNumber(number) => format!(" in {number}"),
        };
        let _ =
            writeln!(self.trace, "  {} {queue} -> {worker}{place}: {heads} ({rest} left)", seconds(self.now));
    }

    fn heads(&self, heads: &[MessageHead]) -> String {
        let head = |head: &MessageHead| match head.attempts {
            1 => self.names[&head.id].clone(),
            attempts => format!("{}#{attempts}", self.names[&head.id]),
        };
        heads.iter().map(head).collect::<Vec<_>>().join(" ")
    }
}

/// `configure queue:worker … workers=a,b producers=worker:queue,… process=2`: what a process declares.
fn configure(line: &Line<'_>) -> Input {
    let declared = line.words[1..].iter().map(|word| word.split_once(':').unwrap());
    let consumers: Vec<ConsumerDeclaration> = declared
        .map(|(queue, worker)| ConsumerDeclaration {
            queue: queue.to_owned(),
            consumer: WorkerConsumer { max_batch_timeout_ms: 0, ..WorkerConsumer::new(worker) },
        })
        .collect();
    let further = line.text("workers").unwrap_or_default();
    let workers = further.split(',').filter(|name| !name.is_empty()).map(str::to_owned);
    let workers = workers.chain(consumers.iter().map(|declared| declared.consumer.worker.clone())).collect();
    let producers = line.text("producers").unwrap_or_default();
    let producers = producers.split(',').filter_map(|declared| declared.split_once(':'));
    let producers = producers
        .map(|(worker, queue)| ProducerDeclaration { queue: queue.to_owned(), worker: worker.to_owned() })
        .collect();
    let topology = Topology { workers, queues: Vec::new(), consumers, producers };
    Input::Configure { process: line.process(), topology, ids: FreshIds::default() }
}

fn worker(line: &Line<'_>) -> WorkerConsumer {
    let mut worker = WorkerConsumer::new(line.words[2]);
    worker.max_batch_size = line.number("size").unwrap_or(worker.max_batch_size);
    worker.max_batch_timeout_ms = line.number("timeout_ms").map_or(worker.max_batch_timeout_ms, u64::from);
    worker.max_retries = line.number("retries").unwrap_or(worker.max_retries);
    worker.max_concurrency = line.number("concurrency");
    worker.retry_delay_seconds = line.number("delay").unwrap_or(0);
    worker.dead_letter_queue = line.text("dlq");
    worker
}

fn puller(line: &Line<'_>) -> PullConsumer {
    let mut pull = PullConsumer::default();
    pull.max_retries = line.number("retries").unwrap_or(pull.max_retries);
    pull.retry_delay_seconds = line.number("delay").unwrap_or(0);
    pull.dead_letter_queue = line.text("dlq");
    pull
}

fn shown(metrics: &Metrics) -> String {
    let oldest = metrics.oldest_message_timestamp.map_or_else(|| "none".to_owned(), seconds);
    format!("backlog {} messages, {} bytes, oldest {oldest}", metrics.backlog_count, metrics.backlog_bytes)
}

fn seconds(instant: Timestamp) -> String {
    format!("{}s", instant.as_millis() as f64 / 1000.0)
}
