//! The thread of an isolate: commands in, ticks, operations out.

mod tick;

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tick::Tick;
use tokio::sync::oneshot;

use super::guest::{Drained, Guest};
use super::invocations::Invocations;
use super::operations::{Operations, OperationsOf};
use super::sockets::Sockets;
use super::streams::Streams;
use super::{Command, Commands, Environment, Handlers, InvocationError, IsolateSettings, Queued};
use crate::base::{Alarm, AlarmKind, Busy, Timestamp};
use crate::runtime::deadline::{Deadline, Ending};
use crate::runtime::host::HostState;
use crate::runtime::limits::{self, MemoryUsage};
use crate::runtime::log::{LogLevel, LogSink};
use crate::runtime::processor_clock;
use crate::runtime::wasm::Modules;
use crate::workers::Bundle;

/// Most commands taken into one tick: more would delay the answers to the first.
const COMMANDS_PER_TICK_MAX: usize = 64;

/// How long an isolate that is retired waits for other isolates to answer the closes of its WebSockets.
const CLOSE_PATIENCE: Duration = Duration::from_secs(10);

/// Runs an isolate until it is retired, ended or dies.
pub(super) fn run(
    environment: Environment,
    settings: IsolateSettings,
    (commands, receiver): (Commands, Receiver<Queued>),
    started: oneshot::Sender<Result<Handlers, InvocationError>>,
    busy: Busy,
) {
    let (alive, ending) = (commands.clone(), commands.ending.clone());
    match EventLoop::new(environment, settings, commands, busy) {
        Ok(mut event_loop) => {
            event_loop.operations.started = Some(started);
            let ended = event_loop.start().and_then(|()| event_loop.run(&receiver));
            alive.end();
            match (ended, ending.get()) {
                (_, Some(why)) => event_loop.end(why),
                (Err(reason), None) => event_loop.die(&reason),
                (Ok(()), None) => {}
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
    /// Those that have not been handed to JavaScript: they have ticks of their own, after that of everything else.
    deliveries: VecDeque<Queued>,
    streams: Streams,
    sockets: Sockets,
    operations: Operations,
    next_timer: Option<Timestamp>,
    /// Tells a clock that is moved by hand of the next timer.
    alarm: Alarm,
    /// Held from the first command until JavaScript has nothing left to run.
    busy: Option<Busy>,
    settling: Vec<oneshot::Sender<()>>,
    /// When other code took over.
    retired: Option<Instant>,
    /// Why it is to end at once.
    ending: Ending,
    /// What those are told whose command comes too late.
    cause_of_death: Arc<OnceLock<String>>,
    /// The invocation that JavaScript is certainly run for at this moment.
    running_for: Option<u64>,
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
        let (ending, cause_of_death) = (commands.ending.clone(), commands.cause_of_death.clone());
        let deadline = Deadline::new(ending.clone());
        let state = HostState::new(environment.clock.clone(), mapped, modules, usage, deadline);
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
            deliveries: VecDeque::new(),
            streams: Streams::default(),
            sockets: Sockets::default(),
            operations,
            next_timer: None,
            alarm,
            busy: Some(busy),
            settling: Vec::new(),
            retired: None,
            ending,
            cause_of_death,
            running_for: None,
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
            let mut tick = Tick::default();
            if self.deliveries.is_empty() {
                match receiver.recv_timeout(self.patience()) {
                    Ok(queued) => self.accept(queued, &mut tick)?,
                    Err(RecvTimeoutError::Timeout) => {
                        self.busy.get_or_insert_with(|| self.environment.work.begin());
                        let overdue = self.invocations.end_overdue(Instant::now());
                        self.forget(overdue, &mut tick);
                    }
                    Err(RecvTimeoutError::Disconnected) => return Ok(()),
                }
            }
            for queued in receiver.try_iter().take(COMMANDS_PER_TICK_MAX) {
                self.accept(queued, &mut tick)?;
            }
            if self.ending.get().is_some() {
                return Ok(());
            }
            // Somebody waits for the answer to a request, and the broker for what is sent in answering it: it writes
            // that while JavaScript handles what was delivered.
            if tick.count > 0 {
                self.tick(tick)?;
            }
            if let Some(tick) = self.next_deliveries() {
                self.tick(tick)?;
            }
            // A timer has a tick of its own, before which the host knows what was asked for until then.
            if self.timer_is_due() {
                self.tick(Tick::default())?;
            }
            self.end_what_hangs()?;
            self.close_sockets();
            self.tell_settled();
        }
        Ok(())
    }

    /// Runs JavaScript, and counts the time for the invocation that it is certainly run for.
    fn tick(&mut self, tick: Tick) -> Result<(), String> {
        let begins_one = tick.begun.filter(|_| tick.count == 1);
        let running_for = begins_one.or_else(|| self.invocations.alone());
        let used = running_for.map_or(Duration::ZERO, |invocation| self.invocations.used(invocation));
        let (json, bytes) = tick.events.finish();
        let began = processor_clock::of_this_thread();
        self.running_for = running_for;
        let drained = self.guest.tick(json, bytes, used)?;
        let just_used = processor_clock::of_this_thread() - began;
        self.perform(drained)?;
        // What has been answered meanwhile counts no more.
        let used =
            running_for.map_or(Duration::ZERO, |invocation| self.invocations.charge(invocation, just_used));
        if used > Duration::from_millis(self.cpu_ms) {
            return Err(limits::processor_time_exceeded(self.cpu_ms));
        }
        self.running_for = None;
        Ok(())
    }

    /// Gives up on invocations that wait for nothing that could come. What invocations leave behind when none is
    /// left, such as intervals, ends with them.
    fn end_what_hangs(&mut self) -> Result<(), String> {
        let waits =
            !self.operations.all_answered() || self.streams.guest_streams_open() || self.sockets.any_open();
        if !self.deliveries.is_empty() || waits || self.timer_is_due() {
            return Ok(());
        }
        let mut tick = Tick::default();
        if self.invocations.is_empty() && self.next_timer.is_some() {
            tick.events.rest();
            tick.count += 1;
        } else if self.next_timer.is_none() && !self.invocations.is_empty() {
            if self.invocations.any_unanswered() {
                self.log.exception(limits::HUNG);
            }
            let hung = self.invocations.end_hung();
            self.forget(hung, &mut tick);
        }
        if tick.count > 0 { self.tick(tick) } else { Ok(()) }
    }

    /// JavaScript need not keep what it knows of these invocations.
    fn forget(&self, invocations: Vec<u64>, tick: &mut Tick) {
        for invocation in invocations {
            tick.events.forget(invocation);
            tick.count += 1;
        }
    }

    /// JavaScript waits, unless a timer is due.
    fn rest(&mut self) {
        if !self.timer_is_due() && self.deliveries.is_empty() {
            self.alarm.set(self.next_timer);
            self.busy = None;
        }
    }

    fn perform(&mut self, drained: Drained) -> Result<(), String> {
        self.next_timer =
            drained.told.next_timer_ms.map(|due| Timestamp::from_millis(due.max(0.0).ceil() as u64));
        self.operations.perform(&drained, &mut self.invocations, &mut self.streams, &mut self.sockets)
    }

    /// How long nothing but a command can need this loop.
    fn patience(&self) -> Duration {
        const LONG: Duration = Duration::from_secs(3600);
        let until_timer =
            self.next_timer.map_or(LONG, |due| self.environment.clock.real_time_until(due).unwrap_or(LONG));
        let until_end =
            self.invocations.next_end().map_or(LONG, |end| end.saturating_duration_since(Instant::now()));
        let until_cut = self.retired.map_or(LONG, |retired| CLOSE_PATIENCE.saturating_sub(retired.elapsed()));
        until_timer.min(until_end).min(if until_cut.is_zero() { LONG } else { until_cut })
    }

    fn timer_is_due(&self) -> bool {
        self.next_timer.is_some_and(|due| due <= self.environment.clock.now())
    }

    fn finished(&self) -> bool {
        let Some(retired) = self.retired else { return false };
        self.is_idle() && (!self.sockets.any_open() || retired.elapsed() >= CLOSE_PATIENCE)
    }

    fn is_idle(&self) -> bool {
        self.has_no_invocation() && !self.streams.guest_streams_open()
    }

    fn has_no_invocation(&self) -> bool {
        self.invocations.is_empty() && self.deliveries.is_empty()
    }

    /// Other code answers requests now. What handlers opened themselves they may use as long as they run.
    fn close_sockets(&mut self) {
        if self.retired.is_some() && self.is_idle() {
            self.sockets.close_all();
        } else if self.retired.is_some() {
            self.sockets.close_answering();
        }
    }

    fn tell_settled(&mut self) {
        if self.has_no_invocation() {
            if !self.streams.guest_streams_open() {
                self.streams.forget_unread();
            }
            if self.operations.all_answered() {
                self.sockets.forget_unread();
            }
            for reply in self.settling.drain(..) {
                let _ = reply.send(());
            }
        }
    }

    fn die(&mut self, reason: &str) {
        let _ = self.cause_of_death.set(limits::ended_by_another(reason));
        self.log.exception(reason);
        self.tell_started(reason);
        self.invocations.fail_all(reason, self.running_for);
        self.streams.fail_all(reason);
    }

    /// Ends as somebody wanted who knows why.
    fn end(&mut self, why: &str) {
        self.sockets.close_all();
        self.tell_started(why);
        self.invocations.fail_all(why, None);
        self.streams.fail_all(why);
    }

    fn tell_started(&mut self, reason: &str) {
        if let Some(started) = self.operations.started.take() {
            let _ = started.send(Err(InvocationError::Died(reason.to_owned())));
        }
    }
}
