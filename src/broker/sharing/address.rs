//! Where the owner listens: a file beside the database that only this user can read.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::broker::driver::random_bits;

const FILE_NAME: &str = "owner.json";
/// Longest such file, in bytes.
const BYTES_MAX: u64 = 4096;

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Address {
    /// The version of qemu-dev that wrote it.
    pub version: String,
    /// The owner's process id.
    pub process: u32,
    /// Where it listens.
    pub address: SocketAddr,
    /// What a member must show.
    pub secret: Secret,
    /// Whether the owner's clock is set by hand.
    #[serde(default)]
    pub clock_is_manual: bool,
}

/// Shows that a process may read the state directory.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Secret(String);

impl Secret {
    /// A new one.
    pub fn new() -> Self {
        Self(random_bits().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Whether they are the same. How long it takes says nothing: digests are compared, not secrets.
    pub fn matches(&self, other: &Self) -> bool {
        Sha256::digest(&self.0) == Sha256::digest(&other.0)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret")
    }
}

impl Address {
    /// The file in this state directory.
    pub fn path(directory: &Path) -> PathBuf {
        directory.join(FILE_NAME)
    }

    /// What the file says, if it is there.
    ///
    /// # Errors
    /// When it cannot be read, or says something else.
    pub fn read(directory: &Path) -> io::Result<Option<Self>> {
        let path = Self::path(directory);
        let text = match fs::metadata(&path) {
            Ok(metadata) if metadata.len() > BYTES_MAX => Err(ErrorKind::FileTooLarge.into()),
            Ok(_) => fs::read(&path),
            Err(error) => Err(error),
        };
        match text {
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(io::Error::other),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the file as a whole; only this user can read it.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        // Made with mode 0600 where there are modes; elsewhere the folder's rights hold.
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        serde_json::to_writer(&mut file, self)?;
        file.flush()?;
        file.persist(Self::path(directory))?;
        Ok(())
    }

    /// Removes the file, if it is the one with this secret.
    pub fn remove(directory: &Path, secret: &Secret) {
        let own = |address: &Self| address.secret.matches(secret);
        if !Self::read(directory).is_ok_and(|address| address.as_ref().is_some_and(own)) {
            return;
        }
        // A file that stays is stale: whoever reads it finds the lock free.
        drop(fs::remove_file(Self::path(directory)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_as_written_by_this_user_alone() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(Address::read(directory.path()).unwrap(), None);
        let address = Address {
            version: "1.2.3".to_owned(),
            process: 7,
            address: "127.0.0.1:5".parse().unwrap(),
            secret: Secret::new(),
            clock_is_manual: true,
        };
        address.write(directory.path()).unwrap();
        assert_eq!(Address::read(directory.path()).unwrap().as_ref(), Some(&address));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(Address::path(directory.path())).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        Address::remove(directory.path(), &Secret::new());
        assert_eq!(Address::read(directory.path()).unwrap().as_ref(), Some(&address));
        Address::remove(directory.path(), &address.secret);
        assert_eq!(Address::read(directory.path()).unwrap(), None);
        fs::write(Address::path(directory.path()), vec![b' '; 5000]).unwrap();
        assert!(Address::read(directory.path()).is_err());
        fs::remove_file(Address::path(directory.path())).unwrap();
        assert_eq!(Address::read(directory.path()).unwrap(), None);
    }

    #[test]
    fn secrets_differ_and_are_not_shown() {
        let secret = Secret::new();
        assert!(secret.matches(&secret.clone()) && !secret.matches(&Secret::new()));
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
