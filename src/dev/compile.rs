//! A Worker's source as one WebAssembly component.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::configuration;
use super::custom_build::{self, WranglerCommand};
use super::generation::{self, BuildFailure};
use super::options::SessionOptions;
use super::python;
use super::system_clock::SystemClock;
use crate::base::{Diagnostic, Work};
use crate::broker::error::BrokerClosed;
use crate::broker::{Failure, MetricsReply, Producer, SendReply, SendRequest};
use crate::plan::WorkerPlan;
use crate::runtime::artifact::{Artifact, Interfaces};
use crate::runtime::engine::Engine;
use crate::runtime::guest::Code;
use crate::runtime::isolate::{Environment, Handlers};
use crate::runtime::log::LogSink;
use crate::runtime::outbound::Outbound;
use crate::runtime::running::RunningHandlers;
use crate::runtime::services::Services;
use crate::runtime::worker::{Blueprint, Worker};

/// A compiled Worker.
pub struct Compiled {
    /// The Worker's name.
    pub worker: String,
    /// The component.
    pub component: Vec<u8>,
    /// The files it was made from, and those of its configuration; absolute.
    pub inputs: Vec<PathBuf>,
    /// Its interfaces.
    pub interfaces: Interfaces,
    /// The events that the Worker handles.
    pub handlers: Handlers,
    /// What is probably wrong, though it runs.
    pub warnings: Vec<Diagnostic>,
}

/// There is no component.
pub enum CompileError {
    /// Because of these problems in the user's files.
    Diagnostics(Vec<Diagnostic>),
    /// For this reason.
    Failed(String),
}

/// Bundles the Worker of the one configuration that `options` names, after its custom build, evaluates it once to see
/// that it starts, and compiles it. `tell` is told what takes time, and what a custom build prints. Its lines while it
/// starts go to `log`.
///
/// # Errors
///
/// When something in the user's files is wrong, or the script throws while it is evaluated.
pub async fn compile(
    options: &SessionOptions,
    log: Arc<dyn LogSink>,
    tell: impl Fn(&str) + Send + Sync + 'static,
) -> Result<Compiled, CompileError> {
    let (plan, mut inputs, mut warnings) = plan(options)?;
    if let Some(build) = &plan.custom_build {
        let tell = |line: &str| tell(&format!("[custom build] {line}"));
        custom_build::run(&plan.name, build, WranglerCommand::Deploy, &tell)
            .await
            .map_err(CompileError::Failed)?;
    }
    if super::artifact::is_named(&plan.bundle) {
        let message = format!("the main file of worker \"{}\" is a component already", plan.name);
        let help = "`qemu-dev dev` runs it; name the configuration of a Worker in JavaScript or TypeScript";
        return Err(CompileError::Diagnostics(vec![Diagnostic::error(message).with_help(help)]));
    }
    if python::is_named(&plan.bundle) {
        let message = format!("the main file of worker \"{}\" is Python, which is not compiled", plan.name);
        let help = "`qemu-dev dev` runs it as it is; componentize-py makes components of Python that is written for \
                    wit/worker.wit";
        return Err(CompileError::Diagnostics(vec![Diagnostic::error(message).with_help(help)]));
    }
    let directory = options.cache_directory.clone();
    let engine = blocking(move || {
        let preparing = "Preparing the JavaScript engine; this happens once and takes a few seconds.";
        let engine = Engine::new(&directory, move || tell(preparing))?;
        engine.prepare().map(|()| engine)
    });
    let made = generation::bundle(&plan.bundle).await.map_err(of_build)?;
    warnings.extend(made.warnings);
    let Code::Script(bundle) = &made.code else {
        return Err(CompileError::Failed(String::from("the Worker is no script")));
    };
    let bundle = bundle.clone();
    let handlers = evaluate(&plan, made.code.clone(), engine.await?, log).await?;
    let setup = plan.setup;
    let component = blocking(move || Artifact::build(&bundle, handlers, &setup)).await?;
    let interfaces = Interfaces::of(&component);
    inputs.extend(made.inputs);
    Ok(Compiled { worker: plan.name, component, inputs, interfaces, handlers, warnings })
}

/// The plan of the one Worker, the files it was read from, and what the configuration warns of.
fn plan(options: &SessionOptions) -> Result<(WorkerPlan, Vec<PathBuf>, Vec<Diagnostic>), CompileError> {
    let working_directory = std::env::current_dir().unwrap_or_else(|_| Path::new(".").to_owned());
    let configuration = configuration::read(options, &working_directory);
    let worker = configuration.plan.and_then(|plan| plan.workers.into_iter().next());
    match worker {
        Some(worker) => Ok((worker, configuration.files.into_iter().collect(), configuration.diagnostics)),
        None => Err(CompileError::Diagnostics(configuration.diagnostics)),
    }
}

/// Evaluates the script as a session would, with the variables of the configuration, which do not become part of the
/// component.
async fn evaluate(
    plan: &WorkerPlan,
    code: Code,
    engine: Engine,
    log: Arc<dyn LogSink>,
) -> Result<Handlers, CompileError> {
    let environment = Environment {
        engine,
        producer: Arc::new(NoQueues),
        outbound: Outbound::new().map_err(CompileError::Failed)?,
        services: Services::default(),
        clock: Arc::new(SystemClock::new()),
        work: Work::default(),
        handlers: RunningHandlers::default(),
        tokio: tokio::runtime::Handle::current(),
    };
    let blueprint = Blueprint {
        code,
        setup: plan.setup.clone(),
        producers: plan.producers.clone(),
        services: plan.services.clone(),
        cpu_ms: plan.cpu_ms,
    };
    let worker = Worker::new(plan.name.as_str(), environment, log);
    generation::load(&worker, blueprint).await.map_err(CompileError::Failed)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> Result<T, CompileError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(anyhow::Error::from);
    done.and_then(|result| result).map_err(|error| CompileError::Failed(format!("{error:#}")))
}

fn of_build(failure: BuildFailure) -> CompileError {
    CompileError::Diagnostics(failure.diagnostics)
}

/// Nothing can be sent while a script is evaluated.
struct NoQueues;

impl Producer for NoQueues {
    fn send(&self, _: SendRequest, reply: SendReply) {
        reply(Err(Failure::Closed(BrokerClosed)));
    }

    fn metrics(&self, _: &str, reply: MetricsReply) {
        reply(Err(Failure::Closed(BrokerClosed)));
    }
}
