//! As much of `wasm-tools` as the READMEs use: a core module becomes a component.

use std::fs;
use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Does what `wasm-tools` with these arguments would do in `folder`.
pub fn wasm_tools(arguments: &[String], folder: &Path) {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["component", "embed", wit, "--world", world, module, "-o", output] => {
            let mut resolve = Resolve::default();
            let package = resolve.push_file(folder.join(wit)).unwrap();
            let world = resolve.select_world(&[package], Some(world)).unwrap();
            let mut module = wat::parse_file(folder.join(module)).unwrap();
            embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
            fs::write(folder.join(output), module).unwrap();
        }
        ["component", "new", module, "-o", output] => {
            let module = fs::read(folder.join(module)).unwrap();
            let mut encoder = ComponentEncoder::default();
            let component = encoder.validate(true).module(&module).unwrap().encode().unwrap();
            fs::write(folder.join(output), component).unwrap();
        }
        _ => panic!("this shell does not know wasm-tools {arguments:?}"),
    }
}
