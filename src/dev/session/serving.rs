//! The port of a session: where it listens and who answers.

use std::sync::Arc;

use crate::dev::options::SessionOptions;
use crate::dev::reporter::Reporter;
use crate::http::{Administration, BindError, DevServer, DevServerOptions, Listener, Server};
use crate::plan::Plan;
use crate::runtime::worker::Worker;

/// The port that is used when none is asked for, as in wrangler.
const PORT_DEFAULT: u16 = 8787;
/// The host that is listened on when none is asked for.
const HOST_DEFAULT: &str = "localhost";

/// A port and the worker that answers on it.
pub struct Entrance {
    /// The worker's name.
    pub worker: String,
    /// The port.
    pub listener: Listener,
}

/// Listens for the primary worker where the command line or its configuration says; without a port, on the
/// usual one or, when that is taken, on a free one. Another worker has a port of its own when the command line
/// has one for it, or its configuration another than those before it.
///
/// # Errors
///
/// See [`BindError`].
pub async fn listen(options: &SessionOptions, plan: &Plan) -> Result<Vec<Entrance>, BindError> {
    let host = host(options, plan);
    let mut entrances = Vec::new();
    let mut asked_for = Vec::new();
    for (index, worker) in plan.workers.iter().enumerate() {
        let configured = worker.port.filter(|port| *port == 0 || !asked_for.contains(port));
        asked_for.extend(worker.port);
        let listener = match options.ports.get(index).copied().or(configured) {
            Some(port) => Listener::bind(host, port).await?,
            None if index == 0 => usual(host).await?,
            None => continue,
        };
        asked_for.push(listener.port());
        entrances.push(Entrance { worker: worker.name.clone(), listener });
    }
    Ok(entrances)
}

async fn usual(host: &str) -> Result<Listener, BindError> {
    match Listener::bind(host, PORT_DEFAULT).await {
        Err(BindError::InUse { .. }) => Listener::bind(host, 0).await,
        bound => bound,
    }
}

/// The URL that a person opens.
pub fn url(options: &SessionOptions, plan: &Plan, port: u16) -> String {
    let host = host(options, plan);
    if host.contains(':') { format!("http://[{host}]:{port}") } else { format!("http://{host}:{port}") }
}

/// Lets `worker` answer requests, and `administration` what is reserved.
pub fn serve(
    listener: Listener,
    worker: Worker,
    administration: Administration,
    reporter: &Arc<dyn Reporter>,
    options: DevServerOptions,
) -> Server {
    let server = Arc::new(DevServer::new(worker, administration, reporter.clone(), options));
    Server::start(listener, move |request, peer| {
        let server = server.clone();
        async move { server.answer(request, peer).await }
    })
}

fn host<'a>(options: &'a SessionOptions, plan: &'a Plan) -> &'a str {
    options.ip.as_deref().or(plan.ip.as_deref()).unwrap_or(HOST_DEFAULT)
}
