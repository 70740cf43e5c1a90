//! The custom builds of a session: which run, and what has to be built again.
//!
//! The builds of one worker run one at a time. What changes while one runs is built once more afterwards. A
//! build that writes into a folder it watches would go on for ever: files that change in a build, alone cause
//! the next one, and change in it again are its outputs, and are left out until something else changes them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::dev::custom_build::{self, WranglerCommand};
use crate::dev::reporter::Reporter;
use crate::plan::{CustomBuildPlan, WorkerPlan};
use crate::runtime::worker::Hold;

/// The builds by worker.
pub struct CustomBuilds {
    reporter: Arc<dyn Reporter>,
    sender: mpsc::UnboundedSender<Finished>,
    finished: mpsc::UnboundedReceiver<Finished>,
    by_worker: BTreeMap<String, State>,
}

/// A build that ran to its end.
pub struct Finished {
    /// The worker.
    pub worker: String,
    /// When its cause was seen.
    pub began: Instant,
    /// What went wrong, if something did.
    pub result: Result<(), String>,
}

struct State {
    plan: CustomBuildPlan,
    running: Option<Running>,
    changes: Changes,
}

struct Running {
    task: JoinHandle<()>,
    /// Requests of the worker wait for the new code.
    _hold: Hold,
}

impl CustomBuilds {
    /// None yet.
    pub fn new(reporter: Arc<dyn Reporter>) -> Self {
        let (sender, finished) = mpsc::unbounded_channel();
        Self { reporter, sender, finished, by_worker: BTreeMap::new() }
    }

    /// Takes in what the plan says; answers with the workers whose build is another than before. Builds that
    /// are no longer wanted end.
    pub fn configure(&mut self, workers: &[WorkerPlan]) -> BTreeSet<String> {
        let wanted: BTreeMap<&str, &CustomBuildPlan> = workers
            .iter()
            .filter_map(|worker| Some((worker.name.as_str(), worker.custom_build.as_ref()?)))
            .collect();
        self.by_worker.retain(|worker, state| {
            let stays = wanted.get(worker.as_str()) == Some(&&state.plan);
            if !stays {
                state.stop();
            }
            stays
        });
        let mut changed = BTreeSet::new();
        for (worker, plan) in wanted {
            if !self.by_worker.contains_key(worker) {
                let state = State { plan: plan.clone(), running: None, changes: Changes::default() };
                self.by_worker.insert(worker.to_owned(), state);
                changed.insert(worker.to_owned());
            }
        }
        changed
    }

    /// The folders whose changes matter.
    pub fn folders(&self) -> BTreeSet<PathBuf> {
        self.by_worker.values().flat_map(|state| state.plan.watched.iter().cloned()).collect()
    }

    /// Whether the worker's build runs, so that its code is about to be replaced.
    pub fn runs(&self, worker: &str) -> bool {
        self.by_worker.get(worker).is_some_and(|state| state.running.is_some())
    }

    /// Takes in changed files; answers with the workers to be built now.
    pub fn changed(&mut self, paths: &BTreeSet<PathBuf>) -> BTreeSet<String> {
        let mut due = BTreeSet::new();
        for (worker, state) in &mut self.by_worker {
            let watched = &state.plan.watched;
            let own = paths.iter().filter(|path| watched.iter().any(|folder| path.starts_with(folder)));
            let is_due = state.changes.seen(own.map(PathBuf::as_path), state.running.is_some());
            if is_due {
                due.insert(worker.clone());
            }
        }
        due
    }

    /// Begins the build of a worker, whose requests `hold` keeps waiting. Nothing happens when it runs.
    pub fn start(&mut self, worker: &str, began: Instant, hold: Hold) {
        let (reporter, sender) = (self.reporter.clone(), self.sender.clone());
        let Some(state) = self.by_worker.get_mut(worker).filter(|state| state.running.is_none()) else {
            return;
        };
        let (worker, plan) = (worker.to_owned(), state.plan.clone());
        let task = tokio::spawn(async move {
            let result = custom_build::run(&worker, &plan, WranglerCommand::Dev, &|line| {
                reporter.build_output(&worker, line)
            })
            .await;
            // The session may have ended.
            let _ = sender.send(Finished { worker, began, result });
        });
        state.changes.begin();
        state.running = Some(Running { task, _hold: hold });
    }

