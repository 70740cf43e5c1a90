//! One running generation of a Worker, whatever its code is made of.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::artifact::Artifact;
use super::component::{
    ComponentCode, ComponentGuest, ComponentSettings, InvocationLimits, PythonSources, Refusal,
};
use super::engine::Engine;
use super::gate::{Gate, GatedLog, GatedProducer};
use super::isolate::{
    Call, Environment, FetchRequest, FetchResponse, Handlers, InvocationError, Isolate, IsolateSettings,
};
use super::log::LogSink;
use super::python::PythonCode;
use super::worker::Blueprint;
use crate::base::{Timestamp, limits};
use crate::broker::Delivery;
use crate::workers::Bundle;

/// How long an invocation may take.
const WALL_TIME: Duration = Duration::from_millis(limits::CONSUMER_WALL_TIME_MS_MAX);

/// The code of a Worker.
#[derive(Clone)]
pub enum Code {
    /// JavaScript in one script.
    Script(Arc<Bundle>),
    /// JavaScript that was compiled into an engine of its own by `qemu-dev build`.
    Artifact(Arc<Artifact>),
    /// A component that exports the world of `wit/worker.wit`.
    Component(Arc<ComponentCode>),
    /// Python, in an engine of its own.
    Python(Arc<PythonCode>),
}

impl Code {
    /// The Worker in the bytes of a `.wasm` file, whichever contract it exports. This compiles, which may take seconds
    /// when these bytes are new.
    ///
    /// # Errors
    ///
    /// When they are no component, or one for another host.
    pub fn from_wasm(engine: &Engine, bytes: &[u8]) -> Result<Self, Refusal> {
        Refusal::unless_component(bytes)?;
        let component = engine
            .machine()
            .component("component", Sha256::new().chain_update(bytes), || Ok(bytes.to_vec()))
            .map_err(|error| Refusal::invalid(&error))?;
        match Artifact::of(engine, &component, bytes)? {
            Some(artifact) => Ok(Self::Artifact(Arc::new(artifact))),
            None => Ok(Self::Component(Arc::new(ComponentCode::link(engine.machine(), &component)?))),
        }
    }

    /// Whether nothing in it could ever be called, as far as that is known without its `handlers`.
    pub(super) fn exports_nothing(&self) -> bool {
        match self {
            Self::Script(bundle) => bundle.exports.is_empty(),
            Self::Artifact(artifact) => artifact.bundle().exports.is_empty(),
            // A component without a handler is refused before.
            Self::Component(_) => false,
            // Classes but its handlers cannot be called.
            Self::Python(_) => true,
        }
    }
}

/// A running generation.
pub(super) enum Guest {
    /// In the JavaScript engine.
    Isolate(Isolate),
    /// As a component.
    Component(ComponentGuest),
}

impl Guest {
    /// Starts the code of `blueprint`; answers with the handlers it has.
    ///
    /// # Errors
    ///
    /// When the script throws while it is evaluated, or the guest traps or passes a limit.
    pub async fn start(
        environment: Environment,
        blueprint: &Blueprint,
        log: Arc<dyn LogSink>,
        gate: Gate,
    ) -> Result<(Self, Handlers), InvocationError> {
        let producer = Arc::new(GatedProducer { gate: gate.clone(), producer: environment.producer.clone() });
        let services = environment.services.for_caller(gate.clone());
        let environment = Environment { producer, services, ..environment };
        let log: Arc<dyn LogSink> = Arc::new(GatedLog { gate: gate.clone(), log });
        let ended = gate.ended();
        match &blueprint.code {
            Code::Script(bundle) => {
                Self::start_isolate(environment, bundle.clone(), false, blueprint.clone(), log, ended).await
            }
            Code::Artifact(artifact) => {
                let environment = Environment { engine: artifact.engine().clone(), ..environment };
                Self::start_isolate(
                    environment,
                    artifact.bundle().clone(),
                    true,
                    blueprint.clone(),
                    log,
                    ended,
                )
                .await
            }
            Code::Component(code) => {
                Self::start_component(environment, code, None, blueprint, log, ended).await
            }
            Code::Python(code) => {
                let sources = Some(code.sources().clone());
                Self::start_component(environment, code.engine(), sources, blueprint, log, ended).await
            }
        }
    }

