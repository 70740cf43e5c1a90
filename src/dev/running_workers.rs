//! Which workers of a session can consume queues, for the REST API.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::api::Declarations;
use super::in_effect::absent_worker_notice;
use super::reporter::Reporter;
use crate::http::api::{Readiness, WorkerDirectory};
use crate::http::control::PresentPlan;

/// The workers of a session whose code has run.
pub struct RunningWorkers {
    declarations: Arc<Declarations>,
    reporter: Arc<dyn Reporter>,
    /// By worker, whether it has a `queue()` handler.
    handles_queues: RwLock<BTreeMap<String, bool>>,
}

impl RunningWorkers {
    /// None runs yet; `declarations` say which are to. What is amiss is told to `reporter`.
    pub fn new(declarations: Arc<Declarations>, reporter: Arc<dyn Reporter>) -> Self {
        Self { declarations, reporter, handles_queues: RwLock::default() }
    }

    /// A worker's code runs from now on.
    pub fn runs(&self, worker: &str, handles_queues: bool) {
        let mut running = self.handles_queues.write().unwrap_or_else(PoisonError::into_inner);
        running.insert(worker.to_owned(), handles_queues);
    }
}

impl WorkerDirectory for RunningWorkers {
    fn readiness(&self, worker: &str) -> Readiness {
        if !self.declarations.topology().workers.iter().any(|declared| declared == worker) {
            return Readiness::Absent;
        }
        let running = self.handles_queues.read().unwrap_or_else(PoisonError::into_inner);
        match running.get(worker) {
            Some(true) => Readiness::Consumes,
            Some(false) => Readiness::LacksHandler,
            None => Readiness::Unknown,
        }
    }

    fn absent_consumer(&self, queue: &str, worker: &str) {
        self.reporter.notice(&absent_worker_notice(queue, worker));
    }
}
