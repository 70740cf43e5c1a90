//! How an owner and a member greet: in JSON with fields that may grow, so that versions that differ can say so.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::address::Secret;
use super::frame::{self, GREETING_BYTES_MAX};
use super::protocol::PROTOCOL;

/// The version of this program.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A member's greeting.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Hello {
    pub secret: Secret,
    pub version: String,
    pub protocol: u32,
    /// How people are told which process it is.
    pub label: String,
    /// Whether it wants to be told what happens.
    pub observes: bool,
}

/// The owner's answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Welcome {
    pub verdict: Verdict,
    pub version: String,
}

/// What an owner thinks of a greeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Verdict {
    Welcome,
    /// The secret is another one.
    Secret,
    /// The version is another one.
    Version,
}

impl Hello {
    /// The greeting of this program.
    pub fn new(secret: Secret, label: String, observes: bool) -> Self {
        Self { secret, version: VERSION.to_owned(), protocol: PROTOCOL, label, observes }
    }

    /// What an owner with this secret thinks of it.
    pub fn judge(&self, secret: &Secret) -> Verdict {
        if !secret.matches(&self.secret) {
            Verdict::Secret
        } else if self.version != VERSION || self.protocol != PROTOCOL {
            Verdict::Version
        } else {
            Verdict::Welcome
        }
    }
}

/// Writes a greeting.
pub(super) fn write(stream: &mut TcpStream, greeting: &impl Serialize) -> io::Result<()> {
    let mut buffer = Vec::new();
    frame::append(&mut buffer, &serde_json::to_vec(greeting)?)?;
    stream.write_all(&buffer)
}

/// Reads a greeting, which must come in time.
pub(super) fn read<Greeting: DeserializeOwned>(
    stream: &mut TcpStream,
    patience: Duration,
) -> io::Result<Greeting> {
    stream.set_read_timeout(Some(patience))?;
    let greeting = frame::read(stream, GREETING_BYTES_MAX)?;
    stream.set_read_timeout(None)?;
    Ok(serde_json::from_slice(&greeting)?)
}
