//! The event subscriptions of a session.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// Keeps subscriptions.
pub trait SubscriptionStore: Send + Sync {
    /// Every subscription that was kept.
    ///
    /// # Errors
    /// When they cannot be read.
    fn load(&self) -> Result<Vec<Subscription>, SubscriptionStoreError>;

    /// Keeps exactly these. May block for as long as a disk takes.
    ///
    /// # Errors
    /// When they cannot be kept; then what was kept before still is.
    fn save(&self, subscriptions: &[Subscription]) -> Result<(), SubscriptionStoreError>;
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

/// Keeps nothing: subscriptions live as long as the session.
#[derive(Clone, Copy, Debug, Default)]
pub struct MemorySubscriptions;

impl SubscriptionStore for MemorySubscriptions {
    fn load(&self) -> Result<Vec<Subscription>, SubscriptionStoreError> {
        Ok(Vec::new())
    }

    fn save(&self, _subscriptions: &[Subscription]) -> Result<(), SubscriptionStoreError> {
        Ok(())
    }
}

/// The subscriptions, in the order in which they were created.
pub struct Subscriptions {
    current: Mutex<Vec<Subscription>>,
    store: Box<dyn SubscriptionStore>,
}

impl Subscriptions {
    /// The subscriptions that `store` has kept.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn open(store: Box<dyn SubscriptionStore>) -> Result<Self, SubscriptionStoreError> {
        Ok(Self { current: Mutex::new(store.load()?), store })
    }

    /// Every subscription, the oldest first.
    pub fn all(&self) -> Vec<Subscription> {
        self.lock().clone()
    }

    /// The subscription of this id.
    pub(super) fn get(&self, id: &str) -> Result<Subscription, ApiError> {
        let found = self.lock().iter().find(|subscription| subscription.id == id).cloned();
        found.ok_or_else(|| missing(id))
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

    /// Removes the subscriptions that lead to a queue that is gone.
    pub(super) async fn forget_queue(self: Arc<Self>, queue_id: String) -> Result<(), ApiError> {
        if !self.lock().iter().any(|subscription| subscription.queue_id == queue_id) {
            return Ok(());
        }
        self.change(move |subscriptions| {
            subscriptions.retain(|subscription| subscription.queue_id != queue_id);
            Ok(())
        })
        .await
    }

    /// Keeps what `change` makes of the subscriptions, and only then shows it.
    async fn change<T: Send + 'static>(
        self: Arc<Self>,
        change: impl FnOnce(&mut Vec<Subscription>) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let task = tokio::task::spawn_blocking(move || {
            let mut current = self.lock();
            let mut changed = current.clone();
            let result = change(&mut changed)?;
            self.store.save(&changed).map_err(|error| ApiError::internal(error.to_string()))?;
            *current = changed;
            Ok(result)
        });
        task.await.unwrap_or_else(|_| Err(ApiError::internal("the session is shutting down")))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Subscription>> {
        // The list is replaced as a whole, so it is whole even after a panic.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn missing(id: &str) -> ApiError {
    ApiError::not_found(format!("there is no event subscription \"{id}\""))
}
