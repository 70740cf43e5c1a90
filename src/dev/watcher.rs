//! Which of the files that matter have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::watched_tree;

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
    /// Folders everything in which matters.
    trees: BTreeSet<PathBuf>,
    /// What is never looked into.
    ignored: PathBuf,
}

impl Watcher {
    /// A watcher of nothing yet, which will never look into the folder `ignored`.
    ///
    /// # Errors
    ///
    /// When the system offers no way to watch files.
    pub fn new(ignored: &Path) -> notify::Result<Self> {
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
        let ignored = ignored.canonicalize().unwrap_or_else(|_| ignored.to_owned());
        Ok(Self { system: Some(system), ignored, ..Self::of(changes) })
    }

    /// A watcher that never sees a change.
    pub fn blind() -> Self {
        Self::of(mpsc::unbounded_channel().1)
    }

    fn of(changes: mpsc::UnboundedReceiver<PathBuf>) -> Self {
        Self {
            system: None,
            changes,
            folders: BTreeSet::new(),
            files: BTreeMap::new(),
            trees: BTreeSet::new(),
            ignored: PathBuf::new(),
        }
    }

    /// Watches exactly these files, whether they exist or not, and everything directly in those that are
    /// folders; and everything at any depth in `roots`, but for packages and what tools keep for themselves.
    pub fn watch(&mut self, mut files: BTreeSet<PathBuf>, roots: &BTreeSet<PathBuf>) {
        self.trees = roots.iter().flat_map(|root| watched_tree::folders(root, &self.ignored)).collect();
        files.extend(roots.iter().filter(|root| !self.trees.contains(*root)).cloned());
        let files = by_reported_path(files);
        let mut folders: BTreeSet<PathBuf> = files.keys().flat_map(|file| folders_of(file)).collect();
        folders.extend(self.trees.iter().cloned());
        let between: Vec<PathBuf> =
            folders.iter().flat_map(|folder| below_another(folder, &folders)).collect();
        folders.extend(between);
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
                    if self.matter(&path).next().is_some() {
                        return path;
                    }
                }
                None => std::future::pending::<()>().await,
            }
        }
    }

    /// Collects what follows a first change until it is quiet. Answers with the paths that were asked for, and
    /// with those in trees as the system reports them.
    pub async fn settled(&mut self, first: PathBuf) -> BTreeSet<PathBuf> {
        let changed = self.matter(&first).collect();
        self.collect(changed).await
    }

    /// Collects what has changed until it is quiet, which it may be already.
    pub async fn drained(&mut self) -> BTreeSet<PathBuf> {
        self.collect(BTreeSet::new()).await
    }

    /// What has changed without being asked for yet, until it is quiet; at once when nothing has.
    pub async fn already_changed(&mut self) -> BTreeSet<PathBuf> {
        let mut changed = BTreeSet::new();
        while let Ok(path) = self.changes.try_recv() {
            let matter: Vec<_> = self.matter(&path).collect();
            changed.extend(matter);
        }
        if changed.is_empty() { changed } else { self.collect(changed).await }
    }

    async fn collect(&mut self, mut changed: BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
        let end = Instant::now() + PATIENCE;
        loop {
            let until = (Instant::now() + quiet_after(changed.len())).min(end);
            match tokio::time::timeout_at(until, self.changes.recv()).await {
                Ok(Some(path)) => {
                    let matter: Vec<_> = self.matter(&path).collect();
                    changed.extend(matter);
                }
                Ok(None) | Err(_) => return changed,
            }
        }
    }

    /// What a reported path means: the watched file, those in it when it is a folder that came or went, or the
    /// watched folder around it; itself in a tree.
    fn matter(&self, path: &Path) -> impl Iterator<Item = PathBuf> {
        let folder = path.parent();
        let beneath = self.files.range(path.to_owned()..).take_while(move |(file, _)| file.starts_with(path));
        let around = folder.and_then(|folder| self.files.get(folder));
        let in_tree = folder.is_some_and(|folder| self.trees.contains(folder))
            && watched_tree::is_watched(path, &self.ignored);
        beneath.map(|(_, file)| file).chain(around).cloned().chain(in_tree.then(|| path.to_owned()))
    }
}

