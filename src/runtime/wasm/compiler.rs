//! Coroutines code for the modules that Workers import.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use wasmtime::{Config, Engine, Module, OptLevel};

use crate::runtime::limits;
use crate::workers::WasmModule;

/// Most modules whose machine code is kept for the next generation of a Worker.
const COMPILED_MODULES_MAX: usize = 32;

/// Compiles modules; the machine code of one that did not change is used again after a reload. Clones share it.
#[derive(Clone, Default)]
pub struct Compiler {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Made when the first module comes: most Workers have none.
    engine: OnceLock<Engine>,
    /// By the modules' names, which are hashes of what is in them.
    compiled: Mutex<BTreeMap<String, Module>>,
}

impl Compiler {
    /// The machine code of `module`.
    ///
    /// # Errors
    ///
    /// When it is no valid module, or needs what this compiler lacks; the text says which.
    pub fn compile(&self, module: &WasmModule) -> Result<Module, String> {
        let compiled = || self.shared.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = compiled().get(&module.name) {
            return Ok(known.clone());
        }
        let made = Module::new(&self.engine()?, &module.bytes).map_err(|error| format!("{error:#}"))?;
        let mut compiled = compiled();
        if compiled.len() >= COMPILED_MODULES_MAX {
            compiled.clear();
        }
        compiled.insert(module.name.clone(), made.clone());
        Ok(made)
    }

    /// Whether `bytes` are a module that [`Compiler::compile`] takes.
    pub fn validates(&self, bytes: &[u8]) -> bool {
        self.engine().is_ok_and(|engine| Module::validate(&engine, bytes).is_ok())
    }

    /// The engine the modules are compiled for.
    ///
    /// # Errors
    ///
    /// When this machine is none that wasmtime supports.
    pub fn engine(&self) -> Result<Engine, String> {
        if let Some(engine) = self.shared.engine.get() {
            return Ok(engine.clone());
        }
        let made = Engine::new(&configuration()).map_err(|error| format!("{error:#}"))?;
        Ok(self
            .shared
            .engine
            .get_or_init(|| {
                limits::start_epochs(&made);
                made
            })
            .clone())
    }
}

fn configuration() -> Config {
    let mut config = Config::new();
    config.cranelift_opt_level(OptLevel::Speed);
    config.epoch_interruption(true);
    config
}
