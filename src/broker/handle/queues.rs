//! Queues and their consumers through the handle.

use std::convert::Infallible;

use super::{Broker, settled};
use crate::broker::core::{
    AttachRefusal, ChangeSource, ConfigureRefusal, ConsumerRow, ConsumerSettings, CreateRefusal,
    DeleteRefusal, DetachRefusal, Input, Metrics, ProducersByQueue, QueueChange, QueueRow, QueueSettings,
    Reply, ResourceId, Topology, UpdateRefusal,
};
use crate::broker::driver::{self, fresh_ids};
use crate::broker::error::{
    AttachError, BrokerClosed, ConfigureError, CreateError, DeleteError, DetachError, Failure, QueueError,
    UpdateError,
};
use crate::broker::inquiry::{Look, Looked, Request};

impl Broker {
    /// Applies what configuration files say.
    ///
    /// # Errors
    /// When two workers consume one queue, or a queue is its own dead letter queue; nothing has changed.
    pub async fn configure(&self, topology: Topology) -> Result<(), ConfigureError> {
        let ids = fresh_ids(topology.ids_needed());
        settled(self.ask(Request::Configure(topology, ids)).await, |reply| match reply {
            Reply::Configured(result) => Some(result),
            _ => None::<Result<(), ConfigureRefusal>>,
        })
    }

    /// Begins anew: all messages, deliveries, leases and changes made through the API are forgotten, and what
    /// `topology` says holds. Outcomes of deliveries that run now are ignored.
    ///
    /// # Errors
    /// As [`Broker::configure`]; the messages are gone all the same.
    pub async fn reset(&self, topology: Topology) -> Result<(), ConfigureError> {
        let consumed = topology.consumers.iter().map(|declaration| declaration.queue.clone());
        let declared = topology.queues.iter().cloned().chain(consumed).collect();
        let ids = fresh_ids(topology.consumers.len());
        self.step(Input::Reset { declared, ids }, |reply| match reply {
            Reply::None => Some(Ok(())),
            _ => None::<Result<(), ConfigureRefusal>>,
        })
        .await?;
        self.configure(topology).await
    }

    /// Every queue, by name.
    ///
    /// # Errors
    /// When the broker has shut down, or the process that owns the queues cannot be reached.
    pub async fn queues(&self) -> Result<Vec<QueueRow>, Failure<Infallible>> {
        match self.look(Look::Queues).await? {
            Looked::Queues(queues) => Ok(queues),
            _ => Err(Failure::Closed(BrokerClosed)),
        }
    }

    /// Every queue with its backlog, by name, all at one moment.
    ///
    /// # Errors
    /// When the broker has shut down, or the process that owns the queues cannot be reached.
    pub async fn queues_with_metrics(&self) -> Result<Vec<(QueueRow, Metrics)>, Failure<Infallible>> {
        match self.look(Look::QueuesWithMetrics).await? {
            Looked::QueuesWithMetrics(queues) => Ok(queues),
            _ => Err(Failure::Closed(BrokerClosed)),
        }
    }

    /// Which workers, of all processes that share the queues, send to which queues.
    ///
    /// # Errors
    /// When the broker has shut down, or the process that owns the queues cannot be reached.
    pub async fn producers(&self) -> Result<ProducersByQueue, Failure<Infallible>> {
        match self.look(Look::Producers).await? {
            Looked::Producers(producers) => Ok(producers),
            _ => Err(Failure::Closed(BrokerClosed)),
        }
    }

    /// One queue, by name or id.
    ///
    /// # Errors
    /// When there is no such queue.
    pub async fn queue(&self, queue: &str) -> Result<QueueRow, QueueError> {
        match self.look(Look::Queue(queue.to_owned())).await? {
            Looked::Queue(result) => result.map(|row| *row).map_err(Failure::Refused),
            _ => Err(Failure::Closed(BrokerClosed)),
        }
    }

