//! From configuration files to a plan.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::options::SessionOptions;
use crate::base::{Diagnostic, Severity};
use crate::config::{self, LoadRequest, ProcessEnvironment, discover, session_checks};
use crate::plan::{Plan, WorkerPlan};

/// What the configuration files say.
pub struct Configuration {
    /// The plan, unless something is wrong.
    pub plan: Option<Plan>,
    /// The workers with whose own configuration nothing is wrong.
    pub sound: Vec<WorkerPlan>,
    /// Everything that is wrong or worth a warning, in all files.
    pub diagnostics: Vec<Diagnostic>,
    /// Files that were read or looked for.
    pub files: BTreeSet<PathBuf>,
}

/// Reads all configuration files of a session.
pub fn read(options: &SessionOptions, working_directory: &Path) -> Configuration {
    let paths = match config_paths(options, working_directory) {
        Ok(paths) => paths,
        Err(missing) => {
            return Configuration {
                plan: None,
                sound: Vec::new(),
                diagnostics: vec![*missing],
                files: BTreeSet::new(),
            };
        }
    };
    let mut diagnostics: Vec<Diagnostic> = script_of_many(options, &paths).into_iter().collect();
    if options.configs.is_empty() {
        diagnostics.extend(discover::redirection(working_directory));
    }
    let mut files = BTreeSet::new();
    let (mut workers, mut sound) = (Vec::new(), Vec::new());
    let process = ProcessEnvironment::of_this_process();
    for path in &paths {
        let loaded = config::load(&LoadRequest {
            path: path.clone(),
            main: options.script.clone(),
            environment: options.environment.clone(),
            env_files: options.env_files.clone(),
            vars: options.vars.clone(),
            process: process.clone(),
        });
        diagnostics.extend(loaded.diagnostics);
        files.extend(loaded.watched_files);
        sound.extend(loaded.resolved.clone().filter(|_| !loaded.failed));
        workers.extend(loaded.resolved);
    }
    diagnostics.extend(session_checks::check_session(&workers));
    // Whether a worker is there can be told when all are.
    if workers.len() == paths.len() {
        diagnostics.extend(session_checks::check_services(&workers));
    }
    let missing = workers.iter().flat_map(|worker| {
        worker.missing_bindings.iter().map(|missing| missing.to_diagnostic(&worker.source))
    });
    diagnostics.extend(missing);
    diagnostics.dedup();
    let failed = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    let plan = (!failed && workers.len() == paths.len()).then(|| Plan::new(&workers));
    Configuration { plan, sound: Plan::new(&sound).workers, diagnostics, files }
}

fn config_paths(options: &SessionOptions, working_directory: &Path) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
    if options.configs.is_empty() {
        return discover::discover(working_directory).map(|path| vec![path]);
    }
    Ok(options.configs.clone())
}

/// A script beside several configurations: which of them it is for cannot be told.
fn script_of_many(options: &SessionOptions, paths: &[PathBuf]) -> Option<Diagnostic> {
    let script = options.script.as_ref().filter(|_| paths.len() > 1)?;
    let message = format!(
        "The script \"{}\" cannot take the place of \"main\" in {} configurations.",
        script.display(),
        paths.len()
    );
    Some(Diagnostic::error(message).with_help("name one configuration with -c, or leave the script out"))
}
