//! Instances that wait for their next invocation.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::instance::Instance;

/// Most instances of one Worker at a time; further invocations wait for one of them.
const INSTANCES_MAX: usize = 64;
/// Most instances that are kept while there is nothing to do.
const IDLE_MAX: usize = 8;

/// The instances of one generation of a Worker.
pub struct Pool {
    idle: Mutex<Vec<Instance>>,
    places: Arc<Semaphore>,
}

impl Default for Pool {
    fn default() -> Self {
        Self { idle: Mutex::default(), places: Arc::new(Semaphore::new(INSTANCES_MAX)) }
    }
}

impl Pool {
    /// Waits until one more instance may run. The place is free again when it is dropped.
    pub async fn place(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        self.places.clone().acquire_owned().await.ok()
    }

    /// Takes an instance that has nothing to do: the one used last, whose memory is the warmest.
    pub fn take(&self) -> Option<Instance> {
        self.idle().pop()
    }

    /// Keeps an instance for later invocations, or lets go of it when there are enough.
    pub fn give_back(&self, instance: Instance) {
        let mut idle = self.idle();
        if idle.len() < IDLE_MAX {
            idle.push(instance);
        }
    }

    /// Lets go of the instances that have nothing to do.
    pub fn clear(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Instance>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
