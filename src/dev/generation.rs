//! Builds a worker's code and makes it the current generation.

use std::path::PathBuf;
use std::sync::Arc;

use super::artifact;
use super::reporter::Reporter;
use crate::base::Diagnostic;
use crate::plan::WorkerPlan;
use crate::runtime::engine::Engine;
use crate::runtime::guest::Code;
use crate::runtime::isolate::{Handlers, InvocationError};
use crate::runtime::worker::{Blueprint, Worker};
use crate::workers::{self, BundleRequest};

/// A build that succeeded.
pub struct Built {
    /// The code with what it runs with.
    pub blueprint: Blueprint,
    /// The files it was made from.
    pub inputs: Vec<PathBuf>,
    /// What the bundler warns of.
    pub warnings: Vec<Diagnostic>,
}

/// A build that failed.
pub struct BuildFailure {
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The files whose change may mend it.
    pub inputs: Vec<PathBuf>,
}

/// Builds a worker: bundles its source, or compiles its component.
///
/// # Errors
///
/// When its source has errors, or its component is none for this host.
pub async fn build(
    plan: &WorkerPlan,
    engine: &Engine,
    reporter: &dyn Reporter,
) -> Result<Built, BuildFailure> {
    let Made { code, inputs, warnings } = if artifact::is_named(&plan.bundle) {
        artifact::load(&plan.bundle, engine, reporter).await?
    } else {
        bundle(&plan.bundle).await?
    };
    let blueprint = Blueprint {
        code,
        setup: plan.setup.clone(),
        producers: plan.producers.clone(),
        services: plan.services.clone(),
        cpu_ms: plan.cpu_ms,
    };
    Ok(Built { blueprint, inputs, warnings })
}

/// Code with what it was made from.
pub struct Made {
    /// The code.
    pub code: Code,
    /// The files it was made from.
    pub inputs: Vec<PathBuf>,
    /// What is probably wrong.
    pub warnings: Vec<Diagnostic>,
}

/// Bundles a worker's source.
///
/// # Errors
///
/// When it has errors.
pub async fn bundle(request: &BundleRequest) -> Result<Made, BuildFailure> {
    if request.main.extension().is_some_and(|extension| extension == "py") {
        return Err(python(request));
    }
    match workers::bundle(request).await {
        Ok(mut bundle) => {
            let inputs = std::mem::take(&mut bundle.inputs);
            let warnings = std::mem::take(&mut bundle.warnings);
            Ok(Made { code: Code::Script(Arc::new(bundle)), inputs, warnings })
        }
        Err(failure) => Err(BuildFailure { diagnostics: failure.diagnostics, inputs: failure.inputs }),
    }
}

/// Python's sources are not run; see ARCHITECTURE.md.
fn python(request: &BundleRequest) -> BuildFailure {
    let message = format!("Python Workers are not run from their source: {}", request.main.display());
    let diagnostic = Diagnostic::error(message).with_help(
        "compile it to a component with componentize-py, as wrangler-examples/components/python shows, and name the \
         component in `main`",
    );
    BuildFailure { diagnostics: vec![diagnostic], inputs: vec![request.main_path()] }
}

/// Evaluates the code of a build in a new isolate, and on success lets it take over; answers with its handlers.
///
/// # Errors
///
/// When the script throws while it is evaluated; the text says what and where.
pub async fn load(worker: &Worker, blueprint: Blueprint) -> Result<Handlers, String> {
    match worker.load(blueprint).await {
        Ok(handlers) => Ok(handlers),
        Err(InvocationError::Exception(exception)) => {
            Err(format!("Worker \"{}\" threw while it started:\n{exception}", worker.name()))
        }
        Err(InvocationError::Died(reason)) => {
            Err(format!("Worker \"{}\" could not start: {reason}", worker.name()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_python_source_is_told_what_to_do() {
        let request = BundleRequest::new("src/entry.py", "/project", Vec::new());
        let Err(failure) = bundle(&request).await else { panic!("it was bundled") };
        assert!(failure.diagnostics[0].message.contains("src/entry.py"), "{:?}", failure.diagnostics);
        assert_eq!(failure.inputs, [PathBuf::from("/project/src/entry.py")]);
    }
}
