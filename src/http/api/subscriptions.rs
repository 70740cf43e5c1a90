//! Creating, showing, changing and deleting event subscriptions.
//!
//! Source: Cloudflare's documentation, "Manage event subscriptions"; Cloudflare's API reference, "Event
//! subscriptions".

use std::collections::BTreeMap;

use serde::Serialize;

use super::ApiOptions;
use super::body::{Field, Object};
use super::call::Call;
use super::envelope::ApiResponse;
use super::error::{ApiError, codes};
use super::event_sources::{EVENT_SOURCES, EventSource};
use super::subscription_registry::Subscription;
use crate::base::Timestamp;
use crate::base::calendar::rfc3339;
use crate::broker::ResourceId;

/// Subscriptions on a page unless asked otherwise.
pub(super) const PER_PAGE_DEFAULT: usize = 20;
/// What a list can be ordered by; the first is the default.
pub(super) const ORDERS: [&str; 4] = ["created_at", "name", "enabled", "source"];
/// The directions of an order; the first is the default.
pub(super) const DIRECTIONS: [&str; 2] = ["asc", "desc"];
/// The one kind of destination.
pub(super) const DESTINATION: &str = "queues.queue";

/// `POST /event_subscriptions/subscriptions`.
pub(super) async fn create(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let body = call.object()?;
    let name = read_name(&body.required("name")?)?;
    let enabled = body.field("enabled").map(|enabled| enabled.boolean()).transpose()?;
    let (kind, source) = read_source(&body.required("source")?.object()?)?;
    let queue_id = read_destination(api, &body.required("destination")?.object()?).await?;
    let events = read_events(body.required("events")?)?;
    check_events(kind, &events)?;
    let (id, now) = (fresh_id()?, api.clock.now().as_millis());
    let enabled = enabled.unwrap_or(true);
    let subscription =
        Subscription { id, name, enabled, source, queue_id, events, created_at_ms: now, modified_at_ms: now };
    api.subscriptions.clone().add(subscription.clone()).await?;
    Ok(shown(&subscription))
}

/// `GET /event_subscriptions/subscriptions`. Pages past the end are empty: the SDKs ask until one is.
pub(super) async fn list(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let page = call.query.page(PER_PAGE_DEFAULT)?;
    let order = call.query.word("order", &ORDERS)?;
    let descending = call.query.word("direction", &DIRECTIONS)? == "desc";
    let mut subscriptions = api.subscriptions.clone().all().await?;
    if let Some(queue_id) = call.query.get("queue_id") {
        subscriptions.retain(|subscription| subscription.queue_id == queue_id);
    }
    // The order of creation decides between equals.
    match order {
        "name" => subscriptions.sort_by(|one, other| one.name.cmp(&other.name)),
        "enabled" => subscriptions.sort_by_key(|subscription| subscription.enabled),
        "source" => subscriptions.sort_by(|one, other| one.source.get("type").cmp(&other.source.get("type"))),
        _ => {}
    }
    if descending {
        subscriptions.reverse();
    }
    let total_count = subscriptions.len();
    let subscriptions = page.of(subscriptions);
    let views: Vec<SubscriptionView<'_>> = subscriptions.iter().map(SubscriptionView::new).collect();
    Ok(ApiResponse::page(&views, page, total_count))
}

/// `GET /event_subscriptions/subscriptions/:subscription_id`.
pub(super) async fn get(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let id = call.subscription_id().to_owned();
    Ok(shown(&api.subscriptions.clone().get(id).await?))
}

/// `PATCH /event_subscriptions/subscriptions/:subscription_id`: what is not said stays.
pub(super) async fn edit(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let body = call.object()?;
    let name = body.field("name").map(|name| read_name(&name)).transpose()?;
    let enabled = body.field("enabled").map(|enabled| enabled.boolean()).transpose()?;
    let events = body.field("events").map(read_events).transpose()?;
    let queue_id = match body.field("destination") {
        Some(destination) => Some(read_destination(api, &destination.object()?).await?),
        None => None,
    };
    let now = api.clock.now().as_millis();
    let edit = move |subscription: &mut Subscription| {
        if let Some(events) = events {
            let kind = subscription.source.get("type").map(String::as_str).unwrap_or_default();
            check_events(kind, &events)?;
            subscription.events = events;
        }
        subscription.name = name.unwrap_or_else(|| std::mem::take(&mut subscription.name));
        subscription.enabled = enabled.unwrap_or(subscription.enabled);
        subscription.queue_id = queue_id.unwrap_or_else(|| std::mem::take(&mut subscription.queue_id));
        subscription.modified_at_ms = now;
        Ok(())
    };
    let id = call.subscription_id().to_owned();
    Ok(shown(&api.subscriptions.clone().edit(id, edit).await?))
}

