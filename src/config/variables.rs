//! Variables from beside the configuration file and from the command line.
//!
//! Source: Cloudflare's documentation, "Environment variables and secrets", "Local development".

use std::iter;
use std::path::{Path, PathBuf};

use super::dotenv::{self, Assignment};
use super::expand::expand_references;
use super::problems::Problems;
use super::read::read_text;
use super::resolved::{Variable, VariableOrigin};
use crate::base::Diagnostic;

/// The files that may hold variables, read or not.
pub(super) struct VariableFiles {
    /// `.dev.vars.<environment>` and `.dev.vars`: the first that exists counts.
    dev_vars: Vec<PathBuf>,
    /// `.env` and its variants, weakest first; they count when there is no `.dev.vars`.
    dot_env: Vec<PathBuf>,
    /// Files of the command line, weakest first; where there are any, only they count.
    env_files: Vec<PathBuf>,
}

impl VariableFiles {
    pub(super) fn new(directory: &Path, environment: Option<&str>, env_files: &[PathBuf]) -> Self {
        if !env_files.is_empty() {
            return Self { dev_vars: Vec::new(), dot_env: Vec::new(), env_files: env_files.to_vec() };
        }
        let beside = |name: String| directory.join(name);
        let mut dev_vars =
            Vec::from_iter(environment.map(|environment| beside(format!(".dev.vars.{environment}"))));
        dev_vars.push(beside(".dev.vars".into()));
        let mut dot_env = vec![beside(".env".into()), beside(".env.local".into())];
        if let Some(environment) = environment {
            dot_env.push(beside(format!(".env.{environment}")));
            dot_env.push(beside(format!(".env.{environment}.local")));
        }
        Self { dev_vars, dot_env, env_files: Vec::new() }
    }

    /// Every file that is looked for.
    pub(super) fn candidates(&self) -> impl Iterator<Item = &Path> {
        self.dev_vars.iter().chain(&self.dot_env).chain(&self.env_files).map(PathBuf::as_path)
    }
}

/// Adds the variables of the files and then those of the command line, each beating what is there.
pub(super) fn apply_variables(
    vars: &mut Vec<Variable>,
    files: &VariableFiles,
    command_line: &[String],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (origin, assignment) in file_variables(files, diagnostics) {
        set(vars, Variable { name: assignment.name, value: assignment.value.into(), origin });
    }
    for argument in command_line {
        match argument.split_once(':') {
            Some((name, value)) if !name.is_empty() => set(
                vars,
                Variable { name: name.into(), value: value.into(), origin: VariableOrigin::CommandLine },
            ),
            _ => diagnostics.push(
                Diagnostic::error(format!("The variable \"{argument}\" has no value."))
                    .with_help("write --var NAME:value"),
            ),
        }
    }
}

fn file_variables(
    files: &VariableFiles,
    diagnostics: &mut Vec<Diagnostic>,
) -> impl Iterator<Item = (VariableOrigin, Assignment)> {
    let (origin, assignments) = if !files.env_files.is_empty() {
        (VariableOrigin::EnvFile, read_all(&files.env_files, diagnostics))
    } else if let Some(path) = files.dev_vars.iter().find(|path| path.exists()) {
        (VariableOrigin::DevVars, read_all(std::slice::from_ref(path), diagnostics))
    } else {
        let existing: Vec<PathBuf> = files.dot_env.iter().filter(|path| path.exists()).cloned().collect();
        (VariableOrigin::DotEnv, read_all(&existing, diagnostics))
    };
    let assignments = match origin {
        VariableOrigin::DevVars => assignments,
        _ => expand_references(assignments, diagnostics),
    };
    iter::repeat(origin).zip(assignments)
}

fn read_all(paths: &[PathBuf], diagnostics: &mut Vec<Diagnostic>) -> Vec<Assignment> {
    let mut assignments = Vec::new();
    for path in paths {
        match read_text(path) {
            Ok(source) => {
                let mut problems = Problems::new(&dotenv::masked(&source));
                assignments.extend(dotenv::parse(&source, &mut problems));
                diagnostics.extend(problems.into_diagnostics());
            }
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    assignments
}

fn set(vars: &mut Vec<Variable>, variable: Variable) {
    match vars.iter_mut().find(|earlier| earlier.name == variable.name) {
        Some(earlier) => *earlier = variable,
        None => vars.push(variable),
    }
}
