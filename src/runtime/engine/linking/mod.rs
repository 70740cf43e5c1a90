//! Links the engine's libraries into one module.
//!
//! The libraries are made to be joined when a program starts: memory, table, stack pointer and each other's functions
//! are imports, and addresses are relative to bases that are imports too. As one module that has all of these itself,
//! with addresses that are numbers, the same code runs faster.
//!
//! Source: "WebAssembly Dynamic Linking" of the tool conventions.

mod layout;
mod library;
mod sections;
#[cfg(test)]
mod tests;

use anyhow::Result;
use wasm_encoder::{
    ConstExpr, CustomSection, DataCountSection, Elements, EntityType, ExportKind, ExportSection, Function,
    GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType, Module, RefType, TableSection,
    TableType, ValType,
};
use wasmparser::{Parser, Payload};

use layout::Layout;
use library::Library;
use sections::Sections;

/// Where libraries find the memory, the table, the bases and each other's functions.
const ENVIRONMENT: &str = "env";
const MEMORY: &str = "memory";
const MEMORY_BASE: &str = "__memory_base";
const TABLE_BASE: &str = "__table_base";
const STACK_POINTER: &str = "__stack_pointer";
/// Where they find addresses of functions, and of data.
const FUNCTION_ADDRESSES: &str = "GOT.func";
const DATA_ADDRESSES: &str = "GOT.mem";
const HEAP_BASE: &str = "__heap_base";
const HEAP_END: &str = "__heap_end";
/// Calls that a library wants to be made before any other, in this order.
const BEGINNINGS: [&str; 3] = ["__wasm_apply_data_relocs", "__wasm_call_ctors", INITIALIZE];
/// What the module wants to be called before any other.
const INITIALIZE: &str = "_initialize";
/// How the host reserves memory. Libraries import it from each other, and the module exports it.
const REALLOC: &str = "cabi_realloc";
/// What the sections that say a component's type are called, to begin with.
const COMPONENT_TYPE: &str = "component-type";

const PAGE_BYTES: u32 = 65_536;
/// The stack pointer is the module's only global.
const STACK_POINTER_INDEX: u32 = 0;

/// The module that the libraries are together. Its stack, of `stack_bytes`, lies below its data. Of two functions
/// that are exported by the same name the first library's counts.
///
/// # Errors
///
/// When a library needs what no other has, or has globals that are no addresses.
pub fn link(libraries: &[&[u8]], stack_bytes: u32) -> Result<Vec<u8>> {
    let libraries = libraries.iter().map(|bytes| Library::read(bytes)).collect::<Result<Vec<_>>>()?;
    let mut layout = Layout::new(&libraries, stack_bytes)?;
    let mut sections = Sections::default();
    for (place, library) in layout.places.iter_mut().zip(&libraries) {
        sections.add(place, library)?;
    }
    sections.add_beginning(&beginning(&layout, &libraries));
    let first_addressed = layout.table_elements - u32::try_from(layout.addressed.len())?;
    let offset = ConstExpr::i32_const(i32::try_from(first_addressed)?);
    sections.elements.active(None, &offset, Elements::Functions(layout.addressed.as_slice().into()));
    let mut module = Module::new();
    module.section(&sections.types).section(&imports(&layout)).section(&sections.functions);
    module.section(&table(&layout)).section(&memory(&layout)).section(&stack_pointer(stack_bytes)?);
    module.section(&exports(&layout, &libraries)).section(&sections.elements);
    module.section(&DataCountSection { count: sections.data.len() });
    module.section(&sections.code).section(&sections.data);
    for library in &libraries {
        copy_component_types(library, &mut module)?;
    }
    Ok(module.finish())
}

/// What is to be called when the module and all that it imports has been instantiated.
fn beginning(layout: &Layout<'_>, libraries: &[Library<'_>]) -> Function {
    let placed = || layout.places.iter().zip(libraries);
    let starts = placed().filter_map(|(place, library)| Some((place, library.start?)));
    let exported = BEGINNINGS.iter().flat_map(|name| {
        placed().filter_map(move |(place, library)| Some((place, library.exported_function(name)?)))
    });
    let mut function = Function::new([]);
    for (place, index) in starts.chain(exported) {
        function.instructions().call(place.functions[index as usize]);
    }
    function.instructions().end();
    function
}

fn imports(layout: &Layout<'_>) -> ImportSection {
    let mut section = ImportSection::new();
    for (library, import) in &layout.imports {
        let type_index = layout.places[*library].type_base + import.type_index;
        section.import(import.module, import.name, EntityType::Function(type_index));
    }
    section
}

fn table(layout: &Layout<'_>) -> TableSection {
    let elements = u64::from(layout.table_elements);
    let mut section = TableSection::new();
    section.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: elements,
        maximum: Some(elements),
        shared: false,
    });
    section
}

fn memory(layout: &Layout<'_>) -> MemorySection {
    let mut section = MemorySection::new();
    section.memory(MemoryType {
        minimum: layout.pages.into(),
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    section
}

fn stack_pointer(stack_bytes: u32) -> Result<GlobalSection> {
    let mut section = GlobalSection::new();
    let global_type = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
    section.global(global_type, &ConstExpr::i32_const(i32::try_from(stack_bytes)?));
    Ok(section)
}

/// The memory, the beginning, and the functions that are not for other libraries.
fn exports(layout: &Layout<'_>, libraries: &[Library<'_>]) -> ExportSection {
    let mut section = ExportSection::new();
    section.export(MEMORY, ExportKind::Memory, 0);
    section.export(INITIALIZE, ExportKind::Func, layout.functions);
    let mut exported = Vec::new();
    for (place, library) in layout.places.iter().zip(libraries) {
        for (name, index) in &library.exported_functions {
            let is_for_others =
                *name != REALLOC && libraries.iter().any(|other| other.imports_function(name));
            if !is_for_others && !BEGINNINGS.contains(name) && !exported.contains(name) {
                exported.push(*name);
                section.export(name, ExportKind::Func, place.functions[*index as usize]);
            }
        }
    }
    section
}

fn copy_component_types(library: &Library<'_>, module: &mut Module) -> Result<()> {
    for payload in Parser::new(0).parse_all(library.bytes) {
        if let Payload::CustomSection(section) = payload?
            && section.name().starts_with(COMPONENT_TYPE)
        {
            module.section(&CustomSection { name: section.name().into(), data: section.data().into() });
        }
    }
    Ok(())
}
