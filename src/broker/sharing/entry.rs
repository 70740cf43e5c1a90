//! Getting to the queues of a state directory: as their owner, or as a member.

use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use super::address::Address;
use super::error::OpenError;
use super::handshake::{self, Hello, VERSION, Verdict, Welcome};
use crate::broker::storage::{LockError, StateLock};

/// How long an owner may take to answer a greeting; it may be reading a large file.
const GREETING_PATIENCE: Duration = Duration::from_secs(20);
/// How long is tried before an obstacle counts: owners come and go.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long between two attempts.
pub(super) const ATTEMPT_PAUSE: Duration = Duration::from_millis(15);

/// What a process is to the queues.
pub(super) enum Entry {
    /// The lock is ours.
    Owner(StateLock),
    /// The owner welcomed us.
    Member(TcpStream),
}

/// How a process presents itself.
pub(super) struct Visitor<'a> {
    /// The state directory.
    pub directory: &'a Path,
    /// How people are told which process it is.
    pub label: &'a str,
    /// Whether it wants to be told what happens, as sessions do and commands do not.
    pub observes: bool,
    /// Whether its clock is set by hand.
    pub has_own_clock: bool,
}

impl Visitor<'_> {
    /// Tries until it succeeds, or an obstacle stays.
    pub fn enter(&self) -> Result<Entry, OpenError> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.attempt() {
                Err(error) if !error.is_final() && Instant::now() < until => {
                    std::thread::sleep(ATTEMPT_PAUSE);
                }
                result => return result,
            }
        }
    }

    /// Tries once.
    pub fn attempt(&self) -> Result<Entry, OpenError> {
        match StateLock::acquire(self.directory) {
            Ok(lock) => Ok(Entry::Owner(lock)),
            Err(LockError::Held { path, pid }) => {
                let file = Address::path(self.directory);
                match Address::read(self.directory) {
                    Ok(Some(address)) => self.greet(&address).map(Entry::Member),
                    Ok(None) => Err(OpenError::NoAddress { lock: path, process: pid, address: file }),
                    Err(cause) => Err(OpenError::Address { address: file, process: pid, cause }),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    fn greet(&self, address: &Address) -> Result<TcpStream, OpenError> {
        let process = address.process;
        let directory = || self.directory.to_owned();
        if address.version != VERSION {
            let theirs = address.version.clone();
            return Err(OpenError::OtherVersion { directory: directory(), process, theirs });
        }
        if self.has_own_clock {
            return Err(OpenError::OwnClock { directory: directory(), process });
        }
        if address.clock_is_manual && self.observes {
            return Err(OpenError::ForeignClock { directory: directory(), process });
        }
        let file = Address::path(self.directory);
        let exchange = || {
            let mut stream = TcpStream::connect_timeout(&address.address, GREETING_PATIENCE)?;
            stream.set_nodelay(true)?;
            let hello = Hello::new(address.secret.clone(), self.label.to_owned(), self.observes);
            handshake::write(&mut stream, &hello)?;
            let welcome: Welcome = handshake::read(&mut stream, GREETING_PATIENCE)?;
            Ok((stream, welcome))
        };
        let (stream, welcome) = exchange().map_err(|cause: io::Error| {
            let silent = matches!(cause.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
            let cause = if silent { late() } else { cause };
            OpenError::Unanswered { address: file.clone(), process, cause }
        })?;
        match welcome.verdict {
            Verdict::Welcome => Ok(stream),
            Verdict::Secret => Err(OpenError::Secret { address: file, process }),
            Verdict::Version => {
                let theirs = welcome.version;
                Err(OpenError::OtherVersion { directory: directory(), process, theirs })
            }
        }
    }
}

/// What is said instead of the system's words for it.
fn late() -> io::Error {
    let seconds = GREETING_PATIENCE.as_secs();
    io::Error::new(
        ErrorKind::TimedOut,
        format!("nothing came within {seconds} s; it may be stopped, as by Ctrl-Z"),
    )
}
