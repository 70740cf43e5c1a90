//! How long a thread has computed.

use std::time::Duration;

/// Processor time that this thread has used; only differences mean something.
#[cfg(unix)]
pub fn of_this_thread() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Where a thread's own time is not to be had: real time, which is longer on a busy machine.
#[cfg(not(unix))]
pub fn of_this_thread() -> Duration {
    static BEGIN: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    BEGIN.elapsed()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_thread_that_waits_uses_none() {
        let (began, before) = (Instant::now(), of_this_thread());
        std::thread::sleep(Duration::from_millis(30));
        let waited = of_this_thread() - before;
        assert!(waited < began.elapsed() / 2, "{waited:?}");
        while of_this_thread() - before < Duration::from_millis(5) {}
        assert!(began.elapsed() >= Duration::from_millis(35));
    }
}
