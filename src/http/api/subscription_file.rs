//! Keeping event subscriptions in a file of the state directory.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::event_sources::EventSource;
use super::subscription_registry::{Subscription, SubscriptionStore, SubscriptionStoreError};
use crate::broker::ResourceId;

const FILE_NAME: &str = "subscriptions.json";
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

    fn save(&self, subscriptions: &[Subscription]) -> Result<(), SubscriptionStoreError> {
        let text = serde_json::to_vec_pretty(&Written { version: VERSION, subscriptions });
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

    #[test]
    fn read_back_as_written() {
        let directory = tempfile::tempdir().unwrap();
        let file = SubscriptionFile::new(directory.path());
        assert_eq!(file.load().unwrap(), []);
        file.save(&[subscription()]).unwrap();
        assert_eq!(file.load().unwrap(), [subscription()]);
        file.save(&[]).unwrap();
        assert_eq!(file.load().unwrap(), []);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no temporary file stays");
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
        assert!(file.save(&[subscription()]).is_err());
        assert_eq!(file.load().unwrap(), []);
    }
}
