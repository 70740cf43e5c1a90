//! The handle through which everybody reaches the queues.

mod messages;
mod queues;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::core::{Input, Metrics, ProcessNumber, Reply};
use super::driver::{self, Answer, Command, Commands, Interruption};
use super::error::{BrokerClosed, Failure, QueueError, SendError};
use super::inquiry::{Look, Looked, Request, Response};
use super::ports::{self, Consumer, MetricsReply, Producer, SendReply, SendRequest};
use super::request::{Activity, Observer, Unobserved};
use super::sharing::{self, OpenError, StateOptions};
use super::storage::{Storage, StorageError};
use crate::base::{Clock, Work, limits};

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
    /// How long outcomes of deliveries, for which nobody waits, may wait for others to share a commit with.
    pub outcome_linger: Duration,
    /// Where what the broker does is counted.
    pub work: Work,
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
            outcome_linger: driver::LINGER,
            work: Work::default(),
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
    commands: Commands,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.commands.send(Command::Shutdown(Duration::ZERO, Box::new(|| ())));
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

    /// Opens the queues of a state directory: as their owner, or through the process that has them. The handle
    /// is the same, also after that process has gone and this one or another has taken over.
    ///
    /// Waits while an owner starts or ends, some seconds at most; not for a thread that must not wait.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(options: StateOptions) -> Result<Self, OpenError> {
        sharing::open(options).map(|commands| Self { shared: Arc::new(Shared { commands }) })
    }

    /// Sends messages, all or none; `reply` is called on the broker's thread once they are durable.
    pub fn send(
        &self,
        request: SendRequest,
        reply: impl FnOnce(Result<Metrics, SendError>) + Send + 'static,
    ) {
        let answer = Answer::new(move |response| {
            reply(settled(response, |reply| match reply {
                Reply::Sent(result) => Some(result.map(|(_, metrics)| metrics)),
                _ => None,
            }));
        });
        self.tell(Command::Send(request, answer));
    }

    /// Sends messages and waits until they are durable.
    ///
    /// # Errors
    /// See [`super::core::SendRefusal`] and [`Failure`].
    pub async fn send_and_wait(&self, request: SendRequest) -> Result<Metrics, SendError> {
        ports::send_and_wait(self, request).await
    }

    /// The backlog of a queue, by name or id.
    ///
    /// # Errors
    /// When there is no such queue.
    pub async fn metrics(&self, queue: &str) -> Result<Metrics, QueueError> {
        match self.look(Look::Metrics(queue.to_owned())).await? {
            Looked::Metrics(result) => result.map_err(Failure::Refused),
            _ => Err(Failure::Closed(BrokerClosed)),
        }
    }

    /// A worker is here: from now on its queues are delivered to `consumer`. Replaces an earlier one.
    pub fn connect(&self, worker: &str, consumer: Arc<dyn Consumer>) {
        self.tell(Command::Connect(ProcessNumber::OWNER, worker.to_owned(), consumer));
    }

    /// A worker is gone: its queues keep their messages. Deliveries it holds can still be finished.
    pub fn disconnect(&self, worker: &str) {
        self.tell(Command::Disconnect(ProcessNumber::OWNER, worker.to_owned()));
    }

    /// Whether anything is going on, once everything asked before is done.
    ///
    /// # Errors
    /// When the broker has shut down, or the process that owns the queues cannot be reached.
    pub async fn activity(&self) -> Result<Activity, Failure<Infallible>> {
        match self.look(Look::Activity).await? {
            Looked::Activity(activity) => Ok(activity),
            _ => Err(Failure::Closed(BrokerClosed)),
        }
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
        self.shared.commands.send(command);
    }

    async fn step<T, Refusal: std::error::Error>(
        &self,
        input: Input,
        pick: impl FnOnce(Reply) -> Option<Result<T, Refusal>>,
    ) -> Result<T, Failure<Refusal>> {
        settled(self.ask(Request::Step(Box::new(input))).await, pick)
    }

    async fn look<Refusal: std::error::Error>(&self, look: Look) -> Result<Looked, Failure<Refusal>> {
        match self.ask(Request::Look(look)).await {
            Ok(Response::Looked(looked)) => Ok(looked),
            // Each request is answered by its own kind of response.
            Ok(Response::Stepped(..)) => Err(Failure::Closed(BrokerClosed)),
            Err(interruption) => Err(interruption.into()),
        }
    }

    async fn ask(&self, request: Request) -> Result<Response, Interruption> {
        let (sender, receiver) = oneshot::channel();
        let answer = Answer::new(move |response| drop(sender.send(response)));
        self.tell(Command::Request(ProcessNumber::OWNER, request, answer));
        receiver.await.unwrap_or(Err(Interruption::Closed))
    }
}

impl Producer for Broker {
    fn send(&self, request: SendRequest, reply: SendReply) {
        Self::send(self, request, reply);
    }

    fn metrics(&self, queue: &str, reply: MetricsReply) {
        let answer = Answer::new(move |response| {
            reply(match response {
                Ok(Response::Looked(Looked::Metrics(result))) => result.map_err(Failure::Refused),
                Ok(_) => Err(Failure::Closed(BrokerClosed)),
                Err(interruption) => Err(interruption.into()),
            });
        });
        let request = Request::Look(Look::Metrics(queue.to_owned()));
        self.tell(Command::Request(ProcessNumber::OWNER, request, answer));
    }
}

impl<Refusal: std::error::Error> From<Interruption> for Failure<Refusal> {
    fn from(interruption: Interruption) -> Self {
        match interruption {
            Interruption::Storage(failure) => Self::Storage(failure),
            Interruption::Closed => Self::Closed(BrokerClosed),
        }
    }
}

fn settled<T, Refusal: std::error::Error>(
    response: Result<Response, Interruption>,
    pick: impl FnOnce(Reply) -> Option<Result<T, Refusal>>,
) -> Result<T, Failure<Refusal>> {
    match response? {
        // The core answers each input with its own reply, so `pick` finds it.
        Response::Stepped(reply, _) => match pick(reply) {
            Some(result) => result.map_err(Failure::Refused),
            None => Err(Failure::Closed(BrokerClosed)),
        },
        Response::Looked(_) => Err(Failure::Closed(BrokerClosed)),
    }
}
