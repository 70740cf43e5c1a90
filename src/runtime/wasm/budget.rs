//! The memory of an isolate's modules counts to the 128 MB of the isolate.

use wasmtime::ResourceLimiter;

use crate::runtime::limits::MemoryUsage;

/// Most elements of one table.
const TABLE_ELEMENTS_MAX: usize = 10_000_000;

/// Refuses memory beyond what is left of the isolate's. A module sees a failed `memory.grow`.
pub struct Budget {
    usage: MemoryUsage,
}

impl Budget {
    /// A budget that shares `usage` with the isolate's engine.
    pub fn new(usage: MemoryUsage) -> Self {
        Self { usage }
    }
}

impl ResourceLimiter for Budget {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let allowed = maximum.is_none_or(|maximum| desired <= maximum);
        Ok(allowed && self.usage.grow_modules(desired.saturating_sub(current)))
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= maximum.unwrap_or(usize::MAX).min(TABLE_ELEMENTS_MAX))
    }
}
