//! Runs Workers in wasmtime: isolates of the JavaScript engine and components, their hosts, their limits.
//!
//! - [`machine`]: wasmtime as all guests share it.
//! - [`engine`]: the engine component, made once and cached as machine code.
//! - [`isolate`]: one instance of it on its own thread, driven as an event loop by [`protocol`].
//! - [`component`]: Workers in other languages, by the world of `wit/worker.wit`.
//! - [`python`]: Python Workers from their source, by an engine that is a component.
//! - [`artifact`]: JavaScript compiled into a component by `qemu-dev build`.
//! - [`guest`]: any of them.
//! - [`worker`]: a Worker by name, whichever generation of it is current.
//! - [`host`]: what an isolate may reach. [`outbound`]: its requests to the outside; [`services`]: those to
//!   other Workers of the session.
//! - [`wasm`]: the WebAssembly modules that a Worker imports.
//! - [`prelude`]: the JavaScript half.
//!
//! A guest's failure is an outcome, not an error of ours: it may throw, trap, loop or vanish.

pub mod artifact;
pub mod component;
pub mod content_encoding;
mod deadline;
pub mod engine;
pub mod exception;
mod gate;
pub mod guest;
pub mod header;
mod heap;
mod host;
pub mod isolate;
pub mod limits;
pub mod log;
pub mod log_tap;
pub mod machine;
pub mod outbound;
pub mod prelude;
mod processor_clock;
pub mod protocol;
pub mod python;
pub mod running;
mod send_failure;
pub mod services;
pub mod setup;
pub mod stream;
#[cfg(test)]
mod tests;
mod wasm;
pub mod web_socket;
pub mod worker;
