//! Components assembled from text, run through the real engine.

mod refusals;
mod running;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The public world.
const WORLD: &str = include_str!("../../../../wit/worker.wit");

/// A component of the core module `wat` for the one world of `wit`.
fn component(wat: &str, wit: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    resolve.push_str("worker.wit", WORLD).expect("the public world");
    let package = resolve.push_str("test.wit", wit).expect("the test's world");
    let world = resolve.select_world(&[package], None).expect("one world");
    let mut module = wat::parse_str(wat).expect("WAT");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("metadata");
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).module(&module).expect("a module for the world").encode().expect("a component")
}

/// The component that does to each message what its first letter says.
fn consumer() -> Vec<u8> {
    component(include_str!("consumer.wat"), include_str!("consumer.wit"))
}

/// The component that answers requests with their path.
fn responder() -> Vec<u8> {
    component(include_str!("responder.wat"), include_str!("responder.wit"))
}
