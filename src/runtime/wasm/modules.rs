//! What the host's functions ask of an isolate's modules.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime::{FuncType, StoreContextMut, ValType};
use wasmtime::{Global, GlobalType, Memory, MemoryType, Module, Mutability, RefType, Table, TableType};

use super::compiler::Compiler;
use super::copy::{Copy, Page};
use super::coroutines::{self, Coroutines, State};
use super::description;
use super::mailbox::{Failure, Request, Step};
use super::objects::number_of_export;
use super::values;
use crate::runtime::limits::MemoryUsage;
use crate::workers::WasmModule;

/// The modules that one Worker imports, and the instances its isolate makes of them.
pub struct Modules {
    compiler: Compiler,
    modules: BTreeMap<String, Imported>,
    coroutines: Option<Coroutines>,
    /// Of the memories whose buffers JavaScript holds, by the memories' numbers.
    copies: BTreeMap<u32, Copy>,
    usage: MemoryUsage,
    cpu_ms: u64,
}

/// A module that the Worker imports.
struct Imported {
    bytes: Arc<[u8]>,
    /// The machine code, or why there is none.
    compiled: Result<Module, String>,
}

impl Modules {
    /// Compiles `modules`, which takes a while for large ones that are new.
    pub fn new(compiler: &Compiler, modules: &[WasmModule], usage: MemoryUsage, cpu_ms: u64) -> Self {
        let compiled = modules.iter().map(|module| {
            let imported = Imported { bytes: module.bytes.clone(), compiled: compiler.compile(module) };
            (module.name.clone(), imported)
        });
        Self {
            compiler: compiler.clone(),
            modules: compiled.collect(),
            coroutines: None,
            copies: BTreeMap::new(),
            usage,
            cpu_ms,
        }
    }

    /// What the module called `name` imports and exports, as JSON.
    ///
    /// # Errors
    ///
    /// When it could not be compiled; the text says why.
    pub fn describe(&self, name: &str) -> Result<String, String> {
        self.module(name).map(description::describe)
    }

    /// The contents of the custom sections called `section`.
    pub fn custom_sections(&self, module: &str, section: &str) -> Vec<Vec<u8>> {
        let bytes = self.modules.get(module).map_or(&[][..], |imported| &imported.bytes);
        wasmparser::Parser::new(0)
            .parse_all(bytes)
            .filter_map(|payload| match payload {
                Ok(wasmparser::Payload::CustomSection(custom)) if custom.name() == section => {
                    Some(custom.data().to_vec())
                }
                _ => None,
            })
            .collect()
    }

    /// Whether `bytes` are a module.
    pub fn validates(&self, bytes: &[u8]) -> bool {
        self.compiler.validates(bytes)
    }

    /// Instantiates a module with the objects of these numbers as its imports. It finishes with the numbers
    /// of its exports.
    pub fn instantiate(&mut self, module: &str, imports: &[u8]) -> Step {
        let module = match self.module(module) {
            Ok(module) => module.clone(),
            Err(message) => return Step::Failed(Failure { kind: "TypeError", message }),
        };
        let slots = imports.chunks_exact(values::SLOT_BYTES);
        let imports = slots.map(|slot| u32::from_le_bytes([slot[0], slot[1], slot[2], slot[3]])).collect();
        self.run(Request::Instantiate { module, imports })
    }

    /// Calls the function with this number.
    pub fn call(&mut self, function: u32, arguments: Vec<u8>) -> Step {
        self.run(Request::Call { function, arguments })
    }

    /// Goes on with a module whose import has returned.
    pub fn resume(&mut self, results: Vec<u8>) -> Step {
        self.run(Request::Resume(results))
    }

    /// Goes on with a module whose import has thrown.
    pub fn throw(&mut self) -> Step {
        self.run(Request::Throw)
    }

    /// A function of JavaScript for modules to import, of the type that `signature` describes.
    ///
    /// # Errors
    ///
    /// When JavaScript cannot have such a function, or there are too many.
    pub fn create_import(&mut self, signature: &str) -> Result<u32, Failure> {
        let (parameters, results) = signature.split_once(':').unwrap_or((signature, ""));
        let parameters = types(parameters)?;
        let results = types(results)?;
        let mailbox = self.coroutines()?.mailbox();
        self.access(move |store| {
            let ty = FuncType::new(store.engine(), parameters, results);
            coroutines::import(store, ty, mailbox)
        })
    }

