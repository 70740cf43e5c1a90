//! One isolate: an instance of the engine with one Worker's script in it, on a thread of its own.
//!
//! The thread runs an event loop: it waits for commands, hands them to JavaScript as events of one
//! tick, and performs the operations that JavaScript asked for. A guest that loops blocks its own thread
//! only. When it traps or passes a limit the isolate dies: its invocations fail, its deliveries are
//! retried, and whoever needs it next makes another.

mod event_loop;
mod guest;
mod invocations;
mod operations;
mod service_calls;
mod sockets;
mod streams;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::sync::{oneshot, watch};

use sockets::Arrival;

use super::deadline::Ending;
use super::engine::Engine;
use super::exception::Exception;
use super::log::LogSink;
use super::outbound::{Outbound, OutboundResponse};
use super::protocol::GuestError;
use super::protocol::events::RequestHead;
pub use super::protocol::operations::Handlers;
use super::running::RunningHandlers;
use super::services::{ServiceTarget, Services};
use super::stream::{GuestBody, GuestStreamControl, HostBody};
use super::web_socket::SocketEnd;
use crate::base::{Busy, Clock, Timestamp, Work};
use crate::broker::{Delivery, Metrics, Producer};
use crate::workers::Bundle;

/// Why the invocations of an isolate failed that was killed on purpose.
pub const KILLED: &str = "The isolate was killed.";
/// Why they failed when the session begins anew.
const RENEWED: &str = "The session began anew while the handler ran.";

/// What every isolate of a session shares.
#[derive(Clone)]
pub struct Environment {
    /// The engine.
    pub engine: Engine,
    /// Where messages are sent.
    pub producer: Arc<dyn Producer>,
    /// How requests to the outside are made.
    pub outbound: Outbound,
    /// The Workers that service bindings lead to.
    pub services: Services,
    /// The session's clock.
    pub clock: Arc<dyn Clock>,
    /// Where what isolates do is counted.
    pub work: Work,
    /// The handlers that run.
    pub handlers: RunningHandlers,
    /// Where host work that waits is run.
    pub tokio: tokio::runtime::Handle,
}

/// What makes one isolate different from another.
pub struct IsolateSettings {
    /// The worker's name.
    pub worker: Arc<str>,
    /// The script to evaluate.
    pub bundle: Arc<Bundle>,
    /// Whether the engine has the script in it already.
    pub script_is_embedded: bool,
    /// The JSON object that `env` is made from.
    pub setup: String,
    /// Producer bindings by name.
    pub producers: HashMap<String, ProducerBinding>,
    /// Service bindings by name.
    pub services: HashMap<String, ServiceTarget>,
    /// Where console lines and uncaught exceptions go.
    pub log: Arc<dyn LogSink>,
    /// Whether errors of sends carry production's codes.
    pub expose_error_codes: bool,
    /// Processor time of one invocation, in milliseconds.
    pub cpu_ms: u64,
    /// How long an invocation may take, in real time.
    pub wall_time: Duration,
}

/// A queue binding as the host sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerBinding {
    /// The queue it sends to.
    pub queue: String,
    /// The binding's `delivery_delay`, in seconds.
    pub delivery_delay_seconds: Option<u32>,
}

/// A request for a Worker.
pub struct FetchRequest {
    /// Method, URL and headers.
    pub head: RequestHead,
    /// The body.
    pub body: RequestBody,
    /// The named entrypoint that answers; `None` is the default export.
    pub entrypoint: Option<String>,
    /// What it finds as `ctx.props`: the JSON text of an object.
    pub props: Option<Arc<str>>,
}

/// A call of a method by another Worker, or of a property's value.
pub struct Call {
    /// The named entrypoint; `None` is the default export.
    pub entrypoint: Option<String>,
    /// What it finds as `ctx.props`: the JSON text of an object.
    pub props: Option<Arc<str>>,
    /// The method or property.
    pub method: String,
    /// The arguments, an array as a structured clone; `None` reads the property.
    pub arguments: Option<Box<RawValue>>,
}

/// The body of a [`FetchRequest`].
pub enum RequestBody {
    /// There is none.
    Empty,
    /// All of it.
    Bytes(Bytes),
    /// Chunks as they come.
    Stream(HostBody),
}

