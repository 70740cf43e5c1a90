//! Makes the engine component: links QuickJS-ng with our interface, evaluates the prelude in it, and
//! snapshots the result.
//!
//! The runtime module and the shim come from componentize-qjs. Its own pipeline is not used because it
//! gives the guest a stack of 1 MB, a third of the recursion that Workers are used to, and reads modules
//! from disk.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::random::Deterministic;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::WasiHttpCtx;
use wasmtime_wasi_http::p2::{WasiHttpCtxView, WasiHttpView};
use wasmtime_wizer::{WasmtimeWizerComponent, Wizer};
use wit_component::{ComponentEncoder, StringEncoding};

use super::interruption::{self, Import};
use super::jobs;
use super::linking;
use super::sealing::{self, MODULE_LOADER};
use super::uncalled;
use super::whole_memory;
use super::world::World;
use crate::runtime::host::{self, HEAP, NoRequests};
use crate::runtime::prelude;
use crate::runtime::protocol::operations::Handlers;

/// The guest's own stack, in bytes: some 15,000 JavaScript frames. This build of QuickJS does not check
/// it, so a deeper recursion traps.
const GUEST_STACK_BYTES: u32 = 4 * 1024 * 1024;
/// What our interfaces begin with.
const INTERFACES: &str = "qemu-dev:";
/// The name of the entry of an engine that is built for one Worker.
const BUILT_ENTRY: &str = "built.js";
/// How a session's engine looks at its deadline.
const LOOK: Import<'_> = Import { module: DEADLINE, name: "look" };
const DEADLINE: &str = "qemu-dev:engine/deadline@0.1.0";
/// The adapter is linked under this name.
const PREVIEW1: &str = "wasi_snapshot_preview1";
/// How much of what the engine prints is kept for an error.
const OUTPUT_BYTES_MAX: usize = 16 * 1024;

mod init {
    wasmtime::component::bindgen!({
        path: "wit/engine.wit",
        inline: "
            package local:init;
            interface module-loader {
                resolve: func(referrer: string, specifier: string) -> result<string, string>;
                load: func(path: string) -> result<string, string>;
            }
            world init {
                import module-loader;
                export init: func(shim: string, script: string, entry-path: option<string>, disable-gc: bool)
                    -> result<_, string>;
            }",
        exports: { default: async },
    });
}

/// Makes the component, for one Worker or for any. Equal Workers, equal bytes.
///
/// # Errors
///
/// When a file of the prelude does not evaluate, which is a mistake of ours, or this machine is none
/// that wasmtime supports.
pub async fn snapshot(built: Option<&BuiltWorker<'_>>) -> Result<Vec<u8>> {
    let World { resolve, inside, outside } = match built {
        Some(built) => World::of_worker(built.handlers)?,
        None => World::of_any_script()?,
    };
    let (bindings, metadata) = wit_dylib::create_with_metadata(&resolve, inside, None);
    let shim = componentize_qjs::codegen::generate_shim(&resolve, &metadata);
    let mut libraries = match built {
        Some(_) => vec![jobs::redirect(&bindings)?, jobs::library(&metadata)?],
        None => vec![whole_memory::show(&bindings, HEAP)?],
    };
    wit_component::embed_component_metadata(&mut libraries[0], &resolve, outside, StringEncoding::UTF8)?;
    let entry = match built {
        Some(built) => (BUILT_ENTRY, built.entry()),
        None => {
            let entry = prelude::SESSION_ENTRY;
            (entry, prelude::text(entry).context("the prelude has no entry")?.to_owned())
        }
    };
    let mut module = link(&libraries)?;
    if built.is_none() {
        module = interruption::add(&module, LOOK)?;
    }
    evaluate(&component(&module)?, &shim, entry).await
}

/// What an engine is made of that is built for one Worker.
pub struct BuiltWorker<'a> {
    /// The script.
    pub script: &'a str,
    /// The configuration for hosts that have none, as JSON: `embedConfiguration` of `prelude/world_loop.js`.
    pub configuration: &'a str,
    /// The events that it handles.
    pub handlers: Handlers,
}

