//! The event subscriptions of a state directory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::error::ApiError;

/// An event subscription: events of one source go to one queue.
///
/// Source: Cloudflare's API reference, "Event subscriptions".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its id: 32 lowercase hexadecimal characters.
    pub id: String,
    /// Its name, not empty.
    pub name: String,
    /// Whether events are to be sent.
    pub enabled: bool,
    /// The source: its `type`, and what says which of its kind it is.
    pub source: BTreeMap<String, String>,
    /// The id of the queue that takes the events.
    pub queue_id: String,
    /// The events, at least one.
    pub events: Vec<String>,
    /// When it was created, in milliseconds since the Unix epoch.
    pub created_at_ms: u64,
    /// When it was last changed, in milliseconds since the Unix epoch.
    pub modified_at_ms: u64,
}

/// Keeps subscriptions, also for other processes that share the queues: nobody keeps a copy of them. All of it may
/// block for as long as a disk takes.
pub trait SubscriptionStore: Send + Sync {
    /// Every subscription that was kept.
    ///
    /// # Errors
    /// When they cannot be read.
    fn load(&self) -> Result<Vec<Subscription>, SubscriptionStoreError>;

    /// Keeps what `change` makes of the subscriptions, unless it answers that they are to stay as they are. Between
    /// reading and keeping nobody else changes them.
    ///
    /// # Errors
    /// When they cannot be read or kept; then what was kept before still is.
    fn change(
        &self,
        change: &mut dyn FnMut(&mut Vec<Subscription>) -> SubscriptionChange,
    ) -> Result<(), SubscriptionStoreError>;
}

/// Whether a change is to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionChange {
    /// It is.
    Keep,
    /// Everything stays as it is.
    Leave,
}

/// Subscriptions cannot be read or kept.
#[derive(Debug, thiserror::Error)]
#[error("the event subscriptions in {path} cannot be {attempted}: {cause}")]
pub struct SubscriptionStoreError {
    /// The file.
    pub path: String,
    /// `read` or `written`.
    pub attempted: &'static str,
    /// What is wrong, and what to do about it.
    pub cause: String,
}

/// Subscriptions in memory: they live as long as this does.
#[derive(Debug, Default)]
pub struct MemorySubscriptions(Mutex<Vec<Subscription>>);

impl SubscriptionStore for MemorySubscriptions {
    fn load(&self) -> Result<Vec<Subscription>, SubscriptionStoreError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn change(
        &self,
        change: &mut dyn FnMut(&mut Vec<Subscription>) -> SubscriptionChange,
    ) -> Result<(), SubscriptionStoreError> {
        // The list is replaced as a whole, so it is whole even after a panic.
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = current.clone();
        if change(&mut changed) == SubscriptionChange::Keep {
            *current = changed;
        }
        Ok(())
    }
}

/// The subscriptions, in the order in which they were created.
pub struct Subscriptions {
    store: Box<dyn SubscriptionStore>,
}

impl Subscriptions {
    /// The subscriptions that `store` keeps.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn open(store: Box<dyn SubscriptionStore>) -> Result<Self, SubscriptionStoreError> {
        store.load()?;
        Ok(Self { store })
    }

    /// Removes the subscriptions that lead to a queue that is gone.
    ///
    /// # Errors
    /// When they cannot be read or kept.
    pub fn forget_queue(&self, queue_id: &str) -> Result<(), SubscriptionStoreError> {
        let leads_there = |subscription: &Subscription| subscription.queue_id == queue_id;
        // Looking changes nothing, not even the file's folder.
        if !self.store.load()?.iter().any(leads_there) {
            return Ok(());
        }
        self.store.change(&mut |subscriptions| {
            subscriptions.retain(|subscription| !leads_there(subscription));
            SubscriptionChange::Keep
        })
    }

    /// Every subscription, the oldest first.
    pub(super) async fn all(self: Arc<Self>) -> Result<Vec<Subscription>, ApiError> {
        self.on_thread(|subscriptions| subscriptions.store.load().map_err(refused)).await
    }

    /// The subscription of this id.
    pub(super) async fn get(self: Arc<Self>, id: String) -> Result<Subscription, ApiError> {
        let found = self.all().await?.into_iter().find(|subscription| subscription.id == id);
        found.ok_or_else(|| missing(&id))
    }

    /// Adds a subscription.
    pub(super) async fn add(self: Arc<Self>, subscription: Subscription) -> Result<(), ApiError> {
        self.change(move |subscriptions| {
            subscriptions.push(subscription);
            Ok(())
        })
        .await
    }

    /// Changes the subscription of this id.
    pub(super) async fn edit(
        self: Arc<Self>,
        id: String,
        edit: impl FnOnce(&mut Subscription) -> Result<(), ApiError> + Send + 'static,
    ) -> Result<Subscription, ApiError> {
        self.change(move |subscriptions| {
            let found = subscriptions.iter_mut().find(|subscription| subscription.id == id);
            let subscription = found.ok_or_else(|| missing(&id))?;
            edit(subscription)?;
            Ok(subscription.clone())
        })
        .await
    }

    /// Removes the subscription of this id.
    pub(super) async fn remove(self: Arc<Self>, id: String) -> Result<Subscription, ApiError> {
        self.change(move |subscriptions| {
            let place = subscriptions.iter().position(|subscription| subscription.id == id);
            Ok(subscriptions.remove(place.ok_or_else(|| missing(&id))?))
        })
        .await
    }

    /// As [`Subscriptions::forget_queue`], on a thread that may wait.
    pub(super) async fn forget(self: Arc<Self>, queue_id: String) -> Result<(), ApiError> {
        self.on_thread(move |subscriptions| subscriptions.forget_queue(&queue_id).map_err(refused)).await
    }

    /// Keeps what `change` makes of the subscriptions.
    async fn change<T: Send + 'static>(
        self: Arc<Self>,
        change: impl FnOnce(&mut Vec<Subscription>) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.on_thread(move |subscriptions| {
            let (mut change, mut result) = (Some(change), None);
            let kept = subscriptions.store.change(&mut |current| {
                result = change.take().map(|change| change(current));
                if matches!(result, Some(Ok(_))) {
                    SubscriptionChange::Keep
                } else {
                    SubscriptionChange::Leave
                }
            });
            kept.map_err(refused)?;
            result.unwrap_or_else(|| Err(ApiError::internal("the event subscriptions were not looked at")))
        })
        .await
    }

    async fn on_thread<T: Send + 'static>(
        self: Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let done = tokio::task::spawn_blocking(move || work(&self)).await;
        done.unwrap_or_else(|_| Err(ApiError::internal("the session is shutting down")))
    }
}

fn refused(error: SubscriptionStoreError) -> ApiError {
    ApiError::internal(error.to_string())
}

fn missing(id: &str) -> ApiError {
    ApiError::not_found(format!("there is no event subscription \"{id}\""))
}
