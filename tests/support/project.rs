//! A folder of a person's files.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A temporary folder with a Worker project in it.
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// A folder with these files: path and text.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, as an editor does that writes in place.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces a text that the file holds exactly once.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path().join(path)).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{from:?} in {path}");
        self.write(path, &text.replace(from, to));
    }

    /// Copies a folder, `adapt`ing the text of each file; what sessions and people leave there stays behind.
    pub fn copy_from(&self, source: &Path, target: &str, adapt: &dyn Fn(&str) -> String) {
        for path in entries(source) {
            let name = path.file_name().unwrap().to_str().unwrap();
            let target = format!("{target}/{name}");
            if path.is_file() && name != ".dev.vars" && !name.ends_with(".wasm") {
                self.write(&target, &adapt(&fs::read_to_string(&path).unwrap()));
            } else if path.is_dir() && ![".wrangler", "node_modules", "target"].contains(&name) {
                self.copy_from(&path, &target, adapt);
            }
        }
    }
}

/// What is in a folder, in the order of names.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}
