//! One request to one operation.

use super::body::Object;
use super::error::{ApiError, codes};
use super::paths::{Operation, PathParameters};
use super::query::Query;
use super::{API_BODY_BYTES_MAX, ApiBody, ApiOptions};
use crate::broker::ResourceId;

/// What a handler reads.
pub(super) struct Call<'a> {
    operation: Operation,
    parameters: PathParameters,
    /// What followed the `?`.
    pub query: Query,
    body: &'a ApiBody,
}

impl<'a> Call<'a> {
    /// A request that was routed.
    pub fn new(
        operation: Operation,
        parameters: PathParameters,
        query: Option<&str>,
        body: &'a ApiBody,
    ) -> Self {
        Self { operation, parameters, query: Query::parse(query), body }
    }

    /// The body, which must be an object.
    pub fn object(&self) -> Result<Object<'a>, ApiError> {
        Object::read(self.bytes()?)
    }

    /// The body, which may be missing.
    pub fn optional_object(&self) -> Result<Object<'a>, ApiError> {
        Object::read_optional(self.bytes()?)
    }

    /// The id of the queue that the path names. A queue's name is no id: here, as in production, it finds
    /// nothing, but the error says what the id is.
    pub async fn queue_id(&self, api: &ApiOptions) -> Result<String, ApiError> {
        let given = self.parameter("queue_id");
        if let Ok(id) = given.parse::<ResourceId>() {
            return Ok(id.to_string());
        }
        let hint = match api.broker.queue(given).await {
            Ok(queue) => format!("; the queue of that name has the id {}", queue.id),
            Err(_) => String::new(),
        };
        if given.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(ApiError::queue_not_found(format!("queue \"{given}\" does not exist{hint}")));
        }
        let message = format!("the queue id \"{given}\" is not alphanumeric{hint}");
        Err(ApiError::bad_request(codes::QUEUE_ID_MALFORMED, message))
    }

    /// The id of the consumer that the path names.
    pub fn consumer_id(&self) -> Result<ResourceId, ApiError> {
        let given = self.parameter("consumer_id");
        given.parse().map_err(|_| ApiError::not_found(format!("there is no consumer \"{given}\"")))
    }

    /// The id of the subscription that the path names.
    pub fn subscription_id(&self) -> &str {
        self.parameter("subscription_id")
    }

    fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(key, _)| *key == name);
        found.map_or("", |(_, value)| value)
    }

    fn bytes(&self) -> Result<&'a [u8], ApiError> {
        match self.body {
            ApiBody::Whole(body) => Ok(body),
            ApiBody::TooLarge => Err(self.too_large()),
        }
    }

    fn too_large(&self) -> ApiError {
        let code = match self.operation {
            Operation::PushMessage => codes::MESSAGE_SIZE_OUT_OF_BOUNDS,
            Operation::PushMessages => codes::BATCH_SIZE_OUT_OF_BOUNDS,
            _ => codes::BODY_INVALID,
        };
        ApiError::new(413, code, format!("the request body is longer than {API_BODY_BYTES_MAX} bytes"))
    }
}
