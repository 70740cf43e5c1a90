//! Which of the files that matter have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// A change is complete when nothing has followed it for this long. Editors write in several steps, and
/// a file between two of them may be empty.
const QUIET: Duration = Duration::from_millis(3);
/// A burst of changes, such as a checkout, is complete when nothing has followed for this long.
const QUIET_AFTER_BURST: Duration = Duration::from_millis(40);
/// From this many changed files on it is a burst.
const BURST_FILES: usize = 4;
/// A stream of changes is not waited for longer than this.
const PATIENCE: Duration = Duration::from_millis(1000);

/// Watches the folders that the files lie in: a file that is replaced by a rename keeps its folder.
pub struct Watcher {
    system: Option<RecommendedWatcher>,
    changes: mpsc::UnboundedReceiver<PathBuf>,
    folders: BTreeSet<PathBuf>,
    /// By the path the system reports, the path that was asked for.
    files: BTreeMap<PathBuf, PathBuf>,
}

impl Watcher {
    /// A watcher of nothing yet.
    ///
    /// # Errors
    ///
    /// When the system offers no way to watch files.
    pub fn new() -> notify::Result<Self> {
        let (sender, changes) = mpsc::unbounded_channel();
        let system = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if let Ok(event) = event
                && changes_content(event.kind)
            {
                for path in event.paths {
                    let _ = sender.send(path);
                }
            }
        })?;
        Ok(Self { system: Some(system), changes, folders: BTreeSet::new(), files: BTreeMap::new() })
    }

    /// A watcher that never sees a change.
    pub fn blind() -> Self {
        let (_, changes) = mpsc::unbounded_channel();
        Self { system: None, changes, folders: BTreeSet::new(), files: BTreeMap::new() }
    }

    /// Watches exactly these files, whether they exist or not, and everything directly in those that are
    /// folders.
    pub fn watch(&mut self, files: BTreeSet<PathBuf>) {
        let files: BTreeMap<PathBuf, PathBuf> =
            files.into_iter().map(|file| (without_links_above(&file), file)).collect();
        let folders: BTreeSet<PathBuf> = files.keys().flat_map(|file| folders_of(file)).collect();
        if let Some(system) = &mut self.system {
            for folder in self.folders.difference(&folders) {
                let _ = system.unwatch(folder);
            }
            for folder in &folders {
                // Again even when it is watched: it may have been replaced. A folder that is missing now
                // is noticed through the one above it.
                let _ = system.watch(folder, RecursiveMode::NonRecursive);
            }
        }
        self.folders = folders;
        self.files = files;
    }

    /// Waits for the first change of a file that matters.
    pub async fn changed(&mut self) -> PathBuf {
        loop {
            match self.changes.recv().await {
                Some(path) => {
                    if let Some(file) = self.asked_for(&path) {
                        return file;
                    }
                }
                None => std::future::pending::<()>().await,
            }
        }
    }

    /// Collects what follows a first change until it is quiet. Answers with the paths that were asked for.
    pub async fn settled(&mut self, first: PathBuf) -> BTreeSet<PathBuf> {
        let mut changed = BTreeSet::from([first]);
        let end = Instant::now() + PATIENCE;
        loop {
            let quiet = if changed.len() >= BURST_FILES { QUIET_AFTER_BURST } else { QUIET };
            let until = (Instant::now() + quiet).min(end);
            match tokio::time::timeout_at(until, self.changes.recv()).await {
                Ok(Some(path)) => changed.extend(self.asked_for(&path)),
                Ok(None) | Err(_) => return changed,
            }
        }
    }

    /// The watched file, or the watched folder around it, that `path` is.
    fn asked_for(&self, path: &Path) -> Option<PathBuf> {
        let of_folder = || self.files.get(path.parent()?);
        self.files.get(path).or_else(of_folder).cloned()
    }
}

fn changes_content(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) | EventKind::Other => false,
        EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) => true,
    }
}

/// The folder of a file and, when it is one, the folder itself.
fn folders_of(file: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<_> = file.parent().map(Path::to_owned).into_iter().collect();
    if file.is_dir() {
        folders.push(file.to_owned());
    }
    folders
}

/// The path as the system reports it: links in the folders above followed, the last part as it is.
fn without_links_above(file: &Path) -> PathBuf {
    match (file.parent().and_then(|folder| folder.canonicalize().ok()), file.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => file.to_owned(),
    }
}
