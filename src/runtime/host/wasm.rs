//! The interface `wasm` of `engine.wit`, by [`Modules`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime::component::{HasData, Linker, WasmList};
use wasmtime::{Result, Trap};

use super::HasEngineServices;
use super::generated::qemu_dev::engine::wasm::{Changes, Failure, Host};
use crate::runtime::wasm::{self, Modules, Page, Step};

/// An isolate's modules and why the last step failed.
pub struct WasmServices {
    modules: Arc<Mutex<Modules>>,
    failure: Option<wasm::Failure>,
}

impl WasmServices {
    /// Serves `modules`.
    pub fn new(modules: Modules) -> Self {
        Self { modules: Arc::new(Mutex::new(modules)), failure: None }
    }

    fn modules(&self) -> MutexGuard<'_, Modules> {
        lock(&self.modules)
    }

    /// The step as the engine reads it. A module that passed the limit of processor time ends the isolate.
    fn tell(&mut self, step: Step) -> Result<Vec<u8>> {
        let tagged = |tag: u64, number: Option<u32>, slots: &[u8]| {
            let mut bytes = tag.to_le_bytes().to_vec();
            bytes.extend(number.into_iter().flat_map(|number| u64::from(number).to_le_bytes()));
            bytes.extend_from_slice(slots);
            bytes
        };
        Ok(match step {
            Step::Finished(results) => tagged(0, None, &results),
            Step::Called { function, arguments } => tagged(1, Some(function), &arguments),
            Step::Failed(failure) => {
                self.failure = Some(failure);
                tagged(2, None, &[])
            }
            Step::Thrown => tagged(3, None, &[]),
            Step::Interrupted => return Err(Trap::Interrupt.into()),
        })
    }
}

impl HasData for WasmServices {
    type Data<'a> = &'a mut WasmServices;
}

type Answer<T> = Result<std::result::Result<T, String>>;

fn answer<T>(result: std::result::Result<T, wasm::Failure>) -> Answer<T> {
    Ok(result.map_err(|failure| failure.message))
}

/// The number in the low half of a slot; null when there is no slot.
fn number(slot: &[u8]) -> u32 {
    slot.first_chunk().map_or(u32::MAX, |low| u32::from_le_bytes(*low))
}

/// Pages as one list of offsets, of four bytes each, and one of contents.
fn pages_together(pages: &[Page]) -> Changes {
    // A memory of 32-bit addresses has offsets of 32 bits.
    let offsets = pages.iter().flat_map(|page| (page.offset as u32).to_le_bytes()).collect();
    let bytes: Vec<_> = pages.iter().map(|page| page.bytes.as_slice()).collect();
    Changes { offsets, bytes: bytes.concat() }
}

/// Defines `wasm-copies`, whose bytes are looked at where they lie in the engine's memory: they are many and
/// mostly unchanged.
///
/// # Errors
///
/// When the interface is defined twice, which is a mistake of ours.
pub fn link_copies<T: HasEngineServices>(linker: &mut Linker<T>) -> Result<()> {
    let mut interface = linker.instance("qemu-dev:engine/wasm-copies@0.1.0")?;
    interface.func_wrap("write-memory", |mut store, (memory, bytes): (u32, WasmList<u8>)| {
        let modules = store.data_mut().engine_services().wasm.modules.clone();
        let written = lock(&modules).write_memory(memory, bytes.as_le_slice(&store));
        Ok((written.map_err(|failure| failure.message),))
    })
}

