//! What tests ask of a session over HTTP: its clock, waiting, beginning anew, handlers by hand.
//!
//! As with the REST API: plain values in and out, the same guard, one table of [`paths`] from which the router
//! and the description both come. Answers are plain JSON; errors have the form of the REST API's. Unlike there, what
//! is not known is refused: a misspelt field must not make a test pass.
//!
//! Absent by design: sockets, hyper, wasmtime, SQL.

mod clock;
mod description;
mod expect;
mod handlers;
mod idle;
mod paths;
mod reset;

use std::sync::Arc;
use std::time::Duration;

use super::api::body::{Field, Object};
use super::api::error::{ApiError, codes};
use super::api::query::Query;
use super::api::{ApiBody, ApiRequest, ApiResponse, Guard};
use crate::base::Clock;
use crate::base::time_text::parse_span_ms;
use crate::broker::Topology;
use crate::control::journal::Journal;
use crate::control::{Occupation, TimeTravel};
use crate::runtime::services::Services;

pub use description::described_paths;
pub use paths::is_control;
use paths::{Found, Operation};

/// How long a request waits for a session to come to rest unless it says otherwise, in real time.
const PATIENCE_DEFAULT: Duration = Duration::from_secs(30);
/// The longest it may wait.
const PATIENCE_MAX_MS: u64 = 600_000;

/// What is controlled.
pub struct ControlOptions {
    /// Who may call.
    pub guard: Guard,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Moves the clock, when it is one that can be moved.
    pub travel: Option<Arc<TimeTravel>>,
    /// Whether that clock moves by itself when nothing is being done.
    pub automatic: bool,
    /// What the session is busy with.
    pub occupation: Occupation,
    /// The Workers.
    pub services: Services,
    /// What happened so far; an observer of the queues.
    pub journal: Arc<Journal>,
    /// What the configuration says at present.
    pub topology: Arc<dyn PresentPlan>,
}

/// Knows what the configuration files say at present.
pub trait PresentPlan: Send + Sync {
    /// The queues and their consumers.
    fn topology(&self) -> Topology;

    /// The name of the Worker that answers HTTP requests.
    fn primary(&self) -> String;
}

/// Answers requests that control a session. Clones share everything.
#[derive(Clone)]
pub struct Control {
    options: Arc<ControlOptions>,
}

impl Control {
    /// Control over these parts.
    pub fn new(options: ControlOptions) -> Self {
        Self { options: Arc::new(options) }
    }

    /// Answers one request; see [`is_control`] for the paths.
    pub async fn answer(&self, request: ApiRequest) -> ApiResponse {
        if let Err(refusal) = self.options.guard.check(request.peer, &request.headers) {
            return refusal.response();
        }
        self.operation(&request).await.unwrap_or_else(|error| ApiResponse::error(&error))
    }

    async fn operation(&self, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
        let operation = match paths::find(request.method.as_str(), &request.path) {
            Found::Operation(operation) => operation,
            Found::OtherMethods(allowed) => {
                let message = format!("Method {} not available for that URI.", request.method);
                let error = ApiError::new(405, codes::METHOD_NOT_AVAILABLE, message);
                return Err(ApiError { allow: Some(allowed), ..error });
            }
            Found::Nothing => return Err(ApiError::no_route()),
        };
        let options = &*self.options;
        let object = || Object::read(body(request)?)?.only(&description::fields(operation));
        let query = Query::parse(request.query.as_deref());
        match operation {
            Operation::ShowClock => Ok(clock::show(options)),
            Operation::MoveClock => clock::go(options, &object()?).await,
            Operation::WaitUntilIdle => {
                idle::wait(options, &query.only(&description::parameters(operation))?).await
            }
            Operation::Expect => expect::expect(options, &object()?).await,
            Operation::Reset => {
                let body = Object::read_optional(body(request)?)?.only(&description::fields(operation))?;
                reset::reset(options, &body).await
            }
            Operation::CallQueue => handlers::queue(options, &object()?).await,
            // Cloudflare's own path, whose further parameters mean nothing.
            Operation::CallScheduled => handlers::scheduled(options, &query).await,
            Operation::CallEmail => Err(ApiError::not_found(
                "email() handlers are not emulated: this session runs queue(), scheduled() and fetch()",
            )),
        }
    }
}

/// The bytes of a request's body.
fn body(request: &ApiRequest) -> Result<&[u8], ApiError> {
    match &request.body {
        ApiBody::Whole(body) => Ok(body),
        ApiBody::TooLarge => {
            let message = "the request body is too large";
            Err(ApiError::new(413, codes::BODY_INVALID, message))
        }
    }
}

/// A span of time: a text such as `12h`, or a number of milliseconds.
fn span_ms(field: &Field<'_>) -> Result<u64, ApiError> {
    if field.json().starts_with('"') {
        let text = field.text()?;
        return parse_span_ms(&text).map_err(|error| ApiError::invalid(field.pointer(), &error.to_string()));
    }
    const MILLISECONDS_MAX: u64 = 1 << 53;
    field.integer(0..=MILLISECONDS_MAX, codes::BODY_INVALID)
}

/// How long to wait: the field `timeout`.
fn patience(body: &Object<'_>) -> Result<Duration, ApiError> {
    let Some(field) = body.field("timeout") else { return Ok(PATIENCE_DEFAULT) };
    match span_ms(&field)? {
        milliseconds if milliseconds <= PATIENCE_MAX_MS => Ok(Duration::from_millis(milliseconds)),
        _ => Err(ApiError::invalid(field.pointer(), "must not be longer than 10m")),
    }
}
