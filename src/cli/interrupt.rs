//! Ctrl-C, SIGTERM, and the end of the terminal.

use std::future::Future;
use std::time::Duration;

use tokio::signal;
use tokio::task::JoinHandle;

use super::exit::EXIT_INTERRUPTED;
use super::keys::restore_terminal;

/// How long somebody else may take to see to an interrupt before [`Impatience`] does.
const PATIENCE: Duration = Duration::from_secs(1);

/// Waits for the user, or the system, to ask for the end. Signals are received from the call on.
#[cfg(unix)]
pub fn interrupted() -> impl Future<Output = ()> + Send + use<> {
    use signal::unix::{SignalKind, signal};
    let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
    if !is_hangup_ignored() {
        kinds.push(SignalKind::hangup());
    }
    let mut received: Vec<_> = kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect();
    async move {
        let any = received.iter_mut().map(|signal| Box::pin(signal.recv()));
        futures::future::select_all(any).await;
    }
}

/// Waits for the user to ask for the end.
#[cfg(not(unix))]
pub async fn interrupted() {
    let _ = signal::ctrl_c().await;
}

/// Whether this process was told to outlive its terminal, as `nohup` does.
#[cfg(unix)]
pub fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignores_hangup(&status)
}

/// Whether the system's description of a process, as Linux has it, says so.
#[cfg(unix)]
fn ignores_hangup(status: &str) -> bool {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // The first signal is the lowest bit.
    ignored.is_some_and(|mask| mask & 1 == 1)
}

/// Ends the process after an interrupt to which nobody else sees: what reads a pipe or a file of a network that has gone
/// does not look up. It lasts until it is dropped.
pub struct Impatience(JoinHandle<()>);

impl Impatience {
    /// From now on.
    pub fn begin() -> Self {
        let interrupted = interrupted();
        Self(tokio::spawn(async {
            interrupted.await;
            tokio::time::sleep(PATIENCE).await;
            leave();
        }))
    }
}

impl Drop for Impatience {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Ends the process at once, as after an interrupt.
pub fn leave() -> ! {
    restore_terminal();
    std::process::exit(i32::from(EXIT_INTERRUPTED))
}

#[cfg(all(test, unix))]
mod tests {
    use super::ignores_hangup;

    #[test]
    fn the_mask_of_ignored_signals_is_read() {
        assert!(ignores_hangup("Name:\tx\nSigIgn:\t0000000000001001\n"));
        assert!(!ignores_hangup("Name:\tx\nSigIgn:\t0000000000001000\n"));
        assert!(!ignores_hangup(""));
    }
}
