//! What a session needs before its first worker, in an order that fails early: port, state directory,
//! engine.

use std::future::Future;
use std::sync::Arc;

use super::error::SessionError;
use super::serving::{self, Entrance};
use crate::base::Work;
use crate::broker::{Observer, Producer, StateOptions};
use crate::control::journal::Journal;
use crate::control::{Occupation, TimeTravel};
use crate::dev::api::{self, AdministrationParts, Controlled, Declarations, Watching};
use crate::dev::generation;
use crate::dev::layers::Layers;
use crate::dev::observers::Observers;
use crate::dev::options::SessionOptions;
use crate::dev::place::state_directory;
use crate::dev::reporter::Reporter;
use crate::dev::running_workers::RunningWorkers;
use crate::dev::session_clock::SessionClock;
use crate::dev::state::State;
use crate::http::{Administration, EventStream};
use crate::plan::Plan;
use crate::runtime::engine::Engine;
use crate::runtime::isolate::Environment;
use crate::runtime::outbound::Outbound;
use crate::runtime::running::RunningHandlers;
use crate::runtime::services::Services;

/// Everything that is open before workers are made.
pub struct Opened {
    /// The ports; the first is the primary worker's.
    pub entrances: Vec<Entrance>,
    /// The queues.
    pub state: State,
    /// What is served under `/cdn-cgi/`.
    pub administration: Administration,
    /// Which workers send to which queue, for the administration.
    pub declarations: Arc<Declarations>,
    /// Which workers run, for the administration.
    pub running: Arc<RunningWorkers>,
    /// The live events.
    pub events: Arc<EventStream>,
    /// What isolates share.
    pub environment: Environment,
    /// Moves the clock, when it is one that can be moved.
    pub travel: Option<Arc<TimeTravel>>,
    /// What the session is busy with.
    pub occupation: Occupation,
    /// What stands between workers and queues.
    pub layers: Layers,
}

/// Opens the parts of a session.
///
/// # Errors
///
/// When the port is taken, the state directory is held or unreadable, or the engine cannot be made.
pub async fn open(
    options: &SessionOptions,
    plan: &Plan,
    reporter: &Arc<dyn Reporter>,
) -> Result<Opened, SessionError> {
    // Begun first, awaited last: it works beside everything else.
    let engine = load_engine(options, plan, reporter);
    let entrances = serving::listen(options, plan, &|text| reporter.notice(text)).await?;
    let clock = SessionClock::new(options.clock);
    let journal = Arc::new(Journal::new(clock.clock.clone()));
    let layers = Layers::open(options, clock.clock.clone(), reporter, &journal)?;
    let work = Work::default();
    let handlers = RunningHandlers::default();
    let watching = Watching::default();
    let events = watching.events.clone();
    let observers = observers(reporter, &watching, &journal, &layers);
    let state = open_state(options, plan, &clock, work.clone(), observers).await?;
    let declarations = Arc::new(Declarations::default());
    let running = Arc::new(RunningWorkers::new(declarations.clone(), reporter.clone()));
    let occupation =
        Occupation { broker: state.broker.clone(), work: work.clone(), handlers: handlers.clone() };
    let travel = clock.manual.clone().map(|clock| Arc::new(TimeTravel::new(clock, occupation.clone())));
    let services = Services::default();
    let controlled = Controlled {
        occupation: occupation.clone(),
        services: services.clone(),
        journal,
        travel: travel.clone(),
    };
    let broker: Arc<dyn Producer> = Arc::new(state.broker.clone());
    let addresses: Vec<_> = entrances.iter().flat_map(|entrance| entrance.listener.addresses()).collect();
    let administration = api::open(AdministrationParts {
        options,
        state: &state,
        clock: &clock,
        controlled,
        declarations: declarations.clone(),
        running: running.clone(),
        pushed_to: layers.recorded(broker.clone()),
        watching,
        addresses: &addresses,
    })?;
    let environment = Environment {
        engine: engine.await.map_err(SessionError::Engine)?,
        producer: layers.producer(broker),
        outbound: Outbound::new().map_err(SessionError::Outbound)?,
        services,
        clock: clock.clock.clone(),
        work,
        handlers,
        tokio: tokio::runtime::Handle::current(),
    };
    Ok(Opened {
        entrances,
        state,
        administration,
        declarations,
        running,
        events,
        environment,
        travel,
        occupation,
        layers,
    })
}

fn observers(
    reporter: &Arc<dyn Reporter>,
    watching: &Watching,
    journal: &Arc<Journal>,
    layers: &Layers,
) -> Arc<Observers> {
    let mut observers: Vec<Arc<dyn Observer>> =
        vec![reporter.clone(), watching.observability.clone(), watching.events.clone(), journal.clone()];
    observers.extend(layers.recorder().map(|recorder| Arc::new(recorder.clone()) as Arc<dyn Observer>));
    Arc::new(Observers(observers))
}

async fn open_state(
    options: &SessionOptions,
    plan: &Plan,
    clock: &SessionClock,
    work: Work,
    observers: Arc<Observers>,
) -> Result<State, SessionError> {
    let label = plan.configuration.display().to_string();
    let options = StateOptions {
        observer: Some(observers),
        work,
        messages_per_second: options.messages_per_second,
        clock_is_manual: clock.manual.is_some(),
        ..StateOptions::new(state_directory(options, plan), clock.clock.clone(), label)
    };
    // Reading a long backlog, or waiting for the process that has it, must not keep an interrupt waiting.
    let opened = tokio::task::spawn_blocking(|| State::open(options)).await;
    // A panic in there goes on here.
    Ok(opened.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?)
}

/// The engine, prepared when a worker of the plan is a script: other sessions do without it.
fn load_engine(
    options: &SessionOptions,
    plan: &Plan,
    reporter: &Arc<dyn Reporter>,
) -> impl Future<Output = anyhow::Result<Engine>> + use<> {
    let (directory, reporter) = (options.cache_directory.clone(), reporter.clone());
    let is_needed = plan.workers.iter().any(|worker| generation::is_script(&worker.bundle));
    let task = tokio::task::spawn_blocking(move || {
        let engine = Engine::new(&directory, move || {
            reporter.notice("Preparing the JavaScript engine; this happens once and takes a few seconds.");
        })?;
        if is_needed {
            engine.prepare()?;
        }
        Ok(engine)
    });
    async { task.await.map_err(anyhow::Error::from)? }
}
