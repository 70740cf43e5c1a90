//! Keys at the top level and in environments that mean nothing.
//!
//! Source: Cloudflare's documentation, "Configuration - Wrangler".

use super::fields::{Field, warn_unexpected_field};
use super::unsupported_bindings;
use crate::config::document::{Entry, Node};
use crate::config::problems::Problems;
use crate::config::spelling::nearest;

/// Keys that only the top level has.
const TOP_LEVEL: &[&str] = &[
    "$schema",
    "addresses",
    "alias",
    "configPath",
    "data_blobs",
    "definedEnvironments",
    "dependencies_instrumentation",
    "dev",
    "env",
    "keep_vars",
    "legacy_env",
    "pages_build_output_dir",
    "send_metrics",
    "site",
    "targetEnvironment",
    "text_blobs",
    "topLevelName",
    "userConfigPath",
    "wasm_modules",
];

/// Keys of the top level and of environments, beside the bindings that are not emulated.
const EVERYWHERE: &[&str] = &[
    "access",
    "account_id",
    "base_dir",
    "build",
    "cache",
    "cloudchamber",
    "compatibility_date",
    "compatibility_flags",
    "compliance_region",
    "connect",
    "containers",
    "define",
    "exports",
    "find_additional_modules",
    "first_party_worker",
    "jsx_factory",
    "jsx_fragment",
    "keep_names",
    "limits",
    "logpush",
    "main",
    "migrations",
    "minify",
    "name",
    "no_bundle",
    "node_compat",
    "observability",
    "placement",
    "preserve_file_names",
    "preview_urls",
    "previews",
    "python_modules",
    "queues",
    "route",
    "routes",
    "rules",
    "secrets",
    "services",
    "streaming_tail_consumers",
    "tail_consumers",
    "triggers",
    "tsconfig",
    "upload_source_maps",
    "usage_model",
    "vars",
    "workers_dev",
    "zone_id",
];

/// Whether wrangler has a key of this name at the top level.
pub(super) fn is_known(key: &str) -> bool {
    TOP_LEVEL.contains(&key) || is_known_in_environments(key)
}

/// Warns of unknown keys at the top level and in all environments, the chosen one or not.
pub(in crate::config) fn warn_unknown_keys(root: &Node, problems: &mut Problems) {
    for entry in root.entries().iter().filter(|entry| !is_known(&entry.key)) {
        warn("top-level", entry, problems);
    }
    let environments = root.entry("env").map(|entry| Field::new("", entry));
    for environment in environments.iter().flat_map(|environments| environments.node.entries()) {
        let path = format!("env.{}", environment.key);
        for entry in environment.node.entries().iter().filter(|entry| !is_known_in_environments(&entry.key)) {
            warn(&path, entry, problems);
        }
    }
}

fn is_known_in_environments(key: &str) -> bool {
    EVERYWHERE.contains(&key) || unsupported_bindings::is_known(key)
}

fn warn(parent: &str, entry: &Entry, problems: &mut Problems) {
    let remedy = remedy(parent, &entry.key, problems.is_toml());
    warn_unexpected_field(parent, entry, &[], Some(remedy), problems);
}

fn remedy(parent: &str, key: &str, is_toml: bool) -> String {
    match key {
        _ if parent != "top-level" && TOP_LEVEL.contains(&key) => {
            format!("\"{key}\" is a field of the top level only; move it there")
        }
        "producers" | "consumers" if is_toml => format!("write [[queues.{key}]]"),
        "crons" if is_toml => "write [triggers] above it".to_owned(),
        "port" | "ip" if is_toml => "write [dev] above it".to_owned(),
        "producers" | "consumers" => format!("write \"queues\": {{ \"{key}\": [ … ] }}"),
        "crons" => "write \"triggers\": { \"crons\": [ … ] }".to_owned(),
        "port" | "ip" => format!("write \"dev\": {{ \"{key}\": … }}"),
        _ => {
            let known = TOP_LEVEL.iter().chain(EVERYWHERE).copied().chain(unsupported_bindings::sections());
            match nearest(key, known) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "remove it, or check its spelling".to_owned(),
            }
        }
    }
}