    /// Creates a queue.
    ///
    /// # Errors
    /// When the name is taken.
    pub async fn create_queue(
        &self,
        name: &str,
        settings: QueueSettings,
        source: ChangeSource,
    ) -> Result<QueueRow, CreateError> {
        let id = ResourceId::from_bytes(driver::random_bits());
        self.step(Input::CreateQueue { name: name.to_owned(), settings, id, source }, |reply| match reply {
            Reply::Created(result) => Some(result),
            _ => None::<Result<_, CreateRefusal>>,
        })
        .await
    }

    /// Changes a queue; pausing and resuming are changes of `delivery_paused`.
    ///
    /// # Errors
    /// When there is no such queue or the new name is taken.
    pub async fn update_queue(
        &self,
        queue: &str,
        change: QueueChange,
        source: ChangeSource,
    ) -> Result<QueueRow, UpdateError> {
        self.step(Input::UpdateQueue { queue: queue.to_owned(), change, source }, |reply| match reply {
            Reply::Updated(result) => Some(result),
            _ => None::<Result<_, UpdateRefusal>>,
        })
        .await
    }

    /// Stops delivering a queue.
    ///
    /// # Errors
    /// When there is no such queue.
    pub async fn pause(&self, queue: &str, source: ChangeSource) -> Result<QueueRow, UpdateError> {
        let change = QueueChange { delivery_paused: Some(true), ..QueueChange::default() };
        self.update_queue(queue, change, source).await
    }

    /// Goes on delivering a queue.
    ///
    /// # Errors
    /// When there is no such queue.
    pub async fn resume(&self, queue: &str, source: ChangeSource) -> Result<QueueRow, UpdateError> {
        let change = QueueChange { delivery_paused: Some(false), ..QueueChange::default() };
        self.update_queue(queue, change, source).await
    }

    /// Deletes a queue with its messages.
    ///
    /// # Errors
    /// When there is no such queue, or it is the dead letter queue of others.
    pub async fn delete_queue(&self, queue: &str) -> Result<(), DeleteError> {
        self.step(Input::DeleteQueue { queue: queue.to_owned() }, |reply| match reply {
            Reply::Deleted(result) => Some(result),
            _ => None::<Result<_, DeleteRefusal>>,
        })
        .await
    }

    /// Attaches a consumer to a queue that has none. A dead letter queue that is missing is created.
    ///
    /// # Errors
    /// When there is no such queue, it has a consumer, or is its own dead letter queue.
    pub async fn attach_consumer(
        &self,
        queue: &str,
        settings: ConsumerSettings,
        source: ChangeSource,
    ) -> Result<ConsumerRow, AttachError> {
        let ids = fresh_ids(2);
        self.step(Input::AttachConsumer { queue: queue.to_owned(), settings, source, ids }, attached).await
    }

    /// Changes a queue's consumer.
    ///
    /// # Errors
    /// When there is no such queue or consumer, or the queue is its own dead letter queue.
    pub async fn update_consumer(
        &self,
        queue: &str,
        consumer: ResourceId,
        settings: ConsumerSettings,
        source: ChangeSource,
    ) -> Result<ConsumerRow, AttachError> {
        let queue = queue.to_owned();
        let ids = fresh_ids(1);
        self.step(Input::UpdateConsumer { queue, consumer, settings, source, ids }, attached).await
    }

    /// Detaches a queue's consumer; its messages stay.
    ///
    /// # Errors
    /// When there is no such queue or consumer.
    pub async fn detach_consumer(&self, queue: &str, consumer: ResourceId) -> Result<(), DetachError> {
        self.step(Input::DetachConsumer { queue: queue.to_owned(), consumer }, |reply| match reply {
            Reply::Detached(result) => Some(result),
            _ => None::<Result<_, DetachRefusal>>,
        })
        .await
    }
}

fn attached(reply: Reply) -> Option<Result<ConsumerRow, AttachRefusal>> {
    match reply {
        Reply::Attached(result) => Some(result),
        _ => None,
    }
}
