//! The port of a session: where it listens and who answers.

use std::sync::Arc;

use crate::dev::options::SessionOptions;
use crate::dev::reporter::Reporter;
use crate::http::{
    Administration, Answering, BindError, DevServer, DevServerOptions, Listener, Server, Upgrades,
};
use crate::plan::Plan;

/// The port that is used when none is asked for, as in wrangler.
const PORT_DEFAULT: u16 = 8787;
/// The host that is listened on when none is asked for.
const HOST_DEFAULT: &str = "localhost";
/// All addresses of this machine, which people also write as `*`.
const HOST_ALL: &str = "0.0.0.0";

/// A port and the worker that answers on it.
pub struct Entrance {
    /// The worker's name.
    pub worker: String,
    /// The place of its configuration among those of the session.
    pub position: usize,
    /// The port.
    pub listener: Listener,
}

/// Listens for the primary worker where the command line or its configuration says; without a port, on the
/// usual one or, when that is taken, on a free one. Another worker has a port of its own when the command line
/// has one for it, or its configuration another than those before it; see [`picks_free`] for which that is. What is not
/// as it was asked for is told.
///
/// # Errors
///
/// See [`BindError`].
pub async fn listen(
    options: &SessionOptions,
    plan: &Plan,
    tell: &(dyn Fn(&str) + Send + Sync),
) -> Result<Vec<Entrance>, BindError> {
    let host = host(options, plan);
    let mut entrances = Vec::new();
    let mut asked_for = Vec::new();
    for (index, worker) in plan.workers.iter().enumerate() {
        let configured = worker.port.filter(|port| *port == 0 || !asked_for.contains(port));
        asked_for.extend(worker.port);
        let configured = configured.map(|port| if picks_free(options) { 0 } else { port });
        let listener = match options.ports.get(index).copied().or(configured) {
            Some(port) => Listener::bind(host, port).await?,
            None if index == 0 => usual(host, tell).await?,
            None => {
                if let Some(port) = worker.port {
                    let name = &worker.name;
                    tell(&format!(
                        "Worker \"{name}\" has no port of its own: another Worker has the port {port} of its configuration."
                    ));
                }
                continue;
            }
        };
        asked_for.push(listener.port());
        entrances.push(Entrance { worker: worker.name.clone(), position: index, listener });
    }
    Ok(entrances)
}

/// Whether workers without a port on the command line listen on free ones in place of those of their configurations:
/// who asks for a free port wants to meet no other session.
fn picks_free(options: &SessionOptions) -> bool {
    options.ports.last() == Some(&0)
}

async fn usual(host: &str, tell: &(dyn Fn(&str) + Send + Sync)) -> Result<Listener, BindError> {
    match Listener::bind(host, PORT_DEFAULT).await {
        Err(BindError::InUse { .. }) => {
            tell(&format!(
                "Port {PORT_DEFAULT} is in use by another program, so the session listens on a free one."
            ));
            Listener::bind(host, 0).await
        }
        bound => bound,
    }
}

/// The URL that a person opens.
pub fn url(options: &SessionOptions, plan: &Plan, port: u16) -> String {
    let host = host(options, plan);
    if host.contains(':') { format!("http://[{host}]:{port}") } else { format!("http://{host}:{port}") }
}

/// Whether a session of the plan `wanted` would listen elsewhere than one of the plan `former`.
pub fn differs(options: &SessionOptions, former: &Plan, wanted: &Plan) -> bool {
    let free = picks_free(options);
    let port = |plan: &Plan, index: usize| {
        let port = plan.workers.get(index).and_then(|worker| worker.port);
        port.map(|port| if free { 0 } else { port })
    };
    let positions = options.ports.len()..former.workers.len().max(wanted.workers.len());
    host(options, former) != host(options, wanted)
        || positions.into_iter().any(|index| port(former, index) != port(wanted, index))
}

