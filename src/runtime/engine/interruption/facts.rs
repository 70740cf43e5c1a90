//! What is known of the engine's module before it is changed.

use anyhow::{Context, Result, ensure};
use wasmparser::{FuncType, FunctionBody, Operator, Parser, Payload, TypeRef, ValType};

use super::Import;
use super::code::{Body, Indices};

/// Jumps and calls of JavaScript between two looks of the interpreter.
pub(super) const INTERPRETER_COUNT: i32 = 10_000;
/// No other function that looks chooses between so many ways: these are the instructions of the interpreter.
pub(super) const INTERPRETER_WAYS: u32 = 200;

/// A module that was read once.
#[derive(Default)]
pub(super) struct Facts<'a> {
    types: Vec<FuncType>,
    /// The type of each function, imports first.
    function_types: Vec<u32>,
    imported_functions: u32,
    globals: u32,
    look: Option<u32>,
    pub bodies: Vec<Body<'a>>,
}

impl<'a> Facts<'a> {
    pub fn read(module: &'a [u8], look: Import<'_>) -> Result<Self> {
        let mut facts = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            facts.read_section(payload?, look)?;
        }
        Ok(facts)
    }

    fn read_section(&mut self, payload: Payload<'a>, look: Import<'_>) -> Result<()> {
        match payload {
            Payload::TypeSection(types) => {
                self.types = types.into_iter_err_on_gc_types().collect::<Result<_, _>>()?;
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    let TypeRef::Func(type_index) = import.ty else { continue };
                    if (import.module, import.name) == (look.module, look.name) {
                        self.look = Some(self.imported_functions);
                    }
                    self.function_types.push(type_index);
                    self.imported_functions += 1;
                }
            }
            Payload::FunctionSection(functions) => {
                for type_index in functions {
                    self.function_types.push(type_index?);
                }
            }
            Payload::GlobalSection(globals) => self.globals = globals.count(),
            Payload::CodeSectionEntry(code) => {
                let index = self.imported_functions as usize + self.bodies.len();
                let function_type = &self.types[self.function_types[index] as usize];
                let parameters = u32::try_from(function_type.params().len())?;
                self.bodies.push(Body { code, parameters });
            }
            _ => {}
        }
        Ok(())
    }

    /// The types of the functions that the module defines.
    pub fn defined_types(&self) -> &[u32] {
        &self.function_types[self.imported_functions as usize..]
    }

    /// The type of functions of a number with such a result, or of none with none.
    pub fn type_of(&self, parameters_and_results: &[ValType]) -> Result<u32> {
        let is_it = |function_type: &FuncType| {
            function_type.params() == parameters_and_results
                && function_type.results() == parameters_and_results
        };
        let index =
            self.types.iter().position(is_it).context("the engine has no function of a usual type")?;
        Ok(u32::try_from(index)?)
    }

    /// Where everything is, and where what is added comes.
    pub fn indices(&self, look: Import<'_>) -> Result<Indices> {
        let missing = || format!("the engine does not import {} of {}", look.name, look.module);
        let look = self.look.with_context(missing)?;
        let poll = self.only("look for interruption", |code| Ok(begins_a_count(code)?))?;
        let interpreter = self.only("interpret JavaScript", |code| interprets(code, poll))?;
        let renew = u32::try_from(self.function_types.len())?;
        Ok(Indices {
            imported_functions: self.imported_functions,
            look,
            poll,
            interpreter,
            renew,
            charge_bytes: renew + 1,
            charge_rounds: renew + 2,
            budget: self.globals,
        })
    }

    /// The one function that `is_it`.
    fn only(&self, what: &str, is_it: impl Fn(&FunctionBody<'_>) -> Result<bool>) -> Result<u32> {
        let mut found = Vec::new();
        for (index, body) in (self.imported_functions..).zip(&self.bodies) {
            if is_it(&body.code)? {
                found.push(index);
            }
        }
        ensure!(
            found.len() == 1,
            "{} functions of the engine {what}, not one: is it another version?",
            found.len()
        );
        Ok(found[0])
    }
}

/// Whether a function begins with setting the interpreter's count.
fn begins_a_count(code: &FunctionBody<'_>) -> wasmparser::Result<bool> {
    let mut operators = code.get_operators_reader()?;
    let mut next = || if operators.eof() { Ok(Operator::Nop) } else { operators.read() };
    Ok(matches!(next()?, Operator::LocalGet { local_index: 0 })
        && matches!(next()?, Operator::I32Const { value: INTERPRETER_COUNT })
        && matches!(next()?, Operator::I32Store { .. }))
}

/// Whether a function chooses between the instructions of JavaScript and looks for interruption.
fn interprets(code: &FunctionBody<'_>, poll: u32) -> Result<bool> {
    let (mut chooses, mut looks) = (false, false);
    for operator in code.get_operators_reader()? {
        match operator? {
            Operator::BrTable { targets } => chooses |= targets.len() >= INTERPRETER_WAYS,
            Operator::Call { function_index } => looks |= function_index == poll,
            _ => {}
        }
    }
    Ok(chooses && looks)
}
