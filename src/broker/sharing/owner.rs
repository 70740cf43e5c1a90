//! Owning a state directory: the lock, the driver and the ear for members.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::address::{Address, Secret};
use super::broadcast::Broadcast;
use super::handshake::VERSION;
use super::listener::{self, Ear};
use super::role::StateOptions;
use crate::broker::core::{Input, ProcessNumber};
use crate::broker::driver::{self, Answer, Command, Commands, Driver, IdSource};
use crate::broker::handle::BrokerOptions;
use crate::broker::storage::{SqliteStorage, StateLock, StorageError};

/// Holds the state directory until it is dropped.
struct Ownership {
    directory: PathBuf,
    secret: Secret,
    lock: Option<StateLock>,
    ear: Option<Ear>,
}

impl Drop for Ownership {
    fn drop(&mut self) {
        Address::remove(&self.directory, &self.secret);
        // Whoever loses the connection now finds the lock free.
        self.lock.take();
        self.ear.take();
    }
}

/// Opens the storage and listens. Members that come before it is read wait.
pub(super) fn own(
    options: &StateOptions,
    lock: StateLock,
    commands: &Commands,
) -> Result<Driver, StorageError> {
    let secret = Secret::new();
    let (directory, own) = (options.directory.clone(), secret.clone());
    let mut ownership = Ownership { directory, secret: own, lock: Some(lock), ear: None };
    // A process that cannot listen still has the queues for itself; others are told that it has no address.
    let listener = listener::bind().and_then(|listener| {
        let address = Address {
            version: VERSION.to_owned(),
            process: std::process::id(),
            address: listener.local_addr()?,
            secret: secret.clone(),
            clock_is_manual: options.clock_is_manual,
        };
        address.write(&options.directory)?;
        Ok(listener)
    });
    let storage = SqliteStorage::open(&options.directory)?;
    let broadcast = Arc::new(Broadcast::new(options.observer()));
    if options.clock_is_manual {
        storage.stop_syncing()?;
    }
    let mut broker = BrokerOptions {
        observer: broadcast.clone(),
        messages_per_second: options.messages_per_second,
        work: options.work.clone(),
        ..BrokerOptions::new(Box::new(storage), options.clock.clone())
    };
    if options.clock_is_manual {
        // Time that does not pass by itself is not to be spent on the disk.
        broker.outcome_linger = Duration::ZERO;
    }
    let mut driver = driver::prepare(broker, IdSource::new(), commands.clone())?;
    let join = Input::Join { process: ProcessNumber::OWNER, label: options.label.clone() };
    driver.begin_with(Command::Step(Box::new(join), Answer::nobody()));
    let ear = listener.and_then(|listener| Ear::open(listener, secret, commands.clone(), broadcast));
    ownership.ear = ear.ok();
    driver.hold(Box::new(ownership));
    Ok(driver)
}
