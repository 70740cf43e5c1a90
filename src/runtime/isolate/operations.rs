//! Performs what JavaScript asked for.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::guest::Drained;
use super::invocations::{Decided, Invocations, Waiting};
use super::sockets::Sockets;
use super::streams::Streams;
use super::{
    Command, Commands, Environment, FetchResponse, Handlers, InvocationError, ProducerBinding, ResponseBody,
};
use crate::base::ContentType;
use crate::broker::{
    BatchDecision, Decision, HandlerResult, MessageOrigin, MetricsReply, NewMessage, Outcome, SendReply,
    SendRequest,
};
use crate::runtime::exception::Exception;
use crate::runtime::log::LogSink;
use crate::runtime::outbound::{OutboundRequest, OutboundRequestBody};
use crate::runtime::protocol::operations::{self, MessageDecisions, Operation};
use crate::runtime::protocol::{Body, ByteRange, GuestError};
use crate::runtime::send_failure;
use crate::runtime::services::ServiceTarget;
use crate::runtime::web_socket::SocketEnd;
use crate::workers::Bundle;

/// Whose operations are performed, and with what.
pub struct OperationsOf {
    /// What every isolate shares.
    pub environment: Environment,
    /// The way back into the isolate's event loop.
    pub commands: Commands,
    /// Producer bindings by name.
    pub producers: HashMap<String, ProducerBinding>,
    /// Service bindings by name.
    pub services: HashMap<String, ServiceTarget>,
    /// Whether errors of sends carry production's codes.
    pub expose_error_codes: bool,
    /// Where uncaught exceptions are shown.
    pub log: Arc<dyn LogSink>,
    /// The script, for positions in the user's source.
    pub bundle: Arc<Bundle>,
}

/// Performs operations and remembers those that wait for the network; they end with it.
pub struct Operations {
    pub(super) of: OperationsOf,
    waiting: HashMap<u64, AbortHandle>,
    /// Those that JavaScript waits for.
    unanswered: HashSet<u64>,
    /// Told once how the script's evaluation went.
    pub started: Option<oneshot::Sender<Result<Handlers, InvocationError>>>,
}

impl Operations {
    /// Performs operations of one isolate.
    pub fn new(of: OperationsOf) -> Self {
        Self { of, waiting: HashMap::new(), unanswered: HashSet::new(), started: None }
    }

    /// Performs all operations of one drain.
    ///
    /// # Errors
    ///
    /// When the guest wrote what our prelude never does: it has broken its isolate.
    pub fn perform(
        &mut self,
        drained: &Drained,
        invocations: &mut Invocations,
        streams: &mut Streams,
        sockets: &mut Sockets,
    ) -> Result<(), String> {
        let operations = operations::parse(&drained.told.operations)
            .map_err(|error| format!("The Worker broke its isolate's runtime: {error}"))?;
        for operation in operations {
            self.one(operation, drained, invocations, streams, sockets)?;
        }
        Ok(())
    }

    fn one(
        &mut self,
        operation: Operation<'_>,
        drained: &Drained,
        invocations: &mut Invocations,
        streams: &mut Streams,
        sockets: &mut Sockets,
    ) -> Result<(), String> {
        let bytes = drained.told.bytes.as_slice();
        match operation {
            Operation::Started(started) => self.tell_started(Ok(started.handlers)),
            Operation::StartFailed(failed) => {
                let exception = self.exception(failed.error);
                self.tell_started(Err(InvocationError::Exception(exception)));
            }
            Operation::Response(response) => {
                self.respond(response, bytes, invocations, streams, sockets)?;
            }
            Operation::Exception(exception) => self.throw(exception, invocations),
            Operation::Outcome(outcome) => self.finish_delivery(outcome, invocations),
            Operation::Decided(decided) => decide(decided, invocations),
            Operation::Settled(settled) => self.settle(settled, invocations),
            Operation::Send(send) => {
                self.unanswered.insert(send.operation);
                self.send(send, drained)?
            }
            Operation::Metrics(metrics) => {
                self.unanswered.insert(metrics.operation);
                self.metrics(&metrics)
            }
            Operation::Http(request) => {
                self.unanswered.insert(request.operation);
                self.request(request, bytes, streams)?
            }
            Operation::Call(call) => {
                self.unanswered.insert(call.operation);
                self.call(call)?
            }
            Operation::Returned(returned) => self.returned(&returned, invocations),
            Operation::Read(read) => {
                self.unanswered.insert(read.operation);
                self.read(&read, streams)
            }
            Operation::Abort(abort) => {
                self.unanswered.remove(&abort.operation);
                if let Some(request) = self.waiting.remove(&abort.operation) {
                    request.abort();
                }
            }
            Operation::Cancel(cancel) => streams.end_host(cancel.stream),
            Operation::Write(write) => streams.write(write.stream, copy(write.bytes, bytes)?),
            Operation::Close(close) => streams.end_guest(close.stream, None),
            Operation::Fail(fail) => {
                let exception = self.exception(fail.error.clone());
                self.of.log.exception(&format!("Uncaught (in a stream) {exception}"));
                streams.end_guest(fail.stream, Some(fail.error));
            }
            Operation::Socket(operation) => {
                sockets.perform(operation, bytes, &self.of.commands, &self.of.environment.tokio)?;
            }
        }
        Ok(())
    }

