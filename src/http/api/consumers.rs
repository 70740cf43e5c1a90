//! Attaching, showing, changing and detaching consumers. A queue has one at most.

use super::body::{Field, Object};
use super::call::Call;
use super::envelope::ApiResponse;
use super::error::{ApiError, codes};
use super::query::Page;
use super::queue_names;
use super::views::ConsumerView;
use super::{ApiOptions, Readiness};
use crate::base::limits;
use crate::broker::core::AttachRefusal;
use crate::broker::{
    ChangeSource, ConsumerRow, ConsumerSettings, Failure, PullConsumer, QueueRow, WorkerConsumer,
};

const OUT_OF_RANGE: u32 = codes::CONSUMER_SETTINGS_INVALID;

/// `POST /queues/:queue_id/consumers`.
pub(super) async fn create(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let id = call.queue_id(api).await?;
    let settings = read(api, &call.object()?).await?;
    let consumer = api.broker.attach_consumer(&id, settings, ChangeSource::Api).await?;
    answer(api, &id, &consumer).await
}

/// `GET /queues/:queue_id/consumers`.
pub(super) async fn list(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let queue = api.broker.queue(&call.queue_id(api).await?).await?;
    let consumers: Vec<ConsumerView> = ConsumerView::of(&queue).into_iter().collect();
    let total_count = consumers.len();
    let page: Page = call.query.page_or_all(total_count)?;
    Ok(ApiResponse::page(&page.of(consumers), page, total_count))
}

/// `GET /queues/:queue_id/consumers/:consumer_id`.
pub(super) async fn get(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let queue = api.broker.queue(&call.queue_id(api).await?).await?;
    let id = call.consumer_id()?;
    let consumer = queue.consumer.as_ref().filter(|consumer| consumer.id == id);
    let missing = || ApiError::not_found(format!("queue \"{}\" has no consumer {id}", queue.name));
    Ok(shown(&queue, consumer.ok_or_else(missing)?))
}

/// `PUT /queues/:queue_id/consumers/:consumer_id`: what is not said becomes the default again. Attaches the
/// consumer when the queue has none, as the API reference says.
pub(super) async fn update(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let id = call.queue_id(api).await?;
    let consumer_id = call.consumer_id()?;
    let settings = read(api, &call.object()?).await?;
    let updated = api.broker.update_consumer(&id, consumer_id, settings.clone(), ChangeSource::Api).await;
    let consumer = match updated {
        Err(Failure::Refused(refusal @ AttachRefusal::ConsumerNotFound(_))) => {
            let attached = api.broker.attach_consumer(&id, settings, ChangeSource::Api).await;
            attached.map_err(|failure| match failure {
                // It has a consumer, and not the one that was named.
                Failure::Refused(AttachRefusal::ConsumerExists(_)) => refusal.into(),
                other => ApiError::from(other),
            })?
        }
        other => other?,
    };
    answer(api, &id, &consumer).await
}

/// `DELETE /queues/:queue_id/consumers/:consumer_id`.
pub(super) async fn delete(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let id = call.queue_id(api).await?;
    api.broker.detach_consumer(&id, call.consumer_id()?).await?;
    Ok(ApiResponse::success(&()))
}

/// The consumer as it was attached or changed. A worker that does not run is a cause for a word.
async fn answer(api: &ApiOptions, queue: &str, consumer: &ConsumerRow) -> Result<ApiResponse, ApiError> {
    let queue = api.broker.queue(queue).await?;
    if let ConsumerSettings::Worker(WorkerConsumer { worker, .. }) = &consumer.settings
        && api.workers.readiness(worker) == Readiness::Absent
    {
        api.workers.absent_consumer(&queue.name, worker);
    }
    Ok(shown(&queue, consumer))
}

fn shown(queue: &QueueRow, consumer: &ConsumerRow) -> ApiResponse {
    ApiResponse::success(&ConsumerView::new(queue, consumer))
}

