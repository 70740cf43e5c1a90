//! The thread of an isolate: commands in, ticks, operations out.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::guest::{Drained, Guest};
use super::invocations::{Invocations, Waiting};
use super::operations::{Operations, OperationsOf};
use super::streams::Streams;
use super::{
    Command, Commands, Environment, Handlers, InvocationError, IsolateSettings, KILLED, Queued, RequestBody,
};
use crate::base::{Alarm, AlarmKind, Busy, Timestamp};
use crate::runtime::host::HostState;
use crate::runtime::limits::{self, MemoryUsage};
use crate::runtime::log::{LogLevel, LogSink};
use crate::runtime::outbound::OutboundBody;
use crate::runtime::protocol::GuestError;
use crate::runtime::protocol::events::{BodyForGuest, EventWriter};
use crate::runtime::wasm::Modules;
use crate::workers::Bundle;

/// Most commands taken into one tick: more would delay the answers to the first.
const COMMANDS_PER_TICK_MAX: usize = 64;

/// What is told to those who wait when the session begins anew.
const ENDED: &str = "The session began anew while the handler ran.";

/// Runs an isolate until it is retired, ended or dies.
pub(super) fn run(
    environment: Environment,
    settings: IsolateSettings,
    (commands, receiver): (Commands, Receiver<Queued>),
    started: oneshot::Sender<Result<Handlers, InvocationError>>,
    busy: Busy,
) {
    let alive = commands.clone();
    match EventLoop::new(environment, settings, commands, busy) {
        Ok(mut event_loop) => {
            event_loop.operations.started = Some(started);
            let ended = event_loop.start().and_then(|()| event_loop.run(&receiver));
            alive.end();
            if let Err(reason) = ended {
                event_loop.die(&reason);
            }
        }
        Err(reason) => {
            alive.end();
            let _ = started.send(Err(InvocationError::Died(reason)));
        }
    }
}

struct EventLoop {
    environment: Environment,
    guest: Guest,
    bundle: Arc<Bundle>,
    script_is_embedded: bool,
    setup: String,
    log: Arc<dyn LogSink>,
    wall_time: Duration,
    cpu_ms: u64,
    invocations: Invocations,
    streams: Streams,
    operations: Operations,
    next_timer: Option<Timestamp>,
    /// Tells a clock that is moved by hand of the next timer.
    alarm: Alarm,
    /// Held from the first command until JavaScript has nothing left to run.
    busy: Option<Busy>,
    settling: Vec<oneshot::Sender<()>>,
    retired: bool,
    /// Somebody wants its end, who knows why.
    killed: bool,
    ended: bool,
}

/// Console lines with positions in the user's files.
struct MappedLog {
    log: Arc<dyn LogSink>,
    bundle: Arc<Bundle>,
}

impl LogSink for MappedLog {
    fn console(&self, level: LogLevel, text: &str) {
        self.log.console(level, &self.bundle.source_map().rewrite_stack(text));
    }
}

impl EventLoop {
    fn new(
        environment: Environment,
        settings: IsolateSettings,
        commands: Commands,
        busy: Busy,
    ) -> Result<Self, String> {
        let IsolateSettings {
            worker,
            bundle,
            script_is_embedded,
            setup,
            producers,
            services,
            log,
            expose_error_codes,
            cpu_ms,
            wall_time,
        } = settings;
        let invocations = Invocations::new(worker, environment.handlers.clone());
        let mapped = Arc::new(MappedLog { log: log.clone(), bundle: bundle.clone() });
        let usage = MemoryUsage::default();
        let modules =
            Modules::new(environment.engine.compiler(), &bundle.wasm_modules, usage.clone(), cpu_ms);
        let state = HostState::new(environment.clock.clone(), mapped, modules, usage);
        let guest = Guest::new(&environment, state, cpu_ms)?;
        let waking = commands.clone();
        let wake = Box::new(move |busy| waking.send_with(Command::Wake, busy));
        let alarm = environment.clock.alarm(AlarmKind::Timers, wake);
        let operations = Operations::new(OperationsOf {
            environment: environment.clone(),
            commands,
            producers,
            services,
            expose_error_codes,
            log: log.clone(),
            bundle: bundle.clone(),
        });
        Ok(Self {
            environment,
            guest,
            bundle,
            script_is_embedded,
            setup,
            log,
            wall_time,
            cpu_ms,
            invocations,
            streams: Streams::default(),
            operations,
            next_timer: None,
            alarm,
            busy: Some(busy),
            settling: Vec::new(),
            retired: false,
            killed: false,
            ended: false,
        })
    }

    fn start(&mut self) -> Result<(), String> {
        let setup = std::mem::take(&mut self.setup);
        let script = if self.script_is_embedded { "" } else { &self.bundle.script };
        let drained = self.guest.start(&setup, script)?;
        self.perform(drained)?;
        match self.operations.started {
            // Without I/O and timers in the global scope, nothing can end what has not ended by now.
            Some(_) => Err(String::from("The script awaits a promise at its top level that never settles.")),
            None => Ok(()),
        }
    }

