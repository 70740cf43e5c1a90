//! What an isolate may reach: our `host` interface and a bare WASI (clock, randomness, discarded
//! standard streams; no files, no environment, no sockets).
//!
//! One file per group of functions; this one only composes them.

mod crypto;
mod heap;
mod intl;
mod no_requests;
mod text;
mod transforms;
mod url;
mod wasm;

use std::sync::Arc;

use wasmtime::Trap;
use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{HostWallClock, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::WasiHttpCtx;
use wasmtime_wasi_http::p2::{WasiHttpCtxView, WasiHttpView};

use super::deadline::Deadline;
use super::limits::{MemoryLimit, MemoryUsage};
use super::log::{LogLevel, LogSink};
use super::wasm::Modules;
use crate::base::Clock;

mod generated {
    wasmtime::component::bindgen!({
        path: "wit/engine.wit",
        world: "engine",
        imports: { default: trappable },
    });
}

use generated::qemu_dev::engine::host::{CryptoAnswer, Failure, Host, TransformStep, add_to_linker};
use generated::qemu_dev::engine::wasm::add_to_linker as add_wasm_to_linker;
use heap::TakenBodies;
pub use heap::{HEAP, link as link_heap};
use intl::Intl;
pub use no_requests::NoRequests;
use transforms::Transforms;
use wasm::WasmServices;

/// The interface by which the engine of a session looks at its deadline.
const DEADLINE: &str = "qemu-dev:engine/deadline@0.1.0";
/// Most bytes one call for randomness answers.
const RANDOM_BYTES_MAX: u32 = 65_536;
/// How much of what the engine itself prints is kept, for the report of a trap.
const ENGINE_OUTPUT_BYTES_MAX: usize = 16 * 1024;

/// The data of an isolate's store. It only composes; each capability is implemented on its own part.
pub struct HostState {
    wasi: WasiCtx,
    table: ResourceTable,
    http: WasiHttpCtx,
    no_requests: NoRequests,
    engine: EngineServices,
    engine_output: MemoryOutputPipe,
    /// The isolate's memory limit.
    pub memory: MemoryLimit,
    /// The end of the present call.
    pub deadline: Deadline,
    /// Bodies that the host read in memory since the last drain.
    pub taken_bodies: TakenBodies,
}

impl HostState {
    /// The state of a fresh isolate whose log lines go to `log`, and whose modules share `usage`.
    pub fn new(
        clock: Arc<dyn Clock>,
        log: Arc<dyn LogSink>,
        modules: Modules,
        usage: MemoryUsage,
        deadline: Deadline,
    ) -> Self {
        let engine_output = MemoryOutputPipe::new(ENGINE_OUTPUT_BYTES_MAX);
        let wasi = WasiCtxBuilder::new()
            .wall_clock(WallClock(clock))
            .stdout(engine_output.clone())
            .stderr(engine_output.clone())
            .build();
        Self {
            wasi,
            table: ResourceTable::new(),
            http: WasiHttpCtx::new(),
            no_requests: NoRequests,
            engine: EngineServices::new(log, modules),
            engine_output,
            memory: MemoryLimit::new(usage),
            deadline,
            taken_bodies: TakenBodies::default(),
        }
    }

    /// What the engine printed by itself; it does so only when it is about to trap.
    pub fn engine_output(&self) -> String {
        String::from_utf8_lossy(&self.engine_output.contents()).trim().to_owned()
    }
}

impl WasiView for HostState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for HostState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.no_requests }
    }
}

/// Adds everything the engine component imports.
///
/// # Errors
///
/// When an interface is defined twice, which is a mistake of ours.
pub fn link(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi::p3::add_to_linker(linker)?;
    link_deadline(linker)?;
    link_heap(linker, |state, bodies| state.taken_bodies.keep(bodies))?;
    link_services(linker)
}

fn link_deadline(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    linker.instance(DEADLINE)?.func_wrap("look", |context, (): ()| {
        if context.data().deadline.is_over() { Err(Trap::Interrupt.into()) } else { Ok(()) }
    })
}

/// Adds the interfaces of `wit/engine.wit`.
///
/// # Errors
///
/// When one is defined already, which is a mistake of ours.
pub fn link_services<T: HasEngineServices>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    add_to_linker::<_, Services>(linker, |state| &mut state.engine_services().host)?;
    add_wasm_to_linker::<_, WasmServices>(linker, |state| &mut state.engine_services().wasm)?;
    wasm::link_copies(linker)
}

/// What the interfaces of `wit/engine.wit` keep for one instance.
pub struct EngineServices {
    host: Services,
    wasm: WasmServices,
}