/// How long nothing must follow so many changed files.
const fn quiet_after(files: usize) -> Duration {
    if files >= BURST_FILES { QUIET_AFTER_BURST } else { QUIET }
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
    // A link to a folder may stand beside that folder, and the system reports each folder by one name only.
    if file.symlink_metadata().is_ok_and(|file| file.is_dir()) {
        folders.push(file.to_owned());
    }
    folders
}

/// The folders between `folder` and the nearest other watched one above it: when one of them is renamed, nobody
/// else would say so.
fn below_another(folder: &Path, watched: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let above: Vec<&Path> =
        folder.ancestors().skip(1).take_while(|above| !watched.contains(*above)).collect();
    let is_below = above.len() + 1 < folder.ancestors().count();
    if is_below { above.into_iter().map(Path::to_owned).collect() } else { Vec::new() }
}

/// The files by their paths as the system reports them: links in the folders above followed, the last part as it is.
fn by_reported_path(files: BTreeSet<PathBuf>) -> BTreeMap<PathBuf, PathBuf> {
    // Most files share their folders, and this is done at each save.
    let mut folders: BTreeMap<PathBuf, Option<PathBuf>> = BTreeMap::new();
    let mut reported = |file: &Path| {
        let folder = file.parent()?;
        if !folders.contains_key(folder) {
            folders.insert(folder.to_owned(), folder.canonicalize().ok());
        }
        Some(folders.get(folder)?.as_ref()?.join(file.file_name()?))
    };
    files.into_iter().map(|file| (reported(&file).unwrap_or_else(|| file.clone()), file)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_between_watched_ones_are_watched_and_others_above_are_not() {
        let watched = BTreeSet::from(["/p", "/p/a/b/c", "/q/x"].map(PathBuf::from));
        assert_eq!(below_another(Path::new("/p/a/b/c"), &watched), ["/p/a/b", "/p/a"].map(PathBuf::from));
        assert!(below_another(Path::new("/p"), &watched).is_empty());
        assert!(below_another(Path::new("/q/x"), &watched).is_empty());
    }
    /// A watcher of `/p/0` to `/p/99`, and where the system reports changes.
    fn watcher_of_a_hundred() -> (Watcher, mpsc::UnboundedSender<PathBuf>) {
        let (sender, changes) = mpsc::unbounded_channel();
        let mut watcher = Watcher::of(changes);
        watcher.files = (0..100).map(file).map(|path| (path.clone(), path)).collect();
        (watcher, sender)
    }

    fn file(number: usize) -> PathBuf {
        PathBuf::from(format!("/p/{number}"))
    }

    #[tokio::test]
    async fn what_has_come_already_is_one_change() {
        let (mut watcher, sender) = watcher_of_a_hundred();
        (0..100).for_each(|number| sender.send(file(number)).expect("received"));
        sender.send(PathBuf::from("/p/other")).expect("received");
        let first = watcher.changed().await;
        assert_eq!(watcher.settled(first).await, (0..100).map(file).collect());
    }

    #[test]
    fn a_burst_is_waited_for_longer_than_a_plain_save() {
        assert_eq!([1, BURST_FILES - 1].map(quiet_after), [QUIET, QUIET]);
        assert_eq!([BURST_FILES, 100].map(quiet_after), [QUIET_AFTER_BURST, QUIET_AFTER_BURST]);
        assert!(QUIET < Duration::from_millis(5));
    }

    #[tokio::test]
    async fn what_changes_meanwhile_is_there_at_once_and_what_does_not_matter_is_passed_over() {
        let (mut watcher, sender) = watcher_of_a_hundred();
        assert!(watcher.already_changed().await.is_empty());
        sender.send(PathBuf::from("/p/other")).expect("received");
        assert!(watcher.already_changed().await.is_empty());
        sender.send(file(1)).expect("received");
        sender.send(PathBuf::from("/p/other")).expect("received");
        assert_eq!(watcher.already_changed().await, BTreeSet::from([file(1)]));
    }
}
