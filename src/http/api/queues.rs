//! Creating, showing, changing and deleting queues.

use super::ApiOptions;
use super::body::Object;
use super::call::Call;
use super::envelope::ApiResponse;
use super::error::{ApiError, codes};
use super::queue_names;
use super::views::QueueView;
use crate::base::limits;
use crate::broker::{ChangeSource, QueueChange, QueueRow, QueueSettings};

/// `POST /queues`.
pub(super) async fn create(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let body = call.object()?;
    let name = body.required("queue_name")?.text()?;
    queue_names::check(api, &name, "/queue_name").await?;
    let settings = overwriting(read_settings(&body)?);
    let queue = api.broker.create_queue(&name, settings, ChangeSource::Api).await?;
    shown(api, &queue).await
}

/// `GET /queues`, with exact names only: wrangler takes the first of whatever it is given.
pub(super) async fn list(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let mut queues = api.broker.queues().await?;
    let names: Vec<&str> = call.query.all("name").collect();
    if !names.is_empty() {
        queues.retain(|queue| names.contains(&&*queue.name));
    }
    let total_count = queues.len();
    let page = call.query.page_or_all(total_count)?;
    let producers = api.broker.producers().await?;
    let queues = page.of(queues).into_iter();
    let views: Vec<QueueView> = queues.map(|queue| QueueView::new(&queue, &producers)).collect();
    Ok(ApiResponse::page(&views, page, total_count))
}

/// `GET /queues/:queue_id`.
pub(super) async fn get(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let queue = api.broker.queue(&call.queue_id(api).await?).await?;
    shown(api, &queue).await
}

/// `PUT /queues/:queue_id`: what is not said becomes the default again.
pub(super) async fn overwrite(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let body = call.object()?;
    let QueueSettings { delivery_delay_seconds, delivery_paused, retention_seconds } =
        overwriting(read_settings(&body)?);
    let change = QueueChange {
        name: read_name(&body)?,
        delivery_delay_seconds: Some(delivery_delay_seconds),
        delivery_paused: Some(delivery_paused),
        retention_seconds: Some(retention_seconds),
    };
    update(api, call, change).await
}

/// `PATCH /queues/:queue_id`: what is not said stays.
pub(super) async fn edit(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let body = call.object()?;
    let change = QueueChange { name: read_name(&body)?, ..read_settings(&body)? };
    update(api, call, change).await
}

/// `DELETE /queues/:queue_id`, with its messages and the event subscriptions that lead to it.
pub(super) async fn delete(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let queue = api.broker.queue(&call.queue_id(api).await?).await?;
    let id = queue.id.to_string();
    // What cannot be read would be noticed when the queue has gone.
    api.subscriptions.clone().all().await?;
    api.broker.delete_queue(&id).await?;
    api.subscriptions.clone().forget(id).await?;
    Ok(ApiResponse::success(&()))
}

async fn update(api: &ApiOptions, call: &Call<'_>, change: QueueChange) -> Result<ApiResponse, ApiError> {
    let id = call.queue_id(api).await?;
    if let Some(name) = &change.name {
        queue_names::check(api, name, "/queue_name").await?;
    }
    let queue = api.broker.update_queue(&id, change, ChangeSource::Api).await?;
    shown(api, &queue).await
}

async fn shown(api: &ApiOptions, queue: &QueueRow) -> Result<ApiResponse, ApiError> {
    Ok(ApiResponse::success(&QueueView::new(queue, &api.broker.producers().await?)))
}

fn read_name(body: &Object<'_>) -> Result<Option<String>, ApiError> {
    body.field("queue_name").map(|name| name.text()).transpose()
}

fn read_settings(body: &Object<'_>) -> Result<QueueChange, ApiError> {
    let Some(settings) = body.field("settings") else { return Ok(QueueChange::default()) };
    let settings = settings.object()?;
    let refused = codes::QUEUE_SETTINGS_INVALID;
    let delay = settings.field("delivery_delay");
    let delay = delay.map(|delay| delay.small_integer(0..=limits::DELAY_SECONDS_MAX, refused));
    let retention = settings.field("message_retention_period");
    let range = limits::RETENTION_SECONDS_MIN..=limits::RETENTION_SECONDS_MAX;
    let retention = retention.map(|retention| retention.integer(range, refused));
    Ok(QueueChange {
        name: None,
        delivery_delay_seconds: delay.transpose()?,
        delivery_paused: settings.field("delivery_paused").map(|paused| paused.boolean()).transpose()?,
        retention_seconds: retention.transpose()?,
    })
}

/// The settings of a queue of which nothing else is known.
fn overwriting(change: QueueChange) -> QueueSettings {
    let default = QueueSettings::default();
    QueueSettings {
        delivery_delay_seconds: change.delivery_delay_seconds.unwrap_or(default.delivery_delay_seconds),
        delivery_paused: change.delivery_paused.unwrap_or(default.delivery_paused),
        retention_seconds: change.retention_seconds.unwrap_or(default.retention_seconds),
    }
}
