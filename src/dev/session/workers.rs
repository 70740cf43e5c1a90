//! The workers of a session by name: which run, what they are made from, whether they are delivered to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::base::Diagnostic;
use crate::broker::{Broker, Consumer};
use crate::dev::generation::{self, BuildFailure, Built};
use crate::dev::layers::Layers;
use crate::dev::reporter::Reporter;
use crate::dev::running_workers::RunningWorkers;
use crate::plan::{Plan, WorkerPlan};
use crate::report;
use crate::runtime::isolate::{Environment, Handlers};
use crate::runtime::worker::{Hold, Worker};

/// All workers of a session.
pub struct Workers {
    environment: Environment,
    broker: Broker,
    reporter: Arc<dyn Reporter>,
    layers: Layers,
    /// Is told which workers run.
    directory: Arc<RunningWorkers>,
    by_name: BTreeMap<String, Running>,
    /// Whether workers that start are delivered to at once.
    delivers: bool,
}

/// A worker with the files its code comes from.
struct Running {
    worker: Worker,
    inputs: BTreeSet<PathBuf>,
    runs: bool,
    /// What the code handles that runs.
    handlers: Handlers,
}

impl Workers {
    /// No workers yet.
    pub fn new(
        environment: Environment,
        broker: Broker,
        reporter: Arc<dyn Reporter>,
        layers: Layers,
        directory: Arc<RunningWorkers>,
    ) -> Self {
        Self { environment, broker, reporter, layers, directory, by_name: BTreeMap::new(), delivers: false }
    }

    /// The worker of this name, which may have no code yet.
    pub fn get(&mut self, name: &str) -> Worker {
        let (environment, reporter, layers) = (&self.environment, &self.reporter, &self.layers);
        let running = self.by_name.entry(name.to_owned()).or_insert_with(|| {
            let worker = Worker::new(name, environment.clone(), layers.log(name, reporter.worker_log(name)));
            environment.services.add(&worker);
            Running { worker, inputs: BTreeSet::new(), runs: false, handlers: Handlers::default() }
        });
        running.worker.clone()
    }

    /// Whether this worker has code that runs.
    pub fn runs(&self, name: &str) -> bool {
        self.by_name.get(name).is_some_and(|running| running.runs)
    }

    /// Whether any worker has code that runs.
    pub fn any_runs(&self) -> bool {
        self.by_name.values().any(|running| running.runs)
    }

    /// What the code handles that runs of this worker.
    pub fn handlers(&self, name: &str) -> Option<Handlers> {
        self.by_name.get(name).filter(|running| running.runs).map(|running| running.handlers)
    }

    /// The worker of this name, as the queues see it, if its code runs.
    pub fn consumer(&self, name: &str) -> Option<Arc<dyn Consumer>> {
        let running = self.by_name.get(name).filter(|running| running.runs)?;
        Some(self.layers.consumer(&running.worker))
    }

    /// From now on queues are delivered to the workers that run.
    pub fn deliver(&mut self) {
        self.delivers = true;
        for (name, running) in self.by_name.iter().filter(|(_, running)| running.runs) {
            self.broker.connect(name, self.layers.consumer(&running.worker));
        }
    }

    /// Requests of all workers, by their names, wait until these are dropped.
    pub fn hold_requests(&self) -> BTreeMap<String, Hold> {
        self.by_name.iter().map(|(name, running)| (name.clone(), running.worker.hold_requests())).collect()
    }

    /// Lets go of the workers that are not in `plan`; their queues keep their messages.
    pub fn drop_those_not_in(&mut self, plan: &Plan) {
        let names: BTreeSet<_> = plan.workers.iter().map(|worker| worker.name.as_str()).collect();
        let broker = &self.broker;
        self.by_name.retain(|name, _| {
            let stays = names.contains(name.as_str());
            if !stays {
                broker.disconnect(name);
            }
            stays
        });
    }

    /// The files that all workers are made from.
    pub fn inputs(&self) -> BTreeSet<PathBuf> {
        self.by_name.values().flat_map(|running| running.inputs.iter().cloned()).collect()
    }

    /// The workers that are made from one of these files.
    pub fn made_from(&self, changed: &BTreeSet<PathBuf>) -> BTreeSet<String> {
        let affected = self.by_name.iter().filter(|(_, running)| !running.inputs.is_disjoint(changed));
        affected.map(|(name, _)| name.clone()).collect()
    }

    /// Builds these workers, beside each other. Nothing of them is live, and nothing is reported, until
    /// [`Workers::take_over`].
    pub async fn build(&mut self, plans: &[WorkerPlan]) -> Vec<Build> {
        let builds: Vec<_> = plans
            .iter()
            .map(|plan| {
                let (worker, plan) = (self.get(&plan.name), plan.clone());
                let (engine, reporter) = (self.environment.engine.clone(), self.reporter.clone());
                tokio::spawn(async move {
                    let result = generation::build(&plan, &engine, &*reporter).await;
                    Build { worker, directory: plan.bundle.directory, result }
                })
            })
            .collect();
        let broke_down = |plan: &WorkerPlan| {
            let message = format!("The build of worker \"{}\" broke down.", plan.name);
            BuildFailure { diagnostics: vec![Diagnostic::error(message)], inputs: Vec::new() }
        };
        let mut built = Vec::new();
        for (plan, build) in plans.iter().zip(builds) {
            built.push(build.await.unwrap_or_else(|_| Build {
                worker: self.get(&plan.name),
                directory: plan.bundle.directory.clone(),
                result: Err(broke_down(plan)),
            }));
        }
        built
    }

