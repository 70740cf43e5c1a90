//! `qemu-dev dev`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::signal;

use super::arguments::DevArguments;
use super::terminal::Terminal;
use crate::dev::{Reporter, Session, SessionError, SessionOptions};

/// Exit code of a mistake in the user's files or surroundings.
const EXIT_MISTAKE: u8 = 1;
/// Exit code after a second interrupt, as shells show SIGINT.
const EXIT_INTERRUPTED: i32 = 130;

/// Runs a session until it is interrupted.
pub fn run(arguments: DevArguments) -> ExitCode {
    let terminal = Arc::new(Terminal::new(arguments.log_level));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal.error(&format!("no threads to run on: {error}"));
            terminal.flush();
            return ExitCode::from(EXIT_MISTAKE);
        }
    };
    let result = runtime.block_on(session(arguments, terminal.clone()));
    if let Err(error) = &result
        && !matches!(error, SessionError::Configuration)
    {
        terminal.error(&error.to_string());
    }
    terminal.flush();
    // Guests that never end must not keep the process.
    runtime.shutdown_background();
    if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_MISTAKE) }
}

async fn session(arguments: DevArguments, terminal: Arc<Terminal>) -> Result<(), SessionError> {
    let mut interrupted = Box::pin(interrupted());
    let started = tokio::select! {
        started = Session::start(options(arguments), terminal.clone()) => started?,
        () = &mut interrupted => return Ok(()),
    };
    let stop = async {
        interrupted.await;
        terminal.notice("Shutting down: running handlers may finish; interrupt again to leave at once.");
        tokio::spawn(leave_on_interrupt());
    };
    started.run(stop).await;
    Ok(())
}

fn options(arguments: DevArguments) -> SessionOptions {
    SessionOptions {
        configs: arguments.config,
        environment: arguments.environment,
        ip: arguments.ip,
        port: arguments.port,
        persist_to: arguments.persist_to,
        vars: arguments.vars,
        env_files: arguments.env_files,
        messages_per_second: arguments.messages_per_second,
        api_token: arguments.api_token,
        watch: !arguments.no_watch,
        cache_directory: cache_directory(),
    }
}

/// The user's cache folder, by the conventions of the system.
fn cache_directory() -> PathBuf {
    let home = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let base = if cfg!(target_os = "macos") {
        home("HOME").map(|home| home.join("Library/Caches"))
    } else if cfg!(windows) {
        home("LOCALAPPDATA")
    } else {
        home("XDG_CACHE_HOME").or_else(|| home("HOME").map(|home| home.join(".cache")))
    };
    base.unwrap_or_else(std::env::temp_dir).join("qemu-dev")
}

async fn leave_on_interrupt() {
    interrupted().await;
    std::process::exit(EXIT_INTERRUPTED);
}

#[cfg(unix)]
async fn interrupted() {
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

#[cfg(not(unix))]
async fn interrupted() {
    let _ = signal::ctrl_c().await;
}