/// A Worker's answer to a request.
pub struct FetchResponse {
    /// The HTTP status.
    pub status: u16,
    /// The reason phrase; empty for the status's own.
    pub status_text: String,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: ResponseBody,
    /// Whether the body is in the encoding that the headers name already; otherwise it is plain.
    pub is_encoded: bool,
    /// The WebSocket that the connection becomes.
    pub web_socket: Option<SocketEnd>,
}

/// The body of a [`FetchResponse`].
pub enum ResponseBody {
    /// There is none.
    Empty,
    /// All of it.
    Bytes(Bytes),
    /// Chunks as the guest produces them.
    Stream(GuestBody),
}

/// Why an invocation gave no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InvocationError {
    /// The handler threw.
    #[error("{}", .0.headline())]
    Exception(Exception),
    /// The isolate died while the invocation ran: a trap, or a limit.
    #[error("{0}")]
    Died(String),
}

/// A running isolate. Dropping it lets its thread end once its invocations have.
pub struct Isolate {
    commands: Commands,
    next_invocation: AtomicU64,
}

impl Isolate {
    /// Starts an isolate and evaluates its script; answers with the handlers it has. Once `ended` is true the
    /// isolate ends, whatever runs.
    ///
    /// # Errors
    ///
    /// When the script throws while it is evaluated, or passes a limit.
    pub async fn start(
        environment: Environment,
        settings: IsolateSettings,
        mut ended: watch::Receiver<bool>,
    ) -> Result<(Self, Handlers), InvocationError> {
        let busy = environment.work.begin();
        let tokio = environment.tokio.clone();
        let (commands, receiver) = Commands::new(environment.work.clone());
        let (started, answer) = oneshot::channel();
        let loop_commands = commands.clone();
        std::thread::Builder::new()
            .name(String::from("isolate"))
            .spawn(move || event_loop::run(environment, settings, (loop_commands, receiver), started, busy))
            .map_err(|error| InvocationError::Died(format!("no thread for the isolate: {error}")))?;
        let handlers = answer.await.unwrap_or_else(|_| Err(commands.died()))?;
        let ending = commands.clone();
        tokio.spawn(async move {
            // An error: the isolate has ended by itself.
            if ended.wait_for(|ended| *ended).await.is_ok() {
                ending.end_now(RENEWED);
            }
        });
        Ok((Self { commands, next_invocation: AtomicU64::new(1) }, handlers))
    }

    /// Whether the isolate can take further invocations.
    pub fn is_alive(&self) -> bool {
        self.commands.alive()
    }

    /// Answers a request by the Worker's `fetch()`. Dropping the future aborts the request's signal.
    ///
    /// # Errors
    ///
    /// When the handler throws, or the isolate dies meanwhile.
    pub async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, InvocationError> {
        let invocation = self.next_invocation();
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Fetch { invocation, request, reply });
        let mut abort = AbortOnDrop { commands: &self.commands, invocation, armed: true };
        let answer = answer.await;
        abort.armed = false;
        answer.unwrap_or_else(|_| Err(self.commands.died()))
    }

    /// Calls a method of one of the Worker's entrypoints.
    ///
    /// # Errors
    ///
    /// When it throws or does not exist, or the isolate dies meanwhile.
    pub async fn call(&self, call: Call) -> Result<Box<RawValue>, InvocationError> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Call { invocation: self.next_invocation(), call, reply });
        answer.await.unwrap_or_else(|_| Err(self.commands.died()))
    }

    /// Hands a batch to the Worker's `queue()`; the delivery is finished with its outcome.
    pub fn deliver(&self, delivery: Delivery) {
        self.commands.send(Command::Queue { invocation: self.next_invocation(), delivery });
    }

    /// Runs the Worker's `scheduled()`.
    ///
    /// # Errors
    ///
    /// When the handler throws, or the isolate dies meanwhile.
    pub async fn scheduled(&self, cron: String, time: Timestamp) -> Result<(), InvocationError> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Scheduled { invocation: self.next_invocation(), cron, time, reply });
        answer.await.unwrap_or_else(|_| Err(self.commands.died()))
    }

    /// Ends the isolate, whatever JavaScript runs; everything it is busy with fails.
    pub fn kill(&self) {
        self.commands.end();
        self.commands.end_now(KILLED);
    }

    /// Waits until every invocation and everything it gave to `waitUntil` has settled.
    pub async fn settled(&self) {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Settle(reply));
        // An isolate that has died has settled.
        let _ = answer.await;
    }

    fn next_invocation(&self) -> u64 {
        self.next_invocation.fetch_add(1, Ordering::Relaxed)
    }
}

