//! Copies the sections of libraries with the indices and addresses of the module.

use anyhow::{Result, anyhow};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, DataSection, ElementSection, Function, FunctionSection, Instruction, TypeSection,
};
use wasmparser::{Operator, Parser, Payload};

use super::STACK_POINTER_INDEX;
use super::layout::{GlobalValue, Place};
use super::library::Library;

type Error = reencode::Error<anyhow::Error>;

/// What the libraries' sections are together.
#[derive(Default)]
pub(super) struct Sections {
    pub types: TypeSection,
    pub functions: FunctionSection,
    pub elements: ElementSection,
    pub code: CodeSection,
    pub data: DataSection,
}

impl Sections {
    pub fn add(&mut self, place: &mut Place, library: &Library<'_>) -> Result<()> {
        self.copy(place, library).map_err(|error| anyhow!("a library cannot be linked: {error}"))
    }

    fn copy(&mut self, place: &mut Place, library: &Library<'_>) -> Result<(), Error> {
        for payload in Parser::new(0).parse_all(library.bytes) {
            match payload? {
                Payload::TypeSection(section) => place.parse_type_section(&mut self.types, section)?,
                Payload::FunctionSection(section) => {
                    place.parse_function_section(&mut self.functions, section)?;
                }
                Payload::ElementSection(section) => {
                    place.parse_element_section(&mut self.elements, section)?;
                }
                Payload::CodeSectionEntry(body) => place.parse_function_body(&mut self.code, body)?,
                Payload::DataSection(section) => place.parse_data_section(&mut self.data, section)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Adds the last function, without parameters and results.
    pub fn add_beginning(&mut self, function: &Function) {
        self.functions.function(self.types.len());
        self.types.ty().function([], []);
        self.code.function(function);
    }
}

impl Reencode for Place {
    type Error = anyhow::Error;

    fn type_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.type_base + index)
    }

    fn function_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.functions[index as usize])
    }

    fn element_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.element_base + index)
    }

    fn data_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.data_base + index)
    }

    fn global_index(&mut self, index: u32) -> Result<u32, Error> {
        match self.globals[index as usize] {
            GlobalValue::StackPointer => Ok(STACK_POINTER_INDEX),
            GlobalValue::Address(_) => Err(Error::UserError(anyhow!("it changes an address"))),
        }
    }

    /// An address is read as a number.
    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Result<Instruction<'a>, Error> {
        if let Operator::GlobalGet { global_index } = operator
            && let GlobalValue::Address(address) = self.globals[global_index as usize]
        {
            return Ok(Instruction::I32Const(address));
        }
        reencode::utils::instruction(self, operator)
    }
}
