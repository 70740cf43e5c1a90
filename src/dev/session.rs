//! Puts the parts of a session together and keeps them in step with the files.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::api::{self, Producers, Watching};
use super::configuration::{self, Configuration};
use super::generation;
use super::observers::Observers;
use super::options::SessionOptions;
use super::reporter::{Ready, Reporter};
use super::state::{State, StateError};
use super::system_clock::SystemClock;
use super::watcher::Watcher;
use crate::base::{Clock, Diagnostic, Severity};
use crate::broker::error::ConfigureError;
use crate::http::api::SubscriptionStoreError;
use crate::http::{Administration, BindError, DevServer, EventStream, Listener, Server};
use crate::plan::{Plan, WorkerPlan};
use crate::runtime::engine::Engine;
use crate::runtime::isolate::Environment;
use crate::runtime::outbound::Outbound;
use crate::runtime::worker::Worker;

/// The port that is used when none is asked for, as in wrangler.
const PORT_DEFAULT: u16 = 8787;
/// The host that is listened on when none is asked for.
const HOST_DEFAULT: &str = "localhost";
/// How long requests and handlers under way may take to finish at the end.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(5);

/// A session could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The configuration has errors; the reporter has been told.
    #[error("the configuration has errors")]
    Configuration,
    /// The port or host cannot be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The queues cannot be opened.
    #[error(transparent)]
    State(#[from] StateError),
    /// The event subscriptions cannot be read.
    #[error(transparent)]
    Subscriptions(#[from] SubscriptionStoreError),
    /// The queues refuse the configuration.
    #[error(transparent)]
    Configure(#[from] ConfigureError),
    /// The JavaScript engine cannot be made.
    #[error("{0:#}")]
    Engine(anyhow::Error),
    /// No requests to the outside can be made.
    #[error("{0}")]
    Outbound(String),
    /// No worker could be started, and files are not watched.
    #[error("no worker could be started")]
    NothingRuns,
}

/// A running session.
pub struct Session {
    options: SessionOptions,
    working_directory: PathBuf,
    reporter: Arc<dyn Reporter>,
    environment: Environment,
    state: State,
    server: Server,
    events: Arc<EventStream>,
    producers: Arc<Producers>,
    plan: Plan,
    config_files: BTreeSet<PathBuf>,
    workers: BTreeMap<String, Running>,
    watcher: Watcher,
    /// Whether workers that start are delivered to at once.
    delivers: bool,
    /// Warnings about the configuration that were given already.
    told: BTreeSet<String>,
}

/// A worker with the files its code comes from.
struct Running {
    worker: Worker,
    inputs: BTreeSet<PathBuf>,
    runs: bool,
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
        reporter.diagnostics(&diagnostics);
        let told = warnings(&diagnostics);
        let plan = plan.ok_or(SessionError::Configuration)?;
        reporter.plan(&plan);
        let engine = load_engine(&options, &reporter);
        let listener = listen(&options, &plan).await?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let watching = Watching::default();
        let observers = Arc::new(Observers(vec![
            reporter.clone(),
            watching.observability.clone(),
            watching.events.clone(),
        ]));
        let state = State::open(
            &state_directory(&options, &plan),
            clock.clone(),
            observers,
            options.messages_per_second,
        )?;
        let producers = Arc::new(Producers::default());
        let administration = api::open(
            &options,
            &state,
            clock.clone(),
            producers.clone(),
            watching.clone(),
            &listener.addresses(),
        )?;
        let environment = Environment {
            engine: engine.await.map_err(SessionError::Engine)?,
            producer: Arc::new(state.broker.clone()),
            outbound: Outbound::new().map_err(SessionError::Outbound)?,
            clock,
            tokio: tokio::runtime::Handle::current(),
        };
        let primary = primary(&plan, &environment, &reporter);
        // Requests that come before the first build is done wait for it.
        let hold = primary.hold_requests();
        let port = listener.port();
        let server = serve(listener, primary.clone(), administration, &reporter);
        let watcher = if options.watch { watcher(&*reporter) } else { Watcher::blind() };
        let mut session = Self {
            workers: BTreeMap::from([(primary.name().to_string(), Running::new(primary))]),
            options,
            working_directory,
            reporter,
            environment,
            state,
            server,
            events: watching.events,
            producers,
            plan,
            config_files: files,
            watcher,
            delivers: false,
            told,
        };
        session.begin().await?;
        drop(hold);
        session.tell_ready(port, began.elapsed());
        session.deliver();
        Ok(session)
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
        let names = self.worker_names();
        self.rebuild(&names, None).await;
        self.watch();
        if !self.options.watch && !self.workers.values().any(|running| running.runs) {
            return Err(SessionError::NothingRuns);
        }
        Ok(())
    }

    /// From now on queues are delivered to the workers that run.
    fn deliver(&mut self) {
        self.delivers = true;
        for (name, running) in self.workers.iter().filter(|(_, running)| running.runs) {
            self.state.broker.connect(name, Arc::new(running.worker.clone()));
        }
    }

    fn tell_ready(&self, port: u16, took: Duration) {
        let host = self.options.ip.as_deref().or(self.plan.ip.as_deref()).unwrap_or(HOST_DEFAULT);
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        self.reporter.ready(&Ready {
            url: format!("http://{host}:{port}"),
            plan: &self.plan,
            state_directory: self.state.directory.clone(),
            took,
        });
    }

    /// Takes in a change of files: the configuration's, or those of some workers.
    async fn reload(&mut self, first: PathBuf) {
        let began = Instant::now();
        let held: Vec<_> = self.workers.values().map(|running| running.worker.hold_requests()).collect();
        let changed = self.watcher.settled(first).await;
        let mut affected = if changed.iter().any(|path| self.config_files.contains(path)) {
            self.reconfigure().await
        } else {
            Vec::new()
        };
        let by_source = self.workers.iter().filter(|(_, running)| !running.inputs.is_disjoint(&changed));
        affected.extend(by_source.map(|(name, _)| name.clone()));
        affected.sort();
        affected.dedup();
        self.rebuild(&affected, Some(began)).await;
        drop(held);
        self.watch();
    }

    /// Reads the configuration again; answers with the workers that need other code or another `env`.
    async fn reconfigure(&mut self) -> Vec<String> {
        let Configuration { plan, diagnostics, files } =
            configuration::read(&self.options, &self.working_directory);
        self.config_files.extend(files);
        let untold = self.untold(diagnostics);
        self.reporter.diagnostics(&untold);
        let Some(plan) = plan else {
            self.reporter.error("The configuration has errors; the session goes on with the last good one.");
            return Vec::new();
        };
        if let Err(error) = self.state.broker.configure(plan.topology.clone()).await {
            self.reporter.error(&format!("{error}; the session goes on with the last good configuration."));
            return Vec::new();
        }
        let former = std::mem::replace(&mut self.plan, plan);
        self.producers.update(&self.plan);
        self.drop_workers_that_left();
        let changed = |worker: &&WorkerPlan| !former.workers.contains(worker);
        self.plan.workers.iter().filter(changed).map(|worker| worker.name.clone()).collect()
    }

    /// Leaves out warnings that the person has read before; errors are told each time.
    fn untold(&mut self, mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let present = warnings(&diagnostics);
        diagnostics.retain(|diagnostic| {
            diagnostic.severity == Severity::Error || !self.told.contains(&diagnostic.message)
        });
        self.told = present;
        diagnostics
    }

    fn drop_workers_that_left(&mut self) {
        let names: BTreeSet<_> = self.worker_names().into_iter().collect();
        self.workers.retain(|name, _| {
            let stays = names.contains(name);
            if !stays {
                self.state.broker.disconnect(name);
            }
            stays
        });
    }

    /// Builds and loads these workers. `began` is given when it is a reload.
    async fn rebuild(&mut self, names: &[String], began: Option<Instant>) {
        let plans: Vec<WorkerPlan> =
            self.plan.workers.iter().filter(|worker| names.contains(&worker.name)).cloned().collect();
        for plan in &plans {
            if !self.workers.contains_key(&plan.name) {
                let worker = new_worker(&plan.name, &self.environment, &self.reporter);
                self.workers.insert(plan.name.clone(), Running::new(worker));
            }
        }
        let builds = futures::future::join_all(plans.iter().map(generation::build)).await;
        for (plan, built) in plans.iter().zip(builds) {
            if let Some(running) = self.workers.get_mut(&plan.name) {
                let was_running = running.runs;
                let live = take_over(running, built, &*self.reporter).await;
                if live && !was_running && self.delivers {
                    self.state.broker.connect(&plan.name, Arc::new(running.worker.clone()));
                }
                if let Some(began) = began.filter(|_| live) {
                    self.reporter.reloaded(&plan.name, began.elapsed());
                }
            }
        }
    }

    fn watch(&mut self) {
        let mut files = self.config_files.clone();
        for running in self.workers.values() {
            files.extend(running.inputs.iter().cloned());
        }
        self.watcher.watch(files);
    }

    fn worker_names(&self) -> Vec<String> {
        self.plan.workers.iter().map(|worker| worker.name.clone()).collect()
    }

    /// Nothing new is begun, what runs may finish and store what it sends, then the queues are closed.
    async fn shut_down(self) {
        let Self { server, events, state, workers, .. } = self;
        events.close();
        for name in workers.keys() {
            state.broker.disconnect(name);
        }
        server.stop(SHUTDOWN_PATIENCE).await;
        let settled = futures::future::join_all(workers.values().map(|running| running.worker.settled()));
        let _ = tokio::time::timeout(SHUTDOWN_PATIENCE, settled).await;
        state.broker.shutdown(SHUTDOWN_PATIENCE).await;
    }
}

impl Running {
    fn new(worker: Worker) -> Self {
        Self { worker, inputs: BTreeSet::new(), runs: false }
    }
}

/// The messages of those that are warnings.
fn warnings(diagnostics: &[Diagnostic]) -> BTreeSet<String> {
    let warnings = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Warning);
    warnings.map(|diagnostic| diagnostic.message.clone()).collect()
}

