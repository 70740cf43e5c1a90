//! From an open session to workers that run.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::{Duration, Instant};

use super::Session;
use super::custom_builds::Finished;
use super::error::SessionError;
use crate::runtime::worker::Hold;

/// How long all workers wait for custom builds, of which any may make files that another worker imports.
const BUILD_PATIENCE: Duration = Duration::from_secs(2);

/// How the custom builds stand.
#[derive(Default)]
struct Builds {
    /// The workers whose build still runs.
    pending: BTreeSet<String>,
    /// Those whose build failed.
    failed: BTreeSet<String>,
}

impl Session {
    /// Makes the workers run. Requests that are `held` wait for their worker; a build that takes long, or never ends,
    /// keeps the other workers no longer than [`BUILD_PATIENCE`].
    pub(super) async fn begin(&mut self, mut held: BTreeMap<String, Hold>) -> Result<(), SessionError> {
        self.state.broker.configure(self.plan.topology.clone()).await?;
        self.declarations.update(&self.plan);
        let mut builds = Builds { pending: self.start_custom_builds(), ..Builds::default() };
        self.finish_custom_builds(&mut builds, tokio::time::sleep(BUILD_PATIENCE)).await;
        if !builds.pending.is_empty() {
            self.tell_waiting(&builds.pending);
            self.run_those_built(&builds).await;
            held.retain(|name, _| builds.pending.contains(name));
            self.finish_custom_builds(&mut builds, std::future::pending()).await;
        }
        self.run_those_built(&builds).await;
        self.watch();
        if !self.options.watch && !self.workers.any_runs() {
            return Err(SessionError::NothingRuns);
        }
        Ok(())
    }

    fn start_custom_builds(&mut self) -> BTreeSet<String> {
        let started = self.custom_builds.configure(&self.plan.workers);
        for name in &started {
            let hold = self.workers.get(name).hold_requests();
            self.custom_builds.start(name, Instant::now(), hold);
        }
        started
    }

    /// Waits for the builds that are pending, but not beyond `until`.
    async fn finish_custom_builds(&mut self, builds: &mut Builds, until: impl Future<Output = ()>) {
        let mut until = std::pin::pin!(until);
        while !builds.pending.is_empty() {
            let Finished { worker, result, .. } = tokio::select! {
                finished = self.custom_builds.finished() => finished,
                () = &mut until => return,
            };
            builds.pending.remove(&worker);
            self.custom_builds.settle(&worker);
            if let Err(problem) = result {
                self.workers.fail(&worker, &problem);
                builds.failed.insert(worker);
            }
        }
    }

    /// Builds the workers whose code is there and does not run yet.
    async fn run_those_built(&mut self, builds: &Builds) {
        let ready = self.plan.workers.iter().filter(|worker| {
            let name = &worker.name;
            !builds.pending.contains(name) && !builds.failed.contains(name) && !self.workers.runs(name)
        });
        let ready: Vec<_> = ready.cloned().collect();
        let built = self.workers.build(&ready).await;
        self.workers.take_over(built, None).await;
    }

    fn tell_waiting(&self, pending: &BTreeSet<String>) {
        for worker in self.plan.workers.iter().filter(|worker| pending.contains(&worker.name)) {
            if let Some(build) = &worker.custom_build {
                self.reporter.notice(&format!(
                    "Waiting for the custom build of worker \"{}\": {}",
                    worker.name, build.command
                ));
            }
        }
    }
}
