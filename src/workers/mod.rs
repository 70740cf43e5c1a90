//! From a Worker's source to an artifact: bundling, the modules a Worker may import, and the way back
//! from a position in the artifact to the user's file.
//!
//! [`bundle`] compiles TypeScript, JavaScript and everything they import into one script. The runtime
//! evaluates that script with indirect `eval`; its completion value is the Worker's module namespace
//! object, or a promise of it when the Worker uses top-level await.

mod awaits;
mod bundle;
mod detour;
mod failure;
mod findings;
mod import_site;
mod links;
mod missing_module;
mod module_syntax;
mod modules;
mod options;
mod plugin;
mod portable;
mod request;
mod rules;
mod script;
mod script_map;
mod similar;
mod stack;
#[cfg(test)]
mod tests;
mod token;
mod virtual_module;
mod wasm_module;

pub use bundle::{Bundle, BundleFailure, ContentHash, bundle};
pub use modules::{CLOUDFLARE_MODULES_PROVIDED, NODE_MODULES_PROVIDED};
pub use request::BundleRequest;
pub use rules::names_asset;
pub use script_map::{OriginalPosition, ScriptMap};
pub use wasm_module::WasmModule;
