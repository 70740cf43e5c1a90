//! Listening, connections, graceful shutdown.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::exchange::AnswerBody;
use super::upgrade::Upgrades;

/// The addresses could not be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The host name stands for no address of this machine.
    #[error("cannot listen on \"{host}\": {reason}; name an address of this machine with --ip")]
    Host {
        /// The host name or address as given.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// Another program listens there.
    #[error(
        "port {port} is in use by another program: stop it, or choose another port with --port (0 picks a free one)"
    )]
    InUse {
        /// The port.
        port: u16,
    },
    /// The system refuses for another reason.
    #[error("cannot listen on {address}: {source}; choose another address with --ip, or port with --port")]
    Refused {
        /// The address with the port.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// How often another free port is tried when one is free on some addresses of a host only.
const FREE_PORT_ATTEMPTS: usize = 8;

/// Sockets that are bound, so that their addresses are known before anything is served.
pub struct Listener {
    sockets: Vec<TcpListener>,
}

impl Listener {
    /// Listens on every address of `host` (a name or an address) at `port`; 0 picks a free one.
    ///
    /// # Errors
    ///
    /// See [`BindError`].
    pub async fn bind(host: &str, port: u16) -> Result<Self, BindError> {
        let unknown = |error: io::Error| BindError::Host { host: host.to_owned(), reason: error.to_string() };
        let mut addresses: Vec<_> = tokio::net::lookup_host((host, port)).await.map_err(unknown)?.collect();
        addresses.sort_by_key(|address| address.is_ipv6());
        addresses.dedup();
        let Some((first, others)) = addresses.split_first() else {
            return Err(unknown(io::Error::other("it has no address")));
        };
        let mut bound = bind_all(*first, others);
        for _ in 0..FREE_PORT_ATTEMPTS {
            // What is free on one address may be taken on another.
            if port == 0 && matches!(bound, Err(BindError::InUse { .. })) {
                bound = bind_all(*first, others);
            }
        }
        Ok(Self { sockets: bound? })
    }

    /// The port that is listened on.
    pub fn port(&self) -> u16 {
        self.addresses().first().map_or(0, SocketAddr::port)
    }

    /// The addresses that are listened on.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.sockets.iter().filter_map(|socket| socket.local_addr().ok()).collect()
    }
}

/// Listens at the first address and, at the port that it got, at the others.
fn bind_all(first: SocketAddr, others: &[SocketAddr]) -> Result<Vec<TcpListener>, BindError> {
    let socket = bind_one(first)?;
    let port = socket.local_addr().map_err(|source| BindError::Refused { address: first, source })?.port();
    let mut sockets = vec![socket];
    for address in others {
        match bind_one(SocketAddr::new(address.ip(), port)) {
            Ok(socket) => sockets.push(socket),
            // `localhost` may name an IPv6 address on a machine that has no IPv6.
            Err(BindError::Refused { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sockets)
}

fn bind_one(address: SocketAddr) -> Result<TcpListener, BindError> {
    let port = address.port();
    let refused = |source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse { port },
        _ => BindError::Refused { address, source },
    };
    let socket =
        if address.is_ipv4() { tokio::net::TcpSocket::new_v4() } else { tokio::net::TcpSocket::new_v6() }
            .map_err(refused)?;
    // A port whose last connections still linger can be taken again at once.
    socket.set_reuseaddr(true).map_err(refused)?;
    socket.bind(address).map_err(refused)?;
    socket.listen(1024).map_err(refused)
}

/// A running server.
pub struct Server {
    stop: watch::Sender<bool>,
    upgrades: Upgrades,
    accepting: Vec<JoinHandle<()>>,
}

/// What a request came with beside itself.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Who asks.
    pub remote: SocketAddr,
    /// Whom it asked.
    pub local: SocketAddr,
}

impl Server {
    /// Answers every request by `handle` until the server is stopped; what it makes of connections is among `upgrades`.
    pub fn start<Handle, Answer>(listener: Listener, upgrades: Upgrades, handle: Handle) -> Self
    where
        Handle: Fn(Request<Incoming>, Peer) -> Answer + Send + Sync + 'static,
        Answer: Future<Output = Response<AnswerBody>> + Send + 'static,
    {
        let (stop, stopped) = watch::channel(false);
        let handle = Arc::new(handle);
        let accepting = listener
            .sockets
            .into_iter()
            .map(|socket| tokio::spawn(accept(socket, handle.clone(), stopped.clone())))
            .collect();
        Self { stop, upgrades, accepting }
    }

    /// Stops accepting, ends WebSockets, lets requests under way be answered for at most `patience`, then closes.
    pub async fn stop(self, patience: Duration) {
        let _ = self.stop.send(true);
        self.upgrades.end().await;
        let finished = async {
            for task in self.accepting {
                let _ = task.await;
            }
        };
        let _ = tokio::time::timeout(patience, finished).await;
    }
}

async fn accept<Handle, Answer>(socket: TcpListener, handle: Arc<Handle>, mut stopped: watch::Receiver<bool>)
where
    Handle: Fn(Request<Incoming>, Peer) -> Answer + Send + Sync + 'static,
    Answer: Future<Output = Response<AnswerBody>> + Send + 'static,
{
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        match accepted {
            Ok((stream, remote)) => serve(stream, remote, handle.clone(), &connections),
            // Out of file descriptors, for example: others may be closed meanwhile.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    drop(socket);
    connections.shutdown().await;
}

fn serve<Handle, Answer>(
    stream: TcpStream,
    remote: SocketAddr,
    handle: Arc<Handle>,
    connections: &GracefulShutdown,
) where
    Handle: Fn(Request<Incoming>, Peer) -> Answer + Send + Sync + 'static,
    Answer: Future<Output = Response<AnswerBody>> + Send + 'static,
{
    let _ = stream.set_nodelay(true);
    let peer = Peer { remote, local: stream.local_addr().unwrap_or(remote) };
    let service = service_fn(move |request| {
        let answer = handle(request, peer);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        // A client that breaks its connection is no news.
        let _ = connection.await;
    });
}
