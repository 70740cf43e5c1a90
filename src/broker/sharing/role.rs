//! The thread that serves a process, as owner or as member.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use super::entry::{Entry, Visitor};
use super::error::OpenError;
use super::member::{Member, MemberEnd};
use super::owner;
use crate::base::{Clock, Work};
use crate::broker::driver::{Commands, Driver, Queued};
use crate::broker::request::{Observer, Unobserved};
use crate::broker::storage::StorageError;

/// How long the owner may be silent by default.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);

/// How the queues of a state directory are opened.
#[derive(Clone)]
pub struct StateOptions {
    /// The state directory; made if it is missing.
    pub directory: PathBuf,
    /// What time it is. The owner's clock decides.
    pub clock: Arc<dyn Clock>,
    /// Who is told what happens, in all processes; `None` when nobody is.
    pub observer: Option<Arc<dyn Observer>>,
    /// Most messages a second that one queue takes; `None` takes all that come. The owner's limit holds.
    pub messages_per_second: Option<u32>,
    /// Where what is done in this process is counted.
    pub work: Work,
    /// Whether the clock is moved by hand. Such a process cannot join another, and its commits are not synced
    /// to the disk: they survive the end of the process, and not that of the machine.
    pub clock_is_manual: bool,
    /// How long the process that has the queues may leave a question unanswered while nothing is heard of it, in real
    /// time.
    pub answer_patience: Duration,
    /// How people of other processes are told which one this is: its configuration file, or its command, and
    /// its id.
    pub label: String,
}

impl StateOptions {
    /// No limits and no observer.
    pub fn new(directory: impl Into<PathBuf>, clock: Arc<dyn Clock>, label: impl Into<String>) -> Self {
        let label = format!("{}, process {}", label.into(), std::process::id());
        let directory = directory.into();
        Self {
            directory,
            clock,
            observer: None,
            messages_per_second: None,
            work: Work::default(),
            clock_is_manual: false,
            answer_patience: ANSWER_PATIENCE,
            label,
        }
    }

    pub(super) fn observer(&self) -> Arc<dyn Observer> {
        self.observer.clone().unwrap_or_else(|| Arc::new(Unobserved))
    }

    pub(super) fn visitor(&self) -> Visitor<'_> {
        Visitor {
            directory: &self.directory,
            label: &self.label,
            observes: self.observer.is_some(),
            has_own_clock: self.clock_is_manual,
        }
    }
}

/// Opens the queues, or connects to the process that has them, and starts the thread.
pub(in crate::broker) fn open(options: StateOptions) -> Result<Commands, OpenError> {
    let (commands, receiver) = Commands::new(options.work.clone());
    let role = match options.visitor().enter()? {
        Entry::Owner(lock) => Role::Owner(Box::new(owner::own(&options, lock, &commands)?)),
        Entry::Member(stream) => Role::Member(Box::new(Member::new(options, stream, commands.clone()))),
    };
    let thread = std::thread::Builder::new().name("broker".to_owned());
    thread.spawn(move || role.run(&receiver)).map_err(|error| StorageError::Other {
        path: "broker".into(),
        cause: format!("its thread could not be started: {error}"),
    })?;
    Ok(commands)
}

enum Role {
    Owner(Box<Driver>),
    Member(Box<Member>),
}

impl Role {
    fn run(self, commands: &Receiver<Queued>) {
        let mut member = match self {
            Self::Owner(driver) => return driver.run(commands),
            Self::Member(member) => member,
        };
        while let MemberEnd::Owner(lock) = member.run(commands) {
            match owner::own(member.options(), lock, member.commands()) {
                Ok(mut driver) => {
                    member.hand_over(&mut driver);
                    return driver.run(commands);
                }
                Err(error) => member.troubled(&error.into()),
            }
        }
        member.end();
    }
}
