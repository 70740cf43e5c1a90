//! `wasi:http/incoming-handler`: requests to a component.

use http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use tokio::sync::oneshot;
use wasmtime_wasi_http::p2::WasiHttpView;
use wasmtime_wasi_http::p2::bindings::exports::wasi::http::incoming_handler::GuestIndices;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};

use super::body::{self, WasiBody};
use super::instance::Exports;
use crate::runtime::header;
use crate::runtime::isolate::{FetchRequest, FetchResponse, RequestBody, ResponseBody};

/// Takes the answer of a component, which may come long before its function returns.
pub type AnswerSender = oneshot::Sender<Result<Response<WasiBody>, ErrorCode>>;

/// Calls the handler.
///
/// # Errors
///
/// When the request cannot be put into WASI's words, or the handler traps.
pub async fn handle(
    exports: Exports<'_>,
    handler: &GuestIndices,
    request: FetchRequest,
    answer: AnswerSender,
) -> wasmtime::Result<()> {
    let (scheme, request) = request_for_component(request)?;
    let Exports { store, linked, .. } = exports;
    let incoming = store.data_mut().http().new_incoming_request(scheme, request)?;
    let outparam = store.data_mut().http().new_response_outparam(answer)?;
    let guest = handler.load(&mut *store, &linked)?;
    guest.call_handle(store, incoming, outparam).await
}

/// The component's answer in the runtime's words.
pub fn response_of(response: Response<WasiBody>) -> FetchResponse {
    let (head, wasi_body) = response.into_parts();
    let body = if hyper::body::Body::is_end_stream(&wasi_body) {
        ResponseBody::Empty
    } else {
        ResponseBody::Stream(body::from_component(wasi_body))
    };
    let headers = head.headers.iter().map(|(name, value)| (name.to_string(), header::text(value)));
    FetchResponse {
        status: head.status.as_u16(),
        status_text: String::new(),
        headers: headers.collect(),
        body,
        is_encoded: true,
        web_socket: None,
    }
}

fn request_for_component(request: FetchRequest) -> wasmtime::Result<(Scheme, Request<WasiBody>)> {
    let FetchRequest { head, body, .. } = request;
    let uri: Uri = head.url.parse()?;
    let scheme = if uri.scheme_str() == Some("https") { Scheme::Https } else { Scheme::Http };
    let body = match body {
        RequestBody::Empty => body::empty(),
        RequestBody::Bytes(bytes) => body::whole(bytes),
        RequestBody::Stream(stream) => body::streamed(stream),
    };
    let mut request = Request::new(body);
    *request.method_mut() = Method::from_bytes(head.method.as_bytes())?;
    *request.uri_mut() = uri;
    for (name, value) in &head.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(value.as_bytes()))
        {
            request.headers_mut().append(name, value);
        }
    }
    Ok((scheme, request))
}
