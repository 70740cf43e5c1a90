//! Several processes on one state directory.
//!
//! One of them holds the lock: it is the *owner*, runs the driver and listens on this machine. Its address
//! and a secret are in a file beside the database that only this user can read. The others are *members*:
//! they connect, ask by [`super::inquiry::Request`], and take the deliveries of their workers. When the owner
//! goes, however it goes, its members compete for the lock; who gets it opens the storage and is the owner,
//! the others connect to it. What was not answered is asked again.
//!
//! One thread serves one process, in either role, and reads the same channel of commands: the handle does
//! not know which role it is.

mod address;
mod broadcast;
mod connection;
mod entry;
mod error;
mod frame;
mod handshake;
mod listener;
mod member;
mod outgoing;
mod owner;
mod protocol;
mod role;
#[cfg(test)]
mod tests;

pub use error::OpenError;
pub use role::StateOptions;

pub(super) use member::LinkEvent;
pub(super) use role::open;
