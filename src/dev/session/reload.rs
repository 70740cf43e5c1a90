//! Keeps a session in step with its files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;

use super::Session;
use super::changes;
use super::custom_builds::Finished;
use super::serving;
use crate::dev::configuration::{self, Configuration};
use crate::plan::WorkerPlan;
use crate::runtime::worker::Hold;

/// How often code is built for one reload while its files go on changing.
const ROUNDS_MAX: usize = 4;

impl Session {
    /// Takes in a change of files: the configuration's, or those of some workers.
    pub(super) async fn reload(&mut self, first: PathBuf) {
        let began = Instant::now();
        let held = self.workers.hold_requests();
        let changed = self.watcher.settled(first).await;
        // A folder that has come back is watched before what is in it is read.
        self.watch();
        self.take_in(&changed, held, began).await;
        self.watch();
    }

    /// A custom build is over: what it made takes over. What changed meanwhile is built once more.
    pub(super) async fn built(&mut self, finished: Finished) {
        let Finished { worker, began, result } = finished;
        let late = self.watcher.drained().await;
        self.take_in(&late, BTreeMap::new(), began).await;
        match result {
            Ok(()) => {
                let names = BTreeSet::from([worker.clone()]);
                let builds = self.workers.build(&self.plans_of(&names)).await;
                self.workers.take_over(builds, Some(began)).await;
                self.warn_of_missing_handlers();
            }
            Err(problem) => self.workers.fail(&worker, &problem),
        }
        let hold = self.workers.get(&worker).hold_requests();
        if self.custom_builds.settle(&worker) {
            self.custom_builds.start(&worker, Instant::now(), hold);
        }
        self.watch();
    }

    /// Takes in changed files. Of the requests that are `held`, those of workers that stay as they are go on at once.
    ///
    /// What changes while code is built takes part: half of a checkout must not become live, nor be reported.
    async fn take_in(
        &mut self,
        changed: &BTreeSet<PathBuf>,
        mut held: BTreeMap<String, Hold>,
        began: Instant,
    ) {
        let mut affected = self.affected_by(changed, &mut held, began).await;
        let mut rounds = 0;
        let builds = loop {
            // Code that is being made anew is taken up when it is there.
            affected.retain(|name| !self.custom_builds.runs(name));
            held.retain(|name, _| affected.contains(name));
            let builds = self.workers.build(&self.plans_of(&affected)).await;
            rounds += 1;
            if rounds == ROUNDS_MAX {
                // What has changed once more is the next reload's.
                break builds;
            }
            let late = self.watcher.already_changed().await;
            if late.is_empty() {
                break builds;
            }
            affected.extend(self.affected_by(&late, &mut held, began).await);
        };
        self.workers.take_over(builds, Some(began)).await;
        self.warn_of_missing_handlers();
    }

    /// The workers whose code is to be built after these changes. Custom builds that are due are started.
    async fn affected_by(
        &mut self,
        changed: &BTreeSet<PathBuf>,
        held: &mut BTreeMap<String, Hold>,
        began: Instant,
    ) -> BTreeSet<String> {
        let mut affected = self.workers.made_from(changed);
        let mut to_build = self.custom_builds.changed(changed);
        if !self.config_files.is_disjoint(changed) {
            affected.extend(self.reconfigure(held).await);
            to_build.extend(self.custom_builds.configure(&self.plan.workers));
        }
        for name in &to_build {
            let hold = self.workers.get(name).hold_requests();
            self.custom_builds.start(name, began, hold);
        }
        affected
    }

    /// Watches all files that went into the session.
    pub(super) fn watch(&mut self) {
        let mut files = self.config_files.clone();
        files.extend(self.workers.inputs());
        self.watcher.watch(files, &self.custom_builds.folders());
    }

    /// Reads the configuration again; answers with the workers that need other code or another `env`.
    async fn reconfigure(&mut self, held: &mut BTreeMap<String, Hold>) -> BTreeSet<String> {
        let Configuration { plan, diagnostics, files, .. } =
            configuration::read(&self.options, &self.working_directory);
        self.config_files.extend(files);
        self.reporter.diagnostics(&self.warnings.untold(diagnostics));
        let failed = plan.is_none();
        let failed_before = std::mem::replace(&mut self.configuration_failed, failed);
        let Some(plan) = plan else {
            self.reporter.error("The configuration has errors; the session goes on with the last good one.");
            return BTreeSet::new();
        };
        if let Err(error) = self.state.broker.configure(plan.topology.clone()).await {
            self.reporter.error(&format!("{error}; the session goes on with the last good configuration."));
            return BTreeSet::new();
        }
        let former = std::mem::replace(&mut self.plan, plan);
        self.crons.arm(&self.plan);
        self.reporter.plan(&self.plan);
        if serving::differs(&self.options, &former, &self.plan) {
            self.reporter
                .notice("The session goes on where it listens: another port or address needs a restart.");
        }
        if failed_before {
            self.reporter.notice("The configuration is right again.");
        }
        if let Some(notice) = changes::notice(&former, &self.plan) {
            self.reporter.notice(&notice);
        }
        self.declarations.update(&self.plan);
        self.answer_by_the_present_workers(held);
        self.workers.drop_those_not_in(&self.plan);
        let changed = self
            .plan
            .workers
            .iter()
            .filter(|worker| !former.workers.iter().any(|former| former.runs_as(worker)));
        changed.map(|worker| worker.name.clone()).collect()
    }

    /// A worker that got another name answers where it did before, its requests waiting until it can.
    fn answer_by_the_present_workers(&mut self, held: &mut BTreeMap<String, Hold>) {
        for (position, answering) in &self.answering {
            let Some(plan) = self.plan.workers.get(*position) else { continue };
            if **answering.current().name() != *plan.name {
                let worker = self.workers.get(&plan.name);
                held.insert(plan.name.clone(), worker.hold_requests());
                answering.replace(worker);
            }
        }
    }

    fn plans_of(&self, names: &BTreeSet<String>) -> Vec<WorkerPlan> {
        self.plan.workers.iter().filter(|worker| names.contains(&worker.name)).cloned().collect()
    }
}
