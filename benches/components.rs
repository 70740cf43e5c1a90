//! How long a component takes to be live, through the real binary: saved for the first time, and saved again with bytes
//! that were seen before. `cargo bench --bench components`; with `-- FILE.wasm` of that component instead of made-up ones.
//!
//! Real code is compiled function by function, so the made-up ones have many functions of some hundred bytes.

#[path = "../tests/support/mod.rs"]
mod support;

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use support::component::assemble;
use support::project::Project;
use support::session::Session;

const RESPONDER: &str = include_str!("../src/runtime/component/tests/responder.wat");
const RESPONDER_WIT: &str = include_str!("../src/runtime/component/tests/responder.wit");
/// About 1 MB of code.
const FUNCTIONS: usize = 4_000;
const ROUNDS: u32 = 5;

fn main() {
    let given = std::env::args().skip(1).find(|argument| argument.ends_with(".wasm"));
    let cache = tempfile::tempdir().unwrap();
    let project = Project::new(&[(
        "wrangler.json",
        r#"{"name": "bench", "main": "worker.wasm", "compatibility_date": "2026-06-05"}"#,
    )]);
    let variants: Vec<Vec<u8>> = (0..=ROUNDS).map(|seed| component(given.as_deref(), seed)).collect();
    let write = |bytes: &[u8]| fs::write(project.path().join("worker.wasm"), bytes).unwrap();
    write(&variants[0]);
    println!("a component of {:.2} MB", variants[0].len() as f64 / 1e6);
    let session = Session::start_with_cache(&project, cache.path(), &[]);
    for (what, order) in [("the first time", 1..=ROUNDS), ("seen before", 0..=ROUNDS - 1)] {
        let times: Vec<_> = order
            .map(|variant| {
                let began = Instant::now();
                write(&variants[variant as usize]);
                let reloaded = session.output.find("Reloaded bench …");
                (began.elapsed(), reloaded)
            })
            .collect();
        report(what, &times);
    }
    session.stop();
}

fn report(what: &str, times: &[(Duration, String)]) {
    let mut elapsed: Vec<_> = times.iter().map(|(elapsed, _)| elapsed.as_millis()).collect();
    elapsed.sort_unstable();
    let said: Vec<_> = times.iter().filter_map(|(_, line)| line.split(['(', ')']).nth(1)).collect();
    println!(
        "saved {what}: median {} ms until it is live; reported {}",
        elapsed[elapsed.len() / 2],
        said.join(", ")
    );
}

/// A component that differs by `seed`: the given one with a custom section more, or one that is made up.
fn component(given: Option<&str>, seed: u32) -> Vec<u8> {
    if let Some(path) = given {
        let mut bytes = fs::read(path).unwrap();
        // A custom section of one name and four bytes.
        bytes.extend([0, 9, 4, b's', b'e', b'e', b'd']);
        bytes.extend(seed.to_le_bytes());
        return bytes;
    }
    let mut functions = String::new();
    for number in 0..FUNCTIONS {
        function(&mut functions, number as u32, seed);
    }
    assemble(&RESPONDER.replacen("(memory ", &format!("{functions}(memory "), 1), RESPONDER_WIT)
}

/// A function of arithmetic, loads, stores, a branch and a loop.
fn function(text: &mut String, number: u32, seed: u32) {
    let _ = write!(
        text,
        "(func $f{number} (export \"f{number}\") (param $a i32) (param $b i32) (result i32) (local $i i32) (loop $l "
    );
    for step in 0..12 {
        let constant = number.wrapping_mul(31).wrapping_add(step * 7 + seed) % 30_000;
        let _ = write!(
            text,
            "(local.set $a (i32.add (i32.mul (local.get $a) (i32.const {constant})) (i32.load offset={constant} \
             (i32.and (local.get $b) (i32.const 1020))))) \
             (if (i32.gt_s (local.get $a) (local.get $b)) (then (i32.store offset={constant} (i32.const 0) (local.get $a))))"
        );
    }
    text.push_str(
        "(local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $l (i32.lt_u (local.get $i) (local.get $b)))) \
         (local.get $a))\n",
    );
}
