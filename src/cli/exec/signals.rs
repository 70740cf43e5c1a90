//! The signals that are passed on to the command.

use std::io;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

#[cfg(unix)]
use crate::cli::interrupt::is_hangup_ignored;
use crate::exec::guard::Signal;

/// Receives the signals that ask for the end, from now on.
///
/// # Errors
///
/// When the system does not let us.
#[cfg(unix)]
pub fn receive() -> io::Result<UnboundedReceiver<Signal>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (sender, receiver) = unbounded_channel();
    let mut kinds =
        vec![(SignalKind::interrupt(), Signal::Interrupt), (SignalKind::terminate(), Signal::Terminate)];
    if !is_hangup_ignored() {
        kinds.push((SignalKind::hangup(), Signal::HangUp));
    }
    for (kind, told) in kinds {
        let (mut received, sender) = (signal(kind)?, sender.clone());
        tokio::spawn(async move { while received.recv().await.is_some() && sender.send(told).is_ok() {} });
    }
    Ok(receiver)
}

/// Receives Ctrl-C, from now on.
///
/// # Errors
///
/// Never.
#[cfg(not(unix))]
pub fn receive() -> io::Result<UnboundedReceiver<Signal>> {
    let (sender, receiver) = unbounded_channel();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send(Signal::Interrupt).is_ok() {}
    });
    Ok(receiver)
}
