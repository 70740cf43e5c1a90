//! Messages through the handle, for clients that pull, look and purge.

use tokio::sync::oneshot;

use super::{Broker, settled};
use crate::broker::core::{
    AcknowledgeRefusal, Acknowledged, Input, MessagesPurged, PullRefusal, QueueNotFound, Reply,
};
use crate::broker::driver::{self, Answer, Command, Interruption, Released};
use crate::broker::error::{AcknowledgeError, PullError, QueueError};
use crate::broker::request::{AcknowledgeRequest, PeekedMessage, PullRequest, Pulled};

impl Broker {
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
            Ok(Released { reply: Reply::Pulled(Ok(order)), payloads }) => Ok(driver::pulled(order, payloads)),
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
}
