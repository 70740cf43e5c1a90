//! The worlds that engines are made for: `wit/engine.wit` alone, or with it what one Worker exports of
//! `wit/worker.wit`.

use anyhow::Result;
use wit_parser::{Resolve, WorldId};

use super::jobs;
use crate::runtime::protocol::operations::Handlers;

/// Our interface between the engine and the host that drives its event loop.
pub const ENGINE: &str = include_str!("../../../wit/engine.wit");
/// The public interface of Workers.
pub const WORKER: &str = include_str!("../../../wit/worker.wit");
/// What the engine needs of WASI to run by the public interface.
pub const WASI: &str = include_str!("../../../wit/wasi.wit");

/// The world of one engine.
pub struct World {
    /// The packages.
    pub resolve: Resolve,
    /// What JavaScript exports and imports.
    pub inside: WorldId,
    /// What the component exports and imports.
    pub outside: WorldId,
}

impl World {
    /// The world of the engine that runs any script.
    ///
    /// # Errors
    ///
    /// When our WIT is none, which is a mistake of ours.
    pub fn of_any_script() -> Result<Self> {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("engine.wit", ENGINE)?;
        let world = resolve.select_world(&[package], Some("session"))?;
        Ok(Self { resolve, inside: world, outside: world })
    }

    /// The world of the engine that is built for one Worker with these `handlers`.
    ///
    /// # Errors
    ///
    /// As [`World::of_any_script`].
    pub fn of_worker(handlers: Handlers) -> Result<Self> {
        let mut resolve = Resolve::default();
        resolve.push_str("engine.wit", ENGINE)?;
        resolve.push_str("worker.wit", WORKER)?;
        resolve.push_str("wasi.wit", WASI)?;
        let package = resolve.push_str("built.wit", &built(handlers))?;
        let [inside, outside] =
            ["inside", "outside"].map(|name| resolve.select_world(&[package], Some(name)));
        Ok(Self { inside: inside?, outside: outside?, resolve })
    }
}

fn built(handlers: Handlers) -> String {
    let exports = [
        (handlers.queue, "export qemu-dev:worker/consumer@0.1.0;"),
        (handlers.scheduled, "export qemu-dev:worker/scheduler@0.1.0;"),
        (handlers.fetch, "export wasi:http/incoming-handler@0.2.0;"),
    ];
    let exports: String = exports.iter().filter(|(has, _)| *has).map(|(_, export)| *export).collect();
    let jobs = jobs::WIT;
    format!(
        "package local:built;
        {jobs}
        world outside {{
            include qemu-dev:engine/engine@0.1.0;
            import qemu-dev:worker/producer@0.1.0;
            import qemu-dev:worker/variables@0.1.0;
            import wasi:clocks/monotonic-clock@0.2.0;
            import wasi:http/outgoing-handler@0.2.0;
            {exports}
        }}
        world inside {{
            include outside;
            import jobs;
            export turns;
        }}"
    )
}
