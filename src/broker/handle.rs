//! The handle through which everybody reaches the queues.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use tokio::sync::oneshot;

use super::core::{
    AcknowledgeRefusal, Acknowledged, AttachRefusal, ChangeSource, ConsumerRow, ConsumerSettings,
    CreateRefusal, DeleteRefusal, DetachRefusal, FreshIds, Input, MessagesPurged, Metrics, PullRefusal,
    QueueChange, QueueNotFound, QueueRow, QueueSettings, Reply, ResourceId, Topology,
    UpdateRefusal, ConfigureRefusal,
};
use super::driver::{self, Answer, Command, Interruption, Released, View};
use super::error::{
    AcknowledgeError, AttachError, BrokerClosed, ConfigureError, CreateError, DeleteError, DetachError,
    Failure, PullError, QueueError, SendError, UpdateError,
};
use super::ports::{Consumer, MetricsReply, Producer, SendReply, SendRequest};
use super::request::{
    AcknowledgeRequest, Activity, Observer, PeekedMessage, PullRequest, Pulled, Unobserved,
};
use super::storage::{Storage, StorageError};
use crate::base::{Clock, limits};

/// What a broker is started with.
pub struct BrokerOptions {
    /// Where the queues are kept.
    pub storage: Box<dyn Storage>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Who is told what happens.
    pub observer: Arc<dyn Observer>,
    /// Most messages a second that one queue takes; `None` takes all that come. Production takes 5,000.
    pub messages_per_second: Option<u32>,
    /// Largest backlog of one queue, in bytes.
    pub backlog_bytes_max: u64,
    /// How many bytes of bodies are kept in memory so that fresh messages need not be read back.
    pub body_cache_bytes: usize,
}

impl BrokerOptions {
    /// The usual options for this storage and clock.
    pub fn new(storage: Box<dyn Storage>, clock: Arc<dyn Clock>) -> Self {
        Self {
            storage,
            clock,
            observer: Arc::new(Unobserved),
            messages_per_second: None,
            backlog_bytes_max: limits::BACKLOG_BYTES_MAX,
            body_cache_bytes: 16 * 1024 * 1024,
        }
    }
}

/// A handle to the queues. Clones share one broker, which ends with [`Broker::shutdown`] or with the last clone.
#[derive(Clone)]
pub struct Broker {
    shared: Arc<Shared>,
}

/// Ends the driver when the last handle is gone.
struct Shared {
    commands: Sender<Command>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        // An error means that the driver has ended already.
        drop(self.commands.send(Command::Shutdown(Duration::ZERO, Box::new(|| ()))));
    }
}

impl Broker {
    /// Loads what is stored and starts the broker's thread.
    ///
    /// # Errors
    /// When the storage cannot be read, or there can be no thread.
    pub fn start(options: BrokerOptions) -> Result<Self, StorageError> {
        driver::start(options).map(|commands| Self { shared: Arc::new(Shared { commands }) })
    }

    /// Sends messages, all or none; `reply` is called on the broker's thread once they are durable.
    pub fn send(
        &self,
        request: SendRequest,
        reply: impl FnOnce(Result<Metrics, SendError>) + Send + 'static,
    ) {
        let answer = Answer::new(move |released| {
            reply(settled(released, |reply| match reply {
                Reply::Sent(result) => Some(result.map(|(_, metrics)| metrics)),
                _ => None,
            }));
        });
        self.tell(Command::Send(request, answer));
    }

    /// Sends messages and waits until they are durable.
    ///
    /// # Errors
    /// See [`SendRefusal`] and [`Failure`].
    pub async fn send_and_wait(&self, request: SendRequest) -> Result<Metrics, SendError> {
        let (sender, receiver) = oneshot::channel();
        self.send(request, move |result| drop(sender.send(result)));
        receiver.await.unwrap_or(Err(Failure::Closed(BrokerClosed)))
    }

    /// The backlog of a queue, by name or id.
    ///
    /// # Errors
    /// When there is no such queue.
    pub async fn metrics(&self, queue: &str) -> Result<Metrics, QueueError> {
        let queue = queue.to_owned();
        self.query(move |view| view.metrics(&queue)).await.unwrap_or_else(Err)
    }

