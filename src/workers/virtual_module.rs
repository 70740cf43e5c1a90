//! Modules that are no file of code: what the runtime provides to `require` and `import()`, and assets.
//!
//! The identifier of such a module begins with a NUL character, as bundlers agreed, so that no file has it.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::findings::Findings;
use super::rules::AssetKind;
use super::wasm_module::WasmModule;

const PREFIX: &str = "\0qemu-dev:";

/// A module whose code is made here.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum VirtualModule<'a> {
    /// A module of the runtime, for `require`.
    Required(&'a str),
    /// A module of the runtime, for `import()`.
    ImportedDynamically(&'a str),
    /// A module that does not exist; evaluating it throws.
    Missing(&'a str),
    /// A module of Node.js that is not provided, for a package: using it throws.
    Absent {
        /// The package that imports it.
        package: &'a str,
        /// The module, with its prefix.
        module: &'a str,
    },
    /// A file that is not code.
    Asset(AssetKind, &'a str),
}

/// The code of a module.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// JavaScript.
    JavaScript(String),
    /// Text that becomes the default export.
    Text(String),
}

impl<'a> VirtualModule<'a> {
    /// The module that `id` names, when it is one of these.
    pub fn from_id(id: &'a str) -> Option<Self> {
        let (kind, name) = id.strip_prefix(PREFIX)?.split_once(':')?;
        Some(match kind {
            "require" => Self::Required(name),
            "import" => Self::ImportedDynamically(name),
            "missing" => Self::Missing(name),
            "absent" => {
                let (package, module) = name.split_once(' ')?;
                Self::Absent { package, module }
            }
            "text" => Self::Asset(AssetKind::Text, name),
            "data" => Self::Asset(AssetKind::Data, name),
            "wasm" => Self::Asset(AssetKind::CompiledWasm, name),
            _ => return None,
        })
    }

    /// The identifier that [`VirtualModule::from_id`] reads.
    pub fn id(&self) -> String {
        let (kind, name) = match self {
            Self::Required(name) => ("require", name),
            Self::ImportedDynamically(name) => ("import", name),
            Self::Missing(name) => ("missing", name),
            Self::Absent { package, module } => return format!("{PREFIX}absent:{package} {module}"),
            Self::Asset(AssetKind::Text, path) => ("text", path),
            Self::Asset(AssetKind::Data, path) => ("data", path),
            Self::Asset(AssetKind::CompiledWasm, path) => ("wasm", path),
        };
        format!("{PREFIX}{kind}:{name}")
    }

    /// The file on disk that the module's code is made from.
    pub fn file(&self) -> Option<PathBuf> {
        match self {
            Self::Asset(_, path) => Some(PathBuf::from(path)),
            Self::Required(_) | Self::ImportedDynamically(_) | Self::Missing(_) | Self::Absent { .. } => None,
        }
    }

    /// The module's code; an asset's file is read, and noted in `findings` when it travels beside the script.
    pub fn code(&self, findings: &Findings) -> io::Result<Code> {
        Ok(Code::JavaScript(match self {
            Self::Required(name) => required(name),
            Self::ImportedDynamically(name) => imported_dynamically(name),
            Self::Missing(name) => missing(name),
            Self::Absent { package, module } => absent(module, package),
            Self::Asset(AssetKind::Text, path) => return text(Path::new(path)),
            Self::Asset(AssetKind::Data, path) => {
                format!("export default {};", array_buffer(Path::new(path))?)
            }
            Self::Asset(AssetKind::CompiledWasm, path) => {
                let module = WasmModule::read(Path::new(path))?;
                let code = module.code(Path::new(path));
                findings.add_wasm_module(module);
                code
            }
        }))
    }
}

/// `require` gives what Node.js's would: the default export, which is `module.exports` there.
fn required(name: &str) -> String {
    let name = string_literal(name);
    format!(
        "const namespace = globalThis.__qemu_dev_import({name});\n\
         module.exports = \"default\" in namespace ? namespace.default : namespace;"
    )
}

/// The names that the runtime's module exports are not known here. A namespace with a `then` is awaited by
/// `import()`, which so gives the runtime's own namespace. CommonJS keeps the bundler from dropping `then`.
fn imported_dynamically(name: &str) -> String {
    let name = string_literal(name);
    format!("exports.then = (resolve) => resolve(globalThis.__qemu_dev_import({name}));")
}

/// CommonJS, so that any name can be imported from it.
fn missing(name: &str) -> String {
    let message = string_literal(&format!("Cannot find module '{name}'"));
    format!("module.exports = (() => {{ throw new Error({message}); }})();")
}

/// CommonJS, too. The runtime makes it, as it knows how members that nobody named in advance come into being.
fn absent(module: &str, package: &str) -> String {
    let (module, package) = (string_literal(module), string_literal(package));
    format!(
        "module.exports = globalThis.__qemu_dev_import(\"qemu-dev:absent-module\").default({module}, {package});"
    )
}

fn text(path: &Path) -> io::Result<Code> {
    let bytes = std::fs::read(path)?;
    Ok(Code::Text(String::from_utf8_lossy(&bytes).into_owned()))
}

/// An expression for the `ArrayBuffer` with the file's bytes.
fn array_buffer(path: &Path) -> io::Result<String> {
    let encoded = STANDARD.encode(std::fs::read(path)?);
    Ok(format!(
        "/* @__PURE__ */ (() => {{ const text = atob(\"{encoded}\"); \
         const bytes = new Uint8Array(text.length); \
         for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index); \
         return bytes.buffer; }})()"
    ))
}

fn string_literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_read_back() {
        for module in [
            VirtualModule::Required("node:fs"),
            VirtualModule::ImportedDynamically("cloudflare:workers"),
            VirtualModule::Missing("./a:b"),
            VirtualModule::Absent { package: "@a/b", module: "node:fs" },
            VirtualModule::Asset(AssetKind::Text, "/a/b.txt"),
            VirtualModule::Asset(AssetKind::Data, "/a/b"),
            VirtualModule::Asset(AssetKind::CompiledWasm, "/a/b.wasm"),
        ] {
            assert_eq!(VirtualModule::from_id(&module.id()), Some(module));
        }
        assert_eq!(VirtualModule::from_id("/a/b.ts"), None);
        assert_eq!(VirtualModule::from_id("\0rolldown/runtime.js"), None);
    }
}
