//! A Worker by name: whichever generation of its code is current.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::value::RawValue;
use tokio::sync::watch;

use super::gate::Gate;
use super::guest::{Code, Guest};
use super::isolate::{
    Call, Environment, FetchRequest, FetchResponse, Handlers, InvocationError, ProducerBinding,
};
use super::log::LogSink;
use super::log_tap::{Tap, TappedLog};
use super::services::ServiceTarget;
use super::setup::Setup;
use crate::base::Timestamp;
use crate::broker::{Consumer, Delivery, Outcome};

/// What becomes of a delivery or a call that is on its way when the session begins anew.
const RENEWED: &str = "The session began anew before the handler ran.";

/// What a generation of a Worker is made from.
#[derive(Clone)]
pub struct Blueprint {
    /// Its code.
    pub code: Code,
    /// Its `env`.
    pub setup: Setup,
    /// Its queue bindings by name.
    pub producers: HashMap<String, ProducerBinding>,
    /// Its service bindings by name.
    pub services: HashMap<String, ServiceTarget>,
    /// Processor time of one invocation, in milliseconds.
    pub cpu_ms: u64,
}

/// A Worker of the session. Clones share it.
#[derive(Clone)]
pub struct Worker {
    shared: Arc<Shared>,
}

struct Shared {
    name: Arc<str>,
    environment: Environment,
    log: Arc<TappedLog>,
    /// Of every generation that may still run.
    gates: Mutex<Vec<Gate>>,
    current: Mutex<Option<Generation>>,
    /// How many reloads are under way; requests wait for them, so that they meet the new code.
    holds: watch::Sender<usize>,
    /// What is wrong with code that could not take over.
    problem: Mutex<String>,
    /// Held while a dead guest is replaced, so that one replacement serves everybody.
    replacing: tokio::sync::Mutex<()>,
    /// How often [`Worker::renew`] began anew: what was on its way then is not for the new guest.
    renewals: AtomicU64,
}

#[derive(Clone)]
struct Generation {
    blueprint: Arc<Blueprint>,
    guest: Arc<Guest>,
}

