//! Every path that is served, and what is done there. The router and the OpenAPI description both come
//! from the one table.
//!
//! Source: Cloudflare's API reference, "Queues".

use super::query::decoded;

/// What `CLOUDFLARE_API_BASE_URL` ends with.
pub const API_BASE: &str = "/cdn-cgi/api/client/v4";
/// Where the API describes itself.
pub const OPENAPI: &str = "/cdn-cgi/api/openapi.json";
/// Where the counters are.
pub const METRICS: &str = "/cdn-cgi/metrics";

/// Whether a path is one that [`super::Api::answer`] is to answer.
pub fn is_api(path: &str) -> bool {
    let below = path.strip_prefix(API_BASE);
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) || path == OPENAPI || path == METRICS
}

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    CreateQueue,
    ListQueues,
    GetQueue,
    OverwriteQueue,
    EditQueue,
    DeleteQueue,
    GetQueueMetrics,
    PushMessage,
    PushMessages,
    PullMessages,
    AcknowledgeMessages,
    PeekMessages,
    PreviewMessages,
    PurgeMessages,
    StartPurge,
    GetPurgeStatus,
    CreateConsumer,
    ListConsumers,
    GetConsumer,
    UpdateConsumer,
    DeleteConsumer,
    CreateSubscription,
    ListSubscriptions,
    GetSubscription,
    EditSubscription,
    DeleteSubscription,
}

/// One operation, and where it is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    /// The operation.
    pub operation: Operation,
    /// Its method.
    pub method: &'static str,
    /// Its path below [`API_BASE`]; a part in braces stands for any text and names it.
    pub template: &'static str,
}

const QUEUES: &str = "/accounts/{account_id}/queues";
const QUEUE: &str = "/accounts/{account_id}/queues/{queue_id}";
const QUEUE_METRICS: &str = "/accounts/{account_id}/queues/{queue_id}/metrics";
const QUEUE_PURGE: &str = "/accounts/{account_id}/queues/{queue_id}/purge";
const MESSAGES: &str = "/accounts/{account_id}/queues/{queue_id}/messages";
const MESSAGES_BATCH: &str = "/accounts/{account_id}/queues/{queue_id}/messages/batch";
const MESSAGES_PULL: &str = "/accounts/{account_id}/queues/{queue_id}/messages/pull";
const MESSAGES_ACK: &str = "/accounts/{account_id}/queues/{queue_id}/messages/ack";
const MESSAGES_PEEK: &str = "/accounts/{account_id}/queues/{queue_id}/messages/peek";
const MESSAGES_PREVIEW: &str = "/accounts/{account_id}/queues/{queue_id}/messages/preview";
const MESSAGES_PURGE: &str = "/accounts/{account_id}/queues/{queue_id}/messages/purge";
const CONSUMERS: &str = "/accounts/{account_id}/queues/{queue_id}/consumers";
const CONSUMER: &str = "/accounts/{account_id}/queues/{queue_id}/consumers/{consumer_id}";
const SUBSCRIPTIONS: &str = "/accounts/{account_id}/event_subscriptions/subscriptions";
const SUBSCRIPTION: &str = "/accounts/{account_id}/event_subscriptions/subscriptions/{subscription_id}";

const fn route(method: &'static str, template: &'static str, operation: Operation) -> Route {
    Route { operation, method, template }
}

