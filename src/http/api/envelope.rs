//! The shape of every answer.
//!
//! wrangler looks at `success`, the SDKs at the status: both are set. Source: Cloudflare's API reference,
//! "Queues"; the error form is in Cloudflare's documentation, "Error codes".

use bytes::Bytes;
use serde::Serialize;

use super::error::ApiError;
use super::query::Page;

/// The content type of every answer but the counters'.
pub(in crate::http) const JSON: &str = "application/json";

/// What a request is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiResponse {
    /// The HTTP status.
    pub status: u16,
    /// The body's content type.
    pub content_type: &'static str,
    /// Further headers, their names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Bytes,
}

impl ApiResponse {
    /// It was done, with this result.
    pub(in crate::http) fn success(result: &impl Serialize) -> Self {
        Self::json(200, Vec::new(), &Success::new(result, None))
    }

    /// It was done; this is one page of the result.
    pub(in crate::http) fn page<Item: Serialize>(items: &[Item], page: Page, total_count: usize) -> Self {
        let info = ResultInfo::new(items.len(), page, total_count);
        Self::json(200, Vec::new(), &Success::new(&items, Some(info)))
    }

    /// It was not done.
    pub(in crate::http) fn error(error: &ApiError) -> Self {
        let source = error.pointer.as_deref().map(|pointer| ErrorSource { pointer });
        let errors = [ErrorView { code: error.code, message: &error.message, source }];
        let body = Refused { success: false, errors, messages: [], result: () };
        Self::json(error.status, error.headers(), &body)
    }

    /// Any JSON.
    pub(in crate::http) fn json(
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: &impl Serialize,
    ) -> Self {
        // Our own types have string keys only, so writing them as JSON cannot fail.
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { status, content_type: JSON, headers, body: body.into() }
    }
}

#[derive(Serialize)]
struct Success<'a, Content> {
    success: bool,
    errors: [(); 0],
    messages: [(); 0],
    result: &'a Content,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_info: Option<ResultInfo>,
}

impl<'a, Content> Success<'a, Content> {
    fn new(result: &'a Content, result_info: Option<ResultInfo>) -> Self {
        Self { success: true, errors: [], messages: [], result, result_info }
    }
}

#[derive(Serialize)]
struct ResultInfo {
    page: usize,
    per_page: usize,
    count: usize,
    total_count: usize,
    total_pages: usize,
}

impl ResultInfo {
    fn new(count: usize, page: Page, total_count: usize) -> Self {
        let total_pages = total_count.div_ceil(page.per_page.max(1));
        Self { page: page.number, per_page: page.per_page, count, total_count, total_pages }
    }
}

#[derive(Serialize)]
struct Refused<'a> {
    success: bool,
    errors: [ErrorView<'a>; 1],
    messages: [(); 0],
    result: (),
}

#[derive(Serialize)]
struct ErrorView<'a> {
    code: u32,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<ErrorSource<'a>>,
}

#[derive(Serialize)]
struct ErrorSource<'a> {
    pointer: &'a str,
}
