//! Messages through the handle, for clients that pull, look and purge.

use super::{Broker, settled};
use crate::broker::core::{
    AcknowledgeRefusal, Acknowledged, ImportRefusal, ImportedMessage, Input, MessageCursor, MessagesImported,
    MessagesMoved, MessagesPurged, PullRefusal, QueueNotFound, Reply,
};
use crate::broker::driver;
use crate::broker::error::{AcknowledgeError, BrokerClosed, Failure, ImportError, PullError, QueueError};
use crate::broker::inquiry::{Look, Looked, Request, Response};
use crate::broker::request::{AcknowledgeRequest, MessagePage, PeekedMessage, PullRequest, Pulled};

impl Broker {
    /// Leases messages to a client. Answers at once, with none when none is ready.
    ///
    /// # Errors
    /// When there is no such queue, it has no pull consumer, or it is paused.
    pub async fn pull(&self, request: PullRequest) -> Result<Pulled, PullError> {
        let PullRequest { queue, batch_size, visibility_timeout_ms } = request;
        let input = Input::Pull { queue, batch_size, visibility_timeout_ms };
        match self.ask(Request::Step(Box::new(input))).await {
            Ok(Response::Stepped(Reply::Pulled(Ok(order)), payloads)) => Ok(driver::pulled(order, payloads)),
            response => settled(response, |reply| match reply {
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
        self.browse(queue, None, limit).await.map(|page| page.messages)
    }

    /// The oldest messages of a queue after those that were seen before, at most `limit`; they stay where
    /// they are.
    ///
    /// # Errors
    /// When there is no such queue, or its bodies cannot be read.
    pub async fn browse(
        &self,
        queue: &str,
        after: Option<MessageCursor>,
        limit: usize,
    ) -> Result<MessagePage, QueueError> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        match self.look(Look::Browse(queue.to_owned(), after, limit)).await? {
            Looked::Browsed(result) => result.map_err(Failure::from),
            _ => Err(Failure::Closed(BrokerClosed)),
        }
    }

    /// Moves single messages, by the references a peek gave, each to the queue (name or id) beside it. They
    /// keep ids, timestamps and bodies; attempts and retention begin anew. All of them move in one commit;
    /// what is leased, or gone, is said in the warnings.
    ///
    /// # Errors
    /// When one of the queues does not exist; then nothing has moved.
    pub async fn move_messages(
        &self,
        queue: &str,
        moves: Vec<(String, String)>,
    ) -> Result<MessagesMoved, QueueError> {
        self.step(Input::MoveMessages { queue: queue.to_owned(), moves }, |reply| match reply {
            Reply::MessagesMoved(result) => Some(result),
            _ => None::<Result<_, QueueNotFound>>,
        })
        .await
    }

    /// Accepts messages as they were elsewhere: with their ids, timestamps and attempts. Retention begins
    /// anew; messages whose ids are in the queue already are passed over.
    ///
    /// # Errors
    /// When there is no such queue, or a body or the backlog would be too large; nothing is accepted.
    pub async fn import(
        &self,
        queue: &str,
        messages: Vec<ImportedMessage>,
    ) -> Result<MessagesImported, ImportError> {
        self.step(Input::Import { queue: queue.to_owned(), messages }, |reply| match reply {
            Reply::Imported(result) => Some(result),
            _ => None::<Result<_, ImportRefusal>>,
        })
        .await
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
