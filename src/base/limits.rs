//! Every limit and default, with its unit, in one place.
//!
//! Sources: Cloudflare's documentation, "Limits", "Configure Queues", "Batching, Retries and Delays",
//! "Pull consumers"; for Workers, "Workers limits". One KB is 1000 bytes.

/// Messages in one delivery unless configured.
pub const MAX_BATCH_SIZE_DEFAULT: u32 = 10;
/// Most messages in one delivery or one pull.
pub const MAX_BATCH_SIZE_MAX: u32 = 100;
/// How long a delivery waits to fill, in milliseconds, unless configured.
pub const MAX_BATCH_TIMEOUT_MS_DEFAULT: u64 = 5_000;
/// Longest configurable wait for a delivery to fill, in milliseconds.
pub const MAX_BATCH_TIMEOUT_MS_MAX: u64 = 60_000;
/// Retries after the first attempt unless configured.
pub const MAX_RETRIES_DEFAULT: u32 = 3;
/// Most configurable retries.
pub const MAX_RETRIES_MAX: u32 = 100;
/// Longest delay of a send or a retry, in seconds.
pub const DELAY_SECONDS_MAX: u32 = 86_400;
/// Most concurrent deliveries of one queue.
pub const MAX_CONCURRENCY_MAX: u32 = 250;
/// Largest message body, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 128_000;
/// Most messages in one `sendBatch`.
pub const SEND_BATCH_COUNT_MAX: usize = 100;
/// Largest sum of the bodies of one `sendBatch`, in bytes.
pub const SEND_BATCH_BYTES_MAX: usize = 256_000;
/// How long an undelivered message is kept, in seconds, unless configured (4 days).
pub const RETENTION_SECONDS_DEFAULT: u64 = 345_600;
/// Shortest configurable retention, in seconds.
pub const RETENTION_SECONDS_MIN: u64 = 60;
/// Longest configurable retention, in seconds (14 days).
pub const RETENTION_SECONDS_MAX: u64 = 1_209_600;
/// How long a pulled message stays leased, in milliseconds, unless asked otherwise.
pub const VISIBILITY_TIMEOUT_MS_DEFAULT: u64 = 30_000;
/// Longest visibility timeout, in milliseconds (12 hours).
pub const VISIBILITY_TIMEOUT_MS_MAX: u64 = 43_200_000;
/// Messages answered to one pull unless asked otherwise.
pub const PULL_BATCH_SIZE_DEFAULT: u32 = 5;
/// Largest backlog of one queue, in bytes (25 GB).
pub const BACKLOG_BYTES_MAX: u64 = 25_000_000_000;
/// Messages a second one queue takes in production; enforced only where asked.
pub const MESSAGES_PER_SECOND_MAX: u32 = 5_000;
/// Longest a consumer invocation may run, in milliseconds (15 minutes).
pub const CONSUMER_WALL_TIME_MS_MAX: u64 = 900_000;
/// Processor time of one invocation, in milliseconds, unless configured.
pub const CPU_TIME_MS_DEFAULT: u64 = 30_000;
/// Most configurable processor time of one invocation, in milliseconds.
pub const CPU_TIME_MS_MAX: u64 = 300_000;
/// Memory of one isolate, in bytes (128 MB).
pub const ISOLATE_MEMORY_BYTES_MAX: usize = 128 * 1024 * 1024;
