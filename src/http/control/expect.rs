//! Waiting for something to happen to a message.

use std::time::Duration;

use serde_json::{Value, json};
use serde_json_path::JsonPath;
use tokio::time::{Instant, timeout_at};

use super::{ApiError, ApiResponse, ControlOptions, Field, Object, codes, patience, span_ms};
use crate::base::time_text::format_instant;
use crate::control::expect::{Expectation, Findings, Told, value_of};
use crate::control::journal::EntryKind;
use crate::control::{Goal, IdleWhen};

/// How long to wait for it unless it is said.
const WITHIN_DEFAULT: Duration = Duration::from_secs(5);
/// The longest wait.
const WITHIN_MAX_MS: u64 = 600_000;
/// Most entries in one answer.
const COUNT_MAX: u32 = 1000;

/// What is asked.
struct Asked {
    expectation: Expectation,
    count: usize,
    none: bool,
    since: u64,
    until: Until,
}

/// When waiting ends.
enum Until {
    Within(Duration),
    /// Nothing is left to be done, delayed messages included; the clock is moved there if it can be.
    Idle(Duration),
}

/// Answers with the entries that match; status 408 when they did not come, 409 when one came that was not to.
pub(super) async fn expect(options: &ControlOptions, body: &Object<'_>) -> Result<ApiResponse, ApiError> {
    let asked = read(body)?;
    if let Some(queue) = &asked.expectation.queue {
        known(options, queue).await?;
    }
    let findings = match asked.until {
        Until::Within(patience) => within(options, &asked, patience).await,
        Until::Idle(patience) => until_idle(options, &asked, patience).await,
    };
    let met = if asked.none { findings.matched.is_empty() } else { findings.matched.len() >= asked.count };
    let status = match (met, asked.none) {
        (true, _) => 200,
        (false, true) => 409,
        (false, false) => 408,
    };
    Ok(ApiResponse::json(status, Vec::new(), &answer(options, &findings, met)))
}

/// A queue that is not there, or was not, is a misspelt one.
async fn known(options: &ControlOptions, queue: &str) -> Result<(), ApiError> {
    if options.journal.mentions(queue) {
        return Ok(());
    }
    match options.occupation.broker.queue(queue).await {
        Ok(row) if *row.name == *queue => Ok(()),
        Ok(row) => {
            let problem = format!("must be the queue's name, {:?}", row.name);
            Err(ApiError::invalid("/queue", &problem))
        }
        Err(error) => Err(ApiError::queue_not_found(error.to_string())),
    }
}

async fn within(options: &ControlOptions, asked: &Asked, patience: Duration) -> Findings {
    let limit = Instant::now() + patience;
    loop {
        let newest = options.journal.newest();
        let findings = asked.expectation.look(&options.journal, asked.since);
        let enough = if asked.none { 1 } else { asked.count };
        if findings.matched.len() >= enough {
            return findings;
        }
        if timeout_at(limit, options.journal.written_after(newest)).await.is_err() {
            return findings;
        }
    }
}

async fn until_idle(options: &ControlOptions, asked: &Asked, patience: Duration) -> Findings {
    let idle = async {
        if let Some(travel) = &options.travel {
            travel.go(Goal::Idle, patience).await;
        } else {
            let when = IdleWhen { none_delayed: true, manual: false };
            options.occupation.idle(when, patience).await;
        }
    };
    if asked.none {
        idle.await;
    } else {
        // With a clock that is moved by hand what was begun is done to its end, so that the next call finds it still.
        match &options.travel {
            Some(_) => idle.await,
            None => tokio::select! {
                () = idle => {}
                _ = within(options, asked, patience) => {}
            },
        }
    }
    asked.expectation.look(&options.journal, asked.since)
}

fn read(body: &Object<'_>) -> Result<Asked, ApiError> {
    let text = |name: &str| body.field(name).map(|field| field.text()).transpose();
    let path = body.field("json_path").map(|field| json_path(&field)).transpose()?;
    // A body may be null.
    let value = body.value("body").map(|field| serde_json::from_str(field.json()));
    let value = value.transpose().map_err(|error| ApiError::invalid("/body", &error.to_string()))?;
    let number = |name: &str, last: u32| {
        body.field(name).map(|field| field.small_integer(1..=last, codes::BODY_INVALID)).transpose()
    };
    let none = body.field("none").map(|field| field.boolean()).transpose()?.unwrap_or(false);
    if let Some(field) = body.field("count").filter(|_| none) {
        return Err(ApiError::invalid(field.pointer(), "cannot go with \"none\": any event is one too many"));
    }
    let since =
        body.field("since").map(|field| field.integer(0..=1 << 53, codes::BODY_INVALID)).transpose()?;
    let kinds = body.field("event").map(|field| kinds(field)).transpose()?.unwrap_or_default();
    of_a_message(body, &kinds)?;
    let expectation = Expectation {
        queue: text("queue")?,
        kinds,
        id: text("id")?,
        attempt: number("attempt", u32::MAX)?,
        body: value,
        path,
    };
    let count = number("count", COUNT_MAX)?.unwrap_or(1) as usize;
    Ok(Asked { expectation, count, none, since: since.unwrap_or(0), until: until(body, none)? })
}

