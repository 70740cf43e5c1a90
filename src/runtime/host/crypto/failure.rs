//! Why an operation was refused, as the guest is told.

/// The name of an exception and its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The name of the DOMException, or zlib's code.
    pub name: &'static str,
    /// What happened, in a sentence.
    pub message: String,
}

/// The result of an operation.
pub type Result<T> = std::result::Result<T, Failure>;

/// The key or its encoding is not what it is said to be.
pub fn data(message: impl Into<String>) -> Failure {
    Failure { name: "DataError", message: message.into() }
}

/// The operation failed for a reason of its own, such as a wrong tag.
pub fn operation(message: impl Into<String>) -> Failure {
    Failure { name: "OperationError", message: message.into() }
}

/// Asked for something that is not there, or beyond a limit of ours.
pub fn unsupported(message: impl Into<String>) -> Failure {
    Failure { name: "NotSupportedError", message: message.into() }
}