/// Lets a build take over from the present generation; whether it did.
async fn take_over(
    running: &mut Running,
    built: Result<generation::Built, generation::BuildFailure>,
    reporter: &dyn Reporter,
) -> bool {
    let built = match built {
        Ok(built) => built,
        Err(failure) => {
            // What the last good build was made from may mend it as well.
            running.inputs.extend(watchable(failure.inputs));
            reporter.diagnostics(&failure.diagnostics);
            tell_what_serves(running, reporter);
            return false;
        }
    };
    running.inputs = watchable(built.inputs).collect();
    reporter.diagnostics(&built.warnings);
    match generation::load(&running.worker, built.blueprint).await {
        Ok(()) => {
            running.runs = true;
            true
        }
        Err(reason) => {
            reporter.error(&reason);
            tell_what_serves(running, reporter);
            false
        }
    }
}

fn tell_what_serves(running: &Running, reporter: &dyn Reporter) {
    if running.runs {
        let name = running.worker.name();
        reporter.notice(&format!("Worker \"{name}\" goes on with its last good code until this is mended."));
    }
}

/// Packages are not edited in place; watching them would cost a watch for each of their folders.
fn watchable(inputs: Vec<PathBuf>) -> impl Iterator<Item = PathBuf> {
    inputs.into_iter().filter(|path| !path.iter().any(|part| part == "node_modules"))
}

