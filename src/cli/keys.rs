//! Keys that a session listens to on a terminal.
//!
//! The terminal gives each key at once and shows none; lines that are printed and the keys of signals stay as
//! they are. It is put back when the session ends, whichever way, a panic included.
//!
//! The browser is the program that `BROWSER` names, as other tools have it, else the system's.

use std::io::{IsTerminal, Read};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::session_output::SessionOutput;
use crate::dev::Controls;

/// What the keys do, as `?` shows it.
const HELP: &str = "Keys: b open in a browser, p pause or resume delivery, c clear, x quit, ? this line";

/// What the keys act on.
pub struct Keys {
    /// Where the session answers.
    pub url: String,
    /// Its delivery.
    pub controls: Controls,
    /// Where it prints.
    pub output: Arc<dyn SessionOutput>,
}

impl Keys {
    /// Acts on keys until one asks for the end. Never ends where there is no terminal to a person.
    pub async fn quit(self) {
        let Some(_mode) = mode::KeyMode::enter() else { return std::future::pending().await };
        let mut keys = read_keys();
        let mut paused = false;
        self.output.notice(HELP);
        while let Some(key) = keys.recv().await {
            match key.to_ascii_lowercase() {
                b'b' => self.open_browser(),
                b'p' => {
                    paused = !paused;
                    self.controls.pause(paused).await;
                    self.output.notice(if paused {
                        "Delivery is paused; p resumes it. Sends are taken as before."
                    } else {
                        "Delivery goes on."
                    });
                }
                b'c' => self.output.clear(),
                b'?' | b'h' => self.output.notice(HELP),
                b'x' | b'q' => return,
                _ => {}
            }
        }
        std::future::pending().await
    }

    fn open_browser(&self) {
        let named = std::env::var_os("BROWSER").filter(|program| !program.is_empty());
        let program = named.unwrap_or_else(|| match std::env::consts::OS {
            "macos" => "open".into(),
            "windows" => "explorer".into(),
            _ => "xdg-open".into(),
        });
        let mut command = std::process::Command::new(program);
        let nothing = std::process::Stdio::null;
        command.arg(&self.url).stdin(nothing()).stdout(nothing()).stderr(nothing());
        match command.spawn() {
            Ok(mut child) => {
                // Somebody has to take note of its end.
                std::thread::spawn(move || child.wait());
            }
            Err(error) => {
                let url = &self.url;
                self.output
                    .error(&format!("no browser could be opened for {url}: {error}; name one in BROWSER"));
            }
        }
    }
}

/// Reading cannot be interrupted, so it has a thread of its own, which ends with the process.
fn read_keys() -> mpsc::UnboundedReceiver<u8> {
    let (sender, keys) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let mut key = [0];
        while std::io::stdin().lock().read(&mut key).is_ok_and(|length| length > 0) {
            if sender.send(key[0]).is_err() {
                return;
            }
        }
    });
    keys
}

/// Whether a person sits at the terminal.
fn is_interactive() -> bool {
    let automated = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && !automated
}

/// Puts the terminal back as it was before a session changed it. For exits that run no destructors.
pub fn restore_terminal() {
    mode::restore();
}

#[cfg(unix)]
mod mode {
    use std::io::stdin;
    use std::sync::Mutex;

    use rustix::process::getpgrp;
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};

    /// How the terminal was before.
    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    /// The terminal gives keys as long as this lives.
    pub struct KeyMode;

    impl KeyMode {
        /// Changes the terminal, if there is one and this process is in its foreground.
        pub fn enter() -> Option<Self> {
            if !super::is_interactive() || tcgetpgrp(stdin()).ok()? != getpgrp() {
                return None;
            }
            let before = tcgetattr(stdin()).ok()?;
            let mut mode = before.clone();
            mode.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            tcsetattr(stdin(), OptionalActions::Now, &mode).ok()?;
            *BEFORE.lock().ok()? = Some(before);
            let hook = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                restore();
                hook(panic);
            }));
            Some(Self)
        }
    }

    impl Drop for KeyMode {
        fn drop(&mut self) {
            restore();
        }
    }

    pub fn restore() {
        if let Some(before) = BEFORE.lock().ok().and_then(|mut before| before.take()) {
            // A terminal that has gone needs nothing.
            let _ = tcsetattr(stdin(), OptionalActions::Now, &before);
        }
    }
}

#[cfg(not(unix))]
mod mode {
    /// No keys on this system.
    pub enum KeyMode {}

    impl KeyMode {
        pub fn enter() -> Option<Self> {
            let _ = super::is_interactive;
            None
        }
    }

    pub fn restore() {}
}
