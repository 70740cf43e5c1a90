//! What an isolate is told before its script is evaluated.

use serde::Serialize;
use serde_json::{Map, Value};

/// What `env` is made from, and the flags that change how queues behave.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Setup {
    /// The Worker's name.
    pub worker: String,
    /// Variables, put on `env` as they are.
    pub vars: Map<String, Value>,
    /// Queue bindings.
    pub producers: Vec<SetupProducer>,
    /// Service bindings.
    pub services: Vec<SetupService>,
    /// Bindings that are not emulated.
    pub missing: Vec<SetupMissing>,
    /// What compatibility date and flags amount to.
    pub flags: SetupFlags,
    /// The compatibility date, `YYYY-MM-DD`.
    pub compatibility_date: String,
    /// The compatibility flags as the user wrote them.
    pub compatibility_flags: Vec<String>,
}

/// One queue binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetupProducer {
    /// Its name on `env`.
    pub binding: String,
    /// The queue.
    pub queue: String,
}

/// One service binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetupService {
    /// Its name on `env`.
    pub binding: String,
}

/// One binding that is not emulated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetupMissing {
    /// Its name on `env`.
    pub binding: String,
    /// What it throws when it is touched.
    pub message: String,
    /// What it would be, for the banner.
    #[serde(skip)]
    pub kind: String,
}

/// Behaviours that depend on the compatibility date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SetupFlags {
    /// Messages are JSON unless said otherwise; structured clones before.
    pub json_messages: bool,
    /// Errors of sends carry production's codes.
    pub expose_error_codes: bool,
    /// A delivery is finished only when promises given to `waitUntil` have settled.
    pub wait_for_wait_until: bool,
}

impl Setup {
    /// The JSON text an isolate is started with.
    pub fn to_json(&self) -> String {
        // Plain maps, strings and numbers always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}
