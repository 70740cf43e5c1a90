//! A terminal that gives single keys, for as long as the session has it.
//!
//! It is the session's while the session is in its foreground. A shell that stops the session, or starts it in the
//! background, uses the terminal itself meanwhile, and puts it back as it likes it.

use std::io::stdin;
use std::sync::{Mutex, Once};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::getpgrp;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

/// The key that shows what keys there are: it stands for the terminal's becoming ours.
const OFFER: u8 = b'?';
/// What one read takes: as much as a terminal keeps.
const READ_BYTES_MAX: usize = 4096;
/// How soon keys are listened to when a shell that says nothing of it brings the session to the foreground.
const FOREGROUND_CHECK: Duration = Duration::from_secs(1);

static MODE: Mutex<Mode> = Mutex::new(Mode { before: None, is_over: false });

/// What was done to the terminal.
struct Mode {
    /// How it was before.
    before: Option<Termios>,
    /// It is not to be changed again.
    is_over: bool,
}

/// The keys that are pressed. The terminal gives them as long as this lives.
pub struct Listening {
    keys: mpsc::UnboundedReceiver<u8>,
    continued: Signal,
}

impl Listening {
    /// Begins to listen, as soon as the session is in the foreground.
    pub fn begin() -> Option<Self> {
        let continued = signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw())).ok()?;
        restore_after_panics();
        let (sender, keys) = mpsc::unbounded_channel();
        // Reading cannot be interrupted, so it has a thread of its own, which ends with the process.
        std::thread::spawn(move || read_keys(&sender));
        Some(Self { keys, continued })
    }

    /// The next key that a person presses; nothing once the terminal has gone.
    pub async fn next(&mut self) -> Option<u8> {
        loop {
            tokio::select! {
                key = self.keys.recv() => return key,
                // After a stop, the shell's mode is in force.
                Some(()) = self.continued.recv() => enter(),
            }
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        restore();
    }
}

fn read_keys(keys: &mpsc::UnboundedSender<u8>) {
    let mut offered = false;
    let mut buffer = [0; READ_BYTES_MAX];
    loop {
        if !is_foreground() {
            // To read now would stop the session.
            std::thread::sleep(FOREGROUND_CHECK);
            continue;
        }
        enter();
        if !std::mem::replace(&mut offered, true) && keys.send(OFFER).is_err() {
            return;
        }
        match poll(&mut [PollFd::new(&stdin(), PollFlags::IN)], None) {
            Ok(_) if !is_foreground() => continue,
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return,
        }
        let key = match rustix::io::read(stdin(), &mut buffer) {
            Ok(0) => return,
            Ok(length) => pressed(&buffer[..length]),
            Err(Errno::INTR) => None,
            Err(_) => return,
        };
        if key.is_some_and(|key| keys.send(key).is_err()) {
            return;
        }
    }
}

/// The key that a read stands for. Arrows, function keys and what is pasted come as several bytes at once.
fn pressed(read: &[u8]) -> Option<u8> {
    match read {
        [key] => Some(*key),
        _ => None,
    }
}

fn is_foreground() -> bool {
    tcgetpgrp(stdin()).is_ok_and(|foreground| foreground == getpgrp())
}

/// Has the terminal give single keys, if it is ours now.
fn enter() {
    let Ok(mut changed) = MODE.lock() else { return };
    if changed.is_over || !is_foreground() {
        return;
    }
    let Ok(present) = tcgetattr(stdin()) else { return };
    let mut mode = present.clone();
    mode.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
    if tcsetattr(stdin(), OptionalActions::Now, &mode).is_ok() {
        changed.before.get_or_insert(present);
    }
}

/// Puts the terminal back as it was before the session changed it, for good. For exits that run no destructors, too.
pub fn restore() {
    let Ok(mut changed) = MODE.lock() else { return };
    changed.is_over = true;
    // In the background it is as the shell likes it, and to change it would stop the session.
    if let Some(before) = changed.before.take().filter(|_| is_foreground()) {
        // A terminal that has gone needs nothing.
        let _ = tcsetattr(stdin(), OptionalActions::Now, &before);
    }
}

fn restore_after_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore();
            hook(panic);
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_byte_and_all_else_is_none() {
        assert_eq!(pressed(b"p"), Some(b'p'));
        for read in [&b""[..], b"\x1bOQ", b"\x1b[B", b"\x1b[C", "\u{e9}".as_bytes(), b"hello p", b"xx"] {
            assert_eq!(pressed(read), None, "{read:?}");
        }
    }
}