impl Worker {
    /// A Worker without code yet, whose console lines go to `log`.
    pub fn new(name: impl Into<Arc<str>>, environment: Environment, log: Arc<dyn LogSink>) -> Self {
        let shared = Shared {
            name: name.into(),
            environment,
            log: Arc::new(TappedLog::new(log)),
            gates: Mutex::default(),
            current: Mutex::new(None),
            holds: watch::Sender::new(0),
            problem: Mutex::default(),
            replacing: tokio::sync::Mutex::new(()),
            renewals: AtomicU64::new(0),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The Worker's name.
    pub fn name(&self) -> &Arc<str> {
        &self.shared.name
    }

    /// What this Worker shares with the others of its session.
    pub fn environment(&self) -> &Environment {
        &self.shared.environment
    }

    /// Makes the next generation current. Invocations that run finish on the generation they began on.
    ///
    /// # Errors
    ///
    /// When the script throws while it is evaluated, or does nothing; the present generation stays.
    pub async fn load(&self, blueprint: Blueprint) -> Result<Handlers, InvocationError> {
        let (generation, handlers) = self.start(Arc::new(blueprint)).await?;
        if handlers == Handlers::default() && generation.blueprint.code.exports_nothing() {
            let nothing = "No event handlers were registered. This script does nothing.";
            return Err(InvocationError::Died(nothing.to_owned()));
        }
        *self.current_slot() = Some(generation);
        Ok(handlers)
    }

    /// What clients are told as long as no code runs.
    pub fn set_problem(&self, problem: String) {
        *self.shared.problem.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }

    /// Lets requests wait until the hold is dropped: a reload is under way.
    pub fn hold_requests(&self) -> Hold {
        self.shared.holds.send_modify(|holds| *holds += 1);
        Hold(self.shared.clone())
    }

    /// Answers a request by the Worker's `fetch()`, after reloads that are under way.
    ///
    /// # Errors
    ///
    /// When there is no code yet, the handler throws, or the isolate dies meanwhile.
    pub async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, InvocationError> {
        self.fetch_for(None, request).await
    }

    /// The same for another Worker, if there is one behind `caller`.
    ///
    /// # Errors
    ///
    /// As [`Worker::fetch`]; also when the caller's gate was shut meanwhile.
    pub(super) async fn fetch_for(
        &self,
        caller: Option<&Gate>,
        request: FetchRequest,
    ) -> Result<FetchResponse, InvocationError> {
        let answer = async {
            self.unheld().await;
            self.guest_for(caller).await?.fetch(request).await
        };
        self.shared.environment.work.track(answer).await
    }

    /// Calls, for another Worker behind `caller`, a method of one of the Worker's entrypoints, after reloads that
    /// are under way. Answers with the result as a structured clone.
    ///
    /// # Errors
    ///
    /// As [`Worker::fetch`].
    pub(super) async fn call(&self, caller: &Gate, call: Call) -> Result<Box<RawValue>, InvocationError> {
        let answer = async {
            self.unheld().await;
            self.guest_for(Some(caller)).await?.call(call).await
        };
        self.shared.environment.work.track(answer).await
    }

    /// This Worker without keeping it.
    pub fn downgrade(&self) -> WeakWorker {
        WeakWorker(Arc::downgrade(&self.shared))
    }

    /// Waits until no reload is under way.
    pub async fn unheld(&self) {
        if *self.shared.holds.borrow() > 0 {
            // The channel lives as long as `self`.
            let _ = self.shared.holds.subscribe().wait_for(|holds| *holds == 0).await;
        }
    }

    /// Runs the Worker's `scheduled()`.
    ///
    /// # Errors
    ///
    /// As [`Worker::fetch`].
    pub async fn scheduled(&self, cron: String, time: Timestamp) -> Result<(), InvocationError> {
        let answer = async { self.guest().await?.scheduled(cron, time).await };
        self.shared.environment.work.track(answer).await
    }

    /// Ends the isolate that runs now, with everything it is busy with; the next use makes another one of
    /// the same generation.
    pub fn kill_isolate(&self) {
        if let Some(guest) = self.living_guest() {
            guest.kill();
        }
    }

    /// Waits until everything the current generation runs has settled.
    pub async fn settled(&self) {
        let guest = self.current_slot().as_ref().map(|generation| generation.guest.clone());
        if let Some(guest) = guest {
            guest.settled().await;
        }
    }

    async fn start(&self, blueprint: Arc<Blueprint>) -> Result<(Generation, Handlers), InvocationError> {
        let (environment, log) = (self.shared.environment.clone(), self.shared.log.clone());
        let gate = self.new_gate();
        let (guest, handlers) = Guest::start(environment, &blueprint, log, gate).await?;
        Ok((Generation { blueprint, guest: Arc::new(guest) }, handlers))
    }

    /// From now on sends of everything that runs are refused, and its lines are dropped. [`Worker::renew`] is to
    /// follow.
    pub fn shut(&self) {
        self.gates().iter().for_each(Gate::shut);
    }

    /// Ends everything that runs and starts the current generation anew: its globals are gone.
    ///
    /// # Errors
    ///
    /// When the script throws this time; the next use tries again.
    pub async fn renew(&self) -> Result<(), InvocationError> {
        let _one_at_a_time = self.shared.replacing.lock().await;
        self.gates().drain(..).for_each(|gate| gate.end());
        let Some(former) = self.current_slot().clone() else { return Ok(()) };
        let renewed = self.start(former.blueprint).await;
        self.shared.renewals.fetch_add(1, Ordering::AcqRel);
        *self.current_slot() = Some(renewed?.0);
        Ok(())
    }

    /// Reads along with the Worker's log as long as the answer lives.
    pub fn tap_log(&self) -> Arc<Tap> {
        self.shared.log.tap()
    }

    fn new_gate(&self) -> Gate {
        let gate = Gate::default();
        let mut gates = self.gates();
        gates.retain(Gate::is_used);
        gates.push(gate.clone());
        gate
    }

    fn gates(&self) -> std::sync::MutexGuard<'_, Vec<Gate>> {
        self.shared.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The current guest for a caller that has not ended: a guest that began after it is not for it.
    async fn guest_for(&self, caller: Option<&Gate>) -> Result<Arc<Guest>, InvocationError> {
        let guest = self.guest().await?;
        if caller.is_some_and(Gate::is_shut) {
            return Err(InvocationError::Died(String::from(RENEWED)));
        }
        Ok(guest)
    }

    /// The current guest; another one of the same generation when it has died.
    async fn guest(&self) -> Result<Arc<Guest>, InvocationError> {
        if let Some(guest) = self.living_guest() {
            return Ok(guest);
        }
        let _one_at_a_time = self.shared.replacing.lock().await;
        if let Some(guest) = self.living_guest() {
            return Ok(guest);
        }
        let blueprint = self.current_slot().as_ref().map(|generation| generation.blueprint.clone());
        let blueprint = blueprint.ok_or_else(|| {
            let problem = self.shared.problem.lock().unwrap_or_else(PoisonError::into_inner);
            let headline = format!("Worker \"{}\" has no code that runs yet.", self.shared.name);
            InvocationError::Died([headline.as_str(), problem.as_str()].join("\n").trim_end().to_owned())
        })?;
        let (replacement, _) = self.start(blueprint).await?;
        let guest = replacement.guest.clone();
        let mut current = self.current_slot();
        // A reload may have come first; its generation stays.
        if current.as_ref().is_none_or(|generation| !generation.guest.is_alive()) {
            *current = Some(replacement);
        }
        Ok(guest)
    }

    fn living_guest(&self) -> Option<Arc<Guest>> {
        self.current_slot()
            .as_ref()
            .map(|generation| generation.guest.clone())
            .filter(|guest| guest.is_alive())
    }

    fn current_slot(&self) -> std::sync::MutexGuard<'_, Option<Generation>> {
        self.shared.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A Worker that lives only as long as others hold it.
#[derive(Clone)]
pub struct WeakWorker(Weak<Shared>);

impl WeakWorker {
    /// The Worker, if it still is part of a session.
    pub fn upgrade(&self) -> Option<Worker> {
        self.0.upgrade().map(|shared| Worker { shared })
    }
}

/// Requests of a Worker wait as long as this lives.
pub struct Hold(Arc<Shared>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.holds.send_modify(|holds| *holds -= 1);
    }
}

impl Consumer for Worker {
    fn deliver(&self, delivery: Delivery) {
        if let Some(guest) = self.living_guest() {
            return guest.deliver(delivery);
        }
        let (worker, environment) = (self.clone(), &self.shared.environment);
        let renewals = self.shared.renewals.load(Ordering::Acquire);
        let delivered = environment.work.track(async move {
            match worker.guest().await {
                Ok(_) if worker.shared.renewals.load(Ordering::Acquire) != renewals => {
                    delivery.finish(Outcome::failed(RENEWED));
                }
                Ok(guest) => guest.deliver(delivery),
                Err(error) => delivery.finish(Outcome::failed(error.to_string())),
            }
        });
        environment.tokio.spawn(delivered);
    }
}
