//! The session's clock: looking at it, and moving it.

use serde_json::{Value, json};

use super::{ApiError, ApiResponse, ControlOptions, Object, codes, patience, span_ms};
use crate::base::alarm::Due;
use crate::base::time_text::{format_instant, parse_instant};
use crate::base::{Clock, Timestamp};
use crate::control::{Arrival, Goal, TimeTravel, Travel};

/// What to do about a clock that cannot be moved.
const NOT_MANUAL: &str = "this session runs on the system's clock, which cannot be moved; start it with \
                          --clock manual (or --clock auto)";

/// What time it is, and what comes next.
pub(super) fn show(options: &ControlOptions) -> ApiResponse {
    let next = options.travel.as_ref().map(|travel| next(travel.next()));
    let mode = match (&options.travel, options.automatic) {
        (None, _) => "system",
        (Some(_), false) => "manual",
        (Some(_), true) => "auto",
    };
    let answer = described(json!({ "mode": mode }), "now", options.clock.now());
    let mut answer = answer;
    answer["next"] = next.unwrap_or_default();
    ApiResponse::json(200, Vec::new(), &answer)
}

/// Moves the clock.
pub(super) async fn go(options: &ControlOptions, body: &Object<'_>) -> Result<ApiResponse, ApiError> {
    let travel = travel(options)?;
    let goal = goal(body, travel.clock().now())?;
    let travelled = travel.go(goal, patience(body)?).await;
    Ok(answer(&travelled))
}

/// Who moves the clock.
///
/// # Errors
///
/// Status 409 when it cannot be moved.
pub(super) fn travel(options: &ControlOptions) -> Result<&TimeTravel, ApiError> {
    options.travel.as_deref().ok_or_else(|| ApiError::new(409, codes::NONE, NOT_MANUAL))
}

fn goal(body: &Object<'_>, now: Timestamp) -> Result<Goal, ApiError> {
    const FIELDS: [&str; 4] = ["advance", "advance_ms", "until", "set"];
    let given: Vec<&str> = FIELDS.into_iter().filter(|name| body.field(name).is_some()).collect();
    let [name] = given[..] else {
        return Err(ApiError::invalid(
            "",
            "must have exactly one of \"advance\", \"advance_ms\", \"until\", \"set\"",
        ));
    };
    let field = body.required(name)?;
    match name {
        "advance" | "advance_ms" => Ok(Goal::By(span_ms(&field)?)),
        "until" => match field.text()?.as_str() {
            "idle" => Ok(Goal::Idle),
            "next" => Ok(Goal::Next),
            _ => Err(ApiError::invalid(field.pointer(), "must be \"idle\" or \"next\"")),
        },
        _ => {
            let wrong = |problem: String| ApiError::invalid(field.pointer(), &problem);
            let instant = parse_instant(&field.text()?).map_err(|error| wrong(error.to_string()))?;
            if instant < now {
                let now = format_instant(now);
                return Err(wrong(format!(
                    "is in the past: the clock shows {now} and goes forward only (a reset can set it back)"
                )));
            }
            Ok(Goal::At(instant))
        }
    }
}

/// Where the clock went; status 408 when it did not arrive.
fn answer(travel: &Travel) -> ApiResponse {
    let answer = json!({ "reached": travel.reached(), "stops": travel.stops });
    let mut answer = described(described(answer, "from", travel.from), "now", travel.to);
    answer["next"] = next(travel.next);
    if !travel.reached() {
        let no_deadline = travel.arrival == Arrival::NoDeadline;
        answer["because"] = json!(if no_deadline { "no deadline" } else { "timeout" });
        answer["waitsFor"] = json!(travel.waits_for);
    }
    ApiResponse::json(if travel.reached() { 200 } else { 408 }, Vec::new(), &answer)
}

fn next(due: Option<Due>) -> Value {
    match due {
        None => Value::Null,
        Some(due) => described(json!({ "kind": due.kind.name() }), "at", due.at),
    }
}

/// Adds an instant twice: as text, and in milliseconds since the Unix epoch.
fn described(mut object: Value, name: &str, instant: Timestamp) -> Value {
    object[name] = json!(format_instant(instant));
    object[format!("{name}Ms")] = json!(instant.as_millis());
    object
}
