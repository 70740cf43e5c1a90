//! What a session serves beside its worker's requests.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::options::SessionOptions;
use super::running_workers::RunningWorkers;
use super::session_clock::SessionClock;
use super::state::State;
use crate::broker::{Producer, ProducerDeclaration, Topology};
use crate::control::journal::Journal;
use crate::control::{Occupation, TimeTravel};
use crate::http::api::{
    Api, ApiOptions, Guard, Observability, SubscriptionFile, SubscriptionStoreError, Subscriptions,
};
use crate::http::control::{Control, ControlOptions, PresentPlan, described_paths};
use crate::http::{Administration, EventStream};
use crate::plan::Plan;
use crate::runtime::services::Services;

/// What the present plan says of queues.
#[derive(Debug, Default)]
pub struct Declarations {
    present: RwLock<Declared>,
}

/// What tests come back to when they begin anew.
#[derive(Debug, Default)]
struct Declared {
    topology: Topology,
    primary: String,
}

impl Declarations {
    /// Takes over what `plan` says.
    pub fn update(&self, plan: &Plan) {
        let primary = plan.workers.first().map(|worker| worker.name.clone()).unwrap_or_default();
        let declared = Declared { topology: plan.topology.clone(), primary };
        *self.present.write().unwrap_or_else(PoisonError::into_inner) = declared;
    }

    /// Whether the plan names this queue, so that it exists without being created.
    pub fn declares(&self, queue: &str) -> bool {
        self.declared().topology.queues.iter().any(|declared| declared == queue)
    }

    /// Which workers of the plan send to which queues.
    pub fn producers(&self) -> Vec<ProducerDeclaration> {
        self.declared().topology.producers.clone()
    }

    fn declared(&self) -> RwLockReadGuard<'_, Declared> {
        self.present.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PresentPlan for Declarations {
    fn topology(&self) -> Topology {
        self.declared().topology.clone()
    }

    fn primary(&self) -> String {
        self.declared().primary.clone()
    }
}

/// What watches the queues for those who ask over HTTP.
#[derive(Clone, Default)]
pub struct Watching {
    /// The counters.
    pub observability: Arc<Observability>,
    /// The live events.
    pub events: Arc<EventStream>,
}

/// What is controlled over HTTP.
pub struct Controlled {
    /// What the session is busy with.
    pub occupation: Occupation,
    /// The Workers.
    pub services: Services,
    /// What happened so far.
    pub journal: Arc<Journal>,
    /// Moves the clock, when it is one that can be moved.
    pub travel: Option<Arc<TimeTravel>>,
}

/// What the administration of a session is made of.
pub struct AdministrationParts<'a> {
    /// The choices of the command line.
    pub options: &'a SessionOptions,
    /// The queues.
    pub state: &'a State,
    /// What time it is.
    pub clock: &'a SessionClock,
    /// What is controlled.
    pub controlled: Controlled,
    /// What the plan says of queues.
    pub declarations: Arc<Declarations>,
    /// Which workers run.
    pub running: Arc<RunningWorkers>,
    /// Where messages are pushed to.
    pub pushed_to: Arc<dyn Producer>,
    /// What watches the queues.
    pub watching: Watching,
    /// Where the session listens.
    pub addresses: &'a [SocketAddr],
}

/// The administration of a session's queues.
///
/// # Errors
///
/// When the event subscriptions of the state directory cannot be read.
pub fn open(parts: AdministrationParts<'_>) -> Result<Administration, SubscriptionStoreError> {
    let AdministrationParts { options, state, clock, watching, controlled, declarations, running, .. } =
        parts;
    let beyond_loopback = parts.addresses.iter().any(|address| !address.ip().is_loopback());
    let guard = Guard::new(options.api_token.clone(), beyond_loopback);
    let api = Api::new(ApiOptions {
        broker: state.broker.clone(),
        producer: parts.pushed_to,
        guard: guard.clone(),
        clock: clock.clock.clone(),
        subscriptions: Arc::new(Subscriptions::open(Box::new(SubscriptionFile::new(&state.directory)))?),
        workers: running,
        observability: watching.observability,
        further_paths: described_paths(),
    });
    let control = Control::new(ControlOptions {
        guard: guard.clone(),
        clock: clock.clock.clone(),
        travel: controlled.travel,
        automatic: clock.automatic,
        occupation: controlled.occupation,
        services: controlled.services,
        journal: controlled.journal,
        topology: declarations,
    });
    Ok(Administration { api, control, guard, events: watching.events })
}
