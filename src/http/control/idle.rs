//! Waiting until a session is idle.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ApiError, ApiResponse, ControlOptions, PATIENCE_DEFAULT, PATIENCE_MAX_MS};
use crate::base::time_text::{format_instant, parse_span_ms};
use crate::control::{IdleWhen, Occupied};
use crate::http::api::query::Query;

/// Answers when nothing is to be done; status 408 when something still is.
pub(super) async fn wait(options: &ControlOptions, query: &Query) -> Result<ApiResponse, ApiError> {
    let patience = patience(query)?;
    let none_delayed = query.word("delayed", &["ignore", "wait"])? == "wait";
    let when = IdleWhen { none_delayed, manual: options.travel.is_some() };
    let (occupied, idle) = options.occupation.idle(when, patience).await;
    let answer = described(options, &occupied, idle).await?;
    Ok(ApiResponse::json(if idle { 200 } else { 408 }, Vec::new(), &answer))
}

fn patience(query: &Query) -> Result<Duration, ApiError> {
    let Some(text) = query.get("timeout") else { return Ok(PATIENCE_DEFAULT) };
    let wrong = |problem: String| ApiError::invalid("timeout", &problem);
    match parse_span_ms(text).map_err(|error| wrong(error.to_string()))? {
        milliseconds if milliseconds <= PATIENCE_MAX_MS => Ok(Duration::from_millis(milliseconds)),
        _ => Err(wrong("must not be longer than 10m".to_owned())),
    }
}

async fn described(options: &ControlOptions, occupied: &Occupied, idle: bool) -> Result<Value, ApiError> {
    let queues = &occupied.queues;
    let next = queues.next_delivery.map(format_instant);
    Ok(json!({
        "idle": idle,
        "now": format_instant(options.clock.now()),
        "ready": queues.deliverable,
        "deliveries": queues.running,
        "handlers": occupied.handlers,
        "pending": queues.pending,
        "nextDelivery": next,
        "waitsFor": if idle { Vec::new() } else { options.occupation.waits_for() },
        "others": others(options).await?,
    }))
}

/// The queues that hold messages which nobody is handed: paused, pulled, or without a consumer.
async fn others(options: &ControlOptions) -> Result<Vec<Value>, ApiError> {
    let queues = options.occupation.broker.queues_with_metrics().await;
    let queues = queues.map_err(|error| ApiError::new(503, 0, error.to_string()))?;
    let others = queues.iter().filter_map(|(row, metrics)| {
        let consumer = row.consumer.as_ref().map(|consumer| consumer.settings.label());
        let reason = match consumer {
            None => "no consumer",
            Some(_) if row.settings.delivery_paused => "paused",
            Some("http_pull") => "pull consumer",
            Some(_) => return None,
        };
        let messages = metrics.backlog_count;
        (messages > 0).then(|| json!({ "queue": row.name, "messages": messages, "because": reason }))
    });
    Ok(others.collect())
}
