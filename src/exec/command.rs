//! The command of a run.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::sync::mpsc::UnboundedReceiver;

use super::guard::{Guard, Signal};
use super::strays::{self, MARK};

/// How long a command may take to end once it was told to.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code; 128 and the signal's number when a signal ended it, as shells say it.
    pub code: u8,
    /// Whether we were told to end it.
    pub interrupted: bool,
}

impl Ended {
    /// The same after a signal that the command did not see, since it had ended. Its own failure goes first.
    pub(super) fn interrupted_by(self, signal: Signal) -> Self {
        let code = if self.code == 0 { 128 + signal.number() } else { self.code };
        Self { code, interrupted: true }
    }
}

/// What a command is started with.
pub(super) struct CommandSettings<'a> {
    /// Program and arguments.
    pub words: &'a [OsString],
    /// Variables of its environment, beside those that we have.
    pub variables: Vec<(&'static str, String)>,
    /// What its processes are found by.
    pub mark: &'a str,
    /// Whether its output is thrown away.
    pub silent: bool,
}

/// Runs a command to its end. Signals that come meanwhile are passed on to it; after the second, or when it
/// takes too long, it is killed. Nothing that it started survives it.
///
/// # Errors
///
/// When it cannot be started.
pub(super) async fn run(
    settings: CommandSettings<'_>,
    guard: &mut Guard,
    signals: &mut UnboundedReceiver<Signal>,
) -> io::Result<Ended> {
    let (program, arguments) = settings.words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command.args(arguments).envs(settings.variables).env(MARK, settings.mark).kill_on_drop(true);
    if settings.silent {
        command.stdout(Stdio::null()).stderr(Stdio::null());
    }
    // A command that talks to a person must stay in the terminal's foreground group.
    let own_group = !io::stdin().is_terminal();
    if own_group {
        into_own_group(&mut command);
    }
    let mut child = command.spawn()?;
    let group = child.id().filter(|_| own_group);
    if let Some(group) = group {
        guard.watch_group(group);
    }
    let ended = wait(&mut child, group, signals).await;
    if let Some(group) = group {
        // Before its number can be another's: whoever is left in the group keeps it.
        signal_group(group, Signal::Terminate);
    }
    guard.forget_group();
    let mark = settings.mark.to_owned();
    // It may wait for processes to end, and must not hold up the session.
    let _ = tokio::task::spawn_blocking(move || strays::end(&mark)).await;
    ended
}

async fn wait(
    child: &mut Child,
    group: Option<u32>,
    signals: &mut UnboundedReceiver<Signal>,
) -> io::Result<Ended> {
    let mut told = None;
    let mut killed_at = None;
    loop {
        let patience = async {
            match killed_at {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let signal = tokio::select! {
            status = child.wait() => {
                return status.map(|status| Ended { code: code(status, told), interrupted: told.is_some() });
            }
            Some(signal) = signals.recv() => signal,
            () = patience => Signal::Kill,
        };
        let signal = if told.is_some() { Signal::Kill } else { signal };
        told.get_or_insert(signal);
        killed_at = (signal != Signal::Kill).then(|| tokio::time::Instant::now() + PATIENCE);
        send(child, group, signal);
    }
}

fn send(child: &mut Child, group: Option<u32>, signal: Signal) {
    match (group, child.id()) {
        (Some(group), _) => signal_group(group, signal),
        (None, Some(process)) => signal_process(process, signal),
        (None, None) => {}
    }
    if signal == Signal::Kill {
        // Where there are no signals this is all there is; an error means that it has ended.
        let _ = child.start_kill();
    }
}

/// What is passed on as the exit code. Success after we were told to end it would hide that.
fn code(status: ExitStatus, told: Option<Signal>) -> u8 {
    let code = status.code().and_then(|code| u8::try_from(code & 0xff).ok());
    match (code.or_else(|| signal_of(status).map(|signal| signal.saturating_add(128))), told) {
        (None | Some(0), Some(signal)) => 128 + signal.number(),
        (Some(code), _) => code,
        (None, None) => 1,
    }
}

impl Signal {
    /// The signal's number, the same on every system.
    pub const fn number(self) -> u8 {
        match self {
            Self::HangUp => 1,
            Self::Interrupt => 2,
            Self::Kill => 9,
            Self::Terminate => 15,
        }
    }
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<u8> {
    use std::os::unix::process::ExitStatusExt;
    status.signal().and_then(|signal| u8::try_from(signal).ok())
}

#[cfg(not(unix))]
fn signal_of(_status: ExitStatus) -> Option<u8> {
    None
}

#[cfg(unix)]
fn into_own_group(command: &mut Command) {
    command.process_group(0);
}

#[cfg(not(unix))]
fn into_own_group(_command: &mut Command) {}

#[cfg(unix)]
fn system_signal(signal: Signal) -> rustix::process::Signal {
    match signal {
        Signal::Interrupt => rustix::process::Signal::INT,
        Signal::Terminate => rustix::process::Signal::TERM,
        Signal::HangUp => rustix::process::Signal::HUP,
        Signal::Kill => rustix::process::Signal::KILL,
    }
}

/// Tells every process of a group. One that is gone needs nothing.
#[cfg(unix)]
pub(super) fn signal_group(group: u32, signal: Signal) {
    if let Some(group) = i32::try_from(group).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, system_signal(signal));
    }
}

/// Tells one process. One that is gone needs nothing.
#[cfg(unix)]
pub(super) fn signal_process(process: u32, signal: Signal) {
    if let Some(process) = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(process, system_signal(signal));
    }
}

#[cfg(not(unix))]
pub(super) fn signal_group(_group: u32, _signal: Signal) {}

#[cfg(not(unix))]
pub(super) fn signal_process(_process: u32, _signal: Signal) {}