/// Lets the worker of `answering` answer requests, and `administration` what is reserved.
pub fn serve(
    listener: Listener,
    answering: Answering,
    administration: Administration,
    reporter: &Arc<dyn Reporter>,
    options: DevServerOptions,
) -> Server {
    let upgrades = Upgrades::default();
    let server =
        Arc::new(DevServer::new(answering, administration, upgrades.clone(), reporter.clone(), options));
    Server::start(listener, upgrades, move |request, peer| {
        let server = server.clone();
        async move { server.answer(request, peer).await }
    })
}

fn host<'a>(options: &'a SessionOptions, plan: &'a Plan) -> &'a str {
    let host = options.ip.as_deref().or(plan.ip.as_deref()).unwrap_or(HOST_DEFAULT);
    match host {
        "*" => HOST_ALL,
        _ => host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{LoadRequest, load};

    /// The plan of a Worker with this `dev` section.
    fn plan(dev: &str) -> Plan {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("wrangler.json");
        let text = format!(
            r#"{{ "name": "w", "main": "index.js", "compatibility_date": "2026-06-05", "dev": {{ {dev} }} }}"#
        );
        std::fs::write(&path, text).expect("written");
        std::fs::write(folder.path().join("index.js"), "").expect("written");
        Plan::new(&[load(&LoadRequest { path, ..LoadRequest::default() }).resolved.expect("valid")])
    }

    fn asked(ip: Option<&str>, ports: &[u16]) -> SessionOptions {
        SessionOptions { ip: ip.map(str::to_owned), ports: ports.to_vec(), ..SessionOptions::default() }
    }

    #[test]
    fn the_command_line_beats_the_configuration_and_addresses_may_be_written_as_in_urls() {
        for (argument, configured, listens, shown) in [
            (None, "", "localhost", "http://localhost:1"),
            (None, r#""ip": "127.0.0.2""#, "127.0.0.2", "http://127.0.0.2:1"),
            (Some("::1"), r#""ip": "127.0.0.2""#, "::1", "http://[::1]:1"),
            (Some("[::1]"), "", "::1", "http://[::1]:1"),
            (Some("*"), "", "0.0.0.0", "http://0.0.0.0:1"),
        ] {
            let (options, plan) = (asked(argument, &[]), plan(configured));
            assert_eq!(host(&options, &plan), listens);
            assert_eq!(url(&options, &plan, 1), shown);
        }
    }

    #[tokio::test]
    async fn after_a_free_port_those_of_the_configurations_are_free_as_well() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = taken.local_addr().expect("it is bound").port();
        let first = plan("");
        let second = plan(&format!(r#""port": {port}"#));
        let two = Plan { workers: [first.workers, second.workers].concat(), ..first };
        assert!(listen(&asked(Some("127.0.0.1"), &[0, port]), &two, &|_| ()).await.is_err());
        let entrances = listen(&asked(Some("127.0.0.1"), &[0]), &two, &|_| ()).await.expect("free ports");
        let ports: Vec<u16> = entrances.iter().map(|entrance| entrance.listener.port()).collect();
        assert!(ports.len() == 2 && ports[0] != ports[1] && ports[1] != port, "{ports:?}");
    }

    #[test]
    fn only_what_the_command_line_leaves_open_can_change() {
        let (here, elsewhere) =
            (plan(r#""port": 1, "ip": "127.0.0.1""#), plan(r#""port": 2, "ip": "127.0.0.1""#));
        assert!(differs(&asked(None, &[]), &here, &elsewhere));
        assert!(!differs(&asked(None, &[3]), &here, &elsewhere));
        assert!(!differs(&asked(None, &[]), &here, &here));
        assert!(differs(&asked(None, &[3]), &here, &plan(r#""ip": "127.0.0.2""#)));
        assert!(!differs(&asked(Some("localhost"), &[3]), &here, &plan("")));
        let two = |first: &Plan, second: &Plan| Plan {
            workers: [first.workers.clone(), second.workers.clone()].concat(),
            ..first.clone()
        };
        assert!(differs(&asked(None, &[3]), &two(&here, &here), &two(&here, &elsewhere)));
        assert!(!differs(&asked(None, &[0]), &two(&here, &here), &two(&here, &elsewhere)));
    }
}
