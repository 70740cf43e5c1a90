//! Why a session could not be started.

use crate::broker::OpenError;
use crate::broker::error::ConfigureError;
use crate::http::BindError;
use crate::http::api::SubscriptionStoreError;
use crate::recording::RecordError;

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
    State(#[from] OpenError),
    /// The event subscriptions cannot be read.
    #[error(transparent)]
    Subscriptions(#[from] SubscriptionStoreError),
    /// The recording cannot be written.
    #[error(transparent)]
    Record(#[from] RecordError),
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
