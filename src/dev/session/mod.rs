//! A running session: puts the parts together and keeps them in step with the files.
//!
//! - [`Session::start`] and [`Session::run`], here: the order of things.
//! - `opening`: what is there before any worker: port, queues, engine, administration; `beginning`: from there to
//!   workers that run.
//! - `serving`: the ports, and who answers on them. `controls`: what may be asked of a session that runs.
//! - `workers`: the workers by name, their builds and generations; `custom_builds`: the commands that make
//!   their code; `crons`: when `scheduled()` is due.
//! - `reload`: what a change of files leads to; `changes`: what is said where no code changes; `warnings`: each is told once.
//! - `timekeeping`: who moves a clock that does not go by itself. `shutdown`: the end.

mod beginning;
mod changes;
mod controls;
mod crons;
mod custom_builds;
mod error;
mod opening;
mod reload;
mod serving;
mod shutdown;
mod timekeeping;
mod warnings;
mod workers;

pub use controls::Controls;
pub use error::SessionError;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use self::controls::Control;
use self::crons::Crons;
use self::custom_builds::CustomBuilds;
use self::opening::Opened;
use self::serving::Entrance;
use self::timekeeping::Timekeeping;
use self::warnings::Warnings;
use self::workers::Workers;
use super::api::Declarations;
use super::configuration::{self, Configuration};
use super::in_effect::{QueueInEffect, absent_worker_notice};
use super::layers::Layers;
use super::options::SessionOptions;
use super::reporter::{Ready, Reporter};
use super::session_clock::ClockChoice;
use super::state::State;
use super::watcher::Watcher;
use crate::broker::Consumer;
use crate::control::{Occupation, TimeTravel};
use crate::http::{Answering, DevServerOptions, EventStream, Server};
use crate::plan::Plan;

/// What a session says that other machines reach and that has no token to ask for.
const REFUSES_EVERYBODY: &str = "The REST API refuses everybody: the session listens beyond this machine, and no \
                                 --api-token is given.";

