//! A run of a session in one file: what was sent, delivered and answered, which faults were made, what
//! Workers logged.
//!
//! - [`line`](mod@line) is the format: newline-delimited JSON, one object a line, in the order in which things happened.
//! - [`Recorder`] watches a session at the ports between workers and queues and writes such a file; it
//!   never makes anybody wait.
//! - [`read`] reads the deliveries of a file, so that they can be delivered again, and [`difference`] says
//!   whether they then ended differently.

mod body;
mod compare;
mod file;
pub mod line;
mod new_file;
mod reader;
mod recorder;
#[cfg(test)]
mod tests;

pub use compare::difference;
pub use file::RecordError;
pub use new_file::create_file;
pub use reader::{ReadError, RecordedDelivery, Step, read};
pub use recorder::Recorder;
