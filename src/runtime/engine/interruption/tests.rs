use wasmtime::{Config, Engine, Instance, Linker, Module, Store};

use super::facts::{INTERPRETER_COUNT, INTERPRETER_WAYS};
use super::*;

const LOOK: Import<'_> = Import { module: "host", name: "look" };

/// A module with an interpreter: its instruction 0 jumps back, every other ends.
fn module() -> Vec<u8> {
    let ways = "$end ".repeat(INTERPRETER_WAYS as usize);
    let text = format!(
        r#"(module
            (import "host" "look" (func $look))
            (import "host" "act" (func $act))
            (memory 1)
            (global (mut i32) (i32.const 5))
            (global $count (mut i32) (i32.const 0))
            (func $poll (param i32) (result i32)
                (i32.store (local.get 0) (i32.const {INTERPRETER_COUNT}))
                (i32.const 0))
            (func (export "interpret") (param $instruction i32)
                (loop $dispatch
                    (block $end (block $jump (br_table $jump {ways} (local.get $instruction)))
                        (i32.store (i32.const 0) (i32.sub (i32.load (i32.const 0)) (i32.const 1)))
                        (if (i32.lt_s (i32.load (i32.const 0)) (i32.const 0))
                            (then (drop (call $poll (i32.const 0)))))
                        (br $dispatch))))
            (func (export "loop") (loop $again (br $again)))
            (func (export "count") (param $to i32) (result i32) (local $sum i32)
                (loop $again
                    (local.set $sum (i32.add (local.get $sum) (local.get $to)))
                    (br_if $again (local.tee $to (i32.sub (local.get $to) (i32.const 1)))))
                (local.get $sum))
            (func $nothing)
            (func (export "count-by-calls") (param $to i32)
                (loop $again
                    (call $nothing)
                    (br_if $again (local.tee $to (i32.sub (local.get $to) (i32.const 1))))))
            (func (export "copy")
                (memory.copy (i32.const 0) (i32.const 1) (i32.const 65535))
                (memory.fill (i32.const 0) (i32.const 7) (i32.const 65536)))
            (func (export "act") (call $act)))"#,
    );
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// What the last of some calls of `name` answers, and how often they looked; the deadline is over with the third look.
fn run(times: u32, name: &str, parameters: &[i32]) -> (Result<Option<i32>, String>, u32) {
    let mut config = Config::new();
    config.wasm_branch_hinting(true);
    let engine = Engine::new(&config).expect("an engine");
    let interrupted = add(&module(), LOOK).unwrap_or_else(|error| panic!("{error:#}"));
    let module = Module::new(&engine, &interrupted).unwrap_or_else(|error| panic!("{error:#}"));
    let mut store = Store::new(&engine, 0);
    let mut linker = Linker::new(&engine);
    let look = |mut caller: wasmtime::Caller<'_, u32>| {
        *caller.data_mut() += 1;
        if *caller.data() < 3 { Ok(()) } else { Err(wasmtime::Error::msg("over")) }
    };
    linker.func_wrap("host", "look", look).expect("defined once");
    linker.func_wrap("host", "act", || ()).expect("defined once");
    let instance: Instance = linker.instantiate(&mut store, &module).expect("instantiated");
    let function = instance.get_func(&mut store, name).expect("exported");
    let parameters: Vec<_> = parameters.iter().copied().map(wasmtime::Val::I32).collect();
    let mut results = vec![wasmtime::Val::I32(0); function.ty(&store).results().len()];
    let mut called = Ok(());
    for _ in 0..times {
        called = function.call(&mut store, &parameters, &mut results);
    }
    let result = called.map(|()| results.first().and_then(wasmtime::Val::i32));
    (result.map_err(|error| error.root_cause().to_string()), *store.data())
}

#[test]
fn what_never_ends_is_interrupted() {
    let over = (Err(String::from("over")), 3);
    assert_eq!(run(1, "loop", &[]), over);
    assert_eq!(run(1, "interpret", &[0]), over);
}

#[test]
fn what_ends_answers_as_before() {
    assert_eq!(run(1, "count", &[1000]), (Ok(Some(500_500)), 0));
    assert_eq!(run(1, "interpret", &[1]), (Ok(None), 0));
}

#[test]
fn work_is_charged_for() {
    // Rounds without calls are charged 4,096 at a time.
    assert_eq!(run(1, "count", &[BUDGET + 4095]).1, 0);
    assert_eq!(run(1, "count", &[BUDGET + 4096]).1, 1);
    assert_eq!(run(1, "count-by-calls", &[BUDGET]).1, 0);
    assert_eq!(run(1, "count-by-calls", &[BUDGET + 1]).1, 1);
    // 65,535 and 65,536 bytes are 511 units.
    assert_eq!(run(2052, "copy", &[]).1, 0);
    assert_eq!(run(2053, "copy", &[]).1, 1);
    assert_eq!(run(4, "act", &[]).1, 0);
    assert_eq!(run(5, "act", &[]).1, 1);
}

#[test]
fn modules_without_an_interpreter_are_refused() {
    let refusal = |text: &str| {
        let module = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
        format!("{:#}", add(&module, LOOK).expect_err("no engine"))
    };
    assert_eq!(refusal("(module)"), "the engine does not import look of host");
    let without = r#"(module (import "host" "look" (func)))"#;
    assert_eq!(
        refusal(without),
        "0 functions of the engine look for interruption, not one: is it another version?"
    );
}