/// `DELETE /event_subscriptions/subscriptions/:subscription_id`.
pub(super) async fn delete(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let id = call.subscription_id().to_owned();
    Ok(shown(&api.subscriptions.clone().remove(id).await?))
}

#[derive(Serialize)]
struct SubscriptionView<'a> {
    id: &'a str,
    created_at: String,
    modified_at: String,
    name: &'a str,
    enabled: bool,
    source: &'a BTreeMap<String, String>,
    destination: DestinationView<'a>,
    events: &'a [String],
}

#[derive(Serialize)]
struct DestinationView<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    queue_id: &'a str,
}

impl<'a> SubscriptionView<'a> {
    fn new(subscription: &'a Subscription) -> Self {
        let Subscription { id, name, enabled, source, queue_id, events, created_at_ms, modified_at_ms } =
            subscription;
        Self {
            id,
            created_at: rfc3339(Timestamp::from_millis(*created_at_ms)),
            modified_at: rfc3339(Timestamp::from_millis(*modified_at_ms)),
            name,
            enabled: *enabled,
            source,
            destination: DestinationView { kind: DESTINATION, queue_id },
            events,
        }
    }
}

fn shown(subscription: &Subscription) -> ApiResponse {
    ApiResponse::success(&SubscriptionView::new(subscription))
}

fn read_name(field: &Field<'_>) -> Result<String, ApiError> {
    let name = field.text()?;
    if name.is_empty() { Err(field.refused(codes::BODY_INVALID, "must not be empty")) } else { Ok(name) }
}

/// A source's `type`, and all that names it.
fn read_source(source: &Object<'_>) -> Result<(&'static str, BTreeMap<String, String>), ApiError> {
    let kind = source.required("type")?;
    let found = EventSource::find(&kind.text()?);
    let found = found.ok_or_else(|| {
        let kinds: Vec<&str> = EVENT_SOURCES.iter().map(|source| source.kind).collect();
        kind.refused(codes::BODY_INVALID, &format!("must be one of {}", kinds.join(", ")))
    })?;
    let mut read = BTreeMap::from([("type".to_owned(), found.kind.to_owned())]);
    for name in found.fields {
        read.insert((*name).to_owned(), source.required(name)?.text()?);
    }
    Ok((found.kind, read))
}

/// The id of the queue, which must exist.
async fn read_destination(api: &ApiOptions, destination: &Object<'_>) -> Result<String, ApiError> {
    let kind = destination.required("type")?;
    if kind.text()? != DESTINATION {
        return Err(kind.refused(codes::BODY_INVALID, &format!("must be \"{DESTINATION}\"")));
    }
    let field = destination.required("queue_id")?;
    let id: Result<ResourceId, _> = field.text()?.parse();
    let id = id.map_err(|_| field.refused(codes::BODY_INVALID, "must be a queue's id"))?.to_string();
    api.broker.queue(&id).await?;
    Ok(id)
}

fn read_events(events: Field<'_>) -> Result<Vec<String>, ApiError> {
    let empty = events.refused(codes::BODY_INVALID, "must not be empty");
    let mut read: Vec<String> = Vec::new();
    for event in events.array()? {
        let event = event.text()?;
        if !read.contains(&event) {
            read.push(event);
        }
    }
    if read.is_empty() { Err(empty) } else { Ok(read) }
}

fn check_events(kind: &str, events: &[String]) -> Result<(), ApiError> {
    let Some(source) = EventSource::find(kind) else { return Ok(()) };
    let unrecognized = source.unrecognized(events);
    if unrecognized.is_empty() {
        return Ok(());
    }
    let message = format!("Unrecognized event types: {}", unrecognized.join(", "));
    Err(ApiError::bad_request(codes::NONE, message).at("/events"))
}

fn fresh_id() -> Result<String, ApiError> {
    let mut bits = [0; 16];
    let drawn = getrandom::fill(&mut bits);
    drawn.map_err(|error| ApiError::internal(format!("no random numbers: {error}")))?;
    Ok(ResourceId::from_bytes(bits).to_string())
}
