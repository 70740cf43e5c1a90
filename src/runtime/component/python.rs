//! `wit/python.wit`: what the Python engine has beyond the public world. Its sources are handed over when an instance
//! starts; requests travel whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderName, HeaderValue, Response};
use wasmtime::component::Linker;

use super::bindings::python_host::{self, Host, Request, Response as EngineResponse, SourceFile, Sources};
use super::body;
use super::incoming::AnswerSender;
use super::instance::{Exports, Instance};
use super::state::{ComponentState, Services};
use super::trap::Death;
use crate::runtime::isolate::{FetchRequest, Handlers, RequestBody};
use crate::runtime::outbound::{Outbound, OutboundBody, OutboundRequest, OutboundRequestBody};

/// Larger bodies are refused, in bytes: they would not fit into an instance's memory beside all else.
const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The files of a Worker in Python. Paths have slashes and are relative to the folder of its configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PythonSources {
    /// The path of the main file, one of `files`.
    pub main: String,
    /// The folders that modules are imported from.
    pub roots: Vec<String>,
    /// Paths and texts of all modules.
    pub files: Vec<(String, String)>,
    /// Paths and contents of the files beside them.
    pub data: BTreeMap<String, Bytes>,
}

/// What the Python engine is given.
pub struct PythonServices {
    /// What it runs.
    pub sources: Arc<PythonSources>,
    /// What `env` is made from, as JSON.
    pub setup: String,
    /// Makes its requests.
    pub outbound: Outbound,
}

/// Adds what only the Python engine imports.
///
/// # Errors
///
/// When an interface is defined twice, which is a mistake of ours.
pub fn link(linker: &mut Linker<ComponentState>) -> wasmtime::Result<()> {
    python_host::add_to_linker::<_, Services>(linker, ComponentState::services)
}

impl Host for Services {
    fn get_sources(&mut self) -> wasmtime::Result<Sources> {
        let PythonSources { main, roots, files, data } = &*self.python()?.sources;
        let file = |(path, text): &(String, String)| SourceFile { path: path.clone(), text: text.clone() };
        Ok(Sources {
            main: main.clone(),
            roots: roots.clone(),
            files: files.iter().map(file).collect(),
            data: data.keys().cloned().collect(),
        })
    }

    fn read_data(&mut self, path: String) -> wasmtime::Result<Vec<u8>> {
        Ok(self.python()?.sources.data.get(&path).map_or_else(Vec::new, |contents| contents.to_vec()))
    }

    fn get_setup(&mut self) -> wasmtime::Result<String> {
        Ok(self.python()?.setup.clone())
    }

    async fn fetch(&mut self, request: Request) -> wasmtime::Result<Result<EngineResponse, String>> {
        let outbound = self.python()?.outbound.clone();
        Ok(fetch(outbound, request).await)
    }
}

impl Services {
    fn python(&self) -> wasmtime::Result<&PythonServices> {
        self.python.as_deref().ok_or_else(|| wasmtime::Error::msg("the instance runs no Python"))
    }
}

async fn fetch(outbound: Outbound, request: Request) -> Result<EngineResponse, String> {
    let Request { method, url, headers, body, follow_redirects } = request;
    let body = body.map_or(OutboundRequestBody::Empty, |bytes| OutboundRequestBody::Bytes(bytes.into()));
    let outgoing = OutboundRequest { method, url, headers, body, follow_redirects, decode_body: true };
    let response = outbound.fetch(outgoing).await?;
    let body = match response.body {
        OutboundBody::Empty => Vec::new(),
        OutboundBody::Bytes(bytes) => bytes.into(),
        OutboundBody::Stream(chunks) => whole(chunks).await?,
    };
    let head = response.head;
    Ok(EngineResponse {
        status: head.status,
        status_text: head.status_text,
        url: head.url,
        headers: head.headers,
        body,
    })
}

/// Runs the Worker's main file; answers with the handlers it has.
///
/// # Errors
///
/// When it raises an exception, traps or passes a limit.
pub async fn start(instance: &mut Instance) -> Result<Handlers, Death> {
    let started = instance.call(|exports| {
        Box::pin(async move {
            let Exports { store, linked, indices } = exports;
            let Some(worker) = &indices.python else { return Ok(Ok(Handlers::default())) };
            let worker = worker.load(&mut *store, &linked)?;
            let handlers = worker.call_start(store).await?;
            Ok(handlers.map(|has| Handlers { fetch: has.fetch, queue: has.queue, scheduled: has.scheduled }))
        })
    });
    started.await?.map_err(|traceback| Death::told(&traceback))
}

/// The request with all of its body.
///
/// # Errors
///
/// When the body breaks off or is too large.
pub async fn request_for_engine(request: FetchRequest) -> Result<Request, String> {
    let FetchRequest { head, body, .. } = request;
    let body = match body {
        RequestBody::Empty => None,
        RequestBody::Bytes(bytes) => Some(bytes.into()),
        RequestBody::Stream(chunks) => Some(whole(chunks).await?),
    };
    Ok(Request { method: head.method, url: head.url, headers: head.headers, body, follow_redirects: true })
}

/// What went wrong with a request, as tracebacks.
#[derive(Default)]
pub struct Errors {
    /// Instead of an answer.
    pub instead: Option<String>,
    /// After the answer, in what was given to `waitUntil`.
    pub after: Vec<String>,
}

/// Answers a request, and goes on with what its handler gave to `waitUntil`.
///
/// # Errors
///
/// When the engine traps.
pub async fn handle(
    exports: Exports<'_>,
    request: Request,
    answer: AnswerSender,
) -> wasmtime::Result<Errors> {
    let Exports { store, linked, indices } = exports;
    let Some(worker) = &indices.python else { return Ok(Errors::default()) };
    let worker = worker.load(&mut *store, &linked)?;
    let instead = match worker.call_fetch(&mut *store, &request).await? {
        Ok(response) => {
            // A client that is gone needs no answer.
            let _ = answer.send(Ok(answer_of(response)?));
            None
        }
        Err(traceback) => Some(traceback),
    };
    Ok(Errors { instead, after: worker.call_settle(store).await? })
}

fn answer_of(response: EngineResponse) -> wasmtime::Result<Response<body::WasiBody>> {
    let body = match response.body {
        bytes if bytes.is_empty() => body::empty(),
        bytes => body::whole(bytes.into()),
    };
    let mut answer = Response::builder().status(response.status).body(body)?;
    for (name, value) in &response.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(value.as_bytes()))
        {
            answer.headers_mut().append(name, value);
        }
    }
    Ok(answer)
}

async fn whole(
    mut chunks: impl futures::Stream<Item = Result<Bytes, String>> + Unpin,
) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        if all.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(format!(
                "a body has more than {BODY_BYTES_MAX} bytes, which Python Workers are not given"
            ));
        }
        all.extend_from_slice(&chunk);
    }
    Ok(all)
}