    /// The answer to an operation is on its way into JavaScript.
    pub fn answered(&mut self, operation: u64) {
        self.unanswered.remove(&operation);
    }

    /// Whether JavaScript waits for no operation.
    pub fn all_answered(&self) -> bool {
        self.unanswered.is_empty()
    }

    fn tell_started(&mut self, result: Result<Handlers, InvocationError>) {
        if let Some(started) = self.started.take() {
            let _ = started.send(result);
        }
    }

    fn respond(
        &self,
        response: operations::Response,
        bytes: &[u8],
        invocations: &mut Invocations,
        streams: &mut Streams,
        sockets: &mut Sockets,
    ) -> Result<(), String> {
        let body = match response.body {
            None => ResponseBody::Empty,
            Some(Body::Text(text)) => ResponseBody::Bytes(Bytes::from(text)),
            Some(Body::Bytes(range)) => ResponseBody::Bytes(copy(range, bytes)?),
            Some(Body::Stream(stream)) => {
                ResponseBody::Stream(streams.take(stream, Arc::new(self.of.commands.clone())))
            }
        };
        let answer = FetchResponse {
            status: response.status,
            status_text: response.status_text,
            headers: response.headers,
            body,
            is_encoded: response.is_encoded,
            web_socket: response.web_socket.map(|socket| hand_over(socket, sockets)).transpose()?,
        };
        if let Some(Waiting::Fetch(reply)) = invocations.take(response.invocation) {
            let _ = reply.send(Ok(answer));
        }
        Ok(())
    }

    fn throw(&self, thrown: operations::Exception, invocations: &mut Invocations) {
        let exception = self.exception(thrown.error);
        let waiting = invocations.take(thrown.invocation);
        // Another Worker's call throws there; it is uncaught only if nobody catches it there.
        if !matches!(waiting, Some(Waiting::Call(_))) {
            self.of.log.exception(&format!("Uncaught {exception}"));
        }
        match waiting {
            Some(Waiting::Fetch(reply)) => drop(reply.send(Err(InvocationError::Exception(exception)))),
            Some(Waiting::Call(reply)) => drop(reply.send(Err(InvocationError::Exception(exception)))),
            Some(Waiting::Scheduled(reply)) => drop(reply.send(Err(InvocationError::Exception(exception)))),
            Some(Waiting::Queue(delivery)) => delivery.finish(Outcome::failed(exception.headline())),
            None => {}
        }
    }

    fn finish_delivery(&self, outcome: operations::Outcome, invocations: &mut Invocations) {
        let result = match outcome.error {
            None => HandlerResult::Ok,
            Some(error) => {
                let missing = error.name == "MissingHandler";
                let exception = self.exception(error);
                let text = if missing { exception.message.clone() } else { format!("Uncaught {exception}") };
                self.of.log.exception(&text);
                HandlerResult::Failed(exception.headline())
            }
        };
        let batch = outcome.batch.map(batch_decision);
        if let Some(Waiting::Queue(delivery)) = invocations.take(outcome.invocation) {
            let messages = decisions(outcome.messages, delivery.messages.len());
            delivery.finish(Outcome { result, batch, messages });
        }
    }

    fn settle(&self, settled: operations::Settled, invocations: &mut Invocations) {
        for error in settled.errors {
            let exception = self.exception(error);
            self.of.log.exception(&format!("Uncaught (in waitUntil) {exception}"));
        }
        if let Some(waiting) = invocations.settle(settled.invocation) {
            match waiting {
                Waiting::Scheduled(reply) => drop(reply.send(Ok(()))),
                waiting => super::invocations::fail(waiting, "The handler ended without an answer."),
            }
        }
    }