    async fn start_component(
        environment: Environment,
        code: &Arc<ComponentCode>,
        sources: Option<Arc<PythonSources>>,
        blueprint: &Blueprint,
        log: Arc<dyn LogSink>,
        ended: watch::Receiver<bool>,
    ) -> Result<(Self, Handlers), InvocationError> {
        let settings = ComponentSettings {
            code: code.clone(),
            setup: blueprint.setup.clone(),
            producers: blueprint.producers.clone(),
            log,
            limits: InvocationLimits { cpu_ms: blueprint.cpu_ms, wall_time: WALL_TIME },
            sources,
        };
        let (component, handlers) = ComponentGuest::start(environment, settings, ended).await?;
        Ok((Self::Component(component), handlers))
    }

    async fn start_isolate(
        environment: Environment,
        bundle: Arc<Bundle>,
        script_is_embedded: bool,
        blueprint: Blueprint,
        log: Arc<dyn LogSink>,
        ended: watch::Receiver<bool>,
    ) -> Result<(Self, Handlers), InvocationError> {
        let settings = IsolateSettings {
            worker: blueprint.setup.worker.as_str().into(),
            bundle,
            script_is_embedded,
            expose_error_codes: blueprint.setup.flags.expose_error_codes,
            setup: blueprint.setup.to_json(),
            producers: blueprint.producers,
            services: blueprint.services,
            log,
            cpu_ms: blueprint.cpu_ms,
            wall_time: WALL_TIME,
        };
        let (isolate, handlers) = Isolate::start(environment, settings, ended).await?;
        Ok((Self::Isolate(isolate), handlers))
    }

    /// Whether it can take further invocations. A component replaces its instances itself.
    pub fn is_alive(&self) -> bool {
        match self {
            Self::Isolate(isolate) => isolate.is_alive(),
            Self::Component(_) => true,
        }
    }

    /// See [`Isolate::kill`]. A component's instances have one invocation each: those that wait for their
    /// next one are let go of.
    pub fn kill(&self) {
        match self {
            Self::Isolate(isolate) => isolate.kill(),
            Self::Component(component) => component.forget_instances(),
        }
    }

    /// See [`Isolate::fetch`].
    pub async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, InvocationError> {
        match self {
            Self::Isolate(isolate) => isolate.fetch(request).await,
            Self::Component(_) if request.entrypoint.is_some() => Err(InvocationError::Died(String::from(
                "A WebAssembly component has no named entrypoints: bind the Worker without one.",
            ))),
            Self::Component(component) => component.fetch(request).await,
        }
    }

    /// See [`Isolate::call`]. A component has no methods for RPC.
    pub async fn call(&self, call: Call) -> Result<Box<RawValue>, InvocationError> {
        match self {
            Self::Isolate(isolate) => isolate.call(call).await,
            Self::Component(_) => Err(InvocationError::Died(format!(
                "The method \"{}\" cannot be called: a WebAssembly component is reached by fetch() only.",
                call.method
            ))),
        }
    }

    /// See [`Isolate::deliver`].
    pub fn deliver(&self, delivery: Delivery) {
        match self {
            Self::Isolate(isolate) => isolate.deliver(delivery),
            Self::Component(component) => component.deliver(delivery),
        }
    }

    /// See [`Isolate::scheduled`].
    pub async fn scheduled(&self, cron: String, time: Timestamp) -> Result<(), InvocationError> {
        match self {
            Self::Isolate(isolate) => isolate.scheduled(cron, time).await,
            Self::Component(component) => component.scheduled(cron, time).await,
        }
    }

    /// See [`Isolate::settled`].
    pub async fn settled(&self) {
        match self {
            Self::Isolate(isolate) => isolate.settled().await,
            Self::Component(component) => component.settled().await,
        }
    }
}
