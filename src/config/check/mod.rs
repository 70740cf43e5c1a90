//! The rules: one per file, each taking what the user wrote and giving the resolved part.
//!
//! A rule reports whatever is wrong and goes on with the default, so that all problems are found at once.

pub(super) mod binding_names;
pub(super) mod build;
pub(super) mod bundling;
pub(super) mod compatibility;
pub(super) mod dev;
pub(super) mod environments;
mod fields;
pub(super) mod limits;
pub(super) mod main;
pub(super) mod name;
mod numbers;
pub(super) mod queues;
mod queues_consumers;
mod queues_names;
mod queues_producers;
pub(super) mod rules;
pub(super) mod secrets;
pub(super) mod services;
pub(super) mod triggers;
pub(super) mod unknown_keys;
pub(super) mod unsupported_bindings;
pub(super) mod vars;