    fn run(&mut self, receiver: &Receiver<Queued>) -> Result<(), String> {
        while !self.finished() {
            self.rest();
            let mut events = EventWriter::default();
            match receiver.recv_timeout(self.patience()) {
                Ok(queued) => {
                    self.accept(queued, &mut events);
                    for queued in receiver.try_iter().take(COMMANDS_PER_TICK_MAX) {
                        self.accept(queued, &mut events);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.busy.get_or_insert_with(|| self.environment.work.begin());
                    self.invocations.end_overdue(Instant::now());
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            if self.killed {
                return Err(String::from(KILLED));
            }
            if self.ended {
                self.invocations.fail_all(ENDED);
                self.streams.fail_all(ENDED);
                return Ok(());
            }
            if !events.is_empty() || self.timer_is_due() {
                let (json, bytes) = events.finish();
                self.tick(json, bytes)?;
            }
            self.tell_settled();
        }
        Ok(())
    }

    /// Runs JavaScript, and counts the time for the invocation that it is certainly run for.
    fn tick(&mut self, json: String, bytes: Vec<u8>) -> Result<(), String> {
        let Some((invocation, used)) = self.invocations.alone() else {
            let drained = self.guest.tick(json, bytes, Duration::ZERO)?;
            return self.perform(drained);
        };
        let began = Instant::now();
        let drained = self.guest.tick(json, bytes, used)?;
        let just_used = began.elapsed();
        self.perform(drained)?;
        // What has been answered meanwhile counts no more.
        if self.invocations.charge(invocation, just_used) > Duration::from_millis(self.cpu_ms) {
            return Err(limits::processor_time_exceeded(self.cpu_ms));
        }
        Ok(())
    }

    /// JavaScript waits, unless a timer is due.
    fn rest(&mut self) {
        if !self.timer_is_due() {
            self.alarm.set(self.next_timer);
            self.busy = None;
        }
    }

    fn perform(&mut self, drained: Drained) -> Result<(), String> {
        self.next_timer = drained.next_timer_ms.map(|due| Timestamp::from_millis(due.max(0.0).ceil() as u64));
        self.operations.perform(&drained, &mut self.invocations, &mut self.streams)
    }

    /// How long nothing but a command can need this loop.
    fn patience(&self) -> Duration {
        const LONG: Duration = Duration::from_secs(3600);
        let until_timer =
            self.next_timer.map_or(LONG, |due| self.environment.clock.real_time_until(due).unwrap_or(LONG));
        let until_end =
            self.invocations.next_end().map_or(LONG, |end| end.saturating_duration_since(Instant::now()));
        until_timer.min(until_end)
    }

    fn timer_is_due(&self) -> bool {
        self.next_timer.is_some_and(|due| due <= self.environment.clock.now())
    }

    fn finished(&self) -> bool {
        self.retired && self.invocations.is_empty() && !self.streams.guest_streams_open()
    }

    fn tell_settled(&mut self) {
        if self.invocations.is_empty() {
            if !self.streams.guest_streams_open() {
                self.streams.forget_unread();
            }
            for reply in self.settling.drain(..) {
                let _ = reply.send(());
            }
        }
    }

    fn accept(&mut self, queued: Queued, events: &mut EventWriter) {
        self.busy.get_or_insert(queued.busy);
        match queued.command {
            Command::Fetch { invocation, request, reply } => {
                let body = self.body_for_guest(request.body);
                events.fetch(invocation, request.entrypoint.as_deref(), &request.head, &body);
                self.invocations.begin(invocation, Waiting::Fetch(reply), self.wall_time);
            }
            Command::Call { invocation, call, reply } => {
                events.call(invocation, call.entrypoint.as_deref(), &call.method, call.arguments.as_deref());
                self.invocations.begin(invocation, Waiting::Call(reply), self.wall_time);
            }
            Command::Queue { invocation, delivery } => {
                events.queue(invocation, &delivery.queue, &delivery.messages, &delivery.metrics);
                self.invocations.begin(invocation, Waiting::Queue(delivery), self.wall_time);
            }
            Command::Scheduled { invocation, cron, time, reply } => {
                events.scheduled(invocation, &cron, time);
                self.invocations.begin(invocation, Waiting::Scheduled(reply), self.wall_time);
            }
            Command::Abort { invocation } => events.abort(invocation),
            Command::Measured { operation, result } => match result {
                Ok(metrics) => events.done_metrics(operation, &metrics),
                Err(message) => events.failed(operation, &GuestError::from_host("Error", message)),
            },
            Command::Fetched { operation, result } => match result {
                Ok(response) => {
                    let body = match response.body {
                        OutboundBody::Empty => BodyForGuest::Empty,
                        OutboundBody::Bytes(bytes) => BodyForGuest::Bytes(bytes),
                        OutboundBody::Stream(stream) => BodyForGuest::Stream(self.streams.offer(stream)),
                    };
                    events.done_response(operation, &response.head, &body);
                }
                Err(error) => events.failed(operation, &error),
            },
            Command::Returned { operation, result } => match result {
                Ok(value) => events.done_value(operation, &value),
                Err(error) => events.failed(operation, &error),
            },
            Command::Chunk { operation, stream, chunk } => self.chunk(operation, stream, chunk, events),
            Command::Pull { stream } => events.pull(stream),
            Command::Cancel { stream } => {
                self.streams.end_guest(stream, None);
                events.cancel(stream);
            }
            Command::Settle(reply) => self.settling.push(reply),
            // The timers that are due run in any case.
            Command::Wake => {}
            Command::End => self.ended = true,
            Command::Retire => self.retired = true,
            Command::Kill => self.killed = true,
        }
    }

    fn chunk(
        &mut self,
        operation: u64,
        stream: u64,
        chunk: Option<Result<bytes::Bytes, String>>,
        events: &mut EventWriter,
    ) {
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

    fn die(&mut self, reason: &str) {
        if !self.killed {
            self.log.exception(reason);
        }
        if let Some(started) = self.operations.started.take() {
            let _ = started.send(Err(InvocationError::Died(reason.to_owned())));
        }
        self.invocations.fail_all(reason);
        self.streams.fail_all(reason);
    }
}
