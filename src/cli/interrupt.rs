//! Ctrl-C and SIGTERM.

use tokio::signal;

/// Waits for the user, or the system, to ask for the end.
#[cfg(unix)]
pub async fn interrupted() {
    use signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => drop(terminated.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = signal::ctrl_c() => {}
        () = terminated => {}
    }
}

/// Waits for the user to ask for the end.
#[cfg(not(unix))]
pub async fn interrupted() {
    let _ = signal::ctrl_c().await;
}