/// Nothing of ours panics half-way; if it did, the next call finds what is there.
fn lock(modules: &Mutex<Modules>) -> MutexGuard<'_, Modules> {
    modules.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Host for WasmServices {
    fn describe_module(&mut self, name: String) -> Answer<String> {
        Ok(self.modules().describe(&name))
    }

    fn custom_sections(&mut self, module: String, name: String) -> Result<Vec<u8>> {
        let sections = self.modules().custom_sections(&module, &name);
        Ok(sections
            .iter()
            .flat_map(|section| {
                (section.len() as u32).to_le_bytes().into_iter().chain(section.iter().copied())
            })
            .collect())
    }

    fn validate(&mut self, bytes: Vec<u8>) -> Result<bool> {
        Ok(self.modules().validates(&bytes))
    }

    fn instantiate(&mut self, module: String, imports: Vec<u8>) -> Result<Vec<u8>> {
        let step = self.modules().instantiate(&module, &imports);
        self.tell(step)
    }

    fn call(&mut self, function: u32, arguments: Vec<u8>) -> Result<Vec<u8>> {
        let step = self.modules().call(function, arguments);
        self.tell(step)
    }

    fn resume(&mut self, results: Vec<u8>) -> Result<Vec<u8>> {
        let step = self.modules().resume(results);
        self.tell(step)
    }

    fn throw(&mut self) -> Result<Vec<u8>> {
        let step = self.modules().throw();
        self.tell(step)
    }

    fn last_failure(&mut self) -> Result<Failure> {
        Ok(match self.failure.take() {
            Some(wasm::Failure { kind, message }) => Failure { kind: kind.to_owned(), message },
            None => Failure { kind: String::from("RuntimeError"), message: String::from("nothing failed") },
        })
    }

    fn create_import(&mut self, signature: String) -> Answer<u32> {
        answer(self.modules().create_import(&signature))
    }

    fn function_type(&mut self, function: u32) -> Answer<String> {
        answer(self.modules().function_type(function))
    }

    fn create_memory(&mut self, initial: u32, maximum: Option<u32>) -> Answer<u32> {
        answer(self.modules().create_memory(initial, maximum))
    }

    fn memory_size(&mut self, memory: u32) -> Answer<f64> {
        answer(self.modules().memory_size(memory).map(|bytes| bytes as f64))
    }

    fn grow_memory(&mut self, memory: u32, pages: u32) -> Answer<Option<u32>> {
        answer(self.modules().grow_memory(memory, pages))
    }

    fn copy_memory(&mut self, memory: u32) -> Answer<Vec<u8>> {
        answer(self.modules().copy_memory(memory))
    }

    fn memory_changes(&mut self, memory: u32) -> Answer<Option<Changes>> {
        let changes = self.modules().memory_changes(memory);
        answer(changes.map(|changes| changes.map(|pages| pages_together(&pages))))
    }

    fn forget_copy(&mut self, memory: u32) -> Answer<()> {
        self.modules().forget_copy(memory);
        Ok(Ok(()))
    }

    fn create_table(
        &mut self,
        element: String,
        initial: u32,
        maximum: Option<u32>,
        init: Vec<u8>,
    ) -> Answer<u32> {
        answer(self.modules().create_table(&element, initial, maximum, number(&init)))
    }

    fn table_size(&mut self, table: u32) -> Answer<u32> {
        answer(self.modules().table_size(table))
    }

    fn table_element(&mut self, table: u32, index: u32) -> Answer<Vec<u8>> {
        let reference = self.modules().table_element(table, index);
        answer(reference.map(|number| u64::from(number).to_le_bytes().to_vec()))
    }

    fn set_table_element(&mut self, table: u32, index: u32, reference: Vec<u8>) -> Answer<()> {
        answer(self.modules().set_table_element(table, index, number(&reference)))
    }

    fn grow_table(&mut self, table: u32, elements: u32, reference: Vec<u8>) -> Answer<Option<u32>> {
        answer(self.modules().grow_table(table, elements, number(&reference)))
    }

    fn create_global(&mut self, value_type: String, mutable: bool, slot: Vec<u8>) -> Answer<u32> {
        answer(self.modules().create_global(&value_type, mutable, slot))
    }

    fn global_value(&mut self, global: u32) -> Answer<Vec<u8>> {
        answer(self.modules().global_value(global))
    }

    fn set_global_value(&mut self, global: u32, slot: Vec<u8>) -> Answer<()> {
        answer(self.modules().set_global_value(global, slot))
    }

    fn released_references(&mut self) -> Result<Vec<u8>> {
        Ok(self.modules().released_references().unwrap_or_default())
    }
}
