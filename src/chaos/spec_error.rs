//! What is wrong with a chaos specification, and where.

use std::fmt;

/// A specification cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError {
    /// What is wrong and how to mend it.
    pub message: String,
    /// Where the wrong part begins, in characters from 1.
    pub position: usize,
}

impl fmt::Display for SpecError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "at character {}: {}", self.position, self.message)
    }
}

impl std::error::Error for SpecError {}
