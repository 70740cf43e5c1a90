//! The words every other module uses: time, names, content types, limits and diagnostics.
//!
//! This floor knows nothing of configuration, storage, guests or HTTP and performs no I/O.

pub mod body;
pub mod calendar;
pub mod content_type;
pub mod cron;
pub mod diagnostic;
pub mod json_text;
pub mod limits;
pub mod message_id;
pub mod queue_name;
pub mod time;

pub use content_type::ContentType;
pub use cron::{CronError, CronSchedule};
pub use diagnostic::{Diagnostic, Severity, Source, Span};
pub use message_id::MessageId;
pub use time::{Clock, Timestamp};