impl EngineServices {
    /// Those of a fresh instance.
    pub fn new(log: Arc<dyn LogSink>, modules: Modules) -> Self {
        let host = Services { log, transforms: Transforms::default(), intl: Intl::default() };
        Self { host, wasm: WasmServices::new(modules) }
    }
}

/// The data of a store whose instance may be an engine.
pub trait HasEngineServices: 'static {
    /// The services of its instance.
    fn engine_services(&mut self) -> &mut EngineServices;
}

impl HasEngineServices for HostState {
    fn engine_services(&mut self) -> &mut EngineServices {
        &mut self.engine
    }
}

/// The session's clock, as the guest's `Date.now()` reads it.
pub struct WallClock(pub Arc<dyn Clock>);

impl HostWallClock for WallClock {
    fn resolution(&self) -> std::time::Duration {
        std::time::Duration::from_millis(1)
    }

    fn now(&self) -> std::time::Duration {
        std::time::Duration::from_millis(self.0.now().as_millis())
    }
}

/// The synchronous services of the host.
struct Services {
    log: Arc<dyn LogSink>,
    transforms: Transforms,
    intl: Intl,
}

impl HasData for Services {
    type Data<'a> = &'a mut Services;
}

impl Host for Services {
    fn log(&mut self, level: String, text: String) -> wasmtime::Result<()> {
        self.log.console(LogLevel::from_name(&level), &text);
        Ok(())
    }

    fn parse_url(&mut self, input: String, base: Option<String>) -> wasmtime::Result<Option<String>> {
        Ok(url::parse(&input, base.as_deref()))
    }

    fn set_url_part(
        &mut self,
        href: String,
        part: String,
        value: String,
    ) -> wasmtime::Result<Option<String>> {
        Ok(url::set_part(&href, &part, &value))
    }

    fn random_bytes(&mut self, length: u32) -> wasmtime::Result<Vec<u8>> {
        let mut bytes = vec![0; length.min(RANDOM_BYTES_MAX) as usize];
        getrandom::fill(&mut bytes)
            .map_err(|error| wasmtime::format_err!("the system gave no random bytes: {error}"))?;
        Ok(bytes)
    }

    fn encode_utf8(&mut self, text: String) -> wasmtime::Result<Vec<u8>> {
        Ok(text.into_bytes())
    }

    fn encoding_for_label(&mut self, label: String) -> wasmtime::Result<Option<String>> {
        Ok(text::encoding_for_label(&label))
    }

    fn decode_text(
        &mut self,
        encoding: String,
        fatal: bool,
        ignore_byte_order_mark: bool,
        bytes: Vec<u8>,
    ) -> wasmtime::Result<Result<String, String>> {
        Ok(text::decode(&encoding, fatal, ignore_byte_order_mark, &bytes))
    }

    fn crypto(
        &mut self,
        operation: String,
        parameters: String,
        inputs: Vec<Vec<u8>>,
    ) -> wasmtime::Result<Result<CryptoAnswer, Failure>> {
        let answer = crypto::operate(&operation, &parameters, inputs);
        Ok(answer
            .map(|answer| CryptoAnswer { description: answer.description, outputs: answer.outputs })
            .map_err(Failure::from))
    }

    fn open_transform(
        &mut self,
        kind: String,
        parameters: String,
        inputs: Vec<Vec<u8>>,
    ) -> wasmtime::Result<Result<u32, Failure>> {
        Ok(self.transforms.open(&kind, &parameters, inputs).map_err(Failure::from))
    }

    fn step_transform(
        &mut self,
        number: u32,
        input: Vec<u8>,
        flush: u32,
        output_bytes_max: u32,
    ) -> wasmtime::Result<Result<TransformStep, Failure>> {
        let step = self.transforms.step(number, &input, flush, output_bytes_max);
        Ok(step
            .map(|step| TransformStep {
                output: step.output,
                consumed: step.consumed as u32,
                has_ended: step.has_ended,
            })
            .map_err(Failure::from))
    }

    fn copy_transform(&mut self, number: u32) -> wasmtime::Result<Result<u32, Failure>> {
        Ok(self.transforms.copy(number).map_err(Failure::from))
    }

    fn close_transform(&mut self, number: u32) -> wasmtime::Result<()> {
        self.transforms.close(number);
        Ok(())
    }

    fn intl(
        &mut self,
        operation: String,
        options: String,
        values: Vec<String>,
    ) -> wasmtime::Result<Result<String, String>> {
        Ok(self.intl.operate(&operation, &options, &values))
    }
}

impl From<crypto::Failure> for Failure {
    fn from(failure: crypto::Failure) -> Self {
        Self { name: failure.name.to_owned(), message: failure.message }
    }
}