    /// The signature of the function with this number.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn function_type(&mut self, function: u32) -> Result<String, Failure> {
        self.access(move |store| {
            let function = store.data().objects.function(function)?;
            Ok(description::signature(&function.ty(&*store)))
        })
    }

    /// A new memory; sizes in pages of 64 KiB.
    ///
    /// # Errors
    ///
    /// When it does not fit the isolate, or the sizes are none.
    pub fn create_memory(&mut self, initial: u32, maximum: Option<u32>) -> Result<u32, Failure> {
        self.access(move |store| {
            let memory = Memory::new(&mut *store, MemoryType::new(initial, maximum))?;
            number_of_export(store, memory.into())
        })
    }

    /// The size of a memory in bytes.
    ///
    /// # Errors
    ///
    /// When there is none; so do the others.
    pub fn memory_size(&mut self, memory: u32) -> Result<usize, Failure> {
        self.access(move |store| {
            let memory = store.data().objects.memory(memory)?;
            Ok(memory.data_size(&*store))
        })
    }

    /// Grows a memory by so many pages; answers with how many it had, or `None` when it may not grow so far.
    pub fn grow_memory(&mut self, memory: u32, pages: u32) -> Result<Option<u32>, Failure> {
        self.access(move |store| {
            let memory = store.data().objects.memory(memory)?;
            Ok(memory.grow(&mut *store, u64::from(pages)).ok().map(|before| before as u32))
        })
    }

    /// All of a memory, of which JavaScript has a copy from now on.
    pub fn copy_memory(&mut self, memory: u32) -> Result<Vec<u8>, Failure> {
        let (copy, bytes) = self.access(move |store| {
            let bytes = store.data().objects.memory(memory)?.data(&*store);
            Ok((Copy::of(bytes), bytes.to_vec()))
        })?;
        self.copies.insert(memory, copy);
        self.count_copies();
        Ok(bytes)
    }

    /// Carries what JavaScript's copy holds into the memory, before a module runs.
    pub fn write_memory(&mut self, memory: u32, bytes: &[u8]) -> Result<(), Failure> {
        let pages = self.copies.get_mut(&memory).map_or_else(Vec::new, |copy| copy.carry_in(bytes));
        if pages.is_empty() {
            return Ok(());
        }
        self.access(move |store| {
            let memory = store.data().objects.memory(memory)?;
            pages.iter().try_for_each(|page| Ok(memory.write(&mut *store, page.offset, &page.bytes)?))
        })
    }

    /// What modules changed in a memory that JavaScript has a copy of; `None` when the memory has grown, and
    /// the copy with it ended.
    pub fn memory_changes(&mut self, memory: u32) -> Result<Option<Vec<Page>>, Failure> {
        let Some(mut copy) = self.copies.remove(&memory) else { return Ok(None) };
        let (copy, changes) = self.access(move |store| {
            let changes = copy.carry_out(store.data().objects.memory(memory)?.data(&*store));
            Ok((copy, changes))
        })?;
        if changes.is_some() {
            self.copies.insert(memory, copy);
        } else {
            self.count_copies();
        }
        Ok(changes)
    }

    /// JavaScript has let go of its copy.
    pub fn forget_copy(&mut self, memory: u32) {
        self.copies.remove(&memory);
        self.count_copies();
    }

    /// A new table of the type that `letter` stands for, filled with the reference `init`.
    pub fn create_table(
        &mut self,
        letter: &str,
        initial: u32,
        maximum: Option<u32>,
        init: u32,
    ) -> Result<u32, Failure> {
        let element = match letter {
            "x" => RefType::EXTERNREF,
            _ => RefType::FUNCREF,
        };
        self.access(move |store| {
            let init = values::reference(store, &element, init)?;
            let table = Table::new(&mut *store, TableType::new(element, initial, maximum), init)?;
            number_of_export(store, table.into())
        })
    }

    /// The number of a table's elements.
    pub fn table_size(&mut self, table: u32) -> Result<u32, Failure> {
        self.access(move |store| Ok(store.data().objects.table(table)?.size(&*store) as u32))
    }

    /// The reference at `index`.
    ///
    /// # Errors
    ///
    /// When the table is shorter.
    pub fn table_element(&mut self, table: u32, index: u32) -> Result<u32, Failure> {
        self.access(move |store| {
            let table = store.data().objects.table(table)?;
            let element = table.get(&mut *store, u64::from(index));
            let element =
                element.ok_or_else(|| wasmtime::format_err!("invalid address {index} in the table"))?;
            values::number(store, element)
        })
    }

    /// Puts a reference at `index`.
    ///
    /// # Errors
    ///
    /// When the table is shorter.
    pub fn set_table_element(&mut self, table: u32, index: u32, reference: u32) -> Result<(), Failure> {
        self.access(move |store| {
            let table = store.data().objects.table(table)?;
            let element = table.ty(&*store).element().clone();
            let reference = values::reference(store, &element, reference)?;
            table.set(&mut *store, u64::from(index), reference)
        })
    }

    /// Grows a table with `reference`; answers with how many elements it had, or `None` when it may not grow
    /// so far.
    pub fn grow_table(&mut self, table: u32, elements: u32, reference: u32) -> Result<Option<u32>, Failure> {
        self.access(move |store| {
            let table = store.data().objects.table(table)?;
            let element = table.ty(&*store).element().clone();
            let reference = values::reference(store, &element, reference)?;
            Ok(table.grow(&mut *store, u64::from(elements), reference).ok().map(|before| before as u32))
        })
    }

    /// A new global of the type that `letter` stands for, with the value in `slot`.
    pub fn create_global(&mut self, letter: &str, mutable: bool, slot: Vec<u8>) -> Result<u32, Failure> {
        let ty = types(letter)?.pop().unwrap_or(ValType::I32);
        let mutability = if mutable { Mutability::Var } else { Mutability::Const };
        self.access(move |store| {
            let value = one_value(store, &ty, &slot)?;
            let global = Global::new(&mut *store, GlobalType::new(ty, mutability), value)?;
            number_of_export(store, global.into())
        })
    }

    /// The slot of a global's value.
    pub fn global_value(&mut self, global: u32) -> Result<Vec<u8>, Failure> {
        self.access(move |store| {
            let value = store.data().objects.global(global)?.get(&mut *store);
            values::encode(store, &[value])
        })
    }

    /// Sets a global.
    pub fn set_global_value(&mut self, global: u32, slot: Vec<u8>) -> Result<(), Failure> {
        self.access(move |store| {
            let global = store.data().objects.global(global)?;
            let value = one_value(store, global.ty(&*store).content(), &slot)?;
            global.set(&mut *store, value)
        })
    }

    /// The numbers of the JavaScript values that no module refers to any more, each four bytes little-endian.
    pub fn released_references(&mut self) -> Result<Vec<u8>, Failure> {
        self.access(|store| {
            store.gc(None)?;
            Ok(store.data().released.take().iter().flat_map(|number| number.to_le_bytes()).collect())
        })
    }

    fn module(&self, name: &str) -> Result<&Module, String> {
        let imported = self.modules.get(name).ok_or_else(|| format!("no module is called {name}"))?;
        imported.compiled.as_ref().map_err(Clone::clone)
    }

    fn coroutines(&mut self) -> Result<&mut Coroutines, Failure> {
        if self.coroutines.is_none() {
            let engine =
                self.compiler.engine().map_err(|message| Failure { kind: "RuntimeError", message })?;
            self.coroutines = Some(Coroutines::new(&engine, self.usage.clone(), self.cpu_ms));
        }
        let missing = || Failure { kind: "RuntimeError", message: String::from("no WebAssembly engine") };
        self.coroutines.as_mut().ok_or_else(missing)
    }

    fn run(&mut self, request: Request) -> Step {
        match self.coroutines() {
            Ok(coroutines) => coroutines.run(request),
            Err(failure) => Step::Failed(failure),
        }
    }

    fn access<T: Send + 'static>(
        &mut self,
        look: impl FnOnce(&mut StoreContextMut<'_, State>) -> wasmtime::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        self.coroutines()?.access(look)
    }

    fn count_copies(&self) {
        self.usage.set_copies(self.copies.values().map(Copy::length).sum());
    }
}

fn types(letters: &str) -> Result<Vec<ValType>, Failure> {
    let unknown = |letter| Failure {
        kind: "TypeError",
        message: format!("JavaScript has no values of the WebAssembly type {letter}"),
    };
    letters.chars().map(|letter| description::type_of_letter(letter).ok_or_else(|| unknown(letter))).collect()
}

fn one_value(
    store: &mut StoreContextMut<'_, State>,
    ty: &ValType,
    slot: &[u8],
) -> wasmtime::Result<wasmtime::Val> {
    let mut values = values::decode(store, std::iter::once(ty.clone()), slot)?;
    values.pop().ok_or_else(|| wasmtime::format_err!("no value"))
}
