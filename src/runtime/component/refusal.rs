//! Why the contents of a file are no Worker, and how to make one of them.

use std::fmt;

use wasmparser::{Parser, Payload};

/// The header of a core module after the magic bytes: its version and layer.
const CORE_MODULE: [u8; 4] = [1, 0, 0, 0];
/// The magic bytes of WebAssembly.
const MAGIC: &[u8] = b"\0asm";
/// What old toolchains for WASI import; the adapter translates it.
const PREVIEW1: &str = "wasi_snapshot_preview1";
/// The beginnings of packages that are here, and their versions.
const PACKAGES: [(&str, &[&str]); 8] = [
    ("qemu-dev:worker", &["0.1"]),
    ("wasi:cli", &["0.2", "0.3"]),
    ("wasi:clocks", &["0.2", "0.3"]),
    ("wasi:filesystem", &["0.2", "0.3"]),
    ("wasi:http", &["0.2"]),
    ("wasi:io", &["0.2"]),
    ("wasi:random", &["0.2", "0.3"]),
    ("wasi:sockets", &["0.2", "0.3"]),
];

/// Why there is no Worker, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong, to be read after the file's name.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

impl Refusal {
    /// This message with this remedy.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }

    /// Refuses what is no component at all.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub fn unless_component(bytes: &[u8]) -> Result<(), Self> {
        if !bytes.starts_with(MAGIC) {
            let what = if bytes.is_empty() { "is empty" } else { "is not WebAssembly" };
            return Err(Self::new(what, "`main` names a script, or a component as a build writes it"));
        }
        if bytes.get(4..8) == Some(&CORE_MODULE) {
            return Err(core_module(bytes));
        }
        Ok(())
    }

    /// A component that wasmtime cannot compile.
    pub fn invalid(error: &anyhow::Error) -> Self {
        let reason = error.root_cause().to_string();
        Self::new(
            format!("cannot be compiled: {reason}"),
            "`wasm-tools validate` shows the place; WebAssembly's proposals for garbage collection and exceptions \
             are not there",
        )
    }

    /// A component that exports nothing that the host calls.
    pub fn nothing_exported(exports: &[&str]) -> Self {
        let near = exports.iter().find_map(|export| other_version(export));
        let message = match near {
            Some(near) => near,
            None if exports.is_empty() => String::from("exports nothing"),
            None => format!("exports no handler of a Worker, only {}", exports.join(", ")),
        };
        Self::new(
            message,
            "build it for the world `worker` of wit/worker.wit: it exports qemu-dev:worker/consumer@0.1.0; \
             wasi:http/incoming-handler@0.2.x answers requests, qemu-dev:worker/scheduler@0.1.0 takes cron events",
        )
    }

    /// A component with imports that are not there, or with other signatures. `linking` is what wasmtime says.
    pub fn unknown_imports(imports: &[&str], linking: &wasmtime::Error) -> Self {
        let unknown: Vec<String> = imports.iter().filter_map(|import| unknown_import(import)).collect();
        let message = if unknown.is_empty() {
            format!("does not fit this host: {linking:#}")
        } else {
            format!("imports what is not there: {}", unknown.join("; "))
        };
        Self::new(
            message,
            "there are qemu-dev:worker@0.1 and WASI 0.2 with wasi:http; build it for those, or link what it needs \
             into it (`wac plug`)",
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

fn core_module(bytes: &[u8]) -> Refusal {
    let imports = imported_modules(bytes);
    let (what, adapter) = if imports.iter().any(|module| module == PREVIEW1) {
        (" for WASI 0.1", " --adapt wasi_snapshot_preview1.reactor.wasm")
    } else {
        ("", "")
    };
    let foreign: Vec<_> = imports
        .iter()
        .filter(|module| {
            !module.contains(':') && !module.starts_with("cm32p2") && module.as_str() != PREVIEW1
        })
        .map(|module| format!("\"{module}\""))
        .collect();
    let others = if foreign.is_empty() {
        String::new()
    } else {
        format!("; it imports from {}, which only its own host has", foreign.join(", "))
    };
    Refusal::new(
        format!("is a core WebAssembly module{what}, not a component{others}"),
        format!(
            "build it for wit/worker.wit with your language's bindings for components; then `wasm-tools component \
             new module.wasm{adapter} -o worker.wasm` makes the component, unless your toolchain does"
        ),
    )
}

/// The modules that a core module imports from, each once, in order.
fn imported_modules(bytes: &[u8]) -> Vec<String> {
    let mut modules = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload {
            Ok(Payload::ImportSection(section)) => {
                for import in section.into_imports().map_while(Result::ok) {
                    if !modules.iter().any(|module| module == import.module) {
                        modules.push(import.module.to_owned());
                    }
                }
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    modules
}

/// What is wrong with an import, unless this package and version are there.
fn unknown_import(import: &str) -> Option<String> {
    let (package, version) = parts(import);
    let Some((_, versions)) = PACKAGES.iter().find(|(name, _)| *name == package) else {
        return Some(import.to_owned());
    };
    let fits = version.is_none_or(|version| versions.iter().any(|known| is_of(version, known)));
    (!fits).then(|| format!("{import} (here is version {})", versions.join(" and ")))
}

/// What is wrong with an export that has the name of a handler and another version.
fn other_version(export: &str) -> Option<String> {
    let handler = |name: &str, known| {
        let version = export.strip_prefix(name)?.strip_prefix('@')?;
        (!is_of(version, known)).then(|| format!("exports {export}; this host calls version {known} of it"))
    };
    handler("qemu-dev:worker/consumer", "0.1")
        .or_else(|| handler("qemu-dev:worker/scheduler", "0.1"))
        .or_else(|| handler("wasi:http/incoming-handler", "0.2"))
        .or_else(|| {
            let p3 = export.starts_with("wasi:http/handler@");
            p3.then(|| format!("exports {export}; this host calls wasi:http/incoming-handler@0.2.x"))
        })
}

/// Whether `version` is one of the versions that begin with `known`.
fn is_of(version: &str, known: &str) -> bool {
    version.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The package of an interface, and its version.
fn parts(interface: &str) -> (&str, Option<&str>) {
    let (path, version) = match interface.split_once('@') {
        Some((path, version)) => (path, Some(version)),
        None => (interface, None),
    };
    (path.split('/').next().unwrap_or(path), version)
}
