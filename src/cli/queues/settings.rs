//! The settings of a queue as arguments, with wrangler's names.

use clap::Args;

use crate::base::limits;
use crate::broker::{QueueChange, QueueSettings};

/// What can be set of a queue.
#[derive(Clone, Copy, Debug, Args)]
pub struct SettingsArguments {
    /// How long messages are delayed that are sent without a delay of their own, in seconds, 0 to 86400
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32)
        .range(0..=i64::from(limits::DELAY_SECONDS_MAX)))]
    delivery_delay_secs: Option<u32>,
    /// How long messages are kept, in seconds, 60 to 1209600
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64)
        .range(limits::RETENTION_SECONDS_MIN..=limits::RETENTION_SECONDS_MAX))]
    message_retention_period_secs: Option<u64>,
}

impl SettingsArguments {
    /// The settings of a new queue.
    pub fn settings(self) -> QueueSettings {
        let default = QueueSettings::default();
        QueueSettings {
            delivery_delay_seconds: self.delivery_delay_secs.unwrap_or(default.delivery_delay_seconds),
            retention_seconds: self.message_retention_period_secs.unwrap_or(default.retention_seconds),
            ..default
        }
    }

    /// The change of a queue that exists.
    pub fn change(self) -> QueueChange {
        QueueChange {
            delivery_delay_seconds: self.delivery_delay_secs,
            retention_seconds: self.message_retention_period_secs,
            ..QueueChange::default()
        }
    }
}