fn load_engine(
    options: &SessionOptions,
    reporter: &Arc<dyn Reporter>,
) -> impl Future<Output = anyhow::Result<Engine>> + use<> {
    let (directory, reporter) = (options.cache_directory.clone(), reporter.clone());
    let task = tokio::task::spawn_blocking(move || {
        Engine::load(&directory, || {
            reporter.notice("Preparing the JavaScript engine; this happens once and takes a few seconds.");
        })
    });
    async { task.await.map_err(anyhow::Error::from)? }
}

async fn listen(options: &SessionOptions, plan: &Plan) -> Result<Listener, BindError> {
    let host = options.ip.as_deref().or(plan.ip.as_deref()).unwrap_or(HOST_DEFAULT);
    match options.port.or(plan.port) {
        Some(port) => Listener::bind(host, port).await,
        None => match Listener::bind(host, PORT_DEFAULT).await {
            Err(BindError::InUse { .. }) => Listener::bind(host, 0).await,
            bound => bound,
        },
    }
}

fn state_directory(options: &SessionOptions, plan: &Plan) -> PathBuf {
    let directory = options.persist_to.as_deref().unwrap_or(&plan.state_directory);
    std::path::absolute(directory).unwrap_or_else(|_| Path::new(directory).to_owned())
}

fn primary(plan: &Plan, environment: &Environment, reporter: &Arc<dyn Reporter>) -> Worker {
    let name = plan.workers.first().map_or("worker", |worker| worker.name.as_str());
    new_worker(name, environment, reporter)
}

fn new_worker(name: &str, environment: &Environment, reporter: &Arc<dyn Reporter>) -> Worker {
    Worker::new(name, environment.clone(), reporter.worker_log(name))
}

fn serve(
    listener: Listener,
    worker: Worker,
    administration: Administration,
    reporter: &Arc<dyn Reporter>,
) -> Server {
    let server = Arc::new(DevServer::new(worker, administration, reporter.clone()));
    Server::start(listener, move |request, peer| {
        let server = server.clone();
        async move { server.answer(request, peer).await }
    })
}

fn watcher(reporter: &dyn Reporter) -> Watcher {
    Watcher::new().unwrap_or_else(|error| {
        reporter.error(&format!("Files cannot be watched, so changes need a restart: {error}"));
        Watcher::blind()
    })
}
