//! Commands as the events of a tick.

use std::time::Instant;

use tokio::sync::OwnedSemaphorePermit;

use super::EventLoop;
use crate::runtime::isolate::invocations::Waiting;
use crate::runtime::isolate::sockets::Arrival;
use crate::runtime::isolate::{Command, Queued, RequestBody};
use crate::runtime::limits;
use crate::runtime::outbound::{OutboundBody, OutboundResponse};
use crate::runtime::protocol::GuestError;
use crate::runtime::protocol::events::{BodyForGuest, EventWriter};

/// Most messages of several deliveries in one tick: while JavaScript handles those of one tick, the broker works on what
/// became of the last.
const MESSAGES_PER_TICK_MAX: usize = 100;

/// The events of one tick.
#[derive(Default)]
pub(super) struct Tick {
    pub events: EventWriter,
    /// How many of them there are.
    pub count: usize,
    /// Whether it is for a message of a WebSocket, which has a tick of its own: what its listeners start goes before the
    /// next message.
    is_of_socket: bool,
    /// Given back when JavaScript had what arrived.
    permits: Vec<OwnedSemaphorePermit>,
    /// The invocation that the last of them begins.
    pub begun: Option<u64>,
}

impl EventLoop {
    /// Takes a command into the tick, which runs first when the two do not go together. Deliveries are put off.
    pub(super) fn accept(&mut self, queued: Queued, tick: &mut Tick) -> Result<(), String> {
        if matches!(queued.command, Command::Queue { .. }) {
            self.deliveries.push_back(queued);
            return Ok(());
        }
        let is_of_socket = matches!(queued.command, Command::Arrived(_));
        if tick.count > 0 && (is_of_socket || tick.is_of_socket) {
            let ran = self.tick(std::mem::take(tick));
            // The command in hand is dropped when that was the end.
            ran.inspect_err(|reason| drop(self.cause_of_death.set(limits::ended_by_another(reason))))?;
        }
        tick.is_of_socket = is_of_socket;
        self.add(queued, tick);
        Ok(())
    }

    /// A tick of the next deliveries. What a handler does with them must not keep the answers of others in the isolate.
    pub(super) fn next_deliveries(&mut self) -> Option<Tick> {
        let (mut tick, mut messages) = (Tick::default(), 0);
        while let Some(delivery) = self.deliveries.pop_front_if(|next| {
            messages += next.command.messages();
            tick.count == 0 || messages <= MESSAGES_PER_TICK_MAX
        }) {
            self.add(delivery, &mut tick);
        }
        (tick.count > 0).then_some(tick)
    }

    fn add(&mut self, queued: Queued, tick: &mut Tick) {
        self.busy.get_or_insert(queued.busy);
        tick.begun = None;
        self.describe(queued.command, tick);
    }

    fn describe(&mut self, command: Command, tick: &mut Tick) {
        let events = &mut tick.events;
        tick.count += 1;
        match command {
            Command::Fetch { invocation, request, reply } => {
                let body = self.body_for_guest(request.body);
                events.fetch(
                    invocation,
                    (request.entrypoint.as_deref(), request.props.as_deref()),
                    &request.head,
                    &body,
                );
                self.invocations.begin(invocation, Waiting::Fetch(reply), self.wall_time);
                tick.begun = Some(invocation);
            }
            Command::Call { invocation, call, reply } => {
                events.call(
                    invocation,
                    (call.entrypoint.as_deref(), call.props.as_deref()),
                    &call.method,
                    call.arguments.as_deref(),
                );
                self.invocations.begin(invocation, Waiting::Call(reply), self.wall_time);
                tick.begun = Some(invocation);
            }
            Command::Queue { invocation, delivery } => {
                events.queue(invocation, &delivery.queue, &delivery.messages, &delivery.metrics);
                self.invocations.begin(invocation, Waiting::Queue(delivery), self.wall_time);
                tick.begun = Some(invocation);
            }
            Command::Scheduled { invocation, cron, time, reply } => {
                events.scheduled(invocation, &cron, time);
                self.invocations.begin(invocation, Waiting::Scheduled(reply), self.wall_time);
                tick.begun = Some(invocation);
            }
            Command::Abort { invocation } => events.abort(invocation),
            Command::Measured { operation, result } => {
                self.operations.answered(operation);
                match result {
                    Ok(metrics) => events.done_metrics(operation, &metrics),
                    Err(message) => events.failed(operation, &GuestError::from_host("Error", message)),
                }
            }
            Command::Fetched { operation, result, socket } => {
                self.fetched(operation, result, socket, events);
            }
            Command::Returned { operation, result } => {
                self.operations.answered(operation);
                match result {
                    Ok(value) => events.done_value(operation, &value),
                    Err(error) => events.failed(operation, &error),
                }
            }
            Command::Chunk { operation, stream, chunk } => self.chunk(operation, stream, chunk, events),
            Command::Arrived(arrival) => self.arrived(arrival, tick),
            Command::Pull { stream } => events.pull(stream),
            Command::Cancel { stream } => {
                self.streams.end_guest(stream, None);
                events.cancel(stream);
            }
            Command::Settle(reply) => {
                self.settling.push(reply);
                tick.count -= 1;
            }
            // The timers that are due run in any case.
            Command::Wake | Command::End => tick.count -= 1,
            Command::Retire => {
                self.retired = Some(Instant::now());
                tick.count -= 1;
            }
        }
    }

    fn fetched(
        &mut self,
        operation: u64,
        result: Result<OutboundResponse, GuestError>,
        socket: Option<u64>,
        events: &mut EventWriter,
    ) {
        self.operations.answered(operation);
        match result {
            Ok(response) => {
                let body = match response.body {
                    OutboundBody::Empty => BodyForGuest::Empty,
                    OutboundBody::Bytes(bytes) => BodyForGuest::Bytes(bytes),
                    OutboundBody::Stream(stream) => BodyForGuest::Stream(self.streams.offer(stream)),
                };
                let opened = socket.zip(response.web_socket);
                events.done_response(operation, &response.head, &body, opened.is_some());
                if let Some((socket, end)) = opened {
                    self.sockets.add(socket, end);
                }
            }
            Err(error) => events.failed(operation, &error),
        }
    }

    fn arrived(&mut self, arrival: Arrival, tick: &mut Tick) {
        tick.events.socket(arrival.socket, arrival.message.as_ref());
        if arrival.is_last() {
            self.sockets.ended(arrival.socket);
        }
        tick.permits.extend(arrival.permit);
    }

    fn chunk(
        &mut self,
        operation: u64,
        stream: u64,
        chunk: Option<Result<bytes::Bytes, String>>,
        events: &mut EventWriter,
    ) {
        self.operations.answered(operation);
        match chunk {
            Some(Ok(chunk)) => events.done_chunk(operation, Some(&chunk)),
            None => {
                self.streams.end_host(stream);
                events.done_chunk(operation, None);
            }
            Some(Err(message)) => {
                self.streams.end_host(stream);
                events.failed(operation, &GuestError::from_host("TypeError", message));
            }
        }
    }

    fn body_for_guest(&mut self, body: RequestBody) -> BodyForGuest {
        match body {
            RequestBody::Empty => BodyForGuest::Empty,
            RequestBody::Bytes(bytes) => BodyForGuest::Bytes(bytes),
            RequestBody::Stream(stream) => BodyForGuest::Stream(self.streams.offer(stream)),
        }
    }
}
