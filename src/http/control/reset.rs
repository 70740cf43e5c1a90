//! Beginning anew between tests.

use std::time::Instant;

use serde_json::json;

use super::{ApiError, ApiResponse, ControlOptions, Field, Object, clock, codes};
use crate::base::Timestamp;
use crate::base::time_text::{format_instant, parse_instant};
use crate::control::Reset;

/// Empties the queues and ends what runs.
pub(super) async fn reset(options: &ControlOptions, body: &Object<'_>) -> Result<ApiResponse, ApiError> {
    let began = Instant::now();
    let isolates = body.field("isolates").map(|field| field.boolean()).transpose()?.unwrap_or(true);
    let instant = body.field("clock").map(|field| instant(options, &field)).transpose()?;
    let occupation = &options.occupation;
    let reset = Reset { clock: instant, isolates };
    let performed = reset.perform(
        &occupation.broker,
        &options.services,
        &occupation.handlers,
        options.topology.topology(),
        options.travel.as_ref(),
    );
    performed.await.map_err(|error| ApiError::new(500, codes::NONE, error.to_string()))?;
    let took_ms = began.elapsed().as_secs_f64() * 1000.0;
    let answer = json!({ "now": format_instant(options.clock.now()), "tookMs": took_ms });
    Ok(ApiResponse::json(200, Vec::new(), &answer))
}

/// An instant, or `start`: what the clock showed at first.
fn instant(options: &ControlOptions, field: &Field<'_>) -> Result<Timestamp, ApiError> {
    let travel = clock::travel(options)?;
    match field.text()?.as_str() {
        "start" => Ok(travel.clock().start()),
        text => parse_instant(text).map_err(|error| ApiError::invalid(field.pointer(), &error.to_string())),
    }
}
