//! Builds a worker's code and makes it the current generation.

use std::path::PathBuf;
use std::sync::Arc;

use super::artifact;
use super::python;
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

/// Whether the worker's main file is JavaScript or TypeScript.
pub fn is_script(request: &BundleRequest) -> bool {
    !artifact::is_named(request) && !python::is_named(request)
}

/// Builds a worker: bundles its source, collects its modules in Python, or compiles its component.
///
/// # Errors
///
/// When its source has errors, its component is none for this host, or there is nothing to run its Python with.
pub async fn build(
    plan: &WorkerPlan,
    engine: &Engine,
    reporter: &dyn Reporter,
) -> Result<Built, BuildFailure> {
    let Made { code, inputs, warnings } = if artifact::is_named(&plan.bundle) {
        artifact::load(&plan.bundle, engine, reporter).await?
    } else if python::is_named(&plan.bundle) {
        python::load(&plan.bundle, engine, reporter).await?
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
    match workers::bundle(request).await {
        Ok(mut bundle) => {
            let inputs = std::mem::take(&mut bundle.inputs);
            let warnings = std::mem::take(&mut bundle.warnings);
            Ok(Made { code: Code::Script(Arc::new(bundle)), inputs, warnings })
        }
        Err(failure) => Err(BuildFailure { diagnostics: failure.diagnostics, inputs: failure.inputs }),
    }
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
