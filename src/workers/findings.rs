//! What one build finds out on the way.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::wasm_module::WasmModule;

/// An import that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unresolved {
    /// The file with the import.
    pub importer: PathBuf,
    /// The specifier as written.
    pub specifier: String,
    /// Whether it is an `import()`, which fails only when it is reached.
    pub dynamic: bool,
    /// Why.
    pub reason: Reason,
}

/// Why an import leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// There is no such file or package.
    NotFound,
    /// The package is there, but its `exports` do not list the module.
    NotExported,
    /// It is a URL.
    Url,
    /// A package imports a module of Node.js that is not provided; most do without it in a Worker.
    AbsentForPackage,
    /// What the resolver says.
    Other(String),
}

impl Reason {
    /// The reason in the words of the resolver or of the bundler, which tell the kinds apart only so.
    pub fn from_message(message: &str) -> Self {
        let begins = |start: &str| message.starts_with(start);
        if begins("Cannot find module") || begins("Module not found") {
            Self::NotFound
        } else if message.contains("is not exported under") || message.contains("not defined by exports") {
            Self::NotExported
        } else {
            Self::Other(message.to_owned())
        }
    }
}

/// What one build found out on the way.
#[derive(Debug, Default)]
pub(super) struct Findings {
    unresolved: Mutex<Vec<Unresolved>>,
    assets: Mutex<Vec<PathBuf>>,
    links: Mutex<Vec<PathBuf>>,
    wasm_modules: Mutex<Vec<WasmModule>>,
    top_level_await: AtomicBool,
    contexts: AtomicBool,
}

impl Findings {
    /// Notes an import that leads nowhere.
    pub fn add_unresolved(&self, import: Unresolved) {
        lock(&self.unresolved).push(import);
    }

    /// Notes a file that is read as text, data or WebAssembly.
    pub fn add_asset(&self, file: PathBuf) {
        lock(&self.assets).push(file);
    }

    /// Notes links that an import leads through.
    pub fn add_links(&self, links: Vec<PathBuf>) {
        lock(&self.links).extend(links);
    }

    /// Notes a WebAssembly module.
    pub fn add_wasm_module(&self, module: WasmModule) {
        lock(&self.wasm_modules).push(module);
    }

    /// The WebAssembly modules, by name, each once.
    pub fn wasm_modules(&self) -> Vec<WasmModule> {
        let mut modules = lock(&self.wasm_modules).clone();
        modules.sort_by(|one, other| one.name.cmp(&other.name));
        modules.dedup_by(|one, other| one.name == other.name);
        modules
    }

    /// Notes that a module awaits at its top level.
    pub fn see_top_level_await(&self) {
        self.top_level_await.store(true, Ordering::Relaxed);
    }

    /// Notes that the Worker imports what follows asynchronous contexts.
    pub fn see_contexts(&self) {
        self.contexts.store(true, Ordering::Relaxed);
    }

    /// The imports that lead nowhere, so far. `require` is not among them: the bundler reports it, and knows
    /// which are meant to fail.
    pub fn unresolved(&self) -> Vec<Unresolved> {
        lock(&self.unresolved).clone()
    }

    /// The files that were read as text, data or WebAssembly.
    pub fn assets(&self) -> Vec<PathBuf> {
        lock(&self.assets).clone()
    }

    /// The symbolic links that imports lead through.
    pub fn links(&self) -> Vec<PathBuf> {
        lock(&self.links).clone()
    }

    /// Whether any module awaits at its top level.
    pub fn top_level_await(&self) -> bool {
        self.top_level_await.load(Ordering::Relaxed)
    }

    /// Whether the Worker imports what follows asynchronous contexts.
    pub fn contexts(&self) -> bool {
        self.contexts.load(Ordering::Relaxed)
    }
}

/// A list is whole after each push, so a panic elsewhere does not spoil it.
fn lock<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}