    fn send(&self, send: operations::Send<'_>, drained: &Drained) -> Result<(), String> {
        let binding = self.binding(&send.binding)?;
        let messages = match send.taken {
            Some(number) => taken_messages(number, drained)?,
            None => {
                let described = send.messages.iter().map(|message| new_message(message, &drained.told.bytes));
                let copy = |body: &&RawValue| Bytes::copy_from_slice(body.get().as_bytes());
                let plain = send.bodies.iter().map(|body| Ok(plain_message(copy(body))));
                described.chain(plain).collect::<Result<Vec<_>, String>>()?
            }
        };
        let request = SendRequest {
            queue: binding.queue.as_str().into(),
            messages,
            batch_delay_seconds: send.delay_seconds,
            binding_delay_seconds: binding.delivery_delay_seconds,
            origin: MessageOrigin::Worker,
        };
        self.of.environment.producer.send(request, self.send_reply(send.operation, send.batch));
        Ok(())
    }

    fn metrics(&self, metrics: &operations::Metrics) {
        if let Ok(binding) = self.binding(&metrics.binding) {
            self.of.environment.producer.metrics(&binding.queue, self.metrics_reply(metrics.operation));
        }
    }

    fn send_reply(&self, operation: u64, batch: bool) -> SendReply {
        let (commands, expose_codes) = (self.of.commands.clone(), self.of.expose_error_codes);
        Box::new(move |result| {
            let result = result.map_err(|error| send_failure::describe(&error, batch, expose_codes));
            commands.send(Command::Measured { operation, result });
        })
    }

    fn metrics_reply(&self, operation: u64) -> MetricsReply {
        let commands = self.of.commands.clone();
        Box::new(move |result| {
            let result = result.map_err(|error| error.to_string());
            commands.send(Command::Measured { operation, result });
        })
    }

    fn request(
        &mut self,
        request: operations::Http,
        bytes: &[u8],
        streams: &mut Streams,
    ) -> Result<(), String> {
        let body = match request.body {
            None => OutboundRequestBody::Empty,
            Some(Body::Text(text)) => OutboundRequestBody::Bytes(Bytes::from(text)),
            Some(Body::Bytes(range)) => OutboundRequestBody::Bytes(copy(range, bytes)?),
            Some(Body::Stream(stream)) => {
                OutboundRequestBody::Stream(streams.take(stream, Arc::new(self.of.commands.clone())))
            }
        };
        let outbound = OutboundRequest {
            method: request.method,
            url: request.url,
            headers: request.headers,
            body,
            follow_redirects: request.redirect == "follow",
            decode_body: true,
        };
        let (operation, socket) = (request.operation, request.web_socket);
        let task = match &request.service {
            Some(binding) => self.fetch_service(binding, operation, outbound, socket)?,
            None => self.fetch_outside(operation, outbound, socket),
        };
        self.remember(operation, task);
        Ok(())
    }

    fn fetch_outside(&self, operation: u64, request: OutboundRequest, socket: Option<u64>) -> AbortHandle {
        let (client, commands) = (self.of.environment.outbound.clone(), self.of.commands.clone());
        let work = self.of.environment.work.clone();
        let busy = work.begin_named(waiting_for(&request));
        let task = self.of.environment.tokio.spawn(async move {
            let result = match socket {
                Some(_) => client.open_web_socket(request, &work).await,
                None => client.fetch(request).await,
            };
            let result = result.map_err(|message| GuestError::from_host("TypeError", message));
            commands.send_with(Command::Fetched { operation, result, socket }, busy);
        });
        task.abort_handle()
    }

    /// The guest may give up on what is under way.
    pub(super) fn remember(&mut self, operation: u64, task: AbortHandle) {
        self.waiting.retain(|_, task| !task.is_finished());
        self.waiting.insert(operation, task);
    }

    fn read(&mut self, read: &operations::Read, streams: &Streams) {
        let (commands, operation, stream) = (self.of.commands.clone(), read.operation, read.stream);
        match streams.host(stream) {
            None => commands.send(Command::Chunk { operation, stream, chunk: None }),
            Some(body) => {
                let busy = self.of.environment.work.begin_named("a chunk of a body");
                let task = self.of.environment.tokio.spawn(async move {
                    let chunk = body.next().await;
                    commands.send_with(Command::Chunk { operation, stream, chunk }, busy);
                });
                self.remember(operation, task.abort_handle());
            }
        }
    }

