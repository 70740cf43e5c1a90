//! Workers in any language: components that export the world of `wit/worker.wit`.
//!
//! - [`code`]: a component that is compiled and linked; [`refusal`] says why one is not.
//! - [`guest`]: runs invocations, each in an instance of its own from the [`pool`].
//! - [`instance`]: one instance, its limits, and what its end means.
//! - [`python`]: what the Python engine, a component of ours, has beyond the world.
//! - [`state`]: what an instance may reach: the queues, variables and log of its Worker, WASI, HTTP.
//!
//! Functions of the world are synchronous for the component, not for the host: an instance that waits is
//! suspended and occupies no thread, and one that computes lets others in between.

mod bindings;
mod body;
mod code;
mod guest;
mod incoming;
mod instance;
mod outcome;
mod outgoing;
mod output;
mod pool;
mod processor_time;
mod producer;
mod python;
mod refusal;
mod state;
#[cfg(test)]
mod tests;
mod trap;

pub use code::ComponentCode;
pub use guest::{ComponentGuest, ComponentSettings};
pub use instance::InvocationLimits;
pub use python::PythonSources;
pub use refusal::Refusal;
