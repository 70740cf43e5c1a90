//! Telling other programs where a session answers.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;

use crate::dev::Ready;
use crate::http::api::API_BASE;

/// Where it is told, as one line of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// On standard output.
    StandardOutput,
    /// To an open file descriptor.
    Descriptor(u32),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    url: &'a str,
    api_url: String,
    state_directory: String,
    pid: u32,
}

impl Announcement {
    /// Makes sure that it can be told, before anything is started that somebody would wait for.
    ///
    /// # Errors
    ///
    /// When the descriptor is not open; the text says which.
    pub fn check(self) -> Result<(), String> {
        match self {
            Self::StandardOutput => Ok(()),
            Self::Descriptor(number) => path(number)
                .symlink_metadata()
                .map(drop)
                .map_err(|_| format!("--ready-fd {number}: the descriptor is not open")),
        }
    }

    /// Tells it.
    ///
    /// # Errors
    ///
    /// When the descriptor cannot be written; the text says which and why.
    pub fn make(self, ready: &Ready<'_>) -> Result<(), String> {
        let line = line(ready);
        match self {
            // A reader that has gone is no reason to stop serving.
            Self::StandardOutput => drop(io::stdout().write_all(line.as_bytes())),
            Self::Descriptor(number) => write_to(number, &line)
                .map_err(|error| format!("--ready-fd {number}: the descriptor cannot be written: {error}"))?,
        }
        Ok(())
    }
}

fn line(ready: &Ready<'_>) -> String {
    let line = Line {
        url: &ready.url,
        api_url: format!("{}{API_BASE}", ready.url),
        state_directory: ready.state_directory.display().to_string(),
        pid: std::process::id(),
    };
    // Texts and a number: nothing that JSON cannot say.
    serde_json::to_string(&line).unwrap_or_default() + "\n"
}

/// The system opens the descriptor anew by its path, which leaves its ownership where it is.
fn write_to(number: u32, line: &str) -> io::Result<()> {
    OpenOptions::new().append(true).open(path(number))?.write_all(line.as_bytes())
}

fn path(descriptor: u32) -> PathBuf {
    format!("/dev/fd/{descriptor}").into()
}
