//! What crosses between the host and an isolate, as JSON beside one buffer of bytes.
//!
//! The host drives an isolate as an event loop. [`events`] go in: invocations to run, answers to what
//! JavaScript asked for. [`operations`] come out: responses, outcomes, sends, requests. Many of each
//! cross at once, and bodies that are JSON already are embedded as they are, so that a batch of a
//! hundred messages costs one crossing and one parse. Bytes never travel inside JSON: `[offset,
//! length]` points into the buffer that crossed with it. `wit/engine.wit` holds the functions.

pub mod events;
pub mod operations;
pub mod sockets;

use serde::Deserialize;

/// A part of the bytes that crossed with the JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct ByteRange(pub usize, pub usize);

impl ByteRange {
    /// The bytes meant; `None` when the guest pointed outside of them.
    pub fn of<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        bytes.get(self.0..self.0.checked_add(self.1)?)
    }
}

/// The body of a request or a response.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// All of it, as text to be encoded in UTF-8.
    Text(String),
    /// All of it.
    Bytes(ByteRange),
    /// A stream with this number, read or written by further events and operations.
    Stream(u64),
}

/// A thrown value, described by the guest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct GuestError {
    /// The error's `name`, for example `TypeError`.
    pub name: String,
    /// The error's `message`.
    pub message: String,
    /// The engine's stack text; empty when there is none.
    pub stack: String,
    /// The error's `cause`, where it has one.
    pub cause: Option<Box<GuestError>>,
}

impl GuestError {
    /// An error that the host found, not JavaScript.
    pub fn from_host(name: &str, message: impl Into<String>) -> Self {
        Self { name: name.to_owned(), message: message.into(), ..Self::default() }
    }

    /// `Name: message`, as JavaScript prints an error.
    pub fn headline(&self) -> String {
        headline(&self.name, &self.message)
    }
}

/// `Name: message`, as JavaScript prints an error.
pub fn headline(name: &str, message: &str) -> String {
    match (name, message) {
        ("", message) => message.to_owned(),
        (name, "") => name.to_owned(),
        (name, message) => format!("{name}: {message}"),
    }
}
