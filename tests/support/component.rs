//! Components assembled from text, as a toolchain makes them.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The public world.
const WORLD: &str = include_str!("../../wit/worker.wit");

/// A component of the core module `wat` for the one world of `wit`.
pub fn assemble(wat: &str, wit: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    resolve.push_str("worker.wit", WORLD).unwrap();
    let package = resolve.push_str("test.wit", wit).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    let mut module = wat::parse_str(wat).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap()
}
