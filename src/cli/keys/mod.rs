//! Keys that a session listens to on a terminal.
//!
//! `terminal`, where there is one: it gives each key at once and shows none; lines that are printed and the keys of
//! signals stay as they are. It is put back when the session ends, whichever way, a panic included.
//!
//! The browser is the program that `BROWSER` names, as other tools have it, else the system's.

#[cfg(unix)]
mod terminal;

pub use terminal::restore as restore_terminal;

use std::io::IsTerminal;
use std::sync::Arc;

use self::terminal::Listening;
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
        let Some(mut keys) = is_interactive().then(Listening::begin).flatten() else {
            return std::future::pending().await;
        };
        let mut paused = false;
        while let Some(key) = keys.next().await {
            match key.to_ascii_lowercase() {
                b'b' => self.open_browser(),
                b'p' => {
                    paused = !paused;
                    let stay = self.controls.pause(paused).await;
                    self.output.notice(&delivery(paused, &stay));
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

/// What is said of delivery. Some queues may stay paused, whatever the session does.
fn delivery(paused: bool, stay: &[String]) -> String {
    match (paused, stay) {
        (true, _) => "Delivery is paused; p resumes it. Sends are taken as before.".to_owned(),
        (false, []) => "Delivery goes on.".to_owned(),
        (false, [queue]) => {
            format!(
                "Delivery goes on, but queue {queue} stays paused (qemu-dev queues resume-delivery {queue})."
            )
        }
        (false, stay) => format!(
            "Delivery goes on, but queues {} stay paused (qemu-dev queues resume-delivery).",
            stay.join(", ")
        ),
    }
}

/// Whether a person sits at the terminal.
fn is_interactive() -> bool {
    let automated = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && !automated
}

#[cfg(not(unix))]
mod terminal {
    /// No keys on this system.
    pub enum Listening {}

    impl Listening {
        pub fn begin() -> Option<Self> {
            None
        }

        pub async fn next(&mut self) -> Option<u8> {
            None
        }
    }

    pub fn restore() {}
}

#[cfg(test)]
mod tests {
    use super::delivery;

    #[test]
    fn queues_that_stay_paused_are_named() {
        let named = |queues: &[&str]| {
            delivery(false, &queues.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(named(&[]), "Delivery goes on.");
        assert!(named(&["q"]).starts_with("Delivery goes on, but queue q stays paused"));
        assert!(named(&["q", "r"]).starts_with("Delivery goes on, but queues q, r stay paused"));
    }
}
