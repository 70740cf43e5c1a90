//! The lock of the state directory: one process runs the queues.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Holds the state directory until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct StateLock {
    // Closing the file gives the lock back.
    _file: File,
    path: PathBuf,
}

/// The state directory could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error(
        "{} is held by another process{}; stop it, or choose another folder with --persist-to",
        path.display(),
        pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
    )]
    Held {
        /// The lock's file.
        path: PathBuf,
        /// The process that holds it, where it could be read.
        pid: Option<u32>,
    },
    /// The file could not be made or opened.
    #[error(
        "{} cannot be used: {cause}; make its folder writable or choose another with --persist-to",
        path.display()
    )]
    Unusable {
        /// The lock's file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

impl StateLock {
    /// Locks the directory, which is made if it is missing.
    ///
    /// # Errors
    /// When another process holds it, or the lock's file cannot be used.
    pub fn acquire(directory: &Path) -> Result<Self, LockError> {
        let path = directory.join("lock");
        let unusable = |cause| LockError::Unusable { path: path.clone(), cause };
        std::fs::create_dir_all(directory).map_err(unusable)?;
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = options.map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Held { pid: holder(&mut file), path }),
            Err(TryLockError::Error(cause)) => return Err(unusable(cause)),
        }
        write_holder(&mut file).map_err(unusable)?;
        Ok(Self { _file: file, path })
    }

    /// The lock's file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn write_holder(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_holds_it_and_gets_it_afterwards() -> Result<(), LockError> {
        let directory =
            tempfile::tempdir().map_err(|cause| LockError::Unusable { path: PathBuf::new(), cause })?;
        let directory = directory.path().join("new").join("state");
        let first = StateLock::acquire(&directory)?;
        let refused = StateLock::acquire(&directory).map(drop);
        assert!(
            matches!(&refused, Err(LockError::Held { pid: Some(pid), .. }) if *pid == std::process::id()),
            "{refused:?}"
        );
        drop(first);
        StateLock::acquire(&directory).map(drop)
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_that_names_it() -> io::Result<()> {
        let file = tempfile::NamedTempFile::new()?;
        let refused = StateLock::acquire(file.path()).map(drop);
        let text = refused.map_err(|error| error.to_string()).unwrap_err();
        assert!(text.contains(&file.path().display().to_string()) && text.contains("--persist-to"), "{text}");
        Ok(())
    }
}
