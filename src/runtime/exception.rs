//! What a guest threw, ready to be shown: positions in the user's files, causes beneath.

use std::fmt;

use super::protocol::{self, GuestError};
use crate::workers::ScriptMap;

/// Most causes shown beneath an exception.
const CAUSES_MAX: usize = 8;

/// A thrown value with its stack mapped to the user's source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exception {
    /// The error's name, for example `TypeError`.
    pub name: String,
    /// The error's message.
    pub message: String,
    /// Stack frames, a line each, in the user's files; may be empty.
    pub stack: String,
    /// The error's cause, where it has one.
    pub cause: Option<Box<Exception>>,
}

impl Exception {
    /// The exception that `error` describes, its positions mapped through `map`.
    pub fn new(error: GuestError, map: &ScriptMap) -> Self {
        Self::with_causes(error, map, CAUSES_MAX)
    }

    fn with_causes(error: GuestError, map: &ScriptMap, causes: usize) -> Self {
        let cause = error.cause.filter(|_| causes > 0).map(|cause| *cause);
        Self {
            stack: frames(&map.rewrite_stack(&error.stack)),
            name: error.name,
            message: error.message,
            cause: cause.map(|cause| Box::new(Self::with_causes(cause, map, causes - 1))),
        }
    }

    /// `Name: message`, as JavaScript prints an error.
    pub fn headline(&self) -> String {
        protocol::headline(&self.name, &self.message)
    }
}

/// The lines of a stack that are frames; engines differ in whether the headline comes first.
fn frames(stack: &str) -> String {
    let lines: Vec<_> = stack.lines().filter(|line| line.trim_start().starts_with("at ")).collect();
    lines.join("\n")
}

impl fmt::Display for Exception {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.headline())?;
        if !self.stack.is_empty() {
            write!(formatter, "\n{}", self.stack)?;
        }
        if let Some(cause) = &self.cause {
            write!(formatter, "\n  [cause]: {}", cause.to_string().replace('\n', "\n  "))?;
        }
        Ok(())
    }
}
