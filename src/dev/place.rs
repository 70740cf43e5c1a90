//! Where the state of a project is, for commands that run no session.

use std::path::{Path, PathBuf};

use super::api::Declarations;
use super::configuration::{self, Configuration};
use super::options::SessionOptions;
use crate::base::{Diagnostic, Severity};
use crate::plan::Plan;

/// The state of a project.
pub struct Place {
    /// The folder that it is kept in.
    pub state_directory: PathBuf,
    /// What the configuration says of queues.
    pub declarations: Declarations,
}

impl Place {
    /// Finds it as a session does. A folder that is named makes the configuration unnecessary.
    ///
    /// # Errors
    ///
    /// When there is no configuration, or it has errors, and no folder is named.
    pub fn find(options: &SessionOptions) -> Result<Self, Vec<Diagnostic>> {
        let working_directory = std::env::current_dir().unwrap_or_default();
        let Configuration { plan, diagnostics, .. } = configuration::read(options, &working_directory);
        let declarations = Declarations::default();
        let state_directory = match (plan, &options.persist_to) {
            (Some(plan), _) => {
                declarations.update(&plan);
                state_directory(options, &plan)
            }
            (None, Some(named)) => absolute(named),
            (None, None) => return Err(errors(diagnostics)),
        };
        Ok(Self { state_directory, declarations })
    }
}

fn errors(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect()
}

/// The folder that a session of this plan keeps its state in.
pub(super) fn state_directory(options: &SessionOptions, plan: &Plan) -> PathBuf {
    absolute(options.persist_to.as_deref().unwrap_or(&plan.state_directory))
}

fn absolute(directory: &Path) -> PathBuf {
    std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned())
}
