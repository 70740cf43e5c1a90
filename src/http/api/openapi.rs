//! The API's description of itself: OpenAPI 3.1, made from the table of routes.

use serde_json::{Map, Value, json};

use super::paths::{API_BASE, Operation, ROUTES, parameter};
use super::{schemas, subscriptions};

/// What there is to say about an operation beside where it is.
pub(super) struct Description {
    /// Its name in the SDKs.
    pub id: &'static str,
    summary: &'static str,
    /// The schema of the request's body.
    pub request: Option<&'static str>,
    /// The schema of the result; `None` is null.
    pub result: Option<&'static str>,
    /// Whether the result is a page of those.
    pub paged: bool,
}

/// The whole description, with what is served beside the API.
pub(super) fn description(further_paths: &Map<String, Value>) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in &ROUTES {
        let path = paths.entry(route.template).or_insert_with(|| json!({}));
        if let Value::Object(path) = path {
            path.insert(route.method.to_ascii_lowercase(), operation(route.operation, route.template));
        }
    }
    paths.extend(further_paths.clone());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Queues",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The part of the Cloudflare API that is about queues, served locally, and what tests \
                            ask of a session.",
        },
        "servers": [{ "url": API_BASE }],
        "security": [{}, { "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas::all(),
        },
    })
}

fn operation(operation: Operation, template: &str) -> Value {
    let Description { id, summary, request, result, paged } = describe(operation);
    let mut described = json!({
        "operationId": id,
        "summary": summary,
        "parameters": parameters(operation, template),
        "responses": {
            "200": content("Done.", success(result, paged)),
            "default": content("Not done.", reference("Error")),
        },
    });
    if let (Some(schema), Value::Object(described)) = (request, &mut described) {
        let required = !matches!(
            operation,
            Operation::PullMessages | Operation::PeekMessages | Operation::PreviewMessages
        );
        let content = json!({ "application/json": { "schema": reference(schema) } });
        described.insert("requestBody".to_owned(), json!({ "required": required, "content": content }));
    }
    described
}

