//! The functions, memories, tables and globals that JavaScript knows, by number.

use std::collections::HashMap;

use wasmtime::{Extern, Func, Global, Memory, StoreContextMut, Table};

use super::coroutines::State;

/// Most objects of one kind in an isolate: they are beside its memory, and never let go.
const OBJECTS_MAX: usize = 1_000_000;

/// Everything that has a number. Numbers are never used again: an isolate makes few of these.
#[derive(Default)]
pub struct Objects {
    functions: Vec<Func>,
    /// Equal functions have equal addresses, and so one number.
    function_numbers: HashMap<usize, u32>,
    memories: Vec<KnownMemory>,
    tables: Vec<Table>,
    globals: Vec<Global>,
}

/// A memory and where it begins.
struct KnownMemory {
    memory: Memory,
    address: usize,
}

impl Objects {
    /// The number of `function`, whose address is `address`.
    ///
    /// # Errors
    ///
    /// When an isolate has too many; so do the others.
    pub fn add_function(&mut self, function: Func, address: usize) -> wasmtime::Result<u32> {
        if let Some(number) = self.function_numbers.get(&address) {
            return Ok(*number);
        }
        let number = push(&mut self.functions, function)?;
        self.function_numbers.insert(address, number);
        Ok(number)
    }

    /// The number of `memory`, which begins at `address` of this process.
    pub fn add_memory(&mut self, memory: Memory, address: usize) -> wasmtime::Result<u32> {
        if let Some(number) = self.memories.iter().position(|known| known.address == address) {
            return Ok(number as u32);
        }
        push(&mut self.memories, KnownMemory { memory, address })
    }

    /// The number of `table`.
    pub fn add_table(&mut self, table: Table) -> wasmtime::Result<u32> {
        push(&mut self.tables, table)
    }

    /// The number of `global`.
    pub fn add_global(&mut self, global: Global) -> wasmtime::Result<u32> {
        push(&mut self.globals, global)
    }

    /// The function with this number.
    ///
    /// # Errors
    ///
    /// When there is none; so do the others.
    pub fn function(&self, number: u32) -> wasmtime::Result<Func> {
        find(&self.functions, number).copied()
    }

    /// The memory with this number.
    pub fn memory(&self, number: u32) -> wasmtime::Result<Memory> {
        find(&self.memories, number).map(|known| known.memory)
    }

    /// The table with this number.
    pub fn table(&self, number: u32) -> wasmtime::Result<Table> {
        find(&self.tables, number).copied()
    }

    /// The global with this number.
    pub fn global(&self, number: u32) -> wasmtime::Result<Global> {
        find(&self.globals, number).copied()
    }

    /// The object of `kind` with this number, as an import.
    pub fn import(&self, kind: ImportKind, number: u32) -> wasmtime::Result<Extern> {
        Ok(match kind {
            ImportKind::Function => self.function(number)?.into(),
            ImportKind::Memory => self.memory(number)?.into(),
            ImportKind::Table => self.table(number)?.into(),
            ImportKind::Global => self.global(number)?.into(),
        })
    }
}

/// What an import can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportKind {
    /// A function.
    Function,
    /// A memory.
    Memory,
    /// A table.
    Table,
    /// A global.
    Global,
}

fn push<T>(list: &mut Vec<T>, item: T) -> wasmtime::Result<u32> {
    if list.len() == OBJECTS_MAX {
        wasmtime::bail!("more than {OBJECTS_MAX} WebAssembly objects of one kind");
    }
    list.push(item);
    Ok((list.len() - 1) as u32)
}

fn find<T>(list: &[T], number: u32) -> wasmtime::Result<&T> {
    list.get(number as usize).ok_or_else(|| wasmtime::format_err!("nothing has the number {number}"))
}

/// The number of something that an instance exports.
///
/// # Errors
///
/// When it is of a kind that JavaScript has no object for.
pub fn number_of_export(store: &mut StoreContextMut<'_, State>, export: Extern) -> wasmtime::Result<u32> {
    match export {
        Extern::Func(function) => {
            let address = function.to_raw(&mut *store) as usize;
            store.data_mut().objects.add_function(function, address)
        }
        Extern::Memory(memory) => {
            let address = memory.data_ptr(&*store) as usize;
            store.data_mut().objects.add_memory(memory, address)
        }
        Extern::Table(table) => store.data_mut().objects.add_table(table),
        Extern::Global(global) => store.data_mut().objects.add_global(global),
        Extern::SharedMemory(_) | Extern::Tag(_) => {
            wasmtime::bail!("exports of shared memories and of exception tags are not emulated by qemu-dev")
        }
    }
}
