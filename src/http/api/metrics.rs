//! A queue's backlog, and the counters of all queues.

use super::ApiOptions;
use super::call::Call;
use super::envelope::ApiResponse;
use super::error::ApiError;
use super::observability::{self, QueueGauges};
use super::views::MetricsView;

/// `GET /queues/:queue_id/metrics`.
pub(super) async fn get(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let metrics = api.broker.metrics(&call.queue_id(api).await?).await?;
    Ok(ApiResponse::success(&MetricsView::from(metrics)))
}

/// The counters, and what each queue holds at this moment, as Prometheus reads them.
pub(super) async fn counters(api: &ApiOptions) -> Result<ApiResponse, ApiError> {
    let now = api.clock.now();
    let mut gauges = Vec::new();
    for (queue, metrics) in api.broker.queues_with_metrics().await? {
        gauges.push(QueueGauges {
            queue: queue.name.clone(),
            paused: queue.settings.delivery_paused,
            backlog_messages: metrics.backlog_count,
            backlog_bytes: metrics.backlog_bytes,
            oldest_age: metrics.oldest_message_timestamp.map(|oldest| now.since(oldest)).unwrap_or_default(),
        });
    }
    Ok(ApiResponse {
        status: 200,
        content_type: observability::CONTENT_TYPE,
        headers: Vec::new(),
        body: api.observability.render(&gauges).into(),
    })
}
