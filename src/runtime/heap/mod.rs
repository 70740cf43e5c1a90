//! Reads plain values in the memory of a session's engine, as JSON.
//!
//! `sendBatch()` is given objects of which the host wants the JSON texts. `JSON.stringify` makes them, property by
//! property, in code of the engine, which takes longer than anything else that is done for a message; the host sees
//! the same memory and needs a tenth of the time. It reads what most messages are (objects, arrays, strings, numbers)
//! and where it finds anything else (an accessor, a class of its own, `toJSON`, a proxy, a `Date`) it has read
//! nothing, and JavaScript does it.
//!
//! What is read is never written, and every address is checked: a guest that deceives the host gets wrong text for
//! its own messages.
//!
//! The layout is that of QuickJS-ng 0.16 on 32 bits (`quickjs.c`). It is tried on a sample when the engine is made:
//! with another layout everything is left to JavaScript.

mod json;
mod landmarks;
mod layout;
mod memory;
mod messages;
#[cfg(test)]
mod tests;

pub use landmarks::{Landmarks, find};
pub use messages::bodies;
