//! A component that is compiled, linked and known to be a Worker.

use wasmtime::Store;
use wasmtime::component::{Component, Instance, InstancePre, Linker};
use wasmtime_wasi_http::p2::bindings::exports::wasi::http::incoming_handler;

use super::bindings::{consumer, python_worker, scheduler};
use super::python;
use super::refusal::Refusal;
use super::state::{self, ComponentState};
use crate::runtime::isolate::Handlers;
use crate::runtime::machine::Machine;

/// The interfaces that the host calls, without their versions.
const HANDLERS: [&str; 3] =
    ["qemu-dev:worker/consumer", "qemu-dev:worker/scheduler", "wasi:http/incoming-handler"];

/// What helps against what cannot be.
const FAULT: &str = "this is a fault of qemu-dev";

/// A component, compiled and linked.
pub struct ComponentCode {
    linkable: InstancePre<ComponentState>,
    exports: ExportIndices,
}

/// Where the functions of a component are that the host calls.
#[derive(Clone, Default)]
pub struct ExportIndices {
    /// `qemu-dev:worker/consumer`.
    pub consumer: Option<consumer::GuestIndices>,
    /// `qemu-dev:worker/scheduler`.
    pub scheduler: Option<scheduler::GuestIndices>,
    /// `wasi:http/incoming-handler`.
    pub incoming_handler: Option<incoming_handler::GuestIndices>,
    /// `qemu-dev:python/worker`, in the Python engine.
    pub python: Option<python_worker::GuestIndices>,
}

impl ComponentCode {
    /// Links `component`, which `machine` compiled.
    ///
    /// # Errors
    ///
    /// When it is one for another host.
    pub fn link(machine: &Machine, component: &Component) -> Result<Self, Refusal> {
        Self::link_with(machine, component, |_| Ok(()))
    }

    /// Links the Python engine.
    ///
    /// # Errors
    ///
    /// When it is not what `wit/python.wit` says.
    pub fn link_python(machine: &Machine, component: &Component) -> Result<Self, Refusal> {
        let mut code = Self::link_with(machine, component, python::link)?;
        let python = python_worker::GuestIndices::new(&code.linkable);
        code.exports.python = Some(python.map_err(|error| Refusal::new(error.to_string(), FAULT))?);
        Ok(code)
    }

    fn link_with(
        machine: &Machine,
        component: &Component,
        more: impl FnOnce(&mut Linker<ComponentState>) -> wasmtime::Result<()>,
    ) -> Result<Self, Refusal> {
        let engine = machine.engine();
        let component_type = component.component_type();
        let exports: Vec<&str> = component_type.exports(engine).map(|(name, _)| name).collect();
        let imports: Vec<&str> = component_type.imports(engine).map(|(name, _)| name).collect();
        let mut linker = Linker::new(engine);
        state::link(&mut linker)
            .and_then(|()| more(&mut linker))
            .map_err(|error| Refusal::new(error.to_string(), FAULT))?;
        let linkable =
            linker.instantiate_pre(component).map_err(|error| Refusal::unknown_imports(&imports, &error))?;
        let exports = ExportIndices::find(&linkable, &exports)?;
        Ok(Self { linkable, exports })
    }

    /// The component, ready to be instantiated.
    pub(super) fn linkable(&self) -> &InstancePre<ComponentState> {
        &self.linkable
    }

    /// Where its functions are.
    pub(super) fn exports(&self) -> &ExportIndices {
        &self.exports
    }

    /// Which events it handles; the Python engine says so when it has started.
    pub fn handlers(&self) -> Handlers {
        Handlers {
            fetch: self.exports.incoming_handler.is_some(),
            queue: self.exports.consumer.is_some(),
            scheduled: self.exports.scheduler.is_some(),
        }
    }
}

impl ExportIndices {
    /// Checks that the functions have the signatures of `wit/worker.wit`, which only an instance can tell.
    ///
    /// # Errors
    ///
    /// When one has another.
    pub fn check(&self, store: &mut Store<ComponentState>, linked: &Instance) -> wasmtime::Result<()> {
        if let Some(consumer) = &self.consumer {
            consumer.load(&mut *store, linked)?;
        }
        if let Some(scheduler) = &self.scheduler {
            scheduler.load(&mut *store, linked)?;
        }
        if let Some(incoming_handler) = &self.incoming_handler {
            incoming_handler.load(&mut *store, linked)?;
        }
        if let Some(python) = &self.python {
            python.load(&mut *store, linked)?;
        }
        Ok(())
    }

    fn find(linkable: &InstancePre<ComponentState>, exports: &[&str]) -> Result<Self, Refusal> {
        let [consumer, scheduler, incoming_handler] = HANDLERS.map(|handler| {
            let is_it = |export: &&&str| export.split('@').next() == Some(handler);
            exports.iter().find(is_it).copied()
        });
        let found = Self {
            consumer: find(consumer, || consumer::GuestIndices::new(linkable))?,
            scheduler: find(scheduler, || scheduler::GuestIndices::new(linkable))?,
            incoming_handler: find(incoming_handler, || incoming_handler::GuestIndices::new(linkable))?,
            python: None,
        };
        if found.consumer.is_none() && found.scheduler.is_none() && found.incoming_handler.is_none() {
            return Err(Refusal::nothing_exported(exports));
        }
        Ok(found)
    }
}

/// The functions of an interface that is exported.
fn find<Indices>(
    export: Option<&str>,
    indices: impl FnOnce() -> wasmtime::Result<Indices>,
) -> Result<Option<Indices>, Refusal> {
    let Some(export) = export else { return Ok(None) };
    indices().map(Some).map_err(|_| Refusal::nothing_exported(&[export]))
}