    /// Waits for a build to end. It counts as running until [`CustomBuilds::settle`].
    pub async fn finished(&mut self) -> Finished {
        loop {
            match self.finished.recv().await {
                Some(finished) if self.runs(&finished.worker) => return finished,
                // Of a build that is no longer wanted.
                Some(_) => {}
                // Impossible: a sender is kept here.
                None => std::future::pending().await,
            }
        }
    }

    /// The build is over and its code is live; whether it is to run once more.
    pub fn settle(&mut self, worker: &str) -> bool {
        self.by_worker.get_mut(worker).is_some_and(|state| {
            state.running = None;
            state.changes.end()
        })
    }

    /// Ends all builds.
    pub fn stop(&mut self) {
        self.by_worker.values_mut().for_each(State::stop);
    }
}

impl State {
    fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            // Dropping the build's future kills what it started.
            running.task.abort();
        }
    }
}

/// Which changes lead to builds.
#[derive(Debug, Default)]
struct Changes {
    /// Seen since the last build began, or before it, while none ran.
    seen: BTreeSet<PathBuf>,
    /// What alone caused the build that runs, if it was seen while the one before ran.
    caused_by_build: BTreeSet<PathBuf>,
    /// Whether the next build is caused by what was seen in the last one.
    repeats: bool,
    outputs: BTreeSet<PathBuf>,
}

impl Changes {
    /// Takes in changed files; whether a build is due at once.
    fn seen<'a>(&mut self, paths: impl Iterator<Item = &'a Path>, runs: bool) -> bool {
        let paths: BTreeSet<PathBuf> = paths.map(Path::to_owned).collect();
        if runs {
            self.seen.extend(paths);
            return false;
        }
        // Nothing runs: whoever changed them was not the build.
        self.outputs.retain(|output| !paths.contains(output));
        self.repeats = false;
        !paths.is_empty()
    }

    fn begin(&mut self) {
        let seen = std::mem::take(&mut self.seen);
        self.caused_by_build = if self.repeats { seen } else { BTreeSet::new() };
    }

    /// Whether another build is due.
    fn end(&mut self) -> bool {
        self.outputs.extend(self.seen.intersection(&self.caused_by_build).cloned());
        self.seen.retain(|path| !self.outputs.contains(path));
        self.repeats = !self.seen.is_empty();
        self.repeats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(changes: &mut Changes, paths: &[&str], runs: bool) -> bool {
        changes.seen(paths.iter().map(Path::new), runs)
    }

    #[test]
    fn a_change_while_a_build_runs_is_built_once_more() {
        let mut changes = Changes::default();
        assert!(seen(&mut changes, &["a"], false));
        changes.begin();
        assert!(!seen(&mut changes, &["b"], true));
        assert!(changes.end());
        changes.begin();
        assert!(!changes.end());
    }

    #[test]
    fn what_a_build_writes_does_not_keep_it_going() {
        let mut changes = Changes::default();
        changes.begin();
        seen(&mut changes, &["generated"], true);
        assert!(changes.end(), "it may have been a person");
        changes.begin();
        seen(&mut changes, &["generated"], true);
        assert!(!changes.end(), "now it is known");
        assert!(seen(&mut changes, &["source"], false));
        changes.begin();
        seen(&mut changes, &["generated"], true);
        assert!(!changes.end());
        seen(&mut changes, &["generated", "source"], false);
        changes.begin();
        seen(&mut changes, &["source", "generated"], true);
        assert!(changes.end());
    }

    #[test]
    fn an_output_that_a_person_changes_is_built() {
        let mut changes = Changes::default();
        for _ in 0..2 {
            changes.begin();
            seen(&mut changes, &["generated"], true);
            changes.end();
        }
        assert!(seen(&mut changes, &["generated"], false));
        assert!(!seen(&mut changes, &[], false));
    }
}
