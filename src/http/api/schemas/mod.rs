//! The shapes of requests and results, for the API's description of itself.

mod messages;
mod resources;

use serde_json::{Map, Value, json};

use crate::base::limits;

/// Every schema by its name.
pub(super) fn all() -> Map<String, Value> {
    let groups = envelope().into_iter().chain(messages::all()).chain(resources::all());
    groups.map(|(name, schema)| (name.to_owned(), schema)).collect()
}

type Named = (&'static str, Value);

/// An object. A name that ends with `?` may be missing.
fn object(properties: &[(&str, Value)]) -> Value {
    let required: Vec<&str> =
        properties.iter().map(|(name, _)| *name).filter(|name| !name.ends_with('?')).collect();
    let properties: Map<String, Value> = properties
        .iter()
        .map(|(name, schema)| (name.trim_end_matches('?').to_owned(), schema.clone()))
        .collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

fn named(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn id() -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-f]{32}$" })
}

fn boolean() -> Value {
    json!({ "type": "boolean" })
}

fn number() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn between(minimum: u64, maximum: u64) -> Value {
    json!({ "type": "integer", "minimum": minimum, "maximum": maximum })
}

fn one_of(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn texts_by_name() -> Value {
    json!({ "type": "object", "additionalProperties": { "type": "string" } })
}

fn delay() -> Value {
    between(0, limits::DELAY_SECONDS_MAX.into())
}

fn batch_size() -> Value {
    between(1, limits::MAX_BATCH_SIZE_MAX.into())
}

fn visibility_timeout() -> Value {
    between(0, limits::VISIBILITY_TIMEOUT_MS_MAX)
}

fn queue_name() -> Value {
    json!({ "type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" })
}

fn envelope() -> Vec<Named> {
    let source = object(&[("pointer", text())]);
    let error = object(&[("code", number()), ("message", text()), ("source?", source)]);
    vec![
        (
            "Error",
            object(&[
                ("success", json!({ "const": false })),
                ("errors", json!({ "type": "array", "minItems": 1, "items": error })),
                ("messages", list(&text())),
                ("result", json!({ "type": "null" })),
            ]),
        ),
        (
            "ResultInfo",
            object(&[
                ("page", number()),
                ("per_page", number()),
                ("count", number()),
                ("total_count", number()),
                ("total_pages", number()),
            ]),
        ),
    ]
}
