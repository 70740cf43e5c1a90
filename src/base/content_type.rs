//! How a message's body was sent and is handed to its consumer.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A message's content type, as in `send(body, { contentType })`.
///
/// Source: Cloudflare's documentation, "JavaScript APIs", `QueuesContentType`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ContentType {
    /// A UTF-8 string.
    Text,
    /// Raw bytes.
    Bytes,
    /// A JSON value, stored as its JSON text.
    #[default]
    Json,
    /// A structured clone, stored in the runtime's own serialisation; only Workers can read it.
    V8,
}

impl ContentType {
    /// Every content type, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Text, Self::Bytes, Self::Json, Self::V8];

    /// The name used in JavaScript and in the REST API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Json => "json",
            Self::V8 => "v8",
        }
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The text names no content type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a content type is one of text, bytes, json, v8")]
pub struct UnknownContentType;

impl FromStr for ContentType {
    type Err = UnknownContentType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(UnknownContentType)
    }
}
