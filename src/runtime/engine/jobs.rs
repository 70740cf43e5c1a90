//! How JavaScript that was called by a synchronous function runs the jobs of promises.
//!
//! The runtime of componentize-qjs runs them when it polls an asynchronous export, and never in a synchronous one: a
//! promise that such a function waits for would not settle. So an engine that is built for a Worker has an
//! asynchronous export of its own, `turns.turn`, which returns at once, and an import, `jobs.run`, which calls it.
//! Both are wired to each other before the component is encoded, by a library beside the bindings; of neither
//! anything is seen from outside.

use std::convert::Infallible;

use anyhow::{Context, Result, anyhow};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, CustomSection, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    ImportSection, Module, TypeSection, ValType,
};
use wasmparser::Parser;
use wit_dylib::Metadata;

/// The two interfaces.
pub const WIT: &str = "
    interface jobs { run: func(); }
    interface turns { turn: async func(); }";

/// The interfaces as the bindings name them.
const JOBS: &str = "local:built/jobs";
const TURNS: &str = "local:built/turns";
/// Where libraries find each other's functions.
const ENVIRONMENT: &str = "env";
/// The library's functions.
const RUN: &str = "qemu_dev_run_jobs";
const RETURN: &str = "qemu_dev_return_from_turn";

/// The bindings with calls of the library in place of the two interfaces.
///
/// # Errors
///
/// When they are none that wit-dylib made.
pub fn redirect(bindings: &[u8]) -> Result<Vec<u8>> {
    let mut module = Module::new();
    Redirection
        .parse_core_module(&mut module, Parser::new(0), bindings)
        .map_err(|error| anyhow!("the bindings cannot be redirected: {error}"))?;
    Ok(module.finish())
}

struct Redirection;

impl Reencode for Redirection {
    type Error = Infallible;

    fn parse_imports(
        &mut self,
        section: &mut ImportSection,
        imports: wasmparser::Imports<'_>,
    ) -> Result<(), Error<Infallible>> {
        let wasmparser::Imports::Single(_, import) = imports else {
            return utils::parse_imports(self, section, imports);
        };
        let entity: EntityType = self.entity_type(import.ty)?;
        match (import.module, import.name) {
            (JOBS, _) => section.import(ENVIRONMENT, RUN, entity),
            (_, "[task-return]turn") => section.import(ENVIRONMENT, RETURN, entity),
            (module, name) => section.import(module, name, entity),
        };
        Ok(())
    }

    fn parse_export(
        &mut self,
        exports: &mut ExportSection,
        export: wasmparser::Export<'_>,
    ) -> Result<(), Error<Infallible>> {
        if export.name.contains(TURNS) { Ok(()) } else { utils::parse_export(self, exports, export) }
    }
}

/// The library: it begins the call of `turn`, which runs all jobs, and takes note of its return.
///
/// # Errors
///
/// When `metadata` has no `turn`, which is a mistake of ours.
pub fn library(metadata: &Metadata) -> Result<Vec<u8>> {
    let turn = metadata.export_funcs.iter().position(|function| function.interface.as_deref() == Some(TURNS));
    let turn = i32::try_from(turn.context("the bindings have no turn")?)?;
    let mut types = TypeSection::new();
    types.ty().function([], []);
    types.ty().function([ValType::I32], [ValType::I32]);
    types.ty().function([ValType::I32, ValType::I32], [ValType::I32]);
    let mut imports = ImportSection::new();
    imports.import(ENVIRONMENT, "wit_dylib_export_start", EntityType::Function(1));
    imports.import(ENVIRONMENT, "wit_dylib_export_async_call", EntityType::Function(2));
    let mut functions = FunctionSection::new();
    functions.function(0).function(0);
    let mut exports = ExportSection::new();
    exports.export(RUN, ExportKind::Func, 2).export(RETURN, ExportKind::Func, 3);
    let (mut run, mut nothing) = (Function::new([]), Function::new([]));
    run.instructions().i32_const(turn).call(0).i32_const(turn).call(1).drop().end();
    nothing.instructions().end();
    let mut code = CodeSection::new();
    code.function(&run).function(&nothing);
    // A library without memory and tables of its own: one subsection, of four zeros.
    let linking = CustomSection { name: "dylink.0".into(), data: [1, 4, 0, 0, 0, 0].as_slice().into() };
    let mut module = Module::new();
    module.section(&linking).section(&types).section(&imports).section(&functions).section(&exports);
    module.section(&code);
    Ok(module.finish())
}
