//! One instance of a component: one invocation at a time, within limits.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::error::Elapsed;
use wasmtime::component::Instance as LinkedInstance;
use wasmtime::{Store, Trap, UpdateDeadline};

use super::code::{ComponentCode, ExportIndices};
use super::processor_time::ProcessorTime;
use super::state::ComponentState;
use super::trap::Death;
use crate::runtime::limits;

/// How many epochs an instance computes until it lets others in between and its time is looked at.
const EPOCHS_BETWEEN_LOOKS: u64 = 1;

/// What an invocation may use.
#[derive(Clone, Copy, Debug)]
pub struct InvocationLimits {
    /// Processor time, in milliseconds.
    pub cpu_ms: u64,
    /// Real time.
    pub wall_time: Duration,
}

/// An instance with its memory. After an error it must not be called again.
pub struct Instance {
    store: Store<ComponentState>,
    linked: LinkedInstance,
    code: Arc<ComponentCode>,
    limits: InvocationLimits,
}

impl Instance {
    /// Instantiates `code`, which may run code of the component.
    ///
    /// # Errors
    ///
    /// When that traps or passes a limit.
    pub async fn new(
        code: Arc<ComponentCode>,
        state: ComponentState,
        invocation_limits: InvocationLimits,
    ) -> Result<Self, Death> {
        let mut store = Store::new(code.linkable().engine(), state);
        store.limiter(|state| &mut state.memory);
        store.epoch_deadline_callback(|context| {
            if context.data().processor_time.exceeded() {
                return Ok(UpdateDeadline::Interrupt);
            }
            Ok(UpdateDeadline::YieldCustom(EPOCHS_BETWEEN_LOOKS, Box::pin(tokio::task::yield_now())))
        });
        let processor_time = begin(&mut store, invocation_limits);
        let instantiation = processor_time.measure(code.linkable().instantiate_async(&mut store));
        let instantiated = tokio::time::timeout(invocation_limits.wall_time, instantiation).await;
        let linked = judge(instantiated, &store, invocation_limits, Death::of)?;
        code.exports().check(&mut store, &linked).map_err(|error| {
            Death::plain(format!(
                "The component was built for another version of wit/worker.wit: {error:#}. Build it again."
            ))
        })?;
        Ok(Self { store, linked, code, limits: invocation_limits })
    }

    /// Runs one invocation.
    ///
    /// # Errors
    ///
    /// When it traps or passes a limit.
    pub async fn call<T>(
        &mut self,
        invocation: impl for<'a> FnOnce(Exports<'a>) -> BoxFuture<'a, wasmtime::Result<T>>,
    ) -> Result<T, Death> {
        let processor_time = begin(&mut self.store, self.limits);
        let exports = Exports { store: &mut self.store, linked: self.linked, indices: self.code.exports() };
        let called = processor_time.measure(invocation(exports));
        let called = tokio::time::timeout(self.limits.wall_time, called).await;
        let result = judge(called, &self.store, self.limits, Death::of_call);
        self.store.data().finish_lines();
        result
    }
}

/// What an invocation calls: an instance, and where its functions are.
pub struct Exports<'a> {
    /// The instance's store.
    pub store: &'a mut Store<ComponentState>,
    /// The instance.
    pub linked: LinkedInstance,
    /// Its functions.
    pub indices: &'a ExportIndices,
}

/// Begins to measure what an invocation uses.
fn begin(store: &mut Store<ComponentState>, invocation_limits: InvocationLimits) -> ProcessorTime {
    let processor_time = store.data().processor_time.clone();
    processor_time.begin(invocation_limits.cpu_ms);
    store.set_epoch_deadline(EPOCHS_BETWEEN_LOOKS);
    processor_time
}

/// What the end of a call means; `describe` knows of errors that are no limits.
fn judge<T>(
    called: Result<wasmtime::Result<T>, Elapsed>,
    store: &Store<ComponentState>,
    invocation_limits: InvocationLimits,
    describe: fn(&wasmtime::Error) -> Death,
) -> Result<T, Death> {
    match called {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            let headline = passed_limit(&error, store.data(), invocation_limits.cpu_ms);
            let death = describe(&error);
            Err(Death { headline: headline.unwrap_or(death.headline), ..death })
        }
        Err(_) => Err(Death::plain(limits::WALL_TIME_EXCEEDED)),
    }
}

/// The limit that was passed, if it was one.
fn passed_limit(error: &wasmtime::Error, state: &ComponentState, cpu_ms: u64) -> Option<String> {
    if state.memory.exceeded() {
        return Some(limits::MEMORY_EXCEEDED.to_owned());
    }
    let is_interrupt = matches!(error.downcast_ref(), Some(Trap::Interrupt));
    is_interrupt.then(|| limits::processor_time_exceeded(cpu_ms))
}
