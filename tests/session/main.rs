//! A session of the real binary from start to end: what it refuses, serves, reloads, keeps and survives.

mod clock;
mod collector;
mod components;
mod control;
mod crash;
mod custom_build;
mod exceptions;
mod http2;
#[cfg(target_os = "linux")]
mod in_effect;
mod keys;
mod persistence;
mod processes;
mod python;
mod reload;
mod services;
mod start;
mod streaming;
#[path = "../support/mod.rs"]
mod support;
mod watching;
mod web_sockets;

use support::project::Project;

/// A project with this Worker; `settings` are further members of its configuration.
fn project(settings: &str, source: &str) -> Project {
    let config = format!(
        "{{\n  \"name\": \"worker\",\n  \"main\": \"src/index.ts\",\n  \"compatibility_date\": \"2026-06-05\"{settings}\n}}\n"
    );
    Project::new(&[("wrangler.jsonc", &config), ("src/index.ts", source)])
}

/// Settings of a Worker that sends to a queue and consumes it, with these further settings of the consumer.
fn queue_settings(consumer: &str) -> String {
    format!(
        ",\n  \"queues\": {{\n    \"producers\": [{{\"binding\": \"QUEUE\", \"queue\": \"q\"}}],\n    \
         \"consumers\": [{{\"queue\": \"q\", {consumer}}}]\n  }}"
    )
}
