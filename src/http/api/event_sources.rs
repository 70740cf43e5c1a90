//! What event subscriptions can subscribe to.
//!
//! Source: Cloudflare's documentation, "Events & schemas"; the sources without events there are those that
//! Cloudflare's API reference and wrangler name beside them.

/// A source of events.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventSource {
    /// Its `type`.
    pub kind: &'static str,
    /// The fields that say which of its kind it is.
    pub fields: &'static [&'static str],
    /// Its events.
    pub events: Events,
}

/// The events of a source.
#[derive(Clone, Copy, Debug)]
pub(super) enum Events {
    /// These.
    Documented(&'static [&'static str]),
    /// The documentation does not say; every name is taken.
    Undocumented,
}

impl EventSource {
    /// The source of this `type`.
    pub fn find(kind: &str) -> Option<&'static Self> {
        EVENT_SOURCES.iter().find(|source| source.kind == kind)
    }

    /// Those of these names that are no events of this source.
    pub fn unrecognized<'a>(&self, events: &'a [String]) -> Vec<&'a str> {
        let Events::Documented(known) = self.events else { return Vec::new() };
        events.iter().map(String::as_str).filter(|event| !known.contains(event)).collect()
    }
}

/// Every source.
pub(super) const EVENT_SOURCES: [EventSource; 13] = [
    documented("access", &[], &["application.created", "application.deleted"]),
    documented("artifacts", &[], &["repo.created", "repo.deleted", "repo.forked", "repo.imported"]),
    documented(
        "artifacts.repo",
        &["namespace", "repo_name"],
        &["pushed", "cloned", "fetched", "token.created", "token.revoked"],
    ),
    documented("kv", &[], &["namespace.created", "namespace.deleted"]),
    documented("r2", &[], &["bucket.created", "bucket.deleted"]),
    documented(
        "superSlurper",
        &[],
        &["job.started", "job.paused", "job.resumed", "job.completed", "job.aborted", "job.object.migrated"],
    ),
    documented("vectorize", &[], &["index.created", "index.deleted"]),
    documented("workersAi.model", &["model_name"], &["batch.queued", "batch.succeeded", "batch.failed"]),
    documented(
        "workersBuilds.worker",
        &["worker_name"],
        &["build.started", "build.failed", "build.canceled", "build.succeeded"],
    ),
    documented(
        "workflows.workflow",
        &["workflow_name"],
        &[
            "instance.queued",
            "instance.started",
            "instance.paused",
            "instance.errored",
            "instance.terminated",
            "instance.completed",
        ],
    ),
    undocumented("email.sending", &["zone_id", "domain"]),
    undocumented("images", &[]),
    undocumented("workers.script", &["script_tag"]),
];

const fn documented(
    kind: &'static str,
    fields: &'static [&'static str],
    events: &'static [&'static str],
) -> EventSource {
    EventSource { kind, fields, events: Events::Documented(events) }
}

const fn undocumented(kind: &'static str, fields: &'static [&'static str]) -> EventSource {
    EventSource { kind, fields, events: Events::Undocumented }
}