impl BuiltWorker<'_> {
    /// The prelude's entry and what the Worker's exports are, with the script as a string.
    fn entry(&self) -> String {
        let Self { script, configuration, .. } = self;
        let script = serde_json::Value::from(*script);
        let prelude = prelude::ENTRY;
        format!(
            "import {{ embedScript }} from \"./{prelude}\";\n\
             import {{ embedConfiguration }} from \"./world_loop.js\";\n\
             embedScript({script});\nembedConfiguration({configuration});\n\
             export {{ isolate }} from \"./{prelude}\";\n\
             export {{ consumer, scheduler, turns }} from \"./world.js\";\n\
             export {{ incomingHandler }} from \"./world_incoming.js\";\n"
        )
    }
}

fn link(libraries: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut all = vec![componentize_qjs::default_runtime_wasm()];
    all.extend(libraries.iter().map(Vec::as_slice));
    linking::link(&all, GUEST_STACK_BYTES)
}

fn component(module: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = ComponentEncoder::default();
    encoder.module(module)?;
    encoder.adapter(
        PREVIEW1,
        wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
    )?;
    encoder.encode().context("the engine could not be made a component")
}

async fn evaluate(component: &[u8], shim: &str, entry: (&str, String)) -> Result<Vec<u8>> {
    let output = MemoryOutputPipe::new(OUTPUT_BYTES_MAX);
    let wasi = same_every_time(&output);
    let engine = Engine::new(&configuration())?;
    let mut store = Store::new(&engine, MakingState::new(wasi));
    let wizer = Wizer::new();
    let (context, instrumented) = wizer.instrument_component(component)?;
    let instrumented = Component::new(&engine, &instrumented)?;
    let instance = linker(&engine, &instrumented)?.instantiate_async(&mut store, &instrumented).await?;
    let (name, text) = entry;
    init::Init::new(&mut store, &instance)?
        .call_init(&mut store, shim, &text, Some(name), false)
        .await?
        .map_err(|error| anyhow!("{error} {}", String::from_utf8_lossy(&output.contents())))?;
    let made = &mut WasmtimeWizerComponent { store: &mut store, instance };
    sealing::seal(&wizer.snapshot_component(context, made).await?)
}

/// Surroundings in which the same files give the same snapshot. What is random is seeded when an isolate starts.
fn same_every_time(output: &MemoryOutputPipe) -> WasiCtx {
    WasiCtxBuilder::new()
        .stdout(output.clone())
        .stderr(output.clone())
        .secure_random(Deterministic::new(vec![1]))
        .insecure_random(Deterministic::new(vec![1]))
        .insecure_random_seed(1)
        .wall_clock(Standstill)
        .monotonic_clock(Standstill)
        .build()
}

/// A clock that does not move.
struct Standstill;

impl HostWallClock for Standstill {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl HostMonotonicClock for Standstill {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        0
    }
}

fn configuration() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    config.wasm_component_model_async(true);
    config.wasm_component_model_map(true);
    config
}

/// Everything the engine imports: WASI, the prelude's files, and traps for what only a running isolate has.
fn linker(engine: &Engine, component: &Component) -> Result<Linker<MakingState>> {
    let mut linker = Linker::new(engine);
    uncalled::define(&mut linker, component, INTERFACES)?;
    // The making has no deadline.
    linker.allow_shadowing(true);
    linker.instance(DEADLINE)?.func_wrap(LOOK.name, |_, (): ()| Ok(()))?;
    host::link_heap(&mut linker, |_, _| None)?;
    linker.allow_shadowing(false);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    let mut loader = linker.instance(MODULE_LOADER)?;
    loader.func_wrap("resolve", |_, (_referrer, specifier): (String, String)| {
        let name = specifier.trim_start_matches("./");
        let found = prelude::text(name).map(|_| name.to_owned());
        Ok((found.ok_or_else(|| format!("the prelude has no file {specifier}")),))
    })?;
    loader.func_wrap("load", |_, (path,): (String,)| {
        Ok(
            (prelude::text(&path)
                .map(str::to_owned)
                .ok_or_else(|| format!("the prelude has no file {path}")),),
        )
    })?;
    Ok(linker)
}

/// The store's data while the engine is made.
struct MakingState {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    no_requests: NoRequests,
    table: ResourceTable,
}

impl MakingState {
    fn new(wasi: WasiCtx) -> Self {
        Self { wasi, http: WasiHttpCtx::new(), no_requests: NoRequests, table: ResourceTable::new() }
    }
}

impl WasiHttpView for MakingState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.no_requests }
    }
}

impl WasiView for MakingState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}
