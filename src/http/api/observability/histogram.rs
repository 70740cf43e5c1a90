//! How long things took, counted in buckets.

use std::time::Duration;

use super::exposition::Exposition;

/// The upper bounds of the buckets, in microseconds: from a commit in memory to the longest invocation.
const BOUNDS_US: [u64; 16] = [
    100,
    250,
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    10_000_000,
    60_000_000,
    900_000_000,
];

/// Durations, counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram {
    /// One count for each bound, of the durations up to it and above the one before.
    counts: [u64; BOUNDS_US.len()],
    total: u64,
    sum: Duration,
}

impl Histogram {
    /// Counts a duration.
    pub fn observe(&mut self, duration: Duration) {
        let bucket = BOUNDS_US.partition_point(|bound| Duration::from_micros(*bound) < duration);
        if let Some(count) = self.counts.get_mut(bucket) {
            *count += 1;
        }
        self.total += 1;
        self.sum = self.sum.saturating_add(duration);
    }

    /// Writes the buckets, the sum and the count.
    pub fn render(&self, text: &mut Exposition, name: &str, labels: &[(&str, &str)]) {
        let bucket = format!("{name}_bucket");
        let mut below = 0;
        for (bound, count) in BOUNDS_US.iter().zip(self.counts) {
            below += count;
            let bound = Duration::from_micros(*bound).as_secs_f64().to_string();
            text.count(&bucket, &[labels, &[("le", &bound)]].concat(), below);
        }
        text.count(&bucket, &[labels, &[("le", "+Inf")]].concat(), self.total);
        text.sample(&format!("{name}_sum"), labels, self.sum.as_secs_f64());
        text.count(&format!("{name}_count"), labels, self.total);
    }
}
