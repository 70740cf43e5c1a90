//! The local Cloudflare Queues: runs Workers in wasmtime against a durable queue.
//!
//! From the ground up (each module uses only those above it in this list):
//!
//! - [`base`]: time, ids, content types, limits, diagnostics.
//! - [`config`]: wrangler files, from text to fully resolved workers. [`report`]: diagnostics as text.
//! - [`broker`]: the queues: a pure core, a storage, a driver and two ports.
//! - [`chaos`]: faults between workers and queues, chosen by a seed.
//! - [`workers`]: from a worker's source to one script.
//! - [`runtime`]: isolates of the JavaScript engine in wasmtime.
//! - [`recording`]: a run in one file.
//! - [`plan`]: resolved configurations as one plan.
//! - [`control`]: what a test does with a session: its clock, waiting, beginning anew.
//! - [`http`]: the server.
//! - [`dev`]: a session. [`exec`]: a command run against one. [`replay`]: a recording delivered again. [`cli`]: the command line.
#![deny(missing_docs)]

pub mod base;
pub mod broker;
pub mod chaos;
pub mod cli;
pub mod config;
pub mod control;
pub mod dev;
pub mod exec;
pub mod http;
pub mod plan;
pub mod recording;
pub mod replay;
pub mod report;
pub mod runtime;
pub mod workers;
