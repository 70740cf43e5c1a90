//! Files that a run leaves behind.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Creates a file, or empties it; with the folders that it is to be in, since `reports/run.xml` is often the first
/// file of its folder.
///
/// # Errors
///
/// When a folder or the file cannot be created.
pub fn create_file(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    File::create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_are_made_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/run.xml");
        create_file(&path).unwrap();
        assert!(path.is_file());
        assert!(create_file(&path.join("below a file")).is_err());
    }
}