/// Everything that is served below [`API_BASE`].
pub(super) const ROUTES: [Route; 26] = [
    route("POST", QUEUES, Operation::CreateQueue),
    route("GET", QUEUES, Operation::ListQueues),
    route("GET", QUEUE, Operation::GetQueue),
    route("PUT", QUEUE, Operation::OverwriteQueue),
    route("PATCH", QUEUE, Operation::EditQueue),
    route("DELETE", QUEUE, Operation::DeleteQueue),
    route("GET", QUEUE_METRICS, Operation::GetQueueMetrics),
    route("POST", MESSAGES, Operation::PushMessage),
    route("POST", MESSAGES_BATCH, Operation::PushMessages),
    route("POST", MESSAGES_PULL, Operation::PullMessages),
    route("POST", MESSAGES_ACK, Operation::AcknowledgeMessages),
    route("POST", MESSAGES_PEEK, Operation::PeekMessages),
    // The name that peeking had before it was documented.
    route("POST", MESSAGES_PREVIEW, Operation::PreviewMessages),
    route("POST", MESSAGES_PURGE, Operation::PurgeMessages),
    route("POST", QUEUE_PURGE, Operation::StartPurge),
    route("GET", QUEUE_PURGE, Operation::GetPurgeStatus),
    route("POST", CONSUMERS, Operation::CreateConsumer),
    route("GET", CONSUMERS, Operation::ListConsumers),
    route("GET", CONSUMER, Operation::GetConsumer),
    route("PUT", CONSUMER, Operation::UpdateConsumer),
    route("DELETE", CONSUMER, Operation::DeleteConsumer),
    route("POST", SUBSCRIPTIONS, Operation::CreateSubscription),
    route("GET", SUBSCRIPTIONS, Operation::ListSubscriptions),
    route("GET", SUBSCRIPTION, Operation::GetSubscription),
    route("PATCH", SUBSCRIPTION, Operation::EditSubscription),
    route("DELETE", SUBSCRIPTION, Operation::DeleteSubscription),
];

/// The texts that stand in a path where the route's template has names.
pub(super) type PathParameters = Vec<(&'static str, String)>;

/// What a path and a method lead to.
#[derive(Debug)]
pub(super) enum Found {
    /// An operation.
    Operation(Operation, PathParameters),
    /// Operations of these methods only.
    OtherMethods(String),
    /// Nothing.
    Nothing,
}

/// Finds the operation at a path below [`API_BASE`]. Empty parts of a path do not count, since the base URL
/// may end with a slash.
pub(super) fn find(method: &str, path: &str) -> Found {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let mut others: Vec<&str> = Vec::new();
    for route in &ROUTES {
        let Some(parameters) = matched(route.template, &parts) else { continue };
        if route.method == method {
            return Found::Operation(route.operation, parameters);
        }
        others.push(route.method);
    }
    if others.is_empty() { Found::Nothing } else { Found::OtherMethods(others.join(", ")) }
}

fn matched(template: &'static str, parts: &[&str]) -> Option<PathParameters> {
    let mut parts = parts.iter();
    let mut parameters = PathParameters::new();
    for expected in template.split('/').skip(1) {
        let part = parts.next()?;
        match parameter(expected) {
            Some(name) => parameters.push((name, decoded(part, false))),
            None if expected == *part => {}
            None => return None,
        }
    }
    parts.next().is_none().then_some(parameters)
}

/// The name of a part of a template that stands for any text.
pub(super) fn parameter(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_route_is_found_by_its_own_path_and_only_once() {
        for route in &ROUTES {
            match find(route.method, route.template) {
                Found::Operation(operation, parameters) => {
                    assert_eq!(operation, route.operation);
                    let names = route.template.split('/').filter_map(parameter);
                    assert!(parameters.iter().map(|(name, _)| *name).eq(names), "{route:?}");
                }
                other => panic!("{route:?} leads to {other:?}"),
            }
        }
        let operations: std::collections::BTreeSet<_> = ROUTES.iter().map(|route| route.operation).collect();
        assert_eq!(operations.len(), ROUTES.len());
    }

    #[test]
    fn other_methods_and_other_paths() {
        assert!(
            matches!(find("PUT", "/accounts/a/queues"), Found::OtherMethods(allowed) if allowed == "POST, GET")
        );
        for nowhere in ["", "/", "/accounts", "/accounts/a", "/accounts/a/queues/q/x", "/zones/a/queues"] {
            assert!(matches!(find("GET", nowhere), Found::Nothing), "{nowhere}");
        }
        assert!(matches!(find("GET", "//accounts//a/queues/"), Found::Operation(Operation::ListQueues, _)));
    }

    #[test]
    fn only_our_own_paths() {
        for ours in [API_BASE, OPENAPI, METRICS, "/cdn-cgi/api/client/v4/x"] {
            assert!(is_api(ours), "{ours}");
        }
        for other in ["/", "/cdn-cgi/api/client/v40", "/cdn-cgi/api/events", "/cdn-cgi/metrics/x"] {
            assert!(!is_api(other), "{other}");
        }
    }
}
