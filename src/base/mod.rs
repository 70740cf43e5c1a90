//! The words every other module uses: time, names, content types, limits and diagnostics.
//!
//! This floor knows nothing of configuration, storage, guests or HTTP and performs no I/O.

pub mod alarm;
pub mod body;
pub mod calendar;
pub mod content_type;
pub mod cron;
pub mod diagnostic;
pub mod json_text;
pub mod limits;
pub mod manual_clock;
pub mod message_id;
pub mod queue_name;
pub mod structured_clone;
pub mod time;
pub mod time_text;
pub mod work;

pub use alarm::{Alarm, AlarmKind, Wake};
pub use content_type::ContentType;
pub use cron::{CronError, CronSchedule};
pub use diagnostic::{Diagnostic, Severity, Source, Span};
pub use manual_clock::ManualClock;
pub use message_id::MessageId;
pub use time::{Clock, Timestamp};
pub use work::{Busy, Work};