    /// Applies what configuration files say.
    ///
    /// # Errors
    /// When two workers consume one queue, or a queue is its own dead letter queue; nothing has changed.
    pub async fn configure(&self, topology: Topology) -> Result<(), ConfigureError> {
        let ids = fresh_ids(2 * (topology.queues.len() + 3 * topology.consumers.len()));
        self.step(Input::Configure { topology, ids }, |reply| match reply {
            Reply::Configured(result) => Some(result),
            _ => None::<Result<(), ConfigureRefusal>>,
        })
        .await
    }

    /// A worker is here: from now on its queues are delivered to `consumer`. Replaces an earlier one.
    pub fn connect(&self, worker: &str, consumer: Arc<dyn Consumer>) {
        self.tell(Command::Connect(worker.to_owned(), consumer));
    }

    /// A worker is gone: its queues keep their messages. Deliveries it holds can still be finished.
    pub fn disconnect(&self, worker: &str) {
        self.tell(Command::Disconnect(worker.to_owned()));
    }

    /// Every queue, by name.
    ///
    /// # Errors
    /// When the broker has shut down.
    pub async fn queues(&self) -> Result<Vec<QueueRow>, BrokerClosed> {
        self.query(|view| view.queues()).await.map_err(|_: QueueError| BrokerClosed)
    }

    /// One queue, by name or id.
    ///
    /// # Errors
    /// When there is no such queue.
    pub async fn queue(&self, queue: &str) -> Result<QueueRow, QueueError> {
        let queue = queue.to_owned();
        self.query(move |view| view.queue(&queue)).await.unwrap_or_else(Err)
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

    /// Leases messages to a client. Answers at once, with none when none is ready.
    ///
    /// # Errors
    /// When there is no such queue, it has no pull consumer, or it is paused.
    pub async fn pull(&self, request: PullRequest) -> Result<Pulled, PullError> {
        let PullRequest { queue, batch_size, visibility_timeout_ms } = request;
        let input = Input::Pull { queue, batch_size, visibility_timeout_ms };
        let (sender, receiver) = oneshot::channel();
        let answer = Answer::new(move |released| drop(sender.send(released)));
        self.tell(Command::Step(Box::new(input), answer));
        match receiver.await.unwrap_or(Err(Interruption::Closed)) {
            Ok(Released { reply: Reply::Pulled(Ok(order)), payloads }) => {
                Ok(driver::pulled(order, payloads))
            }
            released => settled(released, |reply| match reply {
                Reply::Pulled(Err(refusal)) => Some(Err(refusal)),
                _ => None::<Result<Pulled, PullRefusal>>,
            }),
        }
    }

    /// Takes the decisions of a client that pulled. A lease that is over is accepted all the same.
    ///
    /// # Errors
    /// When there is no such queue or it has no pull consumer.
    pub async fn acknowledge(&self, request: AcknowledgeRequest) -> Result<Acknowledged, AcknowledgeError> {
        let AcknowledgeRequest { queue, acks, retries } = request;
        self.step(Input::Acknowledge { queue, acks, retries }, |reply| match reply {
            Reply::Acknowledged(result) => Some(result),
            _ => None::<Result<_, AcknowledgeRefusal>>,
        })
        .await
    }

    /// The oldest messages of a queue, at most `limit`; they stay where they are.
    ///
    /// # Errors
    /// When there is no such queue, or its bodies cannot be read.
    pub async fn peek(&self, queue: &str, limit: usize) -> Result<Vec<PeekedMessage>, QueueError> {
        let queue = queue.to_owned();
        self.query(move |view| view.peek(&queue, limit)).await.unwrap_or_else(Err)
    }

    /// Deletes all messages of a queue, delayed and leased ones too, and says how many there were.
    /// Deliveries that are running finish; what they retry stays deleted.
    ///
    /// # Errors
    /// When there is no such queue.
    pub async fn purge(&self, queue: &str) -> Result<u64, QueueError> {
        self.step(Input::PurgeQueue { queue: queue.to_owned() }, |reply| match reply {
            Reply::Purged(result) => Some(result),
            _ => None::<Result<_, QueueNotFound>>,
        })
        .await
    }

    /// Deletes single messages by the references a peek gave.
    ///
    /// # Errors
    /// When there is no such queue.
    pub async fn purge_messages(
        &self,
        queue: &str,
        references: Vec<String>,
    ) -> Result<MessagesPurged, QueueError> {
        self.step(Input::PurgeMessages { queue: queue.to_owned(), references }, |reply| match reply {
            Reply::MessagesPurged(result) => Some(result),
            _ => None::<Result<_, QueueNotFound>>,
        })
        .await
    }

    /// Whether anything is going on, once everything asked before is done.
    ///
    /// # Errors
    /// When the broker has shut down.
    pub async fn activity(&self) -> Result<Activity, BrokerClosed> {
        self.query(|view| view.activity()).await.map_err(|_: QueueError| BrokerClosed)
    }

    /// The clock was moved by hand: deadlines may have come.
    pub fn tick(&self) {
        self.tell(Command::Tick);
    }

    /// Stops delivering, waits at most `grace` (real time) for running deliveries, makes everything durable
    /// and closes the storage. What is asked afterwards is answered with [`BrokerClosed`].
    pub async fn shutdown(&self, grace: Duration) {
        let (sender, receiver) = oneshot::channel();
        let done = Box::new(move || {
            // Whoever asked may have gone.
            let _ = sender.send(());
        });
        self.tell(Command::Shutdown(grace, done));
        // An error means the driver is gone already, which is what was asked for.
        drop(receiver.await);
    }

    fn tell(&self, command: Command) {
        // A command that cannot be sent is dropped, and its answer then says that the broker is closed.
        drop(self.shared.commands.send(command));
    }

    async fn step<T, Refusal: std::error::Error>(
        &self,
        input: Input,
        pick: impl FnOnce(Reply) -> Option<Result<T, Refusal>>,
    ) -> Result<T, Failure<Refusal>> {
        let (sender, receiver) = oneshot::channel();
        let answer = Answer::new(move |released| drop(sender.send(released)));
        self.tell(Command::Step(Box::new(input), answer));
        settled(receiver.await.unwrap_or(Err(Interruption::Closed)), pick)
    }

    async fn query<T: Send + 'static, Refusal: std::error::Error>(
        &self,
        look: impl FnOnce(&mut View<'_>) -> T + Send + 'static,
    ) -> Result<T, Failure<Refusal>> {
        let (sender, receiver) = oneshot::channel();
        self.tell(Command::Query(Box::new(move |view| drop(sender.send(look(view))))));
        receiver.await.map_err(|_| Failure::Closed(BrokerClosed))
    }
}

impl Producer for Broker {
    fn send(&self, request: SendRequest, reply: SendReply) {
        Self::send(self, request, reply);
    }

