//! Makes the engine look now and then whether its time is over.
//!
//! wasmtime can have any code look at its deadline in each function and in each round of a loop. That costs JavaScript
//! 15 % of its speed, and the engine is code that we know: its interpreter looks for interruption itself, after 10,000
//! calls and jumps back of JavaScript, and what it calls to do so is made to look at the deadline. Everything else
//! that takes long is a loop, a copy, or a call of the host: these are charged what they about cost, and the deadline
//! is looked at when a budget is used up.

mod code;
mod facts;
#[cfg(test)]
mod tests;

use anyhow::{Result, anyhow};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    BranchHints, CodeSection, ConstExpr, Function, FunctionSection, GlobalSection, GlobalType, Module,
    RawSection, ValType,
};
use wasmparser::{Parser, Payload};

use code::Metering;
use facts::Facts;

/// What is charged until the deadline is looked at, in units of about a nanosecond.
const BUDGET: i32 = 1 << 20;
/// A function that is imported.
#[derive(Clone, Copy, Debug)]
pub struct Import<'a> {
    /// The interface.
    pub module: &'a str,
    /// The function's name.
    pub name: &'a str,
}

/// The engine's `module`, which calls `look`, a function without parameters and results, now and then.
///
/// # Errors
///
/// When the module imports no such function, or its interpreter is not found.
pub fn add(module: &[u8], look: Import<'_>) -> Result<Vec<u8>> {
    let facts = Facts::read(module, look)?;
    let mut metering = Metering::new(facts.indices(look)?);
    let bodies = metering.rewrite(&facts.bodies).map_err(|error| anyhow!("the engine's code: {error}"))?;
    let mut interrupted = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        match &payload {
            Payload::FunctionSection(_) => interrupted.section(&functions(&facts)?),
            Payload::GlobalSection(section) => interrupted.section(&globals(section)?),
            // By the proposal the hints come before the code.
            Payload::CodeSectionStart { .. } => {
                interrupted.section(&hints(&metering)).section(&code(&bodies))
            }
            other => {
                let Some((id, range)) = other.as_section() else { continue };
                let data = &module[range.start as usize..range.end as usize];
                interrupted.section(&RawSection { id, data })
            }
        };
    }
    Ok(interrupted.finish())
}

/// The functions' types, with those of `renew`, `charge_bytes` and `charge_rounds`.
fn functions(facts: &Facts<'_>) -> Result<FunctionSection> {
    let mut section = FunctionSection::new();
    for type_index in facts.defined_types() {
        section.function(*type_index);
    }
    let [procedure, of_number] = [facts.type_of(&[])?, facts.type_of(&[wasmparser::ValType::I32])?];
    section.function(procedure).function(of_number).function(procedure);
    Ok(section)
}

/// The globals, with the budget.
fn globals(section: &wasmparser::GlobalSectionReader<'_>) -> Result<GlobalSection> {
    let mut globals = GlobalSection::new();
    RoundtripReencoder
        .parse_global_section(&mut globals, section.clone())
        .map_err(|error| anyhow!("the engine's globals: {error}"))?;
    let budget = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
    globals.global(budget, &ConstExpr::i32_const(BUDGET));
    Ok(globals)
}

fn hints(metering: &Metering) -> BranchHints {
    let mut hints = BranchHints::new();
    for (function, hinted) in &metering.hints {
        hints.function_hints(*function, hinted.iter().copied());
    }
    hints
}

fn code(bodies: &[Function]) -> CodeSection {
    let mut code = CodeSection::new();
    for body in bodies {
        code.function(body);
    }
    code
}
