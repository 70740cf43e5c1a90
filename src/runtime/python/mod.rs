//! Python Workers: the engine that runs their sources.
//!
//! The engine is one component for all Workers: CPython with the modules that Workers import (`shim`), made once by
//! componentize-py, a tool that people install with pip. Its machine code is kept as that of the JavaScript engine is;
//! once it is there, neither the tool nor Python is needed. `wit/python.wit` is its contract.

mod making;
mod shim;

use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};

pub use making::{PROGRAM, VARIABLE};

use super::component::{ComponentCode, PythonSources, Refusal};
use super::machine::Machine;

/// A Worker in Python: the engine, and what it runs.
pub struct PythonCode {
    engine: Arc<ComponentCode>,
    sources: Arc<PythonSources>,
}

impl PythonCode {
    /// What runs `sources`: with the engine from the cache, or with one that is made now, by the first of
    /// `candidates` that is there. `on_make` is called before the making, which takes a minute. Blocks.
    ///
    /// # Errors
    ///
    /// When the tool is missing or fails.
    pub fn new(
        machine: &Machine,
        sources: PythonSources,
        candidates: &[PathBuf],
        on_make: impl FnOnce(),
    ) -> Result<Self, Refusal> {
        let component = machine
            .component("python", material(), || {
                let tool = making::find(candidates).ok_or(making::NotInstalled)?;
                on_make();
                making::make(&tool)
            })
            .map_err(|error| refusal(&error))?;
        let engine = ComponentCode::link_python(machine, &component)?;
        Ok(Self { engine: Arc::new(engine), sources: Arc::new(sources) })
    }

    /// The engine.
    pub(super) fn engine(&self) -> &Arc<ComponentCode> {
        &self.engine
    }

    /// What it runs.
    pub(super) fn sources(&self) -> &Arc<PythonSources> {
        &self.sources
    }
}

/// What is to be done about an engine that could not be made.
fn refusal(error: &anyhow::Error) -> Refusal {
    let message = match error.downcast_ref() {
        Some(making::NotInstalled) => {
            format!("is Python, whose engine is made with {PROGRAM}, which is not installed")
        }
        None => format!("is Python, whose engine could not be made: {error:#}"),
    };
    Refusal::new(
        message,
        format!(
            "`pip install {}` installs it where `qemu-dev` finds it: on the PATH, in a folder .venv or venv of the \
             project, or where {VARIABLE} says",
            making::REQUIREMENT
        ),
    )
}

/// Everything the engine is made from.
fn material() -> Sha256 {
    let mut hash = Sha256::new();
    for file in shim::FILES.iter().chain(&shim::WIT) {
        hash.update(file.path);
        hash.update([0]);
        hash.update(file.text);
        hash.update([0]);
    }
    hash
}
