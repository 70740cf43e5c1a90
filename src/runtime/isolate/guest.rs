//! Calls into the engine component.

use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use wasmtime::component::{ComponentType, Instance, InstancePre, Lift, TypedFunc};
use wasmtime::{Store, Trap, UpdateDeadline};

use super::Environment;
use crate::runtime::host::HostState;
use crate::runtime::limits;

const ISOLATE: &str = "qemu-dev:engine/isolate@0.1.0";

/// What JavaScript asked for since the last drain.
pub struct Drained {
    /// What it says itself.
    pub told: Told,
    /// Batches of bodies that the operations name by their numbers.
    pub taken_bodies: Vec<Vec<Bytes>>,
}

/// The record `drained` of `engine.wit`.
#[derive(ComponentType, Lift)]
#[component(record)]
pub struct Told {
    /// A JSON array of operations.
    pub operations: String,
    /// The bytes the operations refer to.
    pub bytes: Vec<u8>,
    /// When the next timer is due, in milliseconds since the Unix epoch.
    #[component(name = "next-timer-ms")]
    pub next_timer_ms: Option<f64>,
}

/// The guest of one isolate. After an error it must not be called again.
pub struct Guest {
    store: Store<HostState>,
    start: TypedFunc<(String, String), ()>,
    tick: TypedFunc<(String, Vec<u8>), ()>,
    drain: TypedFunc<(), (Told,)>,
    tokio: Handle,
    cpu_ms: u64,
}

impl Guest {
    /// Instantiates the engine.
    ///
    /// # Errors
    ///
    /// When it cannot be instantiated; the text says why.
    pub(super) fn new(environment: &Environment, state: HostState, cpu_ms: u64) -> Result<Self, String> {
        let tokio = environment.tokio.clone();
        let engine = environment.engine.instance().map_err(|error| format!("{error:#}"))?;
        tokio
            .clone()
            .block_on(Self::instantiate(engine, state, tokio, cpu_ms))
            .map_err(|error| format!("The engine could not be instantiated: {error:#}"))
    }

    async fn instantiate(
        instance: &InstancePre<HostState>,
        state: HostState,
        tokio: Handle,
        cpu_ms: u64,
    ) -> wasmtime::Result<Self> {
        let mut store = Store::new(instance.engine(), state);
        store.limiter(|state| &mut state.memory);
        store.data_mut().deadline.begin(Duration::from_millis(cpu_ms));
        // An artifact may be anybody's code: it does not look at its deadline by itself.
        store.epoch_deadline_callback(|context| {
            let is_over = context.data().deadline.is_over();
            Ok(if is_over { UpdateDeadline::Interrupt } else { UpdateDeadline::Continue(1) })
        });
        store.set_epoch_deadline(1);
        let instance = instance.instantiate_async(&mut store).await?;
        Ok(Self {
            start: export(&mut store, &instance, "start")?,
            tick: export(&mut store, &instance, "tick")?,
            drain: export(&mut store, &instance, "drain")?,
            store,
            tokio,
            cpu_ms,
        })
    }

    /// Prepares `env` and evaluates the script.
    ///
    /// # Errors
    ///
    /// When the guest traps or passes a limit; the text says which.
    pub fn start(&mut self, setup: &str, script: &str) -> Result<Drained, String> {
        let arguments = (setup.to_owned(), script.to_owned());
        let start = self.start;
        self.run(Duration::ZERO, async move |store| start.call_async(store, arguments).await)
    }

    /// Delivers events, runs due timers and everything that follows from them, for at most what is left of the limit
    /// after `used`.
    ///
    /// # Errors
    ///
    /// When the guest traps or passes a limit; the text says which.
    pub fn tick(&mut self, events: String, bytes: Vec<u8>, used: Duration) -> Result<Drained, String> {
        let tick = self.tick;
        self.run(used, async move |store| tick.call_async(store, (events, bytes)).await)
    }

    fn run(
        &mut self,
        used: Duration,
        call: impl AsyncFnOnce(&mut Store<HostState>) -> wasmtime::Result<()>,
    ) -> Result<Drained, String> {
        let left = Duration::from_millis(self.cpu_ms).saturating_sub(used);
        self.store.data_mut().deadline.begin(left);
        self.store.set_epoch_deadline(1);
        let store = &mut self.store;
        let drain = self.drain;
        let result = self.tokio.block_on(async {
            call(store).await?;
            drain.call_async(store, ()).await
        });
        let taken_bodies = self.store.data_mut().taken_bodies.take();
        result.map(|(told,)| Drained { told, taken_bodies }).map_err(|error| self.cause_of_death(&error))
    }

    fn cause_of_death(&self, error: &wasmtime::Error) -> String {
        let state = self.store.data();
        if state.memory.exceeded() {
            return limits::MEMORY_EXCEEDED.to_owned();
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => limits::processor_time_exceeded(self.cpu_ms),
            // The guest's own stack lies at the start of its memory: beneath it there is nothing.
            Some(Trap::StackOverflow | Trap::MemoryOutOfBounds) => {
                String::from("RangeError: Maximum call stack size exceeded. The isolate was restarted.")
            }
            _ => match state.engine_output() {
                output if output.is_empty() => format!("The Worker's isolate trapped: {error:#}"),
                output => format!("The Worker's isolate trapped: {output}"),
            },
        }
    }
}

fn export<Parameters, Results>(
    store: &mut Store<HostState>,
    instance: &Instance,
    name: &str,
) -> wasmtime::Result<TypedFunc<Parameters, Results>>
where
    Parameters: wasmtime::component::ComponentNamedList + wasmtime::component::Lower,
    Results: wasmtime::component::ComponentNamedList + Lift,
{
    let missing = || wasmtime::format_err!("the engine exports no {ISOLATE}/{name}");
    let interface = instance.get_export_index(&mut *store, None, ISOLATE).ok_or_else(missing)?;
    let function = instance.get_export_index(&mut *store, Some(&interface), name).ok_or_else(missing)?;
    instance.get_typed_func(store, function)
}
