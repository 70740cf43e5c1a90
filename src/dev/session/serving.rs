//! The port of a session: where it listens and who answers.

use std::sync::Arc;

use crate::dev::options::SessionOptions;
use crate::dev::reporter::Reporter;
use crate::http::{Administration, BindError, DevServer, Listener, Server};
use crate::plan::Plan;
use crate::runtime::worker::Worker;

/// The port that is used when none is asked for, as in wrangler.
const PORT_DEFAULT: u16 = 8787;
/// The host that is listened on when none is asked for.
const HOST_DEFAULT: &str = "localhost";

/// Listens where the command line or the primary configuration says; without a port, on the usual one or,
/// when that is taken, on a free one.
///
/// # Errors
///
/// See [`BindError`].
pub async fn listen(options: &SessionOptions, plan: &Plan) -> Result<Listener, BindError> {
    let host = host(options, plan);
    match options.port.or(plan.port) {
        Some(port) => Listener::bind(host, port).await,
        None => match Listener::bind(host, PORT_DEFAULT).await {
            Err(BindError::InUse { .. }) => Listener::bind(host, 0).await,
            bound => bound,
        },
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
) -> Server {
    let server = Arc::new(DevServer::new(worker, administration, reporter.clone()));
    Server::start(listener, move |request, peer| {
        let server = server.clone();
        async move { server.answer(request, peer).await }
    })
}

fn host<'a>(options: &'a SessionOptions, plan: &'a Plan) -> &'a str {
    options.ip.as_deref().or(plan.ip.as_deref()).unwrap_or(HOST_DEFAULT)
}
