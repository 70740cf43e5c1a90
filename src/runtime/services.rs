//! Service bindings: Workers of one session that call each other.
//!
//! A call goes through the host to the target's current isolate, as a request from outside would: it waits
//! while the target is reloaded, and each side may be replaced without the other.
//!
//! Source: Cloudflare's documentation, "Service bindings" and "Remote-procedure call (RPC)".

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use futures::StreamExt;
use serde_json::value::RawValue;
use url::Url;

use super::content_encoding::ContentEncoding;
use super::gate::Gate;
use super::isolate::{Call, FetchRequest, FetchResponse, InvocationError, RequestBody, ResponseBody};
use super::outbound::{
    BODY_CANNOT_BE_REPEATED, OutboundBody, OutboundRequest, OutboundRequestBody, OutboundResponse,
};
use super::protocol::GuestError;
use super::protocol::events::{RequestHead, ResponseHead};
use super::worker::{WeakWorker, Worker};

/// Most redirects that are followed, as the Fetch Standard says.
const REDIRECTS_MAX: usize = 20;
/// Largest arguments or result of a call, in bytes, as in production.
const CALL_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The errors whose kind survives a call; others arrive as `Error` with their name in the message.
const KINDS_OF_ERRORS: [&str; 7] =
    ["Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"];

/// The Workers of a session by name. Clones share them; none is kept alive by being here.
#[derive(Clone, Default)]
pub struct Services {
    workers: Arc<RwLock<HashMap<String, WeakWorker>>>,
    /// What calls come through; nobody shuts it where the caller is not a Worker.
    caller: Gate,
}

/// What a service binding leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceTarget {
    /// The name of the Worker.
    pub service: String,
    /// Its named entrypoint; `None` is the default export.
    pub entrypoint: Option<String>,
    /// What the entrypoint finds as `ctx.props`: the JSON text of an object.
    pub props: Option<Arc<str>>,
}

impl Services {
    /// The same for a caller behind `gate`: once it is shut, its calls are refused.
    pub fn for_caller(&self, gate: Gate) -> Self {
        Self { caller: gate, ..self.clone() }
    }

    /// From now on `worker` can be called by its name.
    pub fn add(&self, worker: &Worker) {
        let mut workers = self.workers.write().unwrap_or_else(PoisonError::into_inner);
        workers.insert(worker.name().to_string(), worker.downgrade());
    }

    /// The Worker of this name, if it is part of the session.
    pub fn worker(&self, name: &str) -> Option<Worker> {
        let workers = self.workers.read().unwrap_or_else(PoisonError::into_inner);
        workers.get(name).and_then(WeakWorker::upgrade)
    }

    /// Every Worker, by name.
    pub fn all(&self) -> Vec<Worker> {
        let workers = self.workers.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Worker> = workers.values().filter_map(WeakWorker::upgrade).collect();
        all.sort_by(|one, other| one.name().cmp(other.name()));
        all
    }

    /// Answers a request by the target's `fetch()`.
    ///
    /// # Errors
    ///
    /// What the target's handler throws, and what the host found: no such Worker, no code that runs, too
    /// many redirects.
    pub async fn fetch(
        &self,
        target: &ServiceTarget,
        request: OutboundRequest,
    ) -> Result<OutboundResponse, GuestError> {
        let worker = self.find(target)?;
        let OutboundRequest { mut method, mut url, headers, body, follow_redirects, .. } = request;
        let mut repeatable = Repeatable::of(&body);
        let mut body = body_for_target(body);
        let mut redirected = false;
        for _ in 0..=REDIRECTS_MAX {
            let head = RequestHead { method: method.clone(), url: url.clone(), headers: headers.clone() };
            let request = FetchRequest {
                head,
                body,
                entrypoint: target.entrypoint.clone(),
                props: target.props.clone(),
            };
            let response = worker.fetch_for(Some(&self.caller), request).await.map_err(thrown)?;
            let next = follow_redirects.then(|| redirect(&response, &url)).flatten();
            let Some(next) = next else { return Ok(answer(response, url, redirected)) };
            if response.status == 303 || (response.status < 303 && method == "POST") {
                "GET".clone_into(&mut method);
                repeatable = Repeatable::Bytes(None);
            }
            body = repeatable.again()?;
            url = next;
            redirected = true;
        }
        Err(GuestError::from_host("TypeError", "Too many redirects."))
    }

