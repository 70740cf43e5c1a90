//! Runs the real binary as a person does: folders of files, sessions, requests over HTTP.
//!
//! Nothing sleeps but `processes`, between two looks. Whatever is waited for has a deadline, and a test that fails prints everything that its
//! sessions printed.

#![allow(dead_code, reason = "each test binary uses another part of it")]

pub mod component;
pub mod http;
pub mod lines;
pub mod processes;
pub mod project;
pub mod session;

use std::time::Duration;

/// How long anything may take: long enough for a busy machine, since only failures wait for it.
pub const PATIENCE: Duration = Duration::from_secs(60);
