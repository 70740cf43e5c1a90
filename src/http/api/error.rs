//! Why the API did not do what it was asked, as its clients are told.

/// The codes clients are told.
///
/// Source: Cloudflare's documentation, "Error codes" (10104 to 15000); the codes from 11001 on are what the
/// service is seen to answer.
pub(in crate::http) mod codes {
    /// The caller may not call.
    pub const AUTHENTICATION: u32 = 10000;
    /// Nothing is served there under this method.
    pub const METHOD_NOT_AVAILABLE: u32 = 7001;
    /// Nothing is there.
    pub const NO_ROUTE: u32 = 7003;
    /// There is no such queue.
    pub const QUEUE_NOT_FOUND: u32 = 10104;
    /// The queue's id is not alphanumeric.
    pub const QUEUE_ID_MALFORMED: u32 = 10107;
    /// The delay of a batch is out of range.
    pub const BATCH_DELAY_INVALID: u32 = 10202;
    /// A message's content type or delay.
    pub const MESSAGE_METADATA_INVALID: u32 = 10203;
    /// A message is too long.
    pub const MESSAGE_SIZE_OUT_OF_BOUNDS: u32 = 10204;
    /// The messages of a batch are too long together.
    pub const BATCH_SIZE_OUT_OF_BOUNDS: u32 = 10205;
    /// A batch of none, or of too many.
    pub const BATCH_COUNT_OUT_OF_BOUNDS: u32 = 10206;
    /// The body is JSON and not what is expected.
    pub const BODY_INVALID: u32 = 10207;
    /// The body is not JSON.
    pub const BODY_MALFORMED: u32 = 10208;
    /// More messages a second than a queue takes.
    pub const OVERLOADED: u32 = 10250;
    /// The backlog is full.
    pub const STORAGE_LIMIT: u32 = 10251;
    /// The queue is paused.
    pub const QUEUE_DISABLED: u32 = 10252;
    /// A worker without a `queue()` handler was to consume a queue.
    pub const CONSUMER_LACKS_HANDLER: u32 = 11001;
    /// The name of a queue is refused.
    pub const QUEUE_NAME_INVALID: u32 = 11003;
    /// A queue has one consumer.
    pub const CONSUMER_EXISTS: u32 = 11004;
    /// The queue is in use and cannot be deleted.
    pub const QUEUE_IN_USE: u32 = 11005;
    /// A queue of that name exists.
    pub const QUEUE_NAME_TAKEN: u32 = 11009;
    /// A consumer's settings are out of range.
    pub const CONSUMER_SETTINGS_INVALID: u32 = 100_127;
    /// A queue's settings are out of range.
    pub const QUEUE_SETTINGS_INVALID: u32 = 100_128;
    /// It is not our error that has a code of its own.
    pub const UNKNOWN_INTERNAL: u32 = 15000;
    /// The service has no code for it.
    pub const NONE: u32 = 0;
}

/// Whether it helps to send the same request again. The official clients do so by themselves on 408, 409,
/// 429 and 5xx, unless the answer says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Retry {
    /// As the status says.
    AsUsual,
    /// It helps no more.
    Useless,
    /// It helps after this many seconds.
    After(u32),
}

/// A request was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::http) struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// One of [`codes`].
    pub code: u32,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The JSON pointer of the field, or the name of the query parameter, that is wrong.
    pub pointer: Option<String>,
    /// Whether the same request may succeed later.
    pub retry: Retry,
    /// The methods that would have been served.
    pub allow: Option<String>,
}

impl ApiError {
    /// An error with this status, code and text.
    pub fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        // A conflict lasts until somebody resolves it.
        let retry = if status == 409 { Retry::Useless } else { Retry::AsUsual };
        Self { status, code, message: message.into(), pointer: None, retry, allow: None }
    }

    /// The request is wrong.
    pub fn bad_request(code: u32, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// The body, or the query, is not what is expected at `pointer`.
    pub fn invalid(pointer: &str, problem: &str) -> Self {
        Self::refused_at(codes::BODY_INVALID, pointer, problem)
    }

    /// What is at `pointer` is refused with `code`; an empty pointer is the whole body.
    pub fn refused_at(code: u32, pointer: &str, problem: &str) -> Self {
        if pointer.is_empty() {
            return Self::bad_request(code, format!("the request body {problem}"));
        }
        let error = Self::bad_request(code, format!("{pointer} {problem}"));
        Self { pointer: Some(pointer.to_owned()), ..error }
    }

    /// There is nothing at that path.
    pub fn no_route() -> Self {
        Self::new(404, codes::NO_ROUTE, "No route for the URI")
    }

    /// There is no such consumer or subscription.
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::new(404, codes::NO_ROUTE, what)
    }

    /// There is no such queue.
    pub fn queue_not_found(message: impl Into<String>) -> Self {
        Self::new(404, codes::QUEUE_NOT_FOUND, message)
    }

    /// Something failed here.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, codes::UNKNOWN_INTERNAL, message).retried(Retry::Useless)
    }

    /// The same error, pointing at what is wrong.
    #[must_use]
    pub fn at(mut self, pointer: &str) -> Self {
        self.pointer = Some(pointer.to_owned());
        self
    }

    /// The same error, saying whether to try again.
    #[must_use]
    pub fn retried(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The headers that go with it.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        match self.retry {
            Retry::AsUsual => {}
            Retry::Useless => headers.push(("x-should-retry", "false".to_owned())),
            Retry::After(seconds) => headers.push(("retry-after", seconds.to_string())),
        }
        headers.extend(self.allow.clone().map(|methods| ("allow", methods)));
        headers
    }
}
