//! The folders of a tree that are watched: packages, repositories and what tools keep for themselves are not.

use std::path::{Path, PathBuf};

/// Folders that hold what no person edits.
const IGNORED_FOLDERS: [&str; 4] = ["node_modules", ".git", ".wrangler", ".jj"];
/// Most folders of one tree; more would use up what the system watches for all programs.
const FOLDERS_MAX: usize = 4096;

/// All watched folders from `root` on, itself included; none when it is no folder.
pub fn folders(root: &Path, ignored: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = root.is_dir().then(|| root.to_owned()).into_iter().collect();
    let mut next = 0;
    while let Some(folder) = found.get(next).filter(|_| found.len() < FOLDERS_MAX) {
        next += 1;
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        let folders = entries.filter_map(Result::ok).filter(|entry| {
            // Links are not followed: they may lead round in a circle.
            entry.file_type().is_ok_and(|kind| kind.is_dir()) && is_watched(&entry.path(), ignored)
        });
        let folders: Vec<_> = folders.map(|entry| entry.path()).collect();
        found.extend(folders);
    }
    found
}

/// Whether a path in a watched folder is of interest.
pub fn is_watched(path: &Path, ignored: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    // Vim tries whether it may write by writing a file of this name.
    let of_editor = name.ends_with('~') || name.ends_with(".swp") || name.ends_with(".swx") || name == "4913";
    !of_editor && !IGNORED_FOLDERS.contains(&&*name) && path != ignored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_repositories_and_the_state_are_left_out() {
        let root = tempfile::tempdir().expect("a folder");
        for folder in ["src/deep", "node_modules/a", ".git/refs", ".wrangler/state", "state/x"] {
            std::fs::create_dir_all(root.path().join(folder)).expect("made");
        }
        let mut found = folders(root.path(), &root.path().join("state"));
        found.sort();
        assert_eq!(
            found,
            ["", "src", "src/deep"].map(|folder| root.path().join(folder).components().collect::<PathBuf>())
        );
        assert!(folders(&root.path().join("missing"), Path::new("")).is_empty());
        assert!(!is_watched(Path::new("src/index.ts~"), Path::new("")));
    }
}
