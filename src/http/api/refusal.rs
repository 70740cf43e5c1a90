//! What the broker refuses, in the API's words: one exhaustive mapping for each operation.

use std::convert::Infallible;

use super::error::{ApiError, Retry, codes};
use crate::broker::core::{
    AcknowledgeRefusal, AttachRefusal, ConsumerExists, CreateRefusal, DeleteRefusal, DetachRefusal,
    NameTaken, PullRefusal, QueueNotFound, SendRefusal, UpdateRefusal,
};
use crate::broker::{BrokerClosed, Failure};

impl<Refusal: std::error::Error + Into<ApiError>> From<Failure<Refusal>> for ApiError {
    fn from(failure: Failure<Refusal>) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Storage(failure) => Self::internal(failure.to_string()),
            Failure::Closed(closed) => closed.into(),
            injected @ Failure::Injected => Self::internal(injected.to_string()),
        }
    }
}

impl From<Infallible> for ApiError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<BrokerClosed> for ApiError {
    fn from(closed: BrokerClosed) -> Self {
        unavailable(closed.to_string())
    }
}

impl From<QueueNotFound> for ApiError {
    fn from(refusal: QueueNotFound) -> Self {
        Self::queue_not_found(refusal.to_string())
    }
}

impl From<NameTaken> for ApiError {
    fn from(refusal: NameTaken) -> Self {
        Self::bad_request(codes::QUEUE_NAME_TAKEN, refusal.to_string()).at("/queue_name")
    }
}

impl From<ConsumerExists> for ApiError {
    fn from(refusal: ConsumerExists) -> Self {
        // The first words are the service's own, which people search for.
        Self::bad_request(codes::CONSUMER_EXISTS, format!("workers.api.error.consumer_exists: {refusal}"))
    }
}

impl From<SendRefusal> for ApiError {
    fn from(refusal: SendRefusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            SendRefusal::QueueNotFound(refusal) => refusal.into(),
            SendRefusal::BatchCount { .. } => Self::bad_request(codes::BATCH_COUNT_OUT_OF_BOUNDS, text),
            SendRefusal::MessageSize { .. } => Self::bad_request(codes::MESSAGE_SIZE_OUT_OF_BOUNDS, text),
            SendRefusal::BatchSize { .. } => Self::bad_request(codes::BATCH_SIZE_OUT_OF_BOUNDS, text),
            SendRefusal::MessageDelay { .. } => Self::bad_request(codes::MESSAGE_METADATA_INVALID, text),
            SendRefusal::BatchDelay { .. } => Self::bad_request(codes::BATCH_DELAY_INVALID, text),
            // The limit is on the messages of one second.
            SendRefusal::Overloaded { .. } => {
                Self::new(429, codes::OVERLOADED, text).retried(Retry::After(1))
            }
            SendRefusal::StorageLimit { .. } => {
                Self::new(429, codes::STORAGE_LIMIT, text).retried(Retry::Useless)
            }
        }
    }
}

impl From<PullRefusal> for ApiError {
    fn from(refusal: PullRefusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            PullRefusal::QueueNotFound(refusal) => refusal.into(),
            PullRefusal::NoPullConsumer => Self::new(405, codes::NONE, text),
            PullRefusal::Paused => Self::new(409, codes::QUEUE_DISABLED, text),
            PullRefusal::OutOfRange => Self::bad_request(codes::BODY_INVALID, text),
            PullRefusal::Stopped => unavailable(text),
        }
    }
}

impl From<AcknowledgeRefusal> for ApiError {
    fn from(refusal: AcknowledgeRefusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            AcknowledgeRefusal::QueueNotFound(refusal) => refusal.into(),
            AcknowledgeRefusal::NoPullConsumer => Self::new(405, codes::NONE, text),
        }
    }
}

impl From<CreateRefusal> for ApiError {
    fn from(refusal: CreateRefusal) -> Self {
        match refusal {
            CreateRefusal::NameTaken(refusal) => refusal.into(),
        }
    }
}

impl From<UpdateRefusal> for ApiError {
    fn from(refusal: UpdateRefusal) -> Self {
        match refusal {
            UpdateRefusal::QueueNotFound(refusal) => refusal.into(),
            UpdateRefusal::NameTaken(refusal) => refusal.into(),
        }
    }
}

impl From<DeleteRefusal> for ApiError {
    fn from(refusal: DeleteRefusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            DeleteRefusal::QueueNotFound(refusal) => refusal.into(),
            DeleteRefusal::DeadLetterQueue { .. } | DeleteRefusal::Bound { .. } => {
                Self::bad_request(codes::QUEUE_IN_USE, text)
            }
        }
    }
}

impl From<AttachRefusal> for ApiError {
    fn from(refusal: AttachRefusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            AttachRefusal::QueueNotFound(refusal) => refusal.into(),
            AttachRefusal::ConsumerExists(refusal) => refusal.into(),
            AttachRefusal::ConsumerNotFound(_) => Self::not_found(text),
            AttachRefusal::OwnDeadLetterQueue(_) => {
                Self::bad_request(codes::CONSUMER_SETTINGS_INVALID, text).at("/dead_letter_queue")
            }
        }
    }
}

impl From<DetachRefusal> for ApiError {
    fn from(refusal: DetachRefusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            DetachRefusal::QueueNotFound(refusal) => refusal.into(),
            DetachRefusal::ConsumerNotFound(_) => Self::not_found(text),
        }
    }
}

/// Nothing is wrong with the request; the session cannot serve it at present.
fn unavailable(text: String) -> ApiError {
    ApiError::new(503, codes::UNKNOWN_INTERNAL, text).retried(Retry::Useless)
}