    /// Calls a method of the target's entrypoint, or reads a property.
    ///
    /// # Errors
    ///
    /// As [`Services::fetch`]; also when arguments or result are too large.
    pub async fn call(
        &self,
        target: &ServiceTarget,
        method: String,
        arguments: Option<Box<RawValue>>,
    ) -> Result<Box<RawValue>, GuestError> {
        let worker = self.find(target)?;
        if let Some(arguments) = &arguments {
            check_size(arguments, "arguments")?;
        }
        let call =
            Call { entrypoint: target.entrypoint.clone(), props: target.props.clone(), method, arguments };
        let result = worker.call(&self.caller, call).await.map_err(thrown)?;
        check_size(&result, "result")?;
        Ok(result)
    }

    fn find(&self, target: &ServiceTarget) -> Result<Worker, GuestError> {
        self.worker(&target.service).ok_or_else(|| {
            let message = format!("The worker \"{}\" is no longer part of this session.", target.service);
            GuestError::from_host("Error", message)
        })
    }
}

fn check_size(value: &RawValue, what: &str) -> Result<(), GuestError> {
    let bytes = value.get().len();
    if bytes <= CALL_BYTES_MAX {
        return Ok(());
    }
    let message = format!("The {what} of a call between Workers may have 32 MiB; these have {bytes} bytes.");
    Err(GuestError::from_host("RangeError", message))
}

fn body_for_target(body: OutboundRequestBody) -> RequestBody {
    match body {
        OutboundRequestBody::Empty => RequestBody::Empty,
        OutboundRequestBody::Bytes(bytes) => RequestBody::Bytes(bytes),
        OutboundRequestBody::Stream(stream) => {
            RequestBody::Stream(Box::pin(stream.map(|chunk| chunk.map_err(|error| error.headline()))))
        }
    }
}

/// What a redirect may send again.
enum Repeatable {
    Bytes(Option<Bytes>),
    No,
}

impl Repeatable {
    fn of(body: &OutboundRequestBody) -> Self {
        match body {
            OutboundRequestBody::Empty => Self::Bytes(None),
            OutboundRequestBody::Bytes(bytes) => Self::Bytes(Some(bytes.clone())),
            OutboundRequestBody::Stream(_) => Self::No,
        }
    }

    fn again(&self) -> Result<RequestBody, GuestError> {
        match self {
            Self::Bytes(None) => Ok(RequestBody::Empty),
            Self::Bytes(Some(bytes)) => Ok(RequestBody::Bytes(bytes.clone())),
            Self::No => Err(GuestError::from_host("TypeError", BODY_CANNOT_BE_REPEATED)),
        }
    }
}

/// Where a response leads, if it is a redirect.
fn redirect(response: &FetchResponse, url: &str) -> Option<String> {
    let is_redirect = matches!(response.status, 301 | 302 | 303 | 307 | 308);
    let (_, location) =
        response.headers.iter().find(|(name, _)| is_redirect && name.eq_ignore_ascii_case("location"))?;
    Url::parse(url).ok()?.join(location).ok().map(String::from)
}

fn answer(response: FetchResponse, url: String, redirected: bool) -> OutboundResponse {
    let encoding = ContentEncoding::of(&response.headers).filter(|_| response.is_encoded);
    let body = match response.body {
        ResponseBody::Empty => OutboundBody::Empty,
        ResponseBody::Bytes(bytes) => OutboundBody::Bytes(bytes),
        ResponseBody::Stream(body) => {
            OutboundBody::Stream(Box::pin(body.map(|chunk| chunk.map_err(|error| error.headline()))))
        }
    };
    let body = match encoding {
        Some(encoding) => body.decoded(encoding),
        None => body,
    };
    let web_socket = response.web_socket;
    let head = ResponseHead {
        status: response.status,
        status_text: status_text(response.status, response.status_text),
        redirected,
        url,
        headers: response.headers,
    };
    OutboundResponse { head, body, web_socket }
}

fn status_text(status: u16, said: String) -> String {
    if !said.is_empty() {
        return said;
    }
    let status = http::StatusCode::from_u16(status).ok();
    status.and_then(|status| status.canonical_reason()).unwrap_or_default().to_owned()
}

/// What the caller catches. Stacks stay where they are, as in production.
fn thrown(error: InvocationError) -> GuestError {
    match error {
        InvocationError::Exception(exception) if KINDS_OF_ERRORS.contains(&exception.name.as_str()) => {
            GuestError::from_host(&exception.name, exception.message)
        }
        InvocationError::Exception(exception) => GuestError::from_host("Error", exception.headline()),
        InvocationError::Died(reason) => GuestError::from_host("Error", reason),
    }
}
