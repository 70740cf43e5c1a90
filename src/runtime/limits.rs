//! What an isolate may use: memory, processor time, stack.
//!
//! Source: Cloudflare's documentation, "Workers limits".

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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

/// What is said of an invocation that nothing can end: nothing that it could wait for is under way. The service says
/// the same.
pub const HUNG: &str = "The Workers runtime canceled this request because it detected that your Worker's code had \
    hung and would never generate a response. Refer to: \
    https://developers.cloudflare.com/workers/observability/errors/";

/// What is said of the invocations of an isolate that ended because of another.
pub fn ended_by_another(reason: &str) -> String {
    format!("The Worker's isolate was restarted because of another invocation: {reason}")
}

/// What is said of an invocation that used more than `cpu_ms` milliseconds of processor time.
pub fn processor_time_exceeded(cpu_ms: u64) -> String {
    format!("Worker exceeded CPU time limit of {cpu_ms} ms.")
}

/// The epochs that `cpu_ms` milliseconds of processor time amount to, rounded up.
pub const fn epochs(cpu_ms: u64) -> u64 {
    cpu_ms.div_ceil(EPOCH.as_millis() as u64) + 1
}

/// Looks at the processor time of running guests regularly, as long as `engine` lives.
pub fn start_epochs(engine: &wasmtime::Engine) {
    let engine = engine.weak();
    std::thread::spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(EPOCH);
        }
    });
}

/// The memory of one isolate in bytes, counted for the JavaScript engine and for the modules that the Worker
/// runs beside it. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryUsage(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    engine: AtomicUsize,
    modules: AtomicUsize,
    /// What the engine holds of `modules` as copies: it counts once.
    copies: AtomicUsize,
}

impl MemoryUsage {
    /// Notes that the engine grows to `bytes`; false when that is more than an isolate may have.
    fn grow_engine(&self, bytes: usize) -> bool {
        self.0.engine.store(bytes, Ordering::Relaxed);
        self.total() <= ISOLATE_MEMORY_BYTES_MAX
    }

    /// Notes that modules grow by `bytes` and answers true, or that they may not.
    pub fn grow_modules(&self, bytes: usize) -> bool {
        let fits = self.total().saturating_add(bytes) <= ISOLATE_MEMORY_BYTES_MAX;
        if fits {
            self.0.modules.fetch_add(bytes, Ordering::Relaxed);
        }
        fits
    }

    /// Notes how much of the modules' memory the engine holds as copies.
    pub fn set_copies(&self, bytes: usize) {
        self.0.copies.store(bytes, Ordering::Relaxed);
    }

    fn total(&self) -> usize {
        let copies = self.0.copies.load(Ordering::Relaxed);
        let modules = self.0.modules.load(Ordering::Relaxed);
        self.0.engine.load(Ordering::Relaxed).saturating_add(modules).saturating_sub(copies.min(modules))
    }
}

/// Stops a guest that wants more than its 128 MB, all of its memories together, and remembers that it did.
#[derive(Debug, Default)]
pub struct MemoryLimit {
    used: usize,
    usage: MemoryUsage,
    exceeded: bool,
}

impl MemoryLimit {
    /// A limit of the engine's part of `usage`.
    pub fn new(usage: MemoryUsage) -> Self {
        Self { used: 0, usage, exceeded: false }
    }

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
        if !self.usage.grow_engine(used) {
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

    #[test]
    fn modules_share_the_limit_and_copies_of_them_count_once() {
        let usage = MemoryUsage::default();
        let mut limit = MemoryLimit::new(usage.clone());
        let half = ISOLATE_MEMORY_BYTES_MAX / 2;
        assert!(usage.grow_modules(half));
        assert!(limit.memory_growing(0, half, None).is_ok());
        assert!(!usage.grow_modules(1));
        usage.set_copies(half);
        assert!(usage.grow_modules(1));
        assert!(limit.memory_growing(half, 2 * half, None).is_err());
    }
}
