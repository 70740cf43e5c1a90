use wasmtime::{Engine, Instance, Module, Store};

use super::*;

const STACK_BYTES: u32 = 1024;

fn library(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}

fn linked(texts: &[&str]) -> Result<Vec<u8>> {
    let libraries: Vec<Vec<u8>> = texts.iter().map(|text| library(text)).collect();
    link(&libraries.iter().map(Vec::as_slice).collect::<Vec<_>>(), STACK_BYTES)
}

fn refusal(texts: &[&str]) -> String {
    format!("{:#}", linked(texts).expect_err("it cannot be linked"))
}

/// Has 5 bytes of data, of which 2 are set, and a function in the table.
const FIRST: &str = r#"(module
    (@dylink.0 (mem-info (memory 5 2) (table 1 0)))
    (import "env" "memory" (memory 0))
    (import "env" "__indirect_function_table" (table 1 funcref))
    (import "env" "__memory_base" (global $memory_base i32))
    (import "env" "__table_base" (global $table_base i32))
    (import "env" "__stack_pointer" (global $stack_pointer (mut i32)))
    (import "GOT.mem" "__heap_base" (global $heap_base (mut i32)))
    (global $second_byte i32 (i32.add (global.get $memory_base) (i32.const 1)))
    (type $number (func (result i32)))
    (func $seven (result i32) (i32.const 7))
    (elem (global.get $table_base) $seven)
    (data (global.get $memory_base) "\2a\2b")
    (func (export "__wasm_call_ctors")
        (i32.store8 (global.get $second_byte) (i32.add (i32.load8_u (global.get $second_byte)) (i32.const 1))))
    (func (export "second-byte") (result i32) (i32.load8_u (global.get $second_byte)))
    (func (export "by-address") (result i32) (call_indirect (type $number) (global.get $table_base)))
    (func (export "memory-base") (result i32) (global.get $memory_base))
    (func (export "heap-base") (result i32) (global.get $heap_base))
    (func (export "push") (result i32)
        (global.set $stack_pointer (i32.sub (global.get $stack_pointer) (i32.const 16)))
        (global.get $stack_pointer)))"#;

/// Uses the first one's function, the address of one of its own, and the host.
const SECOND: &str = r#"(module
    (@dylink.0 (mem-info (memory 3 4) (table 0 0)))
    (import "host" "times-ten" (func $times_ten (param i32) (result i32)))
    (import "env" "second-byte" (func $second_byte (result i32)))
    (import "env" "__memory_base" (global $memory_base i32))
    (import "GOT.func" "own" (global $own (mut i32)))
    (import "env" "__indirect_function_table" (table 0 funcref))
    (type $number (func (result i32)))
    (func (export "own") (result i32) (i32.const 3))
    (func (export "of-first") (result i32) (call $times_ten (call $second_byte)))
    (func (export "own-by-address") (result i32) (call_indirect (type $number) (global.get $own)))
    (func (export "second-memory-base") (result i32) (global.get $memory_base)))"#;

#[test]
fn libraries_share_memory_table_stack_and_functions() {
    let engine = Engine::default();
    let module = Module::new(&engine, linked(&[FIRST, SECOND]).expect("linked")).expect("valid");
    let mut store = Store::new(&engine, ());
    let mut linker = wasmtime::Linker::new(&engine);
    linker.func_wrap("host", "times-ten", |number: i32| number * 10).expect("defined once");
    let instance: Instance = linker.instantiate(&mut store, &module).expect("instantiated");
    let mut call = |name: &str| {
        let function = instance.get_typed_func::<(), i32>(&mut store, name).expect("exported");
        function.call(&mut store, ()).expect("no trap")
    };
    assert_eq!(call("memory-base"), 1024);
    assert_eq!(call("second-memory-base"), 1040);
    assert_eq!(call("heap-base"), 1056);
    assert_eq!(call("by-address"), 7);
    assert_eq!(call("own-by-address"), 3);
    assert_eq!(call("push"), 1008);
    assert_eq!(call("push"), 992);
    assert_eq!(call("of-first"), 430);
    let initialize = instance.get_typed_func::<(), ()>(&mut store, INITIALIZE).expect("exported");
    initialize.call(&mut store, ()).expect("no trap");
    let function = instance.get_typed_func::<(), i32>(&mut store, "of-first").expect("exported");
    assert_eq!(function.call(&mut store, ()).expect("no trap"), 440);
    // What only other libraries need is no export.
    assert!(instance.get_func(&mut store, "second-byte").is_none());
}

#[test]
fn what_is_missing_is_named() {
    let missing_function = r#"(module (import "env" "nowhere" (func)))"#;
    assert_eq!(refusal(&[FIRST, missing_function]), "no library has the function nowhere");
    let missing_global = r#"(module (import "GOT.mem" "errno" (global (mut i32))))"#;
    assert_eq!(refusal(&[missing_global]), "no library has the global errno of GOT.mem");
    let missing_address = r#"(module (import "GOT.func" "nowhere" (global (mut i32))))"#;
    assert_eq!(refusal(&[missing_address]), "no library has the function nowhere");
}

#[test]
fn globals_that_are_no_addresses_are_refused() {
    let changes = r#"(module (import "GOT.mem" "__heap_base" (global $base (mut i32)))
        (func (export "change") (global.set $base (i32.const 0))))"#;
    assert_eq!(refusal(&[changes]), "a library cannot be linked: it changes an address");
    let real = "(module (global f64 (f64.const 1)))";
    assert!(
        refusal(&[real]).starts_with("a library has a global that is no address"),
        "{}",
        refusal(&[real])
    );
}
