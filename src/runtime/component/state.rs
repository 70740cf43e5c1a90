//! What an instance of a component may reach.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};
use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::WasiHttpCtx;
use wasmtime_wasi_http::p2::{WasiHttpCtxView, WasiHttpView, add_only_http_to_linker_async};

use super::bindings::{logging, producer, types, variables};
use super::outgoing::OutgoingHttp;
use super::output::LogLines;
use super::processor_time::ProcessorTime;
use super::python::PythonServices;
use crate::broker::Producer;
use crate::runtime::host::{self, EngineServices, HasEngineServices, WallClock};
use crate::runtime::isolate::{Environment, ProducerBinding};
use crate::runtime::limits::{MemoryLimit, MemoryUsage};
use crate::runtime::log::{LogLevel, LogSink};
use crate::runtime::wasm::Modules;

/// The data of an instance's store. It only composes; each capability is implemented on its own part.
pub struct ComponentState {
    wasi: WasiCtx,
    table: ResourceTable,
    http: WasiHttpCtx,
    outgoing: OutgoingHttp,
    services: Services,
    engine: EngineServices,
    output: [LogLines; 2],
    /// The instance's memory limit.
    pub memory: MemoryLimit,
    /// What the running invocation uses.
    pub processor_time: ProcessorTime,
}

/// The queues, variables and log of a Worker.
#[derive(Clone)]
pub struct Services {
    /// Where messages are sent.
    pub producer: Arc<dyn Producer>,
    /// Queue bindings by name.
    pub bindings: Arc<HashMap<String, ProducerBinding>>,
    /// Variables by name.
    pub variables: Arc<BTreeMap<String, String>>,
    /// The log.
    pub log: Arc<dyn LogSink>,
    /// What the Python engine is given.
    pub python: Option<Arc<PythonServices>>,
}

impl ComponentState {
    /// The state of a fresh instance.
    pub fn new(environment: &Environment, services: Services) -> Self {
        let output = [LogLevel::Log, LogLevel::Error].map(|level| LogLines::new(level, services.log.clone()));
        let wasi = WasiCtxBuilder::new()
            .wall_clock(WallClock(environment.clock.clone()))
            .stdout(output[0].clone())
            .stderr(output[1].clone())
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .build();
        let modules = Modules::new(environment.engine.compiler(), &[], MemoryUsage::default(), 0);
        Self {
            wasi,
            engine: EngineServices::new(services.log.clone(), modules),
            table: ResourceTable::new(),
            http: WasiHttpCtx::new(),
            outgoing: OutgoingHttp::new(environment.outbound.clone()),
            services,
            output,
            memory: MemoryLimit::default(),
            processor_time: ProcessorTime::default(),
        }
    }

    /// The Worker's own services.
    pub fn services(&mut self) -> &mut Services {
        &mut self.services
    }

    /// Shows what was printed without the end of a line.
    pub fn finish_lines(&self) {
        self.output.iter().for_each(LogLines::finish_line);
    }
}

impl WasiView for ComponentState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl HasEngineServices for ComponentState {
    fn engine_services(&mut self) -> &mut EngineServices {
        &mut self.engine
    }
}

impl WasiHttpView for ComponentState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outgoing }
    }
}

/// Adds everything a component may import.
///
/// # Errors
///
/// When an interface is defined twice, which is a mistake of ours.
pub fn link(linker: &mut Linker<ComponentState>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi::p3::add_to_linker(linker)?;
    add_only_http_to_linker_async(linker)?;
    types::add_to_linker::<_, Services>(linker, |state| &mut state.services)?;
    producer::add_to_linker::<_, Services>(linker, |state| &mut state.services)?;
    variables::add_to_linker::<_, Services>(linker, |state| &mut state.services)?;
    logging::add_to_linker::<_, Services>(linker, |state| &mut state.services)?;
    host::link_services(linker)
}

/// The variables of a configuration as a component reads them: strings as they are, anything else as JSON.
pub fn variables_as_text(vars: &Map<String, Value>) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    vars.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

impl HasData for Services {
    type Data<'a> = &'a mut Services;
}

impl types::Host for Services {}

impl variables::Host for Services {
    fn get(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        Ok(self.variables.get(&name).cloned())
    }

    fn all(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        Ok(self.variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
    }
}

impl logging::Host for Services {
    fn log(&mut self, level: logging::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            logging::Level::Trace | logging::Level::Debug => LogLevel::Debug,
            logging::Level::Info => LogLevel::Info,
            logging::Level::Warn => LogLevel::Warn,
            logging::Level::Error | logging::Level::Critical => LogLevel::Error,
        };
        self.log.console(level, &message);
        Ok(())
    }
}
