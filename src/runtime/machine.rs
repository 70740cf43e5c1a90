//! wasmtime as all guests of a session share it: its settings, the clock of processor time, and the machine code
//! that is kept between runs.
//!
//! Compiling a component takes from tenths of a second to many seconds and depends on nothing but the component
//! and this program, so the machine code is kept in the user's cache folder and mapped by later starts.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use wasmtime::component::Component;
use wasmtime::{Config, OptLevel};

use super::limits::{self, STACK_BYTES_MAX};

/// Reserve for the host's own frames above a guest's stack.
const HOST_STACK_BYTES: usize = 512 * 1024;
/// Most artifacts of one kind that are kept; the ones that were made first go first.
const CACHED_ARTIFACTS_MAX: usize = 32;

/// How the code of guests is interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// By an epoch, at which every function and every round of a loop looks: any code.
    Epochs,
    /// It looks at its deadline itself: code that we know.
    Own,
}

/// What compiles and runs guests. Clones share it.
#[derive(Clone)]
pub struct Machine {
    engine: wasmtime::Engine,
    cache_directory: Arc<Path>,
}

impl Machine {
    /// A machine that keeps what it compiles in `cache_directory`, for code that is interrupted in this way.
    ///
    /// # Errors
    ///
    /// When this computer is none that wasmtime supports.
    pub fn new(cache_directory: &Path, interruption: Interruption) -> Result<Self> {
        let engine = wasmtime::Engine::new(&configuration(interruption))?;
        if interruption == Interruption::Epochs {
            limits::start_epochs(&engine);
        }
        Ok(Self { engine, cache_directory: cache_directory.into() })
    }

    /// wasmtime's engine.
    pub fn engine(&self) -> &wasmtime::Engine {
        &self.engine
    }

    /// The component of this `kind` (a word for the file's name) that is made from `material`: from the cache, or
    /// else by compiling what `make` answers. An unusable cache is no error.
    ///
    /// # Errors
    ///
    /// Those of `make`, and what is wrong with the component it made.
    pub fn component(
        &self,
        kind: &str,
        material: Sha256,
        make: impl FnOnce() -> Result<Vec<u8>>,
    ) -> Result<Component> {
        let artifact = CachedArtifact::new(&self.cache_directory, kind, key(material, &self.engine));
        if let Some(component) = artifact.load(&self.engine) {
            return Ok(component);
        }
        let compiled = self.engine.precompile_component(&make()?)?;
        // A cache that cannot be written costs later starts time only.
        let _ = artifact.store(&compiled);
        // SAFETY: the bytes were made by this very engine two lines above.
        Ok(unsafe { Component::deserialize(&self.engine, &compiled)? })
    }
}

fn configuration(interruption: Interruption) -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    config.wasm_component_model_async(true);
    config.wasm_component_model_map(true);
    config.cranelift_opt_level(OptLevel::Speed);
    config.epoch_interruption(interruption == Interruption::Epochs);
    // Where code looks at its deadline it says that it is hardly ever over.
    config.wasm_branch_hinting(interruption == Interruption::Own);
    config.max_wasm_stack(STACK_BYTES_MAX);
    config.async_stack_size(STACK_BYTES_MAX + HOST_STACK_BYTES);
    config
}

/// Machine code in the user's cache folder.
struct CachedArtifact {
    directory: PathBuf,
    kind: String,
    path: PathBuf,
}

impl CachedArtifact {
    fn new(directory: &Path, kind: &str, key: String) -> Self {
        let path = directory.join(format!("{kind}-{key}.cwasm"));
        Self { directory: directory.to_owned(), kind: kind.to_owned(), path }
    }

    fn load(&self, engine: &wasmtime::Engine) -> Option<Component> {
        if !self.path.is_file() {
            return None;
        }
        // SAFETY: the file is our own: only `store` below writes it, whole or not at all, in a folder
        // that belongs to this user, under a name that holds the hash of everything it was made from.
        unsafe { Component::deserialize_file(engine, &self.path) }.ok()
    }

    fn store(&self, compiled: &[u8]) -> Result<()> {
        fs::create_dir_all(&self.directory)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(compiled)?;
        file.as_file().sync_all()?;
        file.persist(&self.path).context("the machine code cannot be kept")?;
        self.forget_oldest();
        Ok(())
    }

    /// Every edit of a component makes another file; the cache must not grow for ever.
    fn forget_oldest(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else { return };
        let prefix = format!("{}-", self.kind);
        let ours = |name: &str| name.starts_with(&prefix) && name.ends_with(".cwasm");
        let mut artifacts: Vec<(SystemTime, PathBuf)> = entries
            .filter_map(Result::ok)
            .filter(|entry| entry.file_name().to_str().is_some_and(ours))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        artifacts.sort();
        let surplus = artifacts.len().saturating_sub(CACHED_ARTIFACTS_MAX);
        for (_, path) in artifacts.into_iter().take(surplus) {
            let _ = fs::remove_file(path);
        }
    }
}

/// The hash of everything machine code is made from: the material, the compiler's version and settings, and what
/// this processor can do.
fn key(material: Sha256, engine: &wasmtime::Engine) -> String {
    let mut hash = KeyHasher(material);
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
