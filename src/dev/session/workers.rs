//! The workers of a session by name: which run, what they are made from, whether they are delivered to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::broker::{Broker, Consumer};
use crate::dev::generation::{self, BuildFailure, Built};
use crate::dev::layers::Layers;
use crate::dev::reporter::Reporter;
use crate::plan::{Plan, WorkerPlan};
use crate::runtime::isolate::Environment;
use crate::runtime::worker::{Hold, Worker};

/// All workers of a session.
pub struct Workers {
    environment: Environment,
    broker: Broker,
    reporter: Arc<dyn Reporter>,
    layers: Layers,
    by_name: BTreeMap<String, Running>,
    /// Whether workers that start are delivered to at once.
    delivers: bool,
}

/// A worker with the files its code comes from.
struct Running {
    worker: Worker,
    inputs: BTreeSet<PathBuf>,
    runs: bool,
}

impl Workers {
    /// No workers yet.
    pub fn new(
        environment: Environment,
        broker: Broker,
        reporter: Arc<dyn Reporter>,
        layers: Layers,
    ) -> Self {
        Self { environment, broker, reporter, layers, by_name: BTreeMap::new(), delivers: false }
    }

    /// The worker of this name, which may have no code yet.
    pub fn get(&mut self, name: &str) -> Worker {
        let (environment, reporter, layers) = (&self.environment, &self.reporter, &self.layers);
        let running = self.by_name.entry(name.to_owned()).or_insert_with(|| {
            let worker = Worker::new(name, environment.clone(), layers.log(name, reporter.worker_log(name)));
            environment.services.add(&worker);
            Running { worker, inputs: BTreeSet::new(), runs: false }
        });
        running.worker.clone()
    }

    /// Whether any worker has code that runs.
    pub fn any_runs(&self) -> bool {
        self.by_name.values().any(|running| running.runs)
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

    /// Requests of all workers wait until these are dropped.
    pub fn hold_requests(&self) -> Vec<Hold> {
        self.by_name.values().map(|running| running.worker.hold_requests()).collect()
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

    /// Builds these workers and lets them take over. `began` is given when it is a reload.
    pub async fn rebuild(&mut self, plans: &[WorkerPlan], began: Option<Instant>) {
        let (engine, reporter) = (&self.environment.engine, &*self.reporter);
        let builds = plans.iter().map(|plan| generation::build(plan, engine, reporter));
        let builds = futures::future::join_all(builds).await;
        for (plan, built) in plans.iter().zip(builds) {
            // Makes the worker when it is new.
            self.get(&plan.name);
            if let Some(running) = self.by_name.get_mut(&plan.name) {
                let was_running = running.runs;
                let live = running.take_over(built, &*self.reporter).await;
                if live && !was_running && self.delivers {
                    self.broker.connect(&plan.name, self.layers.consumer(&running.worker));
                }
                if let Some(began) = began.filter(|_| live) {
                    self.reporter.reloaded(&plan.name, began.elapsed());
                }
            }
        }
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
    /// Lets a build take over from the present generation; whether it did.
    async fn take_over(&mut self, built: Result<Built, BuildFailure>, reporter: &dyn Reporter) -> bool {
        let built = match built {
            Ok(built) => built,
            Err(failure) => {
                // What the last good build was made from may mend it as well.
                self.inputs.extend(watchable(failure.inputs));
                reporter.diagnostics(&failure.diagnostics);
                self.tell_what_serves(reporter);
                return false;
            }
        };
        self.inputs = watchable(built.inputs).collect();
        reporter.diagnostics(&built.warnings);
        match generation::load(&self.worker, built.blueprint).await {
            Ok(_handlers) => {
                self.runs = true;
                true
            }
            Err(reason) => {
                reporter.error(&reason);
                self.tell_what_serves(reporter);
                false
            }
        }
    }

    fn tell_what_serves(&self, reporter: &dyn Reporter) {
        if self.runs {
            let name = self.worker.name();
            reporter
                .notice(&format!("Worker \"{name}\" goes on with its last good code until this is mended."));
        }
    }
}

/// Packages are not edited in place; watching them would cost a watch for each of their folders.
fn watchable(inputs: Vec<PathBuf>) -> impl Iterator<Item = PathBuf> {
    inputs.into_iter().filter(|path| !path.iter().any(|part| part == "node_modules"))
}
