//! Shows the host all of a session's engine's memory.
//!
//! A component's memory is its own: a host sees what it is called with. What the host reads by itself (see
//! `runtime::heap`) lies anywhere, so the calls of that interface are made with all of memory as their first
//! argument, a list of bytes, whatever JavaScript calls with. Nothing is copied.

use std::convert::Infallible;

use anyhow::{Result, anyhow};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, Function, FunctionSection, ImportSection, Instruction, Module, TypeSection};
use wasmparser::{Operator, Parser, TypeRef};

/// A page of memory has 2 to the power of so many bytes.
const PAGE_BYTES_LOG2: i32 = 16;
/// A list is its address and its length.
const LIST_PARAMETERS: u32 = 2;

/// The bindings, with calls of this `interface` with all of memory.
///
/// # Errors
///
/// When they are none that wit-dylib made.
pub fn show(bindings: &[u8], interface: &str) -> Result<Vec<u8>> {
    let mut module = Module::new();
    let mut showing = Showing { interface, ..Showing::default() };
    showing
        .parse_core_module(&mut module, Parser::new(0), bindings)
        .map_err(|error| anyhow!("the bindings cannot be shown the memory: {error}"))?;
    Ok(module.finish())
}

#[derive(Default)]
struct Showing<'a> {
    interface: &'a str,
    /// How many parameters functions of each type have.
    parameters: Vec<u32>,
    imported_functions: u32,
    /// The interface's functions.
    imports: Vec<Imported>,
    /// The first function that calls one of them with all of memory.
    first_added: u32,
}

struct Imported {
    index: u32,
    type_index: u32,
}

impl Showing<'_> {
    /// The function that is called for this one.
    fn instead_of(&self, function: u32) -> u32 {
        let position = self.imports.iter().position(|import| import.index == function);
        position.map_or(function, |position| self.first_added + position as u32)
    }

    fn call(&self, import: &Imported) -> Function {
        let mut function = Function::new([]);
        let mut instructions = function.instructions();
        instructions.i32_const(0).memory_size(0).i32_const(PAGE_BYTES_LOG2).i32_shl();
        for parameter in LIST_PARAMETERS..self.parameters[import.type_index as usize] {
            instructions.local_get(parameter);
        }
        instructions.call(import.index).end();
        function
    }
}

impl Reencode for Showing<'_> {
    type Error = Infallible;

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        for function_type in section.clone().into_iter_err_on_gc_types() {
            self.parameters.push(function_type?.params().len() as u32);
        }
        utils::parse_type_section(self, types, section)
    }

    fn parse_imports(
        &mut self,
        section: &mut ImportSection,
        imports: wasmparser::Imports<'_>,
    ) -> Result<(), Error<Infallible>> {
        if let wasmparser::Imports::Single(_, import) = &imports
            && let TypeRef::Func(type_index) = import.ty
        {
            if import.module == self.interface {
                self.imports.push(Imported { index: self.imported_functions, type_index });
            }
            self.imported_functions += 1;
        }
        utils::parse_imports(self, section, imports)
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        utils::parse_function_section(self, functions, section)?;
        self.first_added = self.imported_functions + functions.len();
        for import in &self.imports {
            functions.function(import.type_index);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        utils::parse_code_section(self, code, section)?;
        for import in &self.imports {
            code.function(&self.call(import));
        }
        Ok(())
    }

    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Result<Instruction<'a>, Error<Infallible>> {
        match operator {
            Operator::Call { function_index } => Ok(Instruction::Call(self.instead_of(function_index))),
            operator => utils::instruction(self, operator),
        }
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::{Engine, Instance, Linker, Store};

    use super::*;

    #[test]
    fn only_calls_of_the_interface_are_made_with_all_of_memory() {
        let bindings = wat::parse_str(
            r#"(module
                (import "other" "take" (func $other (param i32 i32) (result i32)))
                (import "heap" "take" (func $take (param i32 i32 i32) (result i32)))
                (memory 3)
                (func (export "other") (result i32) (call $other (i32.const 7) (i32.const 5)))
                (func (export "take") (result i32) (call $take (i32.const 7) (i32.const 5) (i32.const 11))))"#,
        );
        let module = show(&bindings.expect("a module"), "heap").expect("shown");
        let engine = Engine::default();
        let mut linker = Linker::new(&engine);
        let sum = |address: i32, length: i32| address * 1000 + length;
        linker.func_wrap("other", "take", sum).expect("defined");
        let with_third = move |address: i32, length: i32, third: i32| sum(address, length) + third;
        linker.func_wrap("heap", "take", with_third).expect("defined");
        let mut store = Store::new(&engine, ());
        let module = wasmtime::Module::new(&engine, module).expect("valid");
        let instance: Instance = linker.instantiate(&mut store, &module).expect("instantiated");
        let mut call = |name| {
            let function = instance.get_typed_func::<(), i32>(&mut store, name).expect("exported");
            function.call(&mut store, ()).expect("answers")
        };
        assert_eq!(call("other"), 7005);
        assert_eq!(call("take"), 3 * 65_536 + 11);
    }
}