fn json_path(field: &Field<'_>) -> Result<JsonPath, ApiError> {
    JsonPath::parse(&field.text()?)
        .map_err(|error| ApiError::invalid(field.pointer(), &format!("is no JSON path (RFC 9535): {error}")))
}

/// Events that are about no message have nothing that a message could be told by: with `none` that would always pass.
fn of_a_message(body: &Object<'_>, kinds: &[EntryKind]) -> Result<(), ApiError> {
    let Some(kind) = kinds.iter().find(|kind| kind.is_of_a_delivery()) else { return Ok(()) };
    let given = ["body", "json_path", "id", "attempt"].into_iter().find_map(|name| body.value(name));
    given.map_or(Ok(()), |field| {
        let problem = format!("cannot go with the event \"{}\", which is about a delivery", kind.name());
        Err(ApiError::invalid(field.pointer(), &problem))
    })
}

/// One event's name or several.
fn kinds(field: Field<'_>) -> Result<Vec<EntryKind>, ApiError> {
    let pointer = field.pointer().to_owned();
    let names = if field.json().starts_with('[') { field.array()? } else { vec![field] };
    if names.is_empty() {
        return Err(ApiError::invalid(&pointer, "must name at least one event"));
    }
    let kind = |field: &Field<'_>| {
        EntryKind::from_name(&field.text()?).ok_or_else(|| {
            let names: Vec<&str> = EntryKind::ALL.into_iter().map(EntryKind::name).collect();
            ApiError::invalid(field.pointer(), &format!("must be one of {}", names.join(", ")))
        })
    };
    names.iter().map(kind).collect()
}

fn until(body: &Object<'_>, none: bool) -> Result<Until, ApiError> {
    match (body.field("within"), body.field("until")) {
        (Some(_), Some(field)) => Err(ApiError::invalid(field.pointer(), "cannot go with \"within\"")),
        (Some(field), None) => match span_ms(&field)? {
            milliseconds if milliseconds <= WITHIN_MAX_MS => {
                Ok(Until::Within(Duration::from_millis(milliseconds)))
            }
            _ => Err(ApiError::invalid(field.pointer(), "must not be longer than 10m")),
        },
        (None, Some(field)) if field.text()? != "idle" => {
            Err(ApiError::invalid(field.pointer(), "must be \"idle\""))
        }
        (None, Some(_)) => Ok(Until::Idle(patience(body)?)),
        (None, None) if none => Ok(Until::Idle(patience(body)?)),
        (None, None) => Ok(Until::Within(WITHIN_DEFAULT)),
    }
}

fn answer(options: &ControlOptions, findings: &Findings, met: bool) -> Value {
    let events: Vec<Value> = findings.matched.iter().take(COUNT_MAX as usize).map(event).collect();
    let mut answer = json!({
        "met": met,
        "now": format_instant(options.clock.now()),
        "newest": options.journal.newest(),
        "events": events,
    });
    if !met {
        let misses = findings.misses.iter().map(|(told, reason)| {
            let mut event = event(told);
            event["because"] = json!(reason);
            event
        });
        answer["nearest"] = misses.collect();
        answer["waitsFor"] = json!(options.occupation.waits_for());
    }
    answer
}

fn event((entry, body): &Told) -> Value {
    json!({
        "number": entry.number,
        "at": format_instant(entry.at),
        "event": entry.kind.name(),
        "queue": entry.queue,
        "id": entry.id.map(|id| id.to_string()),
        "attempt": entry.attempt,
        "detail": entry.detail,
        "contentType": body.as_ref().map(|known| known.content_type.name()),
        "body": body.as_ref().and_then(value_of),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(body: &Value) -> Result<Asked, ApiError> {
        read(&Object::read(body.to_string().as_bytes())?)
    }

    #[test]
    fn null_is_a_body_like_any_other() {
        let body = |body: &Value| asked(body).unwrap().expectation.body;
        assert_eq!(body(&json!({ "body": null })), Some(Value::Null));
        assert_eq!(body(&json!({})), None);
    }

    #[test]
    fn what_would_pass_for_nothing_is_refused() {
        for (body, pointer) in [
            (json!({ "none": true, "count": 5 }), "/count"),
            (json!({ "event": [] }), "/event"),
            (json!({ "event": "succeeded", "body": null }), "/body"),
            (json!({ "event": ["sent", "failed"], "id": "x", "none": true }), "/id"),
        ] {
            let error = asked(&body).map(|_| ()).unwrap_err();
            assert_eq!(error.pointer.as_deref(), Some(pointer), "{body}");
        }
        assert!(asked(&json!({ "event": ["failed"], "queue": "q", "none": true })).is_ok());
        assert!(asked(&json!({ "event": ["expired"], "body": 1, "none": false, "count": 2 })).is_ok());
    }
}
