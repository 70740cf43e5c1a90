//! Keeping event subscriptions in a file of the state directory.
//!
//! Several processes may share the directory, so each reads the file when it is asked, and changes it alone: whoever
//! does holds the lock of a second file, since the first is replaced.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::event_sources::EventSource;
use super::subscription_registry::{
    Subscription, SubscriptionChange, SubscriptionStore, SubscriptionStoreError,
};
use crate::broker::ResourceId;

const FILE_NAME: &str = "subscriptions.json";
const LOCK_NAME: &str = "subscriptions.lock";
/// The form of the file; fixed once written.
const VERSION: u32 = 1;

/// Subscriptions in `subscriptions.json`, which is replaced as a whole, so that it is never half written.
#[derive(Clone, Debug)]
pub struct SubscriptionFile {
    path: PathBuf,
}

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    subscriptions: &'a [Subscription],
}

#[derive(Deserialize)]
struct Read {
    version: u32,
    subscriptions: Vec<Subscription>,
}

impl SubscriptionFile {
    /// The file in this state directory, which must exist before anything is kept.
    pub fn new(directory: &Path) -> Self {
        Self { path: directory.join(FILE_NAME) }
    }

    fn error(&self, attempted: &'static str, cause: impl ToString) -> SubscriptionStoreError {
        let path = self.path.display().to_string();
        SubscriptionStoreError { path, attempted, cause: cause.to_string() }
    }

    fn lock(&self) -> io::Result<fs::File> {
        let path = self.path.with_file_name(LOCK_NAME);
        let file = fs::OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        file.lock()?;
        Ok(file)
    }

    fn replace(&self, text: &[u8]) -> io::Result<()> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(text)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        // The new name is durable once its directory is; not every system can do that.
        if let Ok(directory) = fs::File::open(directory) {
            let _ = directory.sync_all();
        }
        Ok(())
    }
}

impl SubscriptionStore for SubscriptionFile {
    fn load(&self) -> Result<Vec<Subscription>, SubscriptionStoreError> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.error("read", error)),
        };
        let damaged = |cause: &dyn std::fmt::Display| {
            self.error("read", format!("{cause}; mend the file, or delete it to start without subscriptions"))
        };
        let read: Read = serde_json::from_slice(&text).map_err(|error| damaged(&error))?;
        if read.version != VERSION {
            return Err(damaged(&format!("it has version {}, not {VERSION}", read.version)));
        }
        match read.subscriptions.iter().find(|subscription| !is_whole(subscription)) {
            Some(broken) => Err(damaged(&format!("the subscription \"{}\" is damaged", broken.id))),
            None => Ok(read.subscriptions),
        }
    }

    fn change(
        &self,
        change: &mut dyn FnMut(&mut Vec<Subscription>) -> SubscriptionChange,
    ) -> Result<(), SubscriptionStoreError> {
        // Closing the file gives the lock back.
        let _lock = self.lock().map_err(|error| self.error("written", error))?;
        let mut subscriptions = self.load()?;
        if change(&mut subscriptions) == SubscriptionChange::Leave {
            return Ok(());
        }
        let text = serde_json::to_vec_pretty(&Written { version: VERSION, subscriptions: &subscriptions });
        let text = text.map_err(|error| self.error("written", error))?;
        self.replace(&text).map_err(|error| self.error("written", error))
    }
}

/// Whether a subscription is one that the API would have accepted.
fn is_whole(subscription: &Subscription) -> bool {
    let source = subscription.source.get("type").and_then(|kind| EventSource::find(kind));
    let known = source.is_some_and(|source| source.unrecognized(&subscription.events).is_empty());
    let ids = [&subscription.id, &subscription.queue_id];
    known && ids.iter().all(|id| id.parse::<ResourceId>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscription() -> Subscription {
        Subscription {
            id: "1".repeat(32),
            name: "buckets".to_owned(),
            enabled: true,
            source: [("type".to_owned(), "r2".to_owned())].into(),
            queue_id: "2".repeat(32),
            events: vec!["bucket.created".to_owned()],
            created_at_ms: 1,
            modified_at_ms: 18_000_000_000_000_000_000,
        }
    }

    fn add(file: &SubscriptionFile, added: Subscription) -> Result<(), SubscriptionStoreError> {
        file.change(&mut |subscriptions| {
            subscriptions.push(added.clone());
            SubscriptionChange::Keep
        })
    }

    #[test]
    fn read_back_as_written() {
        let directory = tempfile::tempdir().unwrap();
        let file = SubscriptionFile::new(directory.path());
        assert_eq!(file.load().unwrap(), []);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "reading makes no files");
        add(&file, subscription()).unwrap();
        assert_eq!(file.load().unwrap(), [subscription()]);
        let left = file.change(&mut |subscriptions| {
            subscriptions.clear();
            SubscriptionChange::Leave
        });
        left.unwrap();
        assert_eq!(file.load().unwrap(), [subscription()]);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "no temporary file stays");
    }

    #[test]
    fn those_who_share_a_file_lose_nothing_of_each_other() {
        let directory = tempfile::tempdir().unwrap();
        let adding =
            || (0..20).for_each(|_| add(&SubscriptionFile::new(directory.path()), subscription()).unwrap());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(adding);
            }
        });
        assert_eq!(SubscriptionFile::new(directory.path()).load().unwrap().len(), 80);
    }

    #[test]
    fn a_damaged_file_is_named_with_a_remedy() {
        let directory = tempfile::tempdir().unwrap();
        let file = SubscriptionFile::new(directory.path());
        let mut unknown = subscription();
        unknown.events = vec!["no.such".to_owned()];
        let unknown = serde_json::to_string(&Written { version: 1, subscriptions: &[unknown] }).unwrap();
        for text in ["", "{", "[]", r#"{"version":2,"subscriptions":[]}"#, &unknown] {
            fs::write(&file.path, text).unwrap();
            let error = file.load().unwrap_err().to_string();
            assert!(error.contains("subscriptions.json") && error.contains("delete it"), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_written_leaves_what_was() {
        let directory = tempfile::tempdir().unwrap();
        let file = SubscriptionFile::new(&directory.path().join("missing"));
        assert!(add(&file, subscription()).is_err());
        assert_eq!(file.load().unwrap(), []);
    }
}
