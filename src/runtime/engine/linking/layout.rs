//! Where the libraries lie in the module: their addresses and indices.

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};
use wasmparser::{ConstExpr, Operator};

use super::library::{ImportedFunction, Library};
use super::{
    DATA_ADDRESSES, ENVIRONMENT, FUNCTION_ADDRESSES, HEAP_BASE, HEAP_END, MEMORY_BASE, PAGE_BYTES,
    STACK_POINTER, TABLE_BASE,
};

const HEAP_ALIGNMENT: u32 = 16;
/// The first place of the table stays empty, so that no function's address is 0.
const TABLE_START: u32 = 1;

/// The module's memory, table and functions.
pub(super) struct Layout<'a> {
    /// One for each library.
    pub places: Vec<Place>,
    /// What no library has: the module's imports, each with the library that its type is of.
    pub imports: Vec<(usize, ImportedFunction<'a>)>,
    /// Functions that libraries want the addresses of: they fill the end of the table.
    pub addressed: Vec<u32>,
    /// How many functions there are, with the imports.
    pub functions: u32,
    pub pages: u32,
    pub table_elements: u32,
}

/// What a library's addresses and indices become.
#[derive(Default)]
pub(super) struct Place {
    memory_base: u32,
    table_base: u32,
    pub type_base: u32,
    pub element_base: u32,
    pub data_base: u32,
    /// The module's index of each function, the library's imports first.
    pub functions: Vec<u32>,
    /// What each global is, the library's imports first.
    pub globals: Vec<GlobalValue>,
}

/// A global of a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GlobalValue {
    StackPointer,
    Address(i32),
}

impl<'a> Layout<'a> {
    pub fn new(libraries: &[Library<'a>], stack_bytes: u32) -> Result<Self> {
        let mut memory_end = stack_bytes;
        let mut table_elements = TABLE_START;
        let (mut types, mut element_segments, mut data_segments) = (0, 0, 0);
        let mut places = Vec::new();
        for library in libraries {
            let memory_base = memory_end.next_multiple_of(library.data_alignment);
            places.push(Place {
                memory_base,
                table_base: table_elements,
                type_base: types,
                element_base: element_segments,
                data_base: data_segments,
                ..Place::default()
            });
            memory_end = memory_base + library.data_bytes;
            table_elements += library.table_elements;
            types += library.types;
            element_segments += library.element_segments;
            data_segments += library.data_segments;
        }
        let heap_base = memory_end.next_multiple_of(HEAP_ALIGNMENT);
        let pages = heap_base.div_ceil(PAGE_BYTES);
        let (imports, addressed) = (Vec::new(), Vec::new());
        let mut layout = Self { places, imports, addressed, functions: 0, pages, table_elements };
        layout.place_functions(libraries)?;
        layout.place_globals(libraries, heap_base)?;
        Ok(layout)
    }

    /// Imports come first, then each library's functions.
    fn place_functions(&mut self, libraries: &[Library<'a>]) -> Result<()> {
        let imported = self.place_imports(libraries)?;
        let mut first_functions = Vec::new();
        self.functions = u32::try_from(self.imports.len())?;
        for library in libraries {
            first_functions.push(self.functions);
            self.functions += library.functions;
        }
        for (index, library) in libraries.iter().enumerate() {
            let functions = &mut self.places[index].functions;
            for import in &library.imported_functions {
                functions.push(match exporter(libraries, import) {
                    None => imported[&(import.module, import.name)],
                    Some((exporter, function)) => {
                        let imports = u32::try_from(libraries[exporter].imported_functions.len())?;
                        let own = function.checked_sub(imports);
                        let own =
                            own.with_context(|| format!("{} is imported by who exports it", import.name))?;
                        first_functions[exporter] + own
                    }
                });
            }
            functions.extend(first_functions[index]..first_functions[index] + library.functions);
        }
        Ok(())
    }

    /// The index of each import by its module and name.
    fn place_imports(&mut self, libraries: &[Library<'a>]) -> Result<HashMap<(&'a str, &'a str), u32>> {
        let mut indices = HashMap::new();
        for (index, library) in libraries.iter().enumerate() {
            for import in &library.imported_functions {
                let name = (import.module, import.name);
                if exporter(libraries, import).is_none() && !indices.contains_key(&name) {
                    ensure!(import.module != ENVIRONMENT, "no library has the function {}", import.name);
                    indices.insert(name, u32::try_from(self.imports.len())?);
                    self.imports.push((index, *import));
                }
            }
        }
        Ok(indices)
    }

    fn place_globals(&mut self, libraries: &[Library<'a>], heap_base: u32) -> Result<()> {
        for (index, library) in libraries.iter().enumerate() {
            let mut globals = Vec::new();
            for (module, name) in &library.imported_globals {
                globals.push(match (*module, *name) {
                    (ENVIRONMENT, STACK_POINTER) => GlobalValue::StackPointer,
                    (ENVIRONMENT, MEMORY_BASE) => address(self.places[index].memory_base)?,
                    (ENVIRONMENT, TABLE_BASE) => address(self.places[index].table_base)?,
                    (DATA_ADDRESSES, HEAP_BASE) => address(heap_base)?,
                    (DATA_ADDRESSES, HEAP_END) => address(self.pages * PAGE_BYTES)?,
                    (FUNCTION_ADDRESSES, function) => address(self.address_function(libraries, function)?)?,
                    _ => bail!("no library has the global {name} of {module}"),
                });
            }
            for global in &library.globals {
                globals.push(evaluate(&global.init_expr, &globals)?);
            }
            self.places[index].globals = globals;
        }
        Ok(())
    }

    /// The address of a function: another place of the table.
    fn address_function(&mut self, libraries: &[Library<'a>], name: &str) -> Result<u32> {
        let mut places = self.places.iter().zip(libraries);
        let function = places
            .find_map(|(place, library)| Some(place.functions[library.exported_function(name)? as usize]))
            .with_context(|| format!("no library has the function {name}"))?;
        self.addressed.push(function);
        self.table_elements += 1;
        Ok(self.table_elements - 1)
    }
}

/// The first library that exports what another imports, and its own index of it.
fn exporter(libraries: &[Library<'_>], import: &ImportedFunction<'_>) -> Option<(usize, u32)> {
    if import.module != ENVIRONMENT {
        return None;
    }
    let mut libraries = libraries.iter().enumerate();
    libraries.find_map(|(index, library)| Some((index, library.exported_function(import.name)?)))
}

fn address(number: u32) -> Result<GlobalValue> {
    Ok(GlobalValue::Address(i32::try_from(number)?))
}

/// What a global is that is made from those before it.
fn evaluate(expression: &ConstExpr<'_>, globals: &[GlobalValue]) -> Result<GlobalValue> {
    let mut stack = Vec::new();
    for operator in expression.get_operators_reader() {
        match operator? {
            Operator::I32Const { value } => stack.push(value),
            Operator::GlobalGet { global_index } => match globals.get(global_index as usize) {
                Some(GlobalValue::Address(address)) => stack.push(*address),
                _ => bail!("a library has a global that is made from none before it"),
            },
            Operator::I32Add => {
                let (right, left) = (stack.pop().unwrap_or_default(), stack.pop().unwrap_or_default());
                stack.push(left.wrapping_add(right));
            }
            Operator::End => {}
            other => bail!("a library has a global that is no address: {other:?}"),
        }
    }
    stack.pop().map(GlobalValue::Address).context("a library has a global without a value")
}
