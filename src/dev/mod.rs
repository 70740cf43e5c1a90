//! A session: started from configuration files, kept in step with the files it came from, shut down
//! without losing anything.
//!
//! - [`Session`] puts the parts together and runs until it is told to stop.
//! - `configuration` reads the files and makes the plan; `state` opens the queues; `generation` builds and
//!   loads workers; `watcher` tells what changed.
//! - [`compile`] makes a component of a worker, for `qemu-dev build`.
//! - `layers` stand between workers and queues where faults or a recording are asked for.
//! - [`Reporter`] is told everything a person should see. Nothing here prints.

mod api;
mod artifact;
mod check;
mod compile;
mod configuration;
mod custom_build;
mod generation;
mod in_effect;
mod layers;
mod observers;
mod options;
mod place;
mod python;
mod reporter;
mod running_workers;
mod session;
mod session_clock;
mod state;
mod system_clock;
mod watched_tree;
mod watcher;

pub use api::Declarations;
pub use check::{Check, CheckedPlan};
pub use compile::{CompileError, Compiled, compile};
pub use in_effect::QueueInEffect;
pub use options::SessionOptions;
pub use place::Place;
pub use reporter::{Ready, Reporter};
pub use session::{Controls, Session, SessionError};
pub use session_clock::{ClockChoice, SessionClock};
pub use state::State;
pub use system_clock::SystemClock;