    fn metrics(&self, queue: &str, reply: MetricsReply) {
        let queue = queue.to_owned();
        let reply = UnlessClosed(Some(reply));
        self.tell(Command::Query(Box::new(move |view| reply.give(view.metrics(&queue)))));
    }
}

/// A reply that says the broker is closed when it is dropped.
struct UnlessClosed(Option<MetricsReply>);

impl UnlessClosed {
    fn give(mut self, result: Result<Metrics, QueueError>) {
        if let Some(reply) = self.0.take() {
            reply(result);
        }
    }
}

impl Drop for UnlessClosed {
    fn drop(&mut self) {
        if let Some(reply) = self.0.take() {
            reply(Err(Failure::Closed(BrokerClosed)));
        }
    }
}

fn attached(reply: Reply) -> Option<Result<ConsumerRow, AttachRefusal>> {
    match reply {
        Reply::Attached(result) => Some(result),
        _ => None,
    }
}

fn settled<T, Refusal: std::error::Error>(
    released: Result<Released, Interruption>,
    pick: impl FnOnce(Reply) -> Option<Result<T, Refusal>>,
) -> Result<T, Failure<Refusal>> {
    match released {
        // The core answers each input with its own reply, so `pick` finds it.
        Ok(released) => match pick(released.reply) {
            Some(result) => result.map_err(Failure::Refused),
            None => Err(Failure::Closed(BrokerClosed)),
        },
        Err(Interruption::Storage(failure)) => Err(Failure::Storage(failure)),
        Err(Interruption::Closed) => Err(Failure::Closed(BrokerClosed)),
    }
}

fn fresh_ids(count: usize) -> FreshIds {
    FreshIds::new((0..count).map(|_| driver::random_bits()).collect())
}
