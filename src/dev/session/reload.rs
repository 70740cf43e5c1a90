//! Keeps a session in step with its files.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use super::Session;
use crate::dev::configuration::{self, Configuration};
use crate::plan::WorkerPlan;

impl Session {
    /// Takes in a change of files: the configuration's, or those of some workers.
    pub(super) async fn reload(&mut self, first: PathBuf) {
        let began = Instant::now();
        let held = self.workers.hold_requests();
        let changed = self.watcher.settled(first).await;
        let mut affected = self.workers.made_from(&changed);
        if !self.config_files.is_disjoint(&changed) {
            affected.extend(self.reconfigure().await);
        }
        self.workers.rebuild(&self.plans_of(&affected), Some(began)).await;
        drop(held);
        self.watch();
    }

    /// Watches all files that went into the session.
    pub(super) fn watch(&mut self) {
        let mut files = self.config_files.clone();
        files.extend(self.workers.inputs());
        self.watcher.watch(files);
    }

    /// Reads the configuration again; answers with the workers that need other code or another `env`.
    async fn reconfigure(&mut self) -> BTreeSet<String> {
        let Configuration { plan, diagnostics, files } =
            configuration::read(&self.options, &self.working_directory);
        self.config_files.extend(files);
        self.reporter.diagnostics(&self.warnings.untold(diagnostics));
        let Some(plan) = plan else {
            self.reporter.error("The configuration has errors; the session goes on with the last good one.");
            return BTreeSet::new();
        };
        if let Err(error) = self.state.broker.configure(plan.topology.clone()).await {
            self.reporter.error(&format!("{error}; the session goes on with the last good configuration."));
            return BTreeSet::new();
        }
        let former = std::mem::replace(&mut self.plan, plan);
        self.reporter.plan(&self.plan);
        self.producers.update(&self.plan);
        self.workers.drop_those_not_in(&self.plan);
        let changed = self.plan.workers.iter().filter(|worker| !former.workers.contains(worker));
        changed.map(|worker| worker.name.clone()).collect()
    }

    fn plans_of(&self, names: &BTreeSet<String>) -> Vec<WorkerPlan> {
        self.plan.workers.iter().filter(|worker| names.contains(&worker.name)).cloned().collect()
    }
}
