//! The owner's ear: takes connections of members.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::address::Secret;
use super::broadcast::Broadcast;
use super::connection;
use super::outgoing::Outgoing;
use super::protocol::FromOwner;
use crate::broker::core::ProcessNumber;
use crate::broker::driver::Commands;

/// Connections at a time; each has two threads.
const CONNECTIONS_MAX: usize = 128;
/// How long members may take to be told the last answers.
const FAREWELL: Duration = Duration::from_secs(1);

/// Listens on this machine, not yet answering: who connects waits.
pub(super) fn bind() -> io::Result<TcpListener> {
    let addresses: [SocketAddr; 2] = [(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()];
    TcpListener::bind(addresses.as_slice())
}

/// Answers until it is dropped.
pub(super) struct Ear {
    address: SocketAddr,
    hall: Arc<Hall>,
}

/// What the connections share.
pub(super) struct Hall {
    pub commands: Commands,
    pub broadcast: Arc<Broadcast>,
    pub secret: Secret,
    closed: AtomicBool,
    connections: AtomicUsize,
    last_process: AtomicU32,
    members: Mutex<Vec<Weak<Outgoing<FromOwner>>>>,
}

impl Hall {
    /// A number that no member of this owner has had.
    pub fn number(&self) -> ProcessNumber {
        ProcessNumber(self.last_process.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Remembers whom to say farewell.
    pub fn admit(&self, member: &Arc<Outgoing<FromOwner>>) {
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        members.retain(|member| member.strong_count() > 0);
        members.push(Arc::downgrade(member));
    }
}

impl Ear {
    /// Answers members: what they ask goes to `commands`, what happens is told by `broadcast`.
    pub fn open(
        listener: TcpListener,
        secret: Secret,
        commands: Commands,
        broadcast: Arc<Broadcast>,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let hall = Arc::new(Hall {
            commands,
            broadcast,
            secret,
            closed: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            last_process: AtomicU32::new(ProcessNumber::OWNER.0),
            members: Mutex::default(),
        });
        let shared = hall.clone();
        let thread = std::thread::Builder::new().name("members".to_owned());
        thread.spawn(move || accept(&listener, &shared))?;
        Ok(Self { address, hall })
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.hall.closed.store(true, Ordering::Release);
        // Wakes the thread, which closes the listener.
        drop(TcpStream::connect_timeout(&self.address, FAREWELL));
        let members = std::mem::take(&mut *self.hall.members.lock().unwrap_or_else(PoisonError::into_inner));
        let members: Vec<_> = members.iter().filter_map(Weak::upgrade).collect();
        members.iter().for_each(|member| member.close());
        let until = Instant::now() + FAREWELL;
        members.iter().for_each(|member| member.wait_until_written(until));
    }
}

fn accept(listener: &TcpListener, hall: &Arc<Hall>) {
    for stream in listener.incoming() {
        if hall.closed.load(Ordering::Acquire) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if hall.connections.fetch_add(1, Ordering::AcqRel) >= CONNECTIONS_MAX {
            hall.connections.fetch_sub(1, Ordering::AcqRel);
            continue;
        }
        let shared = hall.clone();
        let thread = std::thread::Builder::new().name("member".to_owned());
        let spawned = thread.spawn(move || {
            connection::serve(stream, &shared);
            shared.connections.fetch_sub(1, Ordering::AcqRel);
        });
        if spawned.is_err() {
            hall.connections.fetch_sub(1, Ordering::AcqRel);
        }
    }
}
