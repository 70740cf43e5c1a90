//! Processes that a command left behind.
//!
//! Everything a run starts inherits an environment variable with the run's mark, so it is found even when
//! it has left the process group and its parents are gone. Found on Linux only, through `/proc`.

use std::time::{Duration, Instant};

use super::command::signal_process;
use super::guard::Signal;

/// The variable with the mark.
pub(super) const MARK: &str = "QEMU_DEV_RUN";
/// How long those that were asked to end may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is looked whether they have.
const STEP: Duration = Duration::from_millis(10);

/// Ends every process with this mark: first asks, then kills.
pub(super) fn end(mark: &str) {
    let left = marked(mark);
    if left.is_empty() {
        return;
    }
    let deadline = Instant::now() + PATIENCE;
    for process in left {
        signal_process(process, Signal::Terminate);
    }
    while !marked(mark).is_empty() && Instant::now() < deadline {
        std::thread::sleep(STEP);
    }
    kill(mark);
}

/// Kills every process with this mark, and those that they start meanwhile.
pub(super) fn kill(mark: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = marked(mark);
        for process in &left {
            signal_process(*process, Signal::Kill);
        }
        if left.is_empty() || Instant::now() >= deadline {
            return;
        }
        std::thread::sleep(STEP);
    }
}

/// The processes with this mark that have not ended.
fn marked(mark: &str) -> Vec<u32> {
    let wanted = format!("{MARK}={mark}");
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let numbers = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|number| has_variable(*number, wanted.as_bytes())).collect()
}

/// Whether the environment of a process has exactly this. A process that has ended has none any more.
fn has_variable(process: u32, wanted: &[u8]) -> bool {
    let environment = std::fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|variable| variable == wanted)
}
