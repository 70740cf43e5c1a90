//! What can be asked, as OpenAPI 3.1, made from the table of routes.

use serde_json::{Map, Value, json};

use super::paths::{Operation, ROUTES};

/// A field of a body or a parameter of a query: its name, its JSON type, what it says.
type Part = (&'static str, &'static str, &'static str);

/// What there is to say about an operation beside where it is.
struct Description {
    id: &'static str,
    summary: &'static str,
    query: &'static [Part],
    body: &'static [Part],
}

const TIMEOUT: Part = ("timeout", "string", "how long to wait in real time, such as 30s; at most 10m");

/// The whole description.
pub(super) fn description() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in &ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.to_ascii_lowercase()] = operation(route.operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Session control",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What tests ask of a session: its clock, waiting, beginning anew, handlers by hand.",
        },
        "security": [{}, { "token": [] }],
        "paths": paths,
        "components": { "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } } },
    })
}

fn operation(operation: Operation) -> Value {
    let Description { id, summary, query, body } = describe(operation);
    let parameters = query.iter().map(|(name, kind, text)| {
        json!({ "name": name, "in": "query", "description": text, "schema": { "type": kind } })
    });
    let mut described = json!({
        "operationId": id,
        "summary": summary,
        "parameters": parameters.collect::<Vec<_>>(),
        "responses": { "200": { "description": "Done." }, "default": { "description": "Not done." } },
    });
    if !body.is_empty() {
        let properties: Map<String, Value> = body.iter().map(property).collect();
        let schema = json!({ "type": "object", "properties": properties });
        described["requestBody"] = json!({ "content": { "application/json": { "schema": schema } } });
    }
    described
}

fn property((name, kind, text): &Part) -> (String, Value) {
    let schema = match *kind {
        "any" => json!({ "description": text }),
        kind => json!({ "type": kind, "description": text }),
    };
    ((*name).to_owned(), schema)
}

fn describe(operation: Operation) -> Description {
    let (id, summary, query, body): (_, _, &'static [Part], &'static [Part]) = match operation {
        Operation::ShowClock => ("showClock", "What time it is, and the next deadline", &[], &[]),
        Operation::MoveClock => (
            "moveClock",
            "Let time pass",
            &[],
            &[
                ("advance", "string", "how much time passes, such as 12h"),
                ("advance_ms", "integer", "the same in milliseconds"),
                ("until", "string", "idle or next"),
                ("set", "string", "until this instant, RFC 3339"),
                TIMEOUT,
            ],
        ),
        Operation::WaitUntilIdle => (
            "waitUntilIdle",
            "Wait until nothing is to be done",
            &[TIMEOUT, ("delayed", "string", "ignore (the default) or wait: whether delayed messages count")],
            &[],
        ),
        Operation::Expect => (
            "expect",
            "Wait for something to happen to a message, or make sure it does not",
            &[],
            &[
                ("queue", "string", "the queue's name"),
                ("event", "any", "what happens: one name or several"),
                ("body", "any", "the body; of an object the members that are given"),
                ("json_path", "string", "a path (RFC 9535) that selects something in the body"),
                ("id", "string", "the message's id"),
                ("attempt", "integer", "the attempt"),
                ("count", "integer", "how many at least; 1 unless it is said"),
                ("none", "boolean", "make sure that there is none"),
                ("since", "integer", "only what came after the event of this number"),
                ("within", "string", "how long to wait in real time; 5s unless it is said"),
                (
                    "until",
                    "string",
                    "idle: until nothing is left to be done, moving a clock that can be moved",
                ),
                TIMEOUT,
            ],
        ),
        Operation::Reset => (
            "reset",
            "Begin anew",
            &[],
            &[
                ("isolates", "boolean", "whether the Workers' globals go; true unless it is said"),
                ("clock", "string", "what the clock is to show: an instant or start"),
            ],
        ),
        Operation::CallQueue => (
            "callQueue",
            "Call a Worker's queue() once",
            &[],
            &[
                ("queue", "string", "the queue's name"),
                ("messages", "array", "1 to 100 of {body, contentType, id, attempts, timestamp}"),
                ("worker", "string", "the Worker; the queue's consumer unless it is said"),
                TIMEOUT,
            ],
        ),
        Operation::CallScheduled => (
            "callScheduled",
            "Call a Worker's scheduled() once",
            &[
                ("cron", "string", "the cron expression that the handler is told"),
                ("time", "string", "milliseconds since the Unix epoch, or RFC 3339; now unless it is said"),
                ("format", "string", "json, or text"),
                ("worker", "string", "the Worker; the primary one unless it is said"),
            ],
            &[],
        ),
        Operation::CallEmail => ("callEmail", "Not emulated", &[], &[]),
        Operation::Describe => ("describe", "This description", &[], &[]),
    };
    Description { id, summary, query, body }
}
