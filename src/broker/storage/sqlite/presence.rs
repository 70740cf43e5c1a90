//! Whether the open file is still the one that the next start will find.

use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::path::Path;

/// What tells a file from another of the same name; nothing does where the system has no such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

impl Identity {
    /// That of the file at this path.
    pub fn of(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|metadata| identity(&metadata))
    }

    /// Whether this file is still at the path. A path that cannot be looked at for another reason says nothing.
    pub fn is_at(self, path: &Path) -> bool {
        match Self::of(path) {
            Ok(present) => present == self,
            Err(error) => error.kind() != ErrorKind::NotFound,
        }
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    Identity(metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_metadata: &Metadata) -> Identity {
    Identity(0, 0)
}
