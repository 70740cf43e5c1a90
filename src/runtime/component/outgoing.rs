//! `wasi:http/outgoing-handler`: requests of a component to the outside, by the clients that all Workers share.

use http::{HeaderName, HeaderValue, Response};
use wasmtime_wasi::runtime::spawn;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, IncomingResponse, OutgoingRequestConfig};
use wasmtime_wasi_http::p2::{HttpResult, WasiHttpHooks};

use super::body::{self, WasiBody};
use crate::runtime::header;
use crate::runtime::outbound::{
    Outbound, OutboundBody, OutboundRequest, OutboundRequestBody, OutboundResponse,
};

/// Makes the requests of one instance.
pub struct OutgoingHttp {
    outbound: Outbound,
}

impl OutgoingHttp {
    /// Requests are made by `outbound`.
    pub fn new(outbound: Outbound) -> Self {
        Self { outbound }
    }
}

impl WasiHttpHooks for OutgoingHttp {
    fn send_request(
        &mut self,
        request: hyper::Request<HyperOutgoingBody>,
        config: OutgoingRequestConfig,
    ) -> HttpResult<HostFutureIncomingResponse> {
        let outbound = self.outbound.clone();
        Ok(HostFutureIncomingResponse::pending(spawn(
            async move { Ok(fetch(outbound, request, config).await) },
        )))
    }
}

async fn fetch(
    outbound: Outbound,
    request: hyper::Request<HyperOutgoingBody>,
    config: OutgoingRequestConfig,
) -> Result<IncomingResponse, ErrorCode> {
    let (head, body) = request.into_parts();
    let has_body = !hyper::body::Body::is_end_stream(&body);
    let outgoing = OutboundRequest {
        method: head.method.to_string(),
        url: head.uri.to_string(),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), header::text(value))).collect(),
        body: if has_body {
            OutboundRequestBody::Stream(body::from_component(body))
        } else {
            OutboundRequestBody::Empty
        },
        follow_redirects: false,
        decode_body: false,
    };
    let answer = tokio::time::timeout(config.first_byte_timeout, outbound.fetch(outgoing)).await;
    let response = answer
        .map_err(|_| ErrorCode::ConnectionReadTimeout)?
        .map_err(|text| ErrorCode::InternalError(Some(text)))?;
    let resp = answer_for_component(response)?;
    Ok(IncomingResponse { resp, worker: None, between_bytes_timeout: config.between_bytes_timeout })
}

fn answer_for_component(response: OutboundResponse) -> Result<Response<WasiBody>, ErrorCode> {
    let body = match response.body {
        OutboundBody::Empty => body::empty(),
        OutboundBody::Bytes(bytes) => body::whole(bytes),
        OutboundBody::Stream(stream) => body::streamed(stream),
    };
    let mut answer = Response::builder()
        .status(response.head.status)
        .body(body)
        .map_err(|error| ErrorCode::InternalError(Some(error.to_string())))?;
    for (name, value) in &response.head.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(value.as_bytes()))
        {
            answer.headers_mut().append(name, value);
        }
    }
    Ok(answer)
}