    fn binding(&self, name: &str) -> Result<&ProducerBinding, String> {
        self.of.producers.get(name).ok_or_else(|| {
            format!("The Worker broke its isolate's runtime: no queue binding is called {name}")
        })
    }

    fn exception(&self, error: GuestError) -> Exception {
        Exception::new(error, self.of.bundle.source_map())
    }
}

impl Drop for Operations {
    fn drop(&mut self) {
        self.waiting.values().for_each(AbortHandle::abort);
    }
}

/// What a request to the outside is called in the list of what is waited for; queries may hold secrets.
fn waiting_for(request: &OutboundRequest) -> String {
    let url = request.url.split(['?', '#']).next().unwrap_or_default();
    format!("{} {url}", request.method)
}

fn decide(decided: operations::Decided, invocations: &mut Invocations) {
    let Some(messages) = invocations.messages(decided.invocation) else { return };
    let messages = decisions(decided.messages, messages);
    invocations.decide(decided.invocation, Decided { batch: decided.batch.map(batch_decision), messages });
}

fn batch_decision(decision: operations::BatchDecision) -> BatchDecision {
    match decision {
        operations::BatchDecision::Ack => BatchDecision::AckAll,
        operations::BatchDecision::Retry(delay_seconds) => BatchDecision::RetryAll { delay_seconds },
    }
}

fn decisions(said: MessageDecisions, messages: usize) -> Vec<(u32, Decision)> {
    match said {
        MessageDecisions::AllAcknowledged => {
            (0..).map(|index| (index, Decision::Ack)).take(messages).collect()
        }
        MessageDecisions::Some(said) => said.iter().map(decision).collect(),
    }
}

fn decision(decision: &operations::MessageDecision) -> (u32, Decision) {
    let index = u32::try_from(decision.index).unwrap_or(u32::MAX);
    let verb = if decision.retry {
        Decision::Retry { delay_seconds: decision.delay_seconds }
    } else {
        Decision::Ack
    };
    (index, verb)
}

fn taken_messages(number: usize, drained: &Drained) -> Result<Vec<NewMessage>, String> {
    let bodies = drained.taken_bodies.get(number);
    let bodies = bodies.ok_or("The Worker broke its isolate's runtime: it sends what nobody has read.")?;
    Ok(bodies.iter().cloned().map(plain_message).collect())
}

fn plain_message(body: Bytes) -> NewMessage {
    NewMessage { content_type: ContentType::Json, body, delay_seconds: None, held_back_seconds: 0 }
}

fn new_message(message: &operations::SendMessage<'_>, bytes: &[u8]) -> Result<NewMessage, String> {
    let content_type: ContentType = message
        .content_type
        .parse()
        .map_err(|error| format!("The Worker broke its isolate's runtime: {error}"))?;
    Ok(NewMessage {
        content_type,
        body: stored_body(content_type, message.body, bytes)?,
        delay_seconds: message.delay_seconds,
        held_back_seconds: 0,
    })
}

/// The bytes a body is stored as: JSON text as it is, a text without its quotes, bytes from beside.
fn stored_body(content_type: ContentType, body: &RawValue, bytes: &[u8]) -> Result<Bytes, String> {
    let broken = |error: serde_json::Error| format!("The Worker broke its isolate's runtime: {error}");
    match content_type {
        ContentType::Json | ContentType::V8 => Ok(Bytes::copy_from_slice(body.get().as_bytes())),
        ContentType::Text => serde_json::from_str::<String>(body.get()).map(Bytes::from).map_err(broken),
        ContentType::Bytes => copy(serde_json::from_str::<ByteRange>(body.get()).map_err(broken)?, bytes),
    }
}

/// Copies the part of the bytes that is meant.
///
/// # Errors
///
/// When it is none, as our prelude never writes.
pub(super) fn copy(range: ByteRange, bytes: &[u8]) -> Result<Bytes, String> {
    range
        .of(bytes)
        .map(Bytes::copy_from_slice)
        .ok_or_else(|| String::from("The Worker broke its isolate's runtime: a byte range is out of bounds"))
}

fn hand_over(socket: u64, sockets: &mut Sockets) -> Result<SocketEnd, String> {
    sockets.hand_over(socket).ok_or_else(|| {
        String::from("The Worker broke its isolate's runtime: a response carries a WebSocket that is none")
    })
}
