//! Checking a project without running it.

use std::path::{Path, PathBuf};

use super::artifact;
use super::configuration::{self, Configuration};
use super::custom_build::{self, WranglerCommand};
use super::options::SessionOptions;
use super::place::state_directory;
use super::python;
use crate::base::{Diagnostic, Severity};
use crate::plan::{Plan, WorkerPlan};
use crate::runtime::engine::Engine;
use crate::runtime::guest::Code;
use crate::workers::{self, BundleRequest};

/// What a check found.
pub struct Check {
    /// What a session would run, unless the configuration has errors.
    pub plan: Option<CheckedPlan>,
    /// Everything that is wrong or worth a warning, in all files.
    pub diagnostics: Vec<Diagnostic>,
}

/// A plan whose workers' code was built.
pub struct CheckedPlan {
    /// The plan.
    pub plan: Plan,
    /// The length of each worker's code in bytes (of its script, or of its component), in the order of the
    /// plan; `None` where it has errors.
    pub code_bytes: Vec<Option<usize>>,
    /// The folder that a session would keep its state in.
    pub state_directory: PathBuf,
}

/// The length of a worker's code, if there is any, and what is wrong with it.
type Built = (Option<usize>, Vec<Diagnostic>);

impl Check {
    /// Reads the configuration and builds every worker, as a session does: custom builds are run first, and `tell` is
    /// given their output, with the worker's name where there are several. No worker is run, no state is written.
    pub async fn run(options: &SessionOptions, tell: &(dyn Fn(Option<&str>, &str) + Send + Sync)) -> Self {
        let working_directory = std::env::current_dir().unwrap_or_default();
        let Configuration { plan, sound, mut diagnostics, .. } =
            configuration::read(options, &working_directory);
        // What is wrong with the code of some is told beside what is wrong with the configuration of others.
        let workers = plan.as_ref().map_or(&sound, |plan| &plan.workers);
        let several = options.configs.len() > 1;
        let builds = workers.iter().map(async |worker| {
            let tell = |line: &str| tell(several.then_some(worker.name.as_str()), line);
            build(worker, &options.cache_directory, &tell).await
        });
        let mut code_bytes = Vec::with_capacity(workers.len());
        for (bytes, found) in futures::future::join_all(builds).await {
            code_bytes.push(bytes);
            diagnostics.extend(found);
        }
        let Some(plan) = plan else { return Self { plan: None, diagnostics } };
        let state_directory = state_directory(options, &plan);
        Self { plan: Some(CheckedPlan { plan, code_bytes, state_directory }), diagnostics }
    }

    /// Whether a session could run.
    pub fn succeeded(&self) -> bool {
        let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        self.plan.is_some() && !self.diagnostics.iter().any(is_error)
    }
}

async fn build(worker: &WorkerPlan, cache_directory: &Path, tell: &(dyn Fn(&str) + Send + Sync)) -> Built {
    if let Some(custom_build) = &worker.custom_build
        && let Err(problem) =
            custom_build::run(&worker.name, custom_build, WranglerCommand::Deploy, tell).await
    {
        return (None, vec![Diagnostic::error(problem)]);
    }
    let request = &worker.bundle;
    if artifact::is_named(request) {
        return component(request, cache_directory).await;
    }
    if python::is_named(request) {
        return python::check(request).await;
    }
    match workers::bundle(request).await {
        Ok(bundle) => (Some(bundle.script.len()), bundle.warnings),
        Err(failure) => (None, failure.diagnostics),
    }
}

/// Compiles a component; the machine code is kept for the session to come.
async fn component(request: &BundleRequest, cache_directory: &Path) -> Built {
    let (path, cache_directory) = (request.main_path(), cache_directory.to_owned());
    let shown = path.strip_prefix(&request.directory).unwrap_or(&path).display().to_string();
    let bytes = match artifact::read(&path).await {
        Ok(bytes) => bytes,
        Err(diagnostic) => return (None, vec![diagnostic]),
    };
    let compilation = tokio::task::spawn_blocking(move || compile(&bytes, &shown, &cache_directory));
    compilation.await.unwrap_or_else(|fault| {
        (None, vec![Diagnostic::error(format!("the component could not be compiled: {fault}"))])
    })
}

fn compile(bytes: &[u8], shown: &str, cache_directory: &Path) -> Built {
    let engine = match Engine::new(cache_directory, || ()) {
        Ok(engine) => engine,
        Err(error) => return (None, vec![Diagnostic::error(format!("{error:#}"))]),
    };
    match Code::from_wasm(&engine, bytes) {
        Ok(_) => (Some(bytes.len()), Vec::new()),
        Err(refusal) => {
            let problem = Diagnostic::error(format!("{shown} {}", refusal.message));
            (None, vec![problem.with_help(refusal.help.as_str())])
        }
    }
}
