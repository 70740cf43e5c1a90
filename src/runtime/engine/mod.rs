//! The JavaScript engine: QuickJS-ng with our prelude, as machine code ready to be instantiated.
//!
//! Making it takes some seconds: the prelude is evaluated and snapshotted into a component, which is then
//! compiled. Both depend on nothing but this program, so the result is kept; see [`Machine`].

mod snapshot;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use wasmtime::component::{Component, InstancePre, Linker};

use super::host::{self, HostState};
use super::machine::Machine;
use super::prelude;
use super::wasm::Compiler;

/// The engine, shared by all isolates of a session.
#[derive(Clone)]
pub struct Engine {
    machine: Machine,
    instance: Arc<InstancePre<HostState>>,
    compiler: Compiler,
}

impl Engine {
    /// Loads the engine from `cache_directory`, or makes it and leaves it there. `on_make` is called
    /// before the making, which takes seconds.
    ///
    /// # Errors
    ///
    /// When the engine cannot be made, or this machine is none that wasmtime supports. An unusable
    /// cache is no error: the engine is made anew.
    pub fn load(cache_directory: &Path, on_make: impl FnOnce()) -> Result<Self> {
        let machine = Machine::new(cache_directory)?;
        let component = machine.component("engine", material(), || {
            on_make();
            build(None)
        })?;
        Self::of(machine, &component)
    }

    /// The engine that an artifact of `qemu-dev build` is.
    pub(super) fn of_artifact(&self, component: &Component) -> Result<Self> {
        Self::of(self.machine.clone(), component)
    }

    fn of(machine: Machine, component: &Component) -> Result<Self> {
        let mut linker = Linker::new(machine.engine());
        // What only the making needs, such as loading modules, traps; the rest is defined over it.
        linker.allow_shadowing(true);
        linker.define_unknown_imports_as_traps(component)?;
        host::link(&mut linker)?;
        let instance = Arc::new(linker.instantiate_pre(component)?);
        Ok(Self { machine, instance, compiler: Compiler::default() })
    }

    /// What compiles and runs all guests of the session.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The component, linked with the host, ready to be instantiated.
    pub(super) fn instance(&self) -> &InstancePre<HostState> {
        &self.instance
    }

    /// What compiles the modules that Workers import.
    pub(super) fn compiler(&self) -> &Compiler {
        &self.compiler
    }
}

/// Makes the engine component, on a runtime of its own as this may be any thread, but none of a runtime: it blocks
/// for seconds. With a `script` it is built for that Worker alone. Equal scripts, equal bytes.
///
/// # Errors
///
/// When a file of the prelude does not evaluate, which is a mistake of ours, or wasmtime does not support this machine.
pub(super) fn build(script: Option<&str>) -> Result<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(snapshot::snapshot(script)).context("the JavaScript engine could not be prepared")
}

/// Everything the component is made from: the recipe, the prelude, the interface, the engine's version.
fn material() -> Sha256 {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update(componentize_qjs::default_runtime_wasm());
    hash.update(include_str!("snapshot.rs"));
    hash.update(snapshot::WIT);
    for file in prelude::FILES {
        hash.update(file.name);
        hash.update([0]);
        hash.update(file.text);
    }
    hash
}
