//! The JavaScript engine: QuickJS-ng with our prelude, as machine code ready to be instantiated.
//!
//! Making it takes about two seconds: the prelude is evaluated and snapshotted into a component, which
//! is then compiled. Both depend on nothing but this program, so the machine code is kept in the user's
//! cache folder and mapped by later starts.

mod snapshot;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Config, OptLevel};

use super::host::{self, HostState};
use super::limits::{EPOCH, STACK_BYTES_MAX};
use super::prelude;

/// Reserve for the host's own frames above a guest's stack.
const HOST_STACK_BYTES: usize = 512 * 1024;

/// The engine, shared by all isolates of a session.
#[derive(Clone)]
pub struct Engine {
    instance: Arc<InstancePre<HostState>>,
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
        let engine = wasmtime::Engine::new(&configuration())?;
        let cached = CachedArtifact::new(cache_directory, &engine);
        let component = match cached.load(&engine) {
            Some(component) => component,
            None => {
                on_make();
                let compiled = engine.precompile_component(&make()?)?;
                cached.store(&compiled);
                // SAFETY: the bytes were made by this very engine in the line above.
                unsafe { Component::deserialize(&engine, &compiled)? }
            }
        };
        let mut linker = Linker::new(&engine);
        // What only the making needs, such as loading modules, traps; the rest is defined over it.
        linker.allow_shadowing(true);
        linker.define_unknown_imports_as_traps(&component)?;
        host::link(&mut linker)?;
        let instance = Arc::new(linker.instantiate_pre(&component)?);
        start_epochs(&engine);
        Ok(Self { instance })
    }

    /// The component, linked with the host, ready to be instantiated.
    pub(super) fn instance(&self) -> &InstancePre<HostState> {
        &self.instance
    }
}

/// Makes the engine component on a runtime of its own, as this may be any thread.
fn make() -> Result<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(snapshot::snapshot()).context("the JavaScript engine could not be prepared")
}

fn configuration() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    config.wasm_component_model_async(true);
    config.wasm_component_model_map(true);
    config.cranelift_opt_level(OptLevel::Speed);
    config.epoch_interruption(true);
    config.max_wasm_stack(STACK_BYTES_MAX);
    config.async_stack_size(STACK_BYTES_MAX + HOST_STACK_BYTES);
    config
}

/// Interrupts running guests regularly, as long as the engine lives, so that their processor time is
/// looked at.
fn start_epochs(engine: &wasmtime::Engine) {
    let engine = engine.weak();
    std::thread::spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(EPOCH);
        }
    });
}

/// The engine's machine code in the user's cache folder.
struct CachedArtifact {
    path: PathBuf,
}

impl CachedArtifact {
    fn new(directory: &Path, engine: &wasmtime::Engine) -> Self {
        Self { path: directory.join(format!("engine-{}.cwasm", key(engine))) }
    }

    fn load(&self, engine: &wasmtime::Engine) -> Option<Component> {
        if !self.path.is_file() {
            return None;
        }
        // SAFETY: the file is our own: only `store` below writes it, whole or not at all, in a folder
        // that belongs to this user, under a name that holds the hash of everything it was made from.
        unsafe { Component::deserialize_file(engine, &self.path) }.ok()
    }

    /// Keeps the machine code for later starts; a cache that cannot be written costs them time only.
    fn store(&self, compiled: &[u8]) {
        let _ = self.try_store(compiled);
    }

    fn try_store(&self, compiled: &[u8]) -> Result<()> {
        let directory = self.path.parent().context("the cache file has no folder")?;
        fs::create_dir_all(directory)?;
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(compiled)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

/// The hash of everything the machine code is made from: the recipe, the prelude, the interface, the engine's
/// version, the compiler's version and settings, and what this processor can do.
fn key(engine: &wasmtime::Engine) -> String {
    let mut hash = KeyHasher(Sha256::new());
    hash.0.update(env!("CARGO_PKG_VERSION"));
    hash.0.update(componentize_qjs::default_runtime_wasm());
    hash.0.update(include_str!("snapshot.rs"));
    hash.0.update(snapshot::WIT);
    for file in prelude::FILES {
        hash.0.update(file.name);
        hash.0.update([0]);
        hash.0.update(file.text);
    }
    std::hash::Hash::hash(&engine.precompile_compatibility_hash(), &mut hash);
    hash.0.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

struct KeyHasher(Sha256);

impl std::hash::Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}
