//! What an isolate may use: memory, processor time, stack.
//!
//! Source: Cloudflare's documentation, "Workers limits".

use std::time::Duration;

use wasmtime::ResourceLimiter;

use crate::base::limits::ISOLATE_MEMORY_BYTES_MAX;

/// How often running guests are interrupted to look at their processor time.
pub const EPOCH: Duration = Duration::from_millis(10);

/// Stack of a guest in machine code, in bytes; its own stack, in its memory, ends before this one.
pub const STACK_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What is said of a guest that wanted more memory.
pub const MEMORY_EXCEEDED: &str = "Worker exceeded memory limit of 128 MB.";

/// What is said of an invocation that took too long.
pub const WALL_TIME_EXCEEDED: &str = "The invocation exceeded its wall time limit.";

/// What is said of an invocation that used more than `cpu_ms` milliseconds of processor time.
pub fn processor_time_exceeded(cpu_ms: u64) -> String {
    format!("Worker exceeded CPU time limit of {cpu_ms} ms.")
}

/// The epochs that `cpu_ms` milliseconds of processor time amount to, rounded up.
pub const fn epochs(cpu_ms: u64) -> u64 {
    cpu_ms.div_ceil(EPOCH.as_millis() as u64) + 1
}

/// Stops a guest that wants more than its 128 MB, all of its memories together, and remembers that it did.
#[derive(Debug, Default)]
pub struct MemoryLimit {
    used: usize,
    exceeded: bool,
}

impl MemoryLimit {
    /// Whether the guest asked for more memory than it may have.
    pub fn exceeded(&self) -> bool {
        self.exceeded
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _max: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let used = self.used.saturating_add(desired.saturating_sub(current));
        if used > ISOLATE_MEMORY_BYTES_MAX {
            self.exceeded = true;
            wasmtime::bail!("Worker exceeded memory limit.");
        }
        self.used = used;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _max: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired < 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_becomes_epochs_rounded_up() {
        assert_eq!(epochs(30_000), 3_001);
        assert_eq!(epochs(1), 2);
    }

    #[test]
    fn memory_beyond_the_limit_is_refused_and_remembered() {
        let mut limit = MemoryLimit::default();
        assert!(limit.memory_growing(0, 1, None).is_ok());
        assert!(limit.memory_growing(1, ISOLATE_MEMORY_BYTES_MAX - 1, None).is_ok());
        assert!(limit.memory_growing(0, 1, None).is_ok());
        assert!(!limit.exceeded());
        assert!(limit.memory_growing(1, 2, None).is_err());
        assert!(limit.exceeded());
    }
}
