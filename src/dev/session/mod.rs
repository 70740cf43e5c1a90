//! A running session: puts the parts together and keeps them in step with the files.
//!
//! - [`Session::start`] and [`Session::run`], here: the order of things.
//! - `opening`: what is there before any worker: port, queues, engine, administration.
//! - `serving`: the port, and who answers on it.
//! - `workers`: the workers by name, their builds and generations.
//! - `reload`: what a change of files leads to; `warnings`: each is told once.
//! - `timekeeping`: who moves a clock that does not go by itself. `shutdown`: the end.

mod error;
mod opening;
mod reload;
mod serving;
mod shutdown;
mod timekeeping;
mod warnings;
mod workers;

pub use error::SessionError;

use std::collections::BTreeSet;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::opening::Opened;
use self::timekeeping::Timekeeping;
use self::warnings::Warnings;
use self::workers::Workers;
use super::api::Producers;
use super::configuration::{self, Configuration};
use super::layers::Layers;
use super::options::SessionOptions;
use super::reporter::{Ready, Reporter};
use super::session_clock::ClockChoice;
use super::state::State;
use super::watcher::Watcher;
use crate::broker::Consumer;
use crate::control::Occupation;
use crate::http::{EventStream, Server};
use crate::plan::Plan;

/// A running session.
pub struct Session {
    options: SessionOptions,
    working_directory: PathBuf,
    reporter: Arc<dyn Reporter>,
    state: State,
    server: Server,
    events: Arc<EventStream>,
    producers: Arc<Producers>,
    plan: Plan,
    config_files: BTreeSet<PathBuf>,
    workers: Workers,
    watcher: Watcher,
    warnings: Warnings,
    timekeeping: Timekeeping,
    occupation: Occupation,
    layers: Layers,
}

impl Session {
    /// Starts a session and answers once it serves requests.
    ///
    /// # Errors
    ///
    /// See [`SessionError`]. A worker whose code has errors is reported, not an error, when files are
    /// watched: mending it starts it.
    pub async fn start(options: SessionOptions, reporter: Arc<dyn Reporter>) -> Result<Self, SessionError> {
        let began = Instant::now();
        let working_directory = std::env::current_dir().unwrap_or_default();
        let Configuration { plan, diagnostics, files } = configuration::read(&options, &working_directory);
        let mut warnings = Warnings::default();
        reporter.diagnostics(&warnings.untold(diagnostics));
        let plan = plan.ok_or(SessionError::Configuration)?;
        reporter.plan(&plan);
        let Opened {
            listener,
            state,
            administration,
            producers,
            events,
            environment,
            travel,
            occupation,
            layers,
        } = opening::open(&options, &plan, &reporter).await?;
        let timekeeping = Timekeeping::new(travel, environment.work.clone());
        let mut workers = Workers::new(environment, state.broker.clone(), reporter.clone(), layers.clone());
        let primary = workers.get(plan.workers.first().map_or("worker", |worker| worker.name.as_str()));
        // Requests that come before the first build is done wait for it.
        let hold = primary.hold_requests();
        let port = listener.port();
        let server = serving::serve(listener, primary, administration, &reporter);
        let watcher = if options.watch { watcher(&*reporter) } else { Watcher::blind() };
        let mut session = Self {
            options,
            working_directory,
            reporter,
            state,
            server,
            events,
            producers,
            plan,
            config_files: files,
            workers,
            watcher,
            warnings,
            timekeeping,
            occupation,
            layers,
        };
        session.begin().await?;
        drop(hold);
        session.tell_ready(port, began.elapsed());
        if !session.options.holds_deliveries {
            session.workers.deliver();
        }
        if matches!(session.options.clock, ClockChoice::Automatic { .. }) {
            session.timekeeping.automate();
        }
        Ok(session)
    }

    /// What the session is busy with.
    pub fn occupation(&self) -> Occupation {
        self.occupation.clone()
    }

    /// The worker of this name, as the queues see it, if its code runs.
    pub fn consumer(&self, worker: &str) -> Option<Arc<dyn Consumer>> {
        self.workers.consumer(worker)
    }

    /// Runs until `stop` is ready, reloading what changes, then shuts down.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                first = self.watcher.changed() => self.reload(first).await,
            }
        }
        self.shut_down().await;
    }

    async fn begin(&mut self) -> Result<(), SessionError> {
        self.state.broker.configure(self.plan.topology.clone()).await?;
        self.producers.update(&self.plan);
        self.workers.rebuild(&self.plan.workers, None).await;
        self.watch();
        if !self.options.watch && !self.workers.any_runs() {
            return Err(SessionError::NothingRuns);
        }
        Ok(())
    }

    fn tell_ready(&self, port: u16, took: Duration) {
        self.reporter.ready(&Ready {
            url: serving::url(&self.options, &self.plan, port),
            plan: &self.plan,
            state_directory: self.state.directory.clone(),
            took,
        });
    }
}

fn watcher(reporter: &dyn Reporter) -> Watcher {
    Watcher::new().unwrap_or_else(|error| {
        reporter.error(&format!("Files cannot be watched, so changes need a restart: {error}"));
        Watcher::blind()
    })
}
