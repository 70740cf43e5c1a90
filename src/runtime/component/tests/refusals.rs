//! What is no Worker says so.

use wit_component::StringEncoding;

use super::{component, consumer};
use crate::runtime::component::Refusal;
use crate::runtime::guest::Code;
use crate::runtime::tests::engine;

fn refusal(bytes: &[u8]) -> Refusal {
    match Code::from_wasm(&engine(), bytes) {
        Ok(_) => panic!("it was taken"),
        Err(refusal) => refusal,
    }
}

#[test]
fn what_is_no_component_is_named() {
    assert_eq!(refusal(b"").message, "is empty");
    assert_eq!(refusal(b"export default {}").message, "is not WebAssembly");
    let module = |imports: &str| wat::parse_str(format!("(module {imports})")).expect("WAT");
    assert_eq!(refusal(&module("")).message, "is a core WebAssembly module, not a component");
    let command = refusal(&module("(import \"wasi_snapshot_preview1\" \"fd_write\" (func))"));
    assert!(command.message.contains("core WebAssembly module for WASI 0.1"), "{command}");
    assert!(command.help.contains("--adapt wasi_snapshot_preview1.reactor.wasm"), "{}", command.help);
    let foreign = refusal(&module("(import \"env\" \"emscripten_sleep\" (func))"));
    assert!(foreign.message.contains("imports from \"env\""), "{foreign}");
    let truncated = consumer();
    assert!(refusal(&truncated[..truncated.len() / 2]).message.contains("cannot be compiled"));
}

#[test]
fn components_for_other_hosts_are_named() {
    let command = component(
        "(module (func (export \"wasi:cli/run@0.2.0#run\") (result i32) (i32.const 0)))",
        "package test:t; world w { export wasi:cli/run@0.2.0; } package wasi:cli@0.2.0 { interface run { run: func() -> result; } }",
    );
    let command = refusal(&command).message;
    assert_eq!(command, "exports no handler of a Worker, only wasi:cli/run@0.2.0");
    let later = component(
        "(module (func (export \"qemu-dev:worker/consumer@0.2.0#queue\")))",
        "package test:t; world w { export qemu-dev:worker/consumer@0.2.0; } package qemu-dev:worker@0.2.0 { interface consumer { queue: func(); } }",
    );
    let later = refusal(&later).message;
    assert!(later.contains("consumer@0.2.0; this host calls version 0.1"), "{later}");
}

#[test]
fn imports_that_are_not_there_are_named_with_their_versions() {
    let importing = |package: &str, version: &str| {
        let name = format!("{package}/thing@{version}");
        component(
            &format!(
                "(module (import \"{name}\" \"act\" (func)) (func (export \"qemu-dev:worker/scheduler@0.1.0#scheduled\") \
                 (param i32 i32 i64) (result i32) (unreachable)) (memory (export \"memory\") 1) \
                 (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (unreachable)))"
            ),
            &format!(
                "package test:t; world w {{ import {name}; export qemu-dev:worker/scheduler@0.1.0; }} \
                 package {package}@{version} {{ interface thing {{ act: func(); }} }}"
            ),
        )
    };
    let unknown = refusal(&importing("acme:store", "1.0.0")).message;
    assert_eq!(unknown, "imports what is not there: acme:store/thing@1.0.0");
    let later = refusal(&importing("wasi:http", "0.3.0")).message;
    assert_eq!(later, "imports what is not there: wasi:http/thing@0.3.0 (here is version 0.2)");
    let missing = refusal(&importing("wasi:cli", "0.2.0")).message;
    assert!(missing.contains("wasi:cli/thing@0.2.0"), "{missing}");
}

#[test]
fn the_public_world_is_a_package_that_others_can_use() {
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve.push_str("worker.wit", super::WORLD).expect("it parses");
    for world in ["worker", "scheduled-worker", "imports"] {
        let world = resolve.select_world(&[package], Some(world)).expect("it is there");
        let mut module = wit_component::dummy_module(
            &resolve,
            world,
            wit_parser::ManglingAndAbi::Legacy(wit_parser::LiftLowerAbi::Sync),
        );
        wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
            .expect("it can be implemented");
    }
}
