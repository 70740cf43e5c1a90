//! Deleting messages by hand: all of a queue, or single ones.
//!
//! Source: Cloudflare's documentation, "Pause & Purge"; Cloudflare's API reference, "Purge".

use std::collections::BTreeMap;

use serde::Serialize;

use super::ApiOptions;
use super::call::Call;
use super::envelope::ApiResponse;
use super::error::ApiError;
use super::views::QueueView;
use crate::base::calendar::rfc3339;

/// `POST /queues/:queue_id/purge`. It is over when it is answered.
pub(super) async fn start(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let id = call.queue_id(api).await?;
    let confirmation = call.object()?.required("delete_messages_permanently")?;
    if !confirmation.boolean()? {
        return Err(ApiError::invalid(
            confirmation.pointer(),
            "must be true: purged messages do not come back",
        ));
    }
    api.broker.purge(&id).await?;
    let queue = api.broker.queue(&id).await?;
    let view = StartedView {
        queue: QueueView::new(&queue, &api.broker.producers().await?),
        started_at: queue.purged_at.map(rfc3339),
        complete: true,
    };
    Ok(ApiResponse::success(&view))
}

/// `GET /queues/:queue_id/purge`.
pub(super) async fn status(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let queue = api.broker.queue(&call.queue_id(api).await?).await?;
    let started_at = queue.purged_at.map(rfc3339);
    Ok(ApiResponse::success(&StatusView { started_at, completed: "true" }))
}

/// `POST /queues/:queue_id/messages/purge`, by the references that a peek gave.
pub(super) async fn messages(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let id = call.queue_id(api).await?;
    let references = call.object()?.required("refs")?.array()?;
    let references = references.into_iter().map(|reference| reference.object()?.required("ref")?.text());
    let purged = api.broker.purge_messages(&id, references.collect::<Result<_, _>>()?).await?;
    let view = MessagesPurgedView { warnings: purged.warnings.into_iter().collect(), errors: [] };
    Ok(ApiResponse::success(&view))
}

/// What the SDKs take for a queue and wrangler for the state of the purge.
#[derive(Serialize)]
struct StartedView {
    #[serde(flatten)]
    queue: QueueView,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    complete: bool,
}

#[derive(Serialize)]
struct StatusView {
    /// Missing when the queue was never purged.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    /// A text, as the API reference says.
    completed: &'static str,
}

#[derive(Serialize)]
struct MessagesPurgedView {
    warnings: BTreeMap<String, String>,
    errors: [(); 0],
}