fn content(description: &str, schema: Value) -> Value {
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn success(result: Option<&str>, paged: bool) -> Value {
    let result = match result {
        Some(schema) if paged => json!({ "type": "array", "items": reference(schema) }),
        Some(schema) => reference(schema),
        None => json!({ "type": "null" }),
    };
    let mut required = vec!["success", "errors", "messages", "result"];
    let mut properties = json!({
        "success": { "const": true },
        "errors": { "type": "array", "maxItems": 0 },
        "messages": { "type": "array", "maxItems": 0 },
        "result": result,
    });
    if let (true, Value::Object(properties)) = (paged, &mut properties) {
        required.push("result_info");
        properties.insert("result_info".to_owned(), reference("ResultInfo"));
    }
    json!({ "type": "object", "required": required, "properties": properties })
}

fn parameters(operation: Operation, template: &str) -> Vec<Value> {
    let in_path = template
        .split('/')
        .filter_map(parameter)
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let count = || json!({ "type": "integer", "minimum": 1 });
    let words = |words: &[&str]| json!({ "type": "string", "enum": words });
    let text = || json!({ "type": "string" });
    let in_query: Vec<(&str, Value)> = match operation {
        Operation::ListQueues => vec![
            ("page", count()),
            ("per_page", count()),
            ("name", json!({ "type": "array", "items": text() })),
        ],
        Operation::ListConsumers => vec![("page", count()), ("per_page", count())],
        Operation::ListSubscriptions => vec![
            ("queue_id", text()),
            ("page", count()),
            ("per_page", count()),
            ("order", words(&subscriptions::ORDERS)),
            ("direction", words(&subscriptions::DIRECTIONS)),
        ],
        _ => Vec::new(),
    };
    let in_query =
        in_query.into_iter().map(|(name, schema)| json!({ "name": name, "in": "query", "schema": schema }));
    in_path.chain(in_query).collect()
}

const fn done(id: &'static str, summary: &'static str) -> Description {
    Description { id, summary, request: None, result: None, paged: false }
}

impl Description {
    const fn takes(self, request: &'static str) -> Self {
        Self { request: Some(request), ..self }
    }

    const fn gives(self, result: &'static str) -> Self {
        Self { result: Some(result), ..self }
    }

    const fn pages(self, result: &'static str) -> Self {
        Self { result: Some(result), paged: true, ..self }
    }
}

/// What there is to say about each operation.
pub(super) const fn describe(operation: Operation) -> Description {
    match operation {
        Operation::CreateQueue => done("queues.create", "Create a queue").takes("QueueCreate").gives("Queue"),
        Operation::ListQueues => done("queues.list", "List queues, or find them by name").pages("Queue"),
        Operation::GetQueue => done("queues.get", "Show a queue").gives("Queue"),
        Operation::OverwriteQueue => {
            done("queues.update", "Overwrite a queue's settings").takes("QueueChange").gives("Queue")
        }
        Operation::EditQueue => {
            done("queues.edit", "Change some of a queue's settings").takes("QueueChange").gives("Queue")
        }
        Operation::DeleteQueue => done("queues.delete", "Delete a queue with its messages"),
        Operation::GetQueueMetrics => done("queues.getMetrics", "Show a queue's backlog").gives("Metrics"),
        Operation::PushMessage => {
            done("queues.messages.push", "Send a message").takes("Message").gives("Pushed")
        }
        Operation::PushMessages => {
            done("queues.messages.bulkPush", "Send messages").takes("MessageBatch").gives("Pushed")
        }
        Operation::PullMessages => {
            done("queues.messages.pull", "Lease messages").takes("PullRequest").gives("Pulled")
        }
        Operation::AcknowledgeMessages => done("queues.messages.ack", "Acknowledge and retry messages")
            .takes("AcknowledgeRequest")
            .gives("Acknowledged"),
        Operation::PeekMessages => {
            done("queues.messages.peek", "Look at messages").takes("PeekRequest").gives("Peeked")
        }
        Operation::PreviewMessages => {
            done("queues.messages.preview", "Look at messages").takes("PeekRequest").gives("Peeked")
        }
        Operation::PurgeMessages => {
            done("queues.messages.purge", "Delete messages").takes("MessagesPurge").gives("MessagesPurged")
        }
        Operation::StartPurge => {
            done("queues.purge.start", "Delete all messages").takes("PurgeRequest").gives("PurgeStarted")
        }
        Operation::GetPurgeStatus => {
            done("queues.purge.status", "Show the state of the last purge").gives("PurgeStatus")
        }
        other => describe_rest(other),
    }
}

/// Consumers and subscriptions.
const fn describe_rest(operation: Operation) -> Description {
    match operation {
        Operation::CreateConsumer => {
            done("queues.consumers.create", "Attach a consumer").takes("ConsumerRequest").gives("Consumer")
        }
        Operation::ListConsumers => {
            done("queues.consumers.list", "List a queue's consumers").pages("Consumer")
        }
        Operation::GetConsumer => done("queues.consumers.get", "Show a consumer").gives("Consumer"),
        Operation::UpdateConsumer => done("queues.consumers.update", "Overwrite a consumer's settings")
            .takes("ConsumerRequest")
            .gives("Consumer"),
        Operation::DeleteConsumer => done("queues.consumers.delete", "Detach a consumer"),
        Operation::CreateSubscription => done("queues.subscriptions.create", "Subscribe to events")
            .takes("SubscriptionCreate")
            .gives("Subscription"),
        Operation::ListSubscriptions => {
            done("queues.subscriptions.list", "List event subscriptions").pages("Subscription")
        }
        Operation::GetSubscription => {
            done("queues.subscriptions.get", "Show an event subscription").gives("Subscription")
        }
        Operation::EditSubscription => done("queues.subscriptions.update", "Change an event subscription")
            .takes("SubscriptionChange")
            .gives("Subscription"),
        _ => done("queues.subscriptions.delete", "Delete an event subscription").gives("Subscription"),
    }
}
