//! The JavaScript engine: QuickJS-ng with our prelude, as machine code ready to be instantiated.
//!
//! Making it takes some seconds: the prelude is evaluated and snapshotted into a component, which is then
//! compiled. Both depend on nothing but this program, so the result is kept; see [`Machine`].

mod interruption;
mod jobs;
mod linking;
mod sealing;
mod snapshot;
mod uncalled;
mod whole_memory;
mod world;

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use wasmtime::component::{Component, InstancePre, Linker};

use super::host::{self, HostState};
use super::machine::{Interruption, Machine};
use super::prelude;
use super::wasm::Compiler;
pub(super) use snapshot::BuiltWorker;

/// What the interfaces of `wit/worker.wit` begin with.
const PUBLIC_WORLD: &str = "qemu-dev:worker/";

/// The engine, shared by all isolates of a session. It is made, or read from the cache, when it is first needed: a
/// session of components never needs it.
#[derive(Clone)]
pub struct Engine {
    /// What runs components, which may be anybody's.
    machine: Machine,
    /// What runs the engine that this program makes.
    own_machine: Machine,
    shared: Arc<Shared>,
    compiler: Compiler,
}

struct Shared {
    instance: OnceLock<InstancePre<HostState>>,
    /// Held while the engine is made, so that it is made once.
    making: Mutex<()>,
    /// Called before the making, which takes seconds.
    on_make: Box<dyn Fn() + Send + Sync>,
}

impl Engine {
    /// An engine that is kept in `cache_directory` and made when it is first needed. `on_make` is called before the
    /// making, which takes seconds.
    ///
    /// # Errors
    ///
    /// When this machine is none that wasmtime supports.
    pub fn new(cache_directory: &Path, on_make: impl Fn() + Send + Sync + 'static) -> Result<Self> {
        let machines = [Interruption::Own, Interruption::Epochs]
            .map(|interruption| Machine::new(cache_directory, interruption));
        let [own_machine, machine] = machines;
        let shared = Shared { instance: OnceLock::new(), making: Mutex::new(()), on_make: Box::new(on_make) };
        Ok(Self {
            machine: machine?,
            own_machine: own_machine?,
            shared: Arc::new(shared),
            compiler: Compiler::default(),
        })
    }

    /// The engine that an artifact of `qemu-dev build` is.
    pub(super) fn of_artifact(&self, component: &Component) -> Result<Self> {
        let mut linker = linker(&self.machine)?;
        // For hosts that run it by the public world. What JavaScript asks an isolate for leaves it as operations.
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
        uncalled::define(&mut linker, component, PUBLIC_WORLD)?;
        let instance = linker.instantiate_pre(component)?;
        let shared =
            Shared { instance: OnceLock::from(instance), making: Mutex::new(()), on_make: Box::new(|| {}) };
        Ok(Self { shared: Arc::new(shared), compiler: Compiler::default(), ..self.clone() })
    }

    /// Reads the engine from the cache, or makes it and leaves it there, unless that was done. Blocks, for seconds when
    /// it is made, and must not be called on a runtime.
    ///
    /// # Errors
    ///
    /// When the engine cannot be made. An unusable cache is no error: the engine is made anew.
    pub fn prepare(&self) -> Result<()> {
        self.instance().map(|_| ())
    }

    /// The component, linked with the host, ready to be instantiated; as [`Engine::prepare`].
    pub(super) fn instance(&self) -> Result<&InstancePre<HostState>> {
        let Shared { instance, making, on_make } = &*self.shared;
        if let Some(instance) = instance.get() {
            return Ok(instance);
        }
        let _one_at_a_time = making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(instance) = instance.get() {
            return Ok(instance);
        }
        let component = self.own_machine.component("engine", material(), || {
            on_make();
            build(None)
        })?;
        let linked = linker(&self.own_machine)?.instantiate_pre(&component)?;
        Ok(instance.get_or_init(|| linked))
    }

    /// What compiles and runs components.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// What compiles the modules that Workers import.
    pub(super) fn compiler(&self) -> &Compiler {
        &self.compiler
    }
}

/// What engine components are linked with.
fn linker(machine: &Machine) -> Result<Linker<HostState>> {
    let mut linker = Linker::new(machine.engine());
    host::link(&mut linker)?;
    Ok(linker)
}

/// Makes the engine component, on a runtime of its own as this may be any thread, but none of a runtime: it blocks
/// for seconds. With `built` it is built for that Worker alone. Equal Workers, equal bytes.
///
/// # Errors
///
/// When a file of the prelude does not evaluate, which is a mistake of ours, or wasmtime does not support this machine.
pub(super) fn build(built: Option<&BuiltWorker<'_>>) -> Result<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(snapshot::snapshot(built)).context("the JavaScript engine could not be prepared")
}

/// How the component is made.
const RECIPE: [&str; 12] = [
    include_str!("interruption/code.rs"),
    include_str!("interruption/facts.rs"),
    include_str!("interruption/mod.rs"),
    include_str!("linking/layout.rs"),
    include_str!("linking/library.rs"),
    include_str!("linking/mod.rs"),
    include_str!("linking/sections.rs"),
    include_str!("sealing.rs"),
    include_str!("snapshot.rs"),
    include_str!("whole_memory.rs"),
    include_str!("../heap/landmarks.rs"),
    include_str!("../heap/layout.rs"),
];

/// Everything the component is made from: the recipe, the prelude, the interface, the engine's version.
fn material() -> Sha256 {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update(componentize_qjs::default_runtime_wasm());
    for recipe in RECIPE {
        hash.update(recipe);
    }
    hash.update(world::ENGINE);
    for file in prelude::FILES {
        hash.update(file.name);
        hash.update([0]);
        hash.update(file.text);
    }
    hash
}