async fn read(api: &ApiOptions, body: &Object<'_>) -> Result<ConsumerSettings, ApiError> {
    let kind = body.required("type")?;
    let settings = match body.field("settings") {
        Some(settings) => settings.object()?,
        None => Object::default(),
    };
    let dead_letter_queue = body.field("dead_letter_queue").map(|name| name.text()).transpose()?;
    let dead_letter_queue = dead_letter_queue.filter(|name| !name.is_empty());
    if let Some(name) = &dead_letter_queue {
        queue_names::check(api, name, "/dead_letter_queue").await?;
    }
    match kind.text()?.as_str() {
        "worker" => read_worker(api, body, &settings, dead_letter_queue).map(ConsumerSettings::Worker),
        "http_pull" => read_pull(&settings, dead_letter_queue).map(ConsumerSettings::Pull),
        _ => Err(kind.refused(codes::BODY_INVALID, "must be \"worker\" or \"http_pull\"")),
    }
}

fn read_worker(
    api: &ApiOptions,
    body: &Object<'_>,
    settings: &Object<'_>,
    dead_letter_queue: Option<String>,
) -> Result<WorkerConsumer, ApiError> {
    let script = body.field("script_name").or_else(|| body.field("script"));
    let script = script.map_or_else(|| body.required("script_name"), Ok)?;
    let worker = script.text()?;
    if worker.is_empty() {
        return Err(script.refused(codes::BODY_INVALID, "must not be empty"));
    }
    if api.workers.readiness(&worker) == Readiness::LacksHandler {
        let message = format!("worker \"{worker}\" has no queue() handler, so it cannot consume a queue");
        return Err(ApiError::bad_request(codes::CONSUMER_LACKS_HANDLER, message));
    }
    let default = WorkerConsumer::new(worker);
    let wait = settings.field("max_wait_time_ms");
    let wait = wait.map(|wait| wait.integer(0..=limits::MAX_BATCH_TIMEOUT_MS_MAX, OUT_OF_RANGE));
    let concurrency = settings.field("max_concurrency");
    let concurrency =
        concurrency.map(|number| number.small_integer(1..=limits::MAX_CONCURRENCY_MAX, OUT_OF_RANGE));
    Ok(WorkerConsumer {
        max_batch_size: batch_size(settings)?.unwrap_or(default.max_batch_size),
        max_batch_timeout_ms: wait.transpose()?.unwrap_or(default.max_batch_timeout_ms),
        max_retries: max_retries(settings)?.unwrap_or(default.max_retries),
        max_concurrency: concurrency.transpose()?,
        retry_delay_seconds: retry_delay(settings)?.unwrap_or(default.retry_delay_seconds),
        dead_letter_queue,
        ..default
    })
}

fn read_pull(settings: &Object<'_>, dead_letter_queue: Option<String>) -> Result<PullConsumer, ApiError> {
    let default = PullConsumer::default();
    let timeout = settings.field("visibility_timeout_ms");
    let timeout = timeout.map(|timeout| timeout.integer(0..=limits::VISIBILITY_TIMEOUT_MS_MAX, OUT_OF_RANGE));
    Ok(PullConsumer {
        max_batch_size: batch_size(settings)?.unwrap_or(default.max_batch_size),
        visibility_timeout_ms: timeout.transpose()?.unwrap_or(default.visibility_timeout_ms),
        max_retries: max_retries(settings)?.unwrap_or(default.max_retries),
        retry_delay_seconds: retry_delay(settings)?.unwrap_or(default.retry_delay_seconds),
        dead_letter_queue,
    })
}

fn batch_size(settings: &Object<'_>) -> Result<Option<u32>, ApiError> {
    let read = |size: Field<'_>| size.small_integer(1..=limits::MAX_BATCH_SIZE_MAX, OUT_OF_RANGE);
    settings.field("batch_size").map(read).transpose()
}

fn max_retries(settings: &Object<'_>) -> Result<Option<u32>, ApiError> {
    let read = |count: Field<'_>| count.small_integer(0..=limits::MAX_RETRIES_MAX, OUT_OF_RANGE);
    settings.field("max_retries").map(read).transpose()
}

fn retry_delay(settings: &Object<'_>) -> Result<Option<u32>, ApiError> {
    let read = |delay: Field<'_>| delay.small_integer(0..=limits::DELAY_SECONDS_MAX, OUT_OF_RANGE);
    settings.field("retry_delay").map(read).transpose()
}
