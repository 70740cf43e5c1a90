//! Beginning anew within a session.

use std::sync::Arc;

use super::travel::TimeTravel;
use crate::base::Timestamp;
use crate::broker::error::ConfigureError;
use crate::broker::{Broker, Topology};
use crate::runtime::running::RunningHandlers;
use crate::runtime::services::Services;
use crate::runtime::worker::Worker;

/// What is to begin anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reset {
    /// What a clock that is moved by hand is to show; `None` leaves it.
    pub clock: Option<Timestamp>,
    /// Whether every Worker's globals are to go; otherwise only those of Workers in which something runs.
    pub isolates: bool,
}

/// A session did not begin anew as it should.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// The queues do not take what the configuration says.
    #[error(transparent)]
    Configure(#[from] ConfigureError),
    /// A Worker's script threw.
    #[error("worker \"{worker}\" did not start again: {reason}")]
    Worker {
        /// The Worker.
        worker: String,
        /// What it threw.
        reason: String,
    },
}

impl Reset {
    /// Empties the queues, lets `topology` hold, and ends what runs. Nothing that a handler of before does is seen
    /// afterwards: its sends are refused, its outcomes ignored, its lines dropped; whoever waits for its answer is
    /// told.
    ///
    /// # Errors
    ///
    /// See [`ResetError`]; the queues are empty all the same.
    pub async fn perform(
        self,
        broker: &Broker,
        services: &Services,
        handlers: &RunningHandlers,
        topology: Topology,
        travel: Option<&Arc<TimeTravel>>,
    ) -> Result<(), ResetError> {
        let held = match travel {
            Some(travel) => Some(travel.hold().await),
            None => None,
        };
        let renewed = self.workers_to_renew(services, handlers);
        renewed.iter().for_each(Worker::shut);
        if let (Some(travel), Some(instant)) = (travel, self.clock) {
            travel.clock().restart_at(instant);
        }
        let emptied = broker.reset(topology).await;
        // Those that were shut run again, whatever the queues and other Workers say.
        let mut renewals = Vec::new();
        for worker in &renewed {
            renewals.push(renew(worker).await);
        }
        if let (Some(travel), Some(_)) = (travel, self.clock) {
            travel.wake_all();
        }
        drop(held);
        emptied?;
        renewals.into_iter().collect()
    }

    fn workers_to_renew(self, services: &Services, handlers: &RunningHandlers) -> Vec<Worker> {
        let running = handlers.list();
        let runs = |worker: &Worker| running.iter().any(|(name, _, _)| name == worker.name());
        // An earlier time lies before what is in the globals.
        let all = self.isolates || self.clock.is_some();
        services.all().into_iter().filter(|worker| all || runs(worker)).collect()
    }
}

async fn renew(worker: &Worker) -> Result<(), ResetError> {
    let renewed = worker.renew().await;
    renewed
        .map_err(|error| ResetError::Worker { worker: worker.name().to_string(), reason: error.to_string() })
}
