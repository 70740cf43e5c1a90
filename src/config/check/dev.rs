//! `dev`: settings of the development server. Environments have none of their own.

use super::environments::Scope;
use super::fields::Field;
use super::numbers::Range;
use crate::config::problems::Problems;
use crate::config::resolved::DevServer;

const KNOWN: &[&str] = &[
    "ip",
    "port",
    "inspector_port",
    "inspector_ip",
    "local_protocol",
    "upstream_protocol",
    "host",
    "enable_containers",
    "container_engine",
    "generate_types",
];

const PORT: Range = Range::whole(0, u16::MAX as u64, "");

/// The port and the address; the other settings of wrangler dev are accepted and not needed here.
pub(in crate::config) fn dev(scope: &Scope<'_>, problems: &mut Problems) -> DevServer {
    let Some(field) = scope.top_level("dev").filter(|field| field.is_object(problems)) else {
        return DevServer::default();
    };
    field.warn_unexpected(KNOWN, problems);
    warn_https(&field, problems);
    DevServer { port: port(&field, problems), ip: ip(&field, problems) }
}

fn port(dev: &Field<'_>, problems: &mut Problems) -> Option<u16> {
    let field = dev.child("port")?;
    if field.node.as_number().is_none() {
        let message = format!("Expected \"{}\" to be of type number but got {}.", field.path, field.shown());
        problems
            .error(&field.node.span, message)
            .label("should be a number")
            .help("write it like 8787, without quotes");
        return None;
    }
    PORT.check(&field, problems).map(|port| port as u16)
}

fn ip(dev: &Field<'_>, problems: &mut Problems) -> Option<String> {
    dev.child("ip")?.string(problems).filter(|ip| !ip.is_empty()).map(str::to_owned)
}

fn warn_https(dev: &Field<'_>, problems: &mut Problems) {
    if let Some(protocol) =
        dev.child("local_protocol").filter(|protocol| protocol.node.as_str() == Some("https"))
    {
        problems
            .warning(&protocol.node.span, "The development server speaks HTTP only.")
            .label("ignored")
            .help("remove it, or put a proxy in front");
    }
}