    /// Lets what was built take over, and reports what is wrong. `began` is given when it is a reload.
    pub async fn take_over(&mut self, builds: Vec<Build>, began: Option<Instant>) {
        let replacements: Vec<_> = builds
            .into_iter()
            .map(|build| {
                let (name, reporter) = (build.worker.name().clone(), self.reporter.clone());
                (name, tokio::spawn(async move { replace(build, &*reporter).await }))
            })
            .collect();
        for (name, replacement) in replacements {
            let replaced = match replacement.await {
                Ok(replaced) => replaced,
                Err(_) => Replaced::failed(format!("The start of worker \"{name}\" broke down.")),
            };
            let live = replaced.result.is_ok();
            self.replaced(&name, replaced);
            if let Some(began) = began.filter(|_| live) {
                self.reporter.reloaded(&name, began.elapsed());
            }
        }
    }

    fn replaced(&mut self, name: &str, replaced: Replaced) {
        let Some(running) = self.by_name.get_mut(name) else { return };
        let handlers = match replaced.result {
            Ok(handlers) => handlers,
            Err(problem) => {
                // What the last good build was made from may mend it as well.
                running.inputs.extend(replaced.inputs);
                running.tell(problem, &*self.reporter);
                return;
            }
        };
        self.directory.runs(name, handlers.queue);
        running.inputs = replaced.inputs;
        running.handlers = handlers;
        if !std::mem::replace(&mut running.runs, true) && self.delivers {
            self.broker.connect(name, self.layers.consumer(&running.worker));
        }
    }

    /// The worker's code could not be made; what runs goes on.
    pub fn fail(&mut self, name: &str, problem: &str) {
        self.get(name);
        self.reporter.error(problem);
        if let Some(running) = self.by_name.get_mut(name) {
            running.tell(format!("error: {problem}"), &*self.reporter);
        }
    }

    /// Nothing is delivered until [`Workers::deliver`]. What was delivered can be finished.
    pub fn pause(&mut self) {
        self.delivers = false;
        self.disconnect();
    }

    /// From now on nothing is delivered.
    pub fn disconnect(&self) {
        for name in self.by_name.keys() {
            self.broker.disconnect(name);
        }
    }

    /// Waits until everything that runs has settled.
    pub async fn settled(&self) {
        futures::future::join_all(self.by_name.values().map(|running| running.worker.settled())).await;
    }
}

impl Running {
    /// The worker's clients are told what is wrong, the person what serves them.
    fn tell(&self, problem: String, reporter: &dyn Reporter) {
        self.worker.set_problem(problem);
        if self.runs {
            let name = self.worker.name();
            reporter
                .notice(&format!("Worker \"{name}\" goes on with its last good code until this is mended."));
        }
    }
}

/// Code that was built for a worker, or why it could not be.
pub struct Build {
    worker: Worker,
    /// The folder that places in its diagnostics are shown from.
    directory: PathBuf,
    result: Result<Built, BuildFailure>,
}

/// How a build and its start went.
struct Replaced {
    inputs: BTreeSet<PathBuf>,
    /// The handlers of the code that runs now, or why it is not the new one.
    result: Result<Handlers, String>,
}

impl Replaced {
    fn failed(problem: String) -> Self {
        Self { inputs: BTreeSet::new(), result: Err(problem) }
    }
}

/// Makes the code that was built current; what is wrong is reported.
async fn replace(build: Build, reporter: &dyn Reporter) -> Replaced {
    match build.result {
        Err(failure) => {
            reporter.diagnostics(&failure.diagnostics);
            let text = report::render(&failure.diagnostics, false, &build.directory);
            Replaced { inputs: watchable(failure.inputs).collect(), result: Err(text) }
        }
        Ok(built) => {
            reporter.diagnostics(&built.warnings);
            let result = generation::load(&build.worker, built.blueprint).await;
            if let Err(problem) = &result {
                reporter.error(problem);
            }
            Replaced { inputs: watchable(built.inputs).collect(), result }
        }
    }
}

/// Packages are not edited in place; watching them would cost a watch for each of their folders. Links to packages may
/// be given other targets.
fn watchable(inputs: Vec<PathBuf>) -> impl Iterator<Item = PathBuf> {
    let is_packaged = |path: &Path| path.iter().any(|part| part == "node_modules");
    inputs.into_iter().filter(move |path| !is_packaged(path) || path.is_symlink())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_not_watched() {
        let inputs =
            ["/p/src/a.ts", "/p/node_modules/x/index.js", "/p/src/node_modules.ts"].map(PathBuf::from);
        let watched: Vec<_> = watchable(inputs.to_vec()).collect();
        assert_eq!(watched, [&inputs[0], &inputs[2]].map(Clone::clone));
    }
}
