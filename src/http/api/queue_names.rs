//! Which names the API lets a queue have.

use super::ApiOptions;
use super::error::{ApiError, codes};
use crate::base::queue_name::{LENGTH_MAX, is_valid};

/// Refuses a name that the API does not let a queue have, unless a queue has it already: a configuration
/// file may name queues as it likes.
pub(super) async fn check(api: &ApiOptions, name: &str, pointer: &str) -> Result<(), ApiError> {
    if is_valid(name) || api.broker.queue(name).await.is_ok_and(|queue| &*queue.name == name) {
        return Ok(());
    }
    let message = format!(
        "Invalid queue name '{name}'. Must match ^[a-z0-9]([a-z0-9-]{{0,{}}}[a-z0-9])?$",
        LENGTH_MAX - 2
    );
    Err(ApiError::bad_request(codes::QUEUE_NAME_INVALID, message).at(pointer))
}
