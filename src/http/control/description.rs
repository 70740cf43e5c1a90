//! What can be asked, as OpenAPI 3.1, made from the table of routes; what is not described here is refused.

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

/// The paths as OpenAPI describes them, to be added to the description of the REST API.
pub fn described_paths() -> Map<String, Value> {
    let mut paths: Map<String, Value> = Map::new();
    for route in &ROUTES {
        // They do not lie below the REST API's base.
        let path = paths.entry(route.path).or_insert_with(|| json!({ "servers": [{ "url": "/" }] }));
        let mut described = operation(route.operation);
        let first = ROUTES.iter().find(|first| first.operation == route.operation);
        if first.is_some_and(|first| first.method != route.method) {
            described["operationId"] = json!(format!("{}By{}", describe(route.operation).id, route.method));
        }
        path[route.method.to_ascii_lowercase()] = described;
    }
    paths
}

/// The names of the fields of an operation's body.
pub(super) fn fields(operation: Operation) -> Vec<&'static str> {
    describe(operation).body.iter().map(|(name, ..)| *name).collect()
}

/// The names of the parameters of an operation's query.
pub(super) fn parameters(operation: Operation) -> Vec<&'static str> {
    describe(operation).query.iter().map(|(name, ..)| *name).collect()
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
        "responses": responses(operation),
    });
    if !body.is_empty() {
        let properties: Map<String, Value> = body.iter().map(property).collect();
        let schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        described["requestBody"] = json!({
            "required": operation != Operation::Reset,
            "content": { "application/json": { "schema": schema } },
        });
    }
    described
}

fn responses(operation: Operation) -> Value {
    let late = "Not in time; the answer says what is waited for.";
    let refused = "Not done; the answer has the form of the REST API's errors.";
    let others: &[(&str, &str)] = match operation {
        Operation::MoveClock => &[
            ("408", "Not there; the answer says why, and what is waited for."),
            ("409", "The session's clock cannot be moved."),
        ],
        Operation::WaitUntilIdle | Operation::CallQueue => &[("408", late)],
        Operation::Expect => &[
            ("408", "It did not happen; the answer has what came nearest."),
            ("409", "It happened, and was not to; the answer has it."),
        ],
        Operation::Reset => &[("409", "The session's clock cannot be set.")],
        Operation::CallScheduled => &[("500", "scheduled() threw.")],
        Operation::ShowClock | Operation::CallEmail => &[],
    };
    let mut responses = json!({ "default": { "description": refused } });
    if operation != Operation::CallEmail {
        responses["200"] = json!({ "description": "Done." });
    }
    for (status, description) in others {
        responses[*status] = json!({ "description": description });
    }
    responses
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
                (
                    "none",
                    "boolean",
                    "make sure that there is none; without within, until the session is idle, as with until",
                ),
                ("since", "integer", "only what came after the event of this number"),
                ("within", "string", "how long to wait in real time; 5s unless it, until or none is said"),
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
    };
    Description { id, summary, query, body }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_is_described_and_each_operation_has_an_id_of_its_own() {
        let paths = described_paths();
        let mut ids = BTreeSet::new();
        for route in &ROUTES {
            let described = &paths[route.path][route.method.to_ascii_lowercase()];
            assert!(described["summary"].is_string(), "{} {}", route.method, route.path);
            ids.insert(described["operationId"].as_str().unwrap().to_owned());
        }
        assert_eq!(ids.len(), ROUTES.len(), "{ids:?}");
    }
}
