//! One configuration file from disk, with the variables that lie beside it.

use std::path::{Path, PathBuf};

use super::check;
use super::document;
use super::problems::Problems;
use super::process_environment::ProcessEnvironment;
use super::read::read_configuration;
use super::resolve::resolve;
use super::resolved::Resolved;
use super::variables::{VariableFiles, apply_command_line, apply_files};
use crate::base::{Diagnostic, Severity, Source};

/// Which file to load, and what the command line adds to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadRequest {
    /// The configuration file; relative paths are relative to the working directory.
    pub path: PathBuf,
    /// The entry point in place of the file's `main`; relative paths are relative to the working directory.
    pub main: Option<PathBuf>,
    /// The environment to choose, as in `--env`; an empty name is none.
    pub environment: Option<String>,
    /// Files that replace `.dev.vars` and `.env`, as in `--env-file`; later ones win.
    pub env_files: Vec<PathBuf>,
    /// Variables that beat all others, each `NAME:value`, as in `--var`.
    pub vars: Vec<String>,
    /// What the surroundings say about variables.
    pub process: ProcessEnvironment,
}

/// What came of loading a configuration file.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The worker as far as it can be told, with the default where a value is wrong: good for looking for what else is
    /// wrong, and for a session unless it [failed](Self::failed).
    pub resolved: Option<Resolved>,
    /// Whether one of the diagnostics is an error.
    pub failed: bool,
    /// All problems found: those of the configuration file in the order of its text, then those of the
    /// variables.
    pub diagnostics: Vec<Diagnostic>,
    /// Absolute paths of the files that were read or looked for: a change of any of them, or its appearing,
    /// may change the result.
    pub watched_files: Vec<PathBuf>,
}

/// Loads a configuration file and the variable files beside it, and reports every problem of all of them.
///
/// Never fails as such: whatever is wrong is among the diagnostics.
pub fn load(request: &LoadRequest) -> Loaded {
    let config_path = absolute(&request.path);
    let environment = request.environment.as_deref().filter(|environment| !environment.is_empty());
    let mut diagnostics = Vec::new();
    let main = request.main.as_deref().map(absolute);
    let mut resolved =
        load_config(&request.path, &config_path, environment, main.as_deref(), &mut diagnostics);

    let directory = config_path.parent().unwrap_or(Path::new("/"));
    let files = VariableFiles::new(directory, environment, &request.env_files, &request.process);
    let mut vars = resolved.as_mut().map(|resolved| std::mem::take(&mut resolved.vars)).unwrap_or_default();
    let secrets = resolved.as_ref().and_then(|resolved| Some((&resolved.source, resolved.secrets.as_ref()?)));
    apply_files(&mut vars, &files, secrets, &request.process, &mut diagnostics);
    apply_command_line(&mut vars, &request.vars, &mut diagnostics);
    if let Some(resolved) = &mut resolved {
        resolved.vars = vars;
    }

    let failed = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    let mut watched_files = vec![config_path];
    watched_files.extend(files.candidates().map(absolute));
    Loaded { resolved, failed, diagnostics, watched_files }
}

fn load_config(
    path: &Path,
    config_path: &Path,
    environment: Option<&str>,
    main: Option<&Path>,
    found: &mut Vec<Diagnostic>,
) -> Option<Resolved> {
    let source = match read_configuration(path) {
        Ok(source) => source,
        Err(diagnostic) => {
            found.push(*diagnostic);
            return None;
        }
    };
    let mut problems = Problems::new(&source);
    let resolved = check_config(&source, config_path, environment, main, &mut problems);
    found.extend(problems.into_diagnostics());
    resolved
}

fn check_config(
    source: &Source,
    config_path: &Path,
    environment: Option<&str>,
    main: Option<&Path>,
    problems: &mut Problems,
) -> Option<Resolved> {
    let root = document::parse(source, problems)?;
    let resolved = resolve(&root, config_path, environment, main, problems)?;
    check::main::check_exists(&resolved, problems);
    check::bundling::check_tsconfig_exists(&resolved, problems);
    Some(resolved)
}

/// The path from the root of the file system, without touching it.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