impl Drop for Isolate {
    fn drop(&mut self) {
        self.commands.send(Command::Retire);
    }
}

struct AbortOnDrop<'a> {
    commands: &'a Commands,
    invocation: u64,
    armed: bool,
}

impl Drop for AbortOnDrop<'_> {
    fn drop(&mut self) {
        if self.armed {
            self.commands.send(Command::Abort { invocation: self.invocation });
        }
    }
}

/// What the event loop is told.
enum Command {
    Fetch {
        invocation: u64,
        request: FetchRequest,
        reply: Reply<FetchResponse>,
    },
    Call {
        invocation: u64,
        call: Call,
        reply: Reply<Box<RawValue>>,
    },
    Queue {
        invocation: u64,
        delivery: Delivery,
    },
    Scheduled {
        invocation: u64,
        cron: String,
        time: Timestamp,
        reply: Reply<()>,
    },
    Abort {
        invocation: u64,
    },
    Measured {
        operation: u64,
        result: Result<Metrics, String>,
    },
    Fetched {
        operation: u64,
        result: Result<OutboundResponse, GuestError>,
        /// The number of the WebSocket that was asked for.
        socket: Option<u64>,
    },
    Returned {
        operation: u64,
        result: Result<Box<RawValue>, GuestError>,
    },
    Chunk {
        operation: u64,
        stream: u64,
        chunk: Option<Result<Bytes, String>>,
    },
    Pull {
        stream: u64,
    },
    Cancel {
        stream: u64,
    },
    /// Something arrived at a WebSocket.
    Arrived(Arrival),
    Settle(oneshot::Sender<()>),
    /// The clock was moved by hand.
    Wake,
    /// Somebody wants the end, and has said why.
    End,
    Retire,
}

impl Command {
    /// How many messages it delivers.
    fn messages(&self) -> usize {
        match self {
            Self::Queue { delivery, .. } => delivery.messages.len(),
            _ => 0,
        }
    }
}

/// A command on its way counts as work.
struct Queued {
    command: Command,
    busy: Busy,
}

type Reply<T> = oneshot::Sender<Result<T, InvocationError>>;

/// The way into an event loop. A command to a loop that has ended is dropped, which fails whatever
/// waits for its answer.
#[derive(Clone)]
struct Commands {
    sender: mpsc::Sender<Queued>,
    work: Work,
    alive: Arc<AtomicBool>,
    /// Why the isolate is to end at once; JavaScript that runs looks at it as well.
    ending: Ending,
    /// Why it has died, for those who come too late.
    cause_of_death: Arc<OnceLock<String>>,
}

impl Commands {
    fn new(work: Work) -> (Self, mpsc::Receiver<Queued>) {
        let (sender, receiver) = mpsc::channel();
        let (alive, ending) = (Arc::new(AtomicBool::new(true)), Ending::default());
        (Self { sender, work, alive, ending, cause_of_death: Arc::default() }, receiver)
    }

    /// The isolate is to end, whatever runs; the first reason counts.
    fn end_now(&self, why: &'static str) {
        let _ = self.ending.set(why);
        self.send(Command::End);
    }

    fn send(&self, command: Command) {
        self.send_with(command, self.work.begin());
    }

    /// The same for work that has begun.
    fn send_with(&self, command: Command, busy: Busy) {
        let _ = self.sender.send(Queued { command, busy });
    }

    /// What is told to those whose command nobody took.
    fn died(&self) -> InvocationError {
        let cause = self.cause_of_death.get().map(String::as_str);
        InvocationError::Died(cause.unwrap_or("The Worker's isolate ended before it answered.").to_owned())
    }

    fn alive(&self) -> bool {
        self.alive.load(Ordering::Acquire)
    }

    fn end(&self) {
        self.alive.store(false, Ordering::Release);
    }
}

impl GuestStreamControl for Commands {
    fn pull(&self, stream: u64) {
        self.send(Command::Pull { stream });
    }

    fn cancel(&self, stream: u64) {
        self.send(Command::Cancel { stream });
    }
}
