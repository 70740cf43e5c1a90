//! `WebAssembly` inside a Worker: its modules run in wasmtime, beside the JavaScript engine.
//!
//! QuickJS has no WebAssembly. The prelude's `wasm_*.js` are the JavaScript API, thin; what they ask for comes
//! through the interface `wasm` of `engine.wit` and ends here. [`coroutines`] is how modules and JavaScript call
//! each other, [`copy`] how memory is shared.

mod budget;
mod compiler;
mod copy;
mod coroutines;
mod description;
mod mailbox;
mod modules;
mod objects;
mod values;

pub use compiler::Compiler;
pub use copy::Page;
pub use mailbox::{Failure, Step};
pub use modules::Modules;