/// A running session.
pub struct Session {
    options: SessionOptions,
    working_directory: PathBuf,
    reporter: Arc<dyn Reporter>,
    state: State,
    servers: Vec<Server>,
    /// Who answers on the ports, each with the place of its configuration.
    answering: Vec<(usize, Answering)>,
    /// The workers with a port and where they answer; the primary one is the first.
    urls: Vec<(String, String)>,
    controls: Controls,
    asked: mpsc::UnboundedReceiver<Control>,
    events: Arc<EventStream>,
    declarations: Arc<Declarations>,
    plan: Plan,
    config_files: BTreeSet<PathBuf>,
    /// Whether the configuration, as it was read last, has errors.
    configuration_failed: bool,
    workers: Workers,
    custom_builds: CustomBuilds,
    crons: Crons,
    watcher: Watcher,
    warnings: Warnings,
    handler_warnings: Warnings,
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
        let Configuration { plan, diagnostics, files, .. } =
            configuration::read(&options, &working_directory);
        let mut warnings = Warnings::default();
        reporter.diagnostics(&warnings.untold(diagnostics));
        let plan = plan.ok_or(SessionError::Configuration)?;
        reporter.plan(&plan);
        if let Some(dice) = &options.chaos {
            reporter.notice(&format!("chaos: {}", dice.spec()));
        }
        let Opened {
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
        } = opening::open(&options, &plan, &reporter).await?;
        let timekeeping = Timekeeping::new(travel, environment.work.clone());
        let clock = environment.clock.clone();
        let refuses_everybody = administration.guard.lacks_token();
        let mut workers =
            Workers::new(environment, state.broker.clone(), reporter.clone(), layers.clone(), running);
        let (named, mut servers, mut urls, mut holds) =
            (entrances.len() > 1, Vec::new(), Vec::new(), BTreeMap::new());
        let mut answering = Vec::new();
        for Entrance { worker: name, position, listener } in entrances {
            let worker = workers.get(&name);
            // Requests that come before the first build is done wait for it.
            holds.insert(name.clone(), worker.hold_requests());
            urls.push((name, serving::url(&options, &plan, listener.port())));
            let paths = DevServerOptions { named, test_scheduled: options.test_scheduled };
            let answers = Answering::new(worker);
            answering.push((position, answers.clone()));
            servers.push(serving::serve(listener, answers, administration.clone(), &reporter, paths));
        }
        let (controls, asked) = Controls::new();
        let watcher = if options.watch { watcher(&state.directory, &*reporter) } else { Watcher::blind() };
        let custom_builds = CustomBuilds::new(reporter.clone());
        let crons = Crons::new(clock, options.fires_crons(), &plan);
        let mut session = Self {
            custom_builds,
            crons,
            options,
            working_directory,
            reporter,
            state,
            servers,
            answering,
            urls,
            controls,
            asked,
            events,
            declarations,
            plan,
            config_files: files,
            configuration_failed: false,
            workers,
            watcher,
            warnings,
            handler_warnings: Warnings::default(),
            timekeeping,
            occupation,
            layers,
        };
        session.begin(holds).await?;
        session.tell_ready(began.elapsed(), refuses_everybody).await;
        session.warn_of_missing_handlers();
        if !session.options.holds_deliveries {
            session.workers.deliver();
        }
        if matches!(session.options.clock, ClockChoice::Automatic { .. }) {
            session.timekeeping.automate();
        }
        Ok(session)
    }

    /// Who moves the clock, where it can be moved.
    pub fn travel(&self) -> Option<Arc<TimeTravel>> {
        self.timekeeping.travel()
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
                due = self.crons.due(&self.plan) => {
                    for due in due {
                        crons::fire(self.workers.get(&due.worker), due, self.reporter.clone());
                    }
                }
                Some(control) = self.asked.recv() => self.control(control).await,
                finished = self.custom_builds.finished() => self.built(finished).await,
            }
        }
        self.shut_down().await;
    }

    /// Where the primary worker answers.
    pub fn url(&self) -> &str {
        self.urls.first().map_or("", |(_, url)| url)
    }

    /// What may be asked of the session while it runs.
    pub fn controls(&self) -> Controls {
        self.controls.clone()
    }

    async fn control(&mut self, control: Control) {
        let Control { paused, done } = control;
        let declared = &self.plan.topology.queues;
        let in_effect = self.queues_in_effect().await.into_iter();
        let stay = in_effect.filter(|queue| queue.is_paused && declared.contains(&queue.queue));
        let stay = stay.map(|queue| queue.queue).collect();
        if paused {
            self.workers.pause()
        } else {
            self.workers.deliver()
        }
        // Whoever asked may have gone.
        let _ = done.send(stay);
    }

    async fn tell_ready(&self, took: Duration, refuses_everybody: bool) {
        let queues = self.queues_in_effect().await;
        let absent = queues
            .iter()
            .filter_map(|queue| Some(absent_worker_notice(&queue.queue, queue.absent_worker(&self.plan)?)));
        let absent: Vec<String> = absent.collect();
        self.reporter.ready(&Ready {
            queues,
            unbuilt: self
                .plan
                .workers
                .iter()
                .map(|worker| worker.name.clone())
                .filter(|name| !self.workers.runs(name))
                .collect(),
            url: self.url().to_owned(),
            crons: self.options.fires_crons(),
            further: self.urls.iter().skip(1).cloned().collect(),
            plan: &self.plan,
            chaos: self.options.chaos.as_ref().map(|dice| dice.spec().to_string()),
            state_directory: self.state.directory.clone(),
            took,
        });
        absent.iter().for_each(|notice| self.reporter.notice(notice));
        if refuses_everybody {
            self.reporter.notice(REFUSES_EVERYBODY);
        }
    }

    fn warn_of_missing_handlers(&mut self) {
        let missing = warnings::of_missing_handlers(&self.plan, |worker| self.workers.handlers(worker));
        self.reporter.diagnostics(&self.handler_warnings.untold(missing));
    }

    /// What holds for the queues; nothing is known of them when they cannot be asked.
    async fn queues_in_effect(&self) -> Vec<QueueInEffect> {
        let queues = self.state.broker.queues().await.unwrap_or_default();
        queues.iter().map(QueueInEffect::new).collect()
    }
}

fn watcher(state_directory: &Path, reporter: &dyn Reporter) -> Watcher {
    Watcher::new(state_directory).unwrap_or_else(|error| {
        reporter.error(&format!("Files cannot be watched, so changes need a restart: {error}"));
        Watcher::blind()
    })
}
