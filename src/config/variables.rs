//! Variables from beside the configuration file and from the command line.
//!
//! Source: Cloudflare's documentation, "Environment variables and secrets", "Local development".

use std::path::{Path, PathBuf};

use super::dotenv::{self, Assignment};
use super::expand::expand_references;
use super::problems::Problems;
use super::process_environment::ProcessEnvironment;
use super::read::read_text;
use super::resolved::{RequiredSecrets, Variable, VariableOrigin};
use crate::base::{Diagnostic, Source};

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
    /// The files for a configuration in `directory`. A file of the command line is meant beside the configuration, as
    /// in wrangler, and where there is none, as it is written.
    pub(super) fn new(
        directory: &Path,
        environment: Option<&str>,
        env_files: &[PathBuf],
        process: &ProcessEnvironment,
    ) -> Self {
        let beside = |name: String| directory.join(name);
        if !env_files.is_empty() {
            let found = |path: &PathBuf| Some(directory.join(path)).filter(|beside| beside.exists());
            let env_files =
                env_files.iter().map(|path| found(path).unwrap_or_else(|| path.clone())).collect();
            return Self { dev_vars: Vec::new(), dot_env: Vec::new(), env_files };
        }
        let mut dev_vars =
            Vec::from_iter(environment.map(|environment| beside(format!(".dev.vars.{environment}"))));
        dev_vars.push(beside(".dev.vars".into()));
        if !process.loads_dot_env {
            return Self { dev_vars, dot_env: Vec::new(), env_files: Vec::new() };
        }
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

/// Adds the variables of the files, each beating what is there. Where the configuration names its secrets, no others
/// are taken, and those that are missing are told of.
pub(super) fn apply_files(
    vars: &mut Vec<Variable>,
    files: &VariableFiles,
    secrets: Option<(&Source, &RequiredSecrets)>,
    process: &ProcessEnvironment,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let includes_process = process.is_included || secrets.is_some();
    let mut found = file_variables(files, process, includes_process, diagnostics);
    if let Some((source, secrets)) = secrets {
        found.retain(|variable| secrets.names.contains(&variable.name));
        let is_missing = |name: &&String| !found.iter().any(|variable| variable.name == **name);
        let missing: Vec<&str> = secrets.names.iter().filter(is_missing).map(String::as_str).collect();
        if !missing.is_empty() {
            let message = format!("Missing required secrets: {}.", missing.join(", "));
            let help = "add them to .dev.vars or .env, or set them as environment variables";
            diagnostics.push(Diagnostic::warning(message).at(source, secrets.span.clone()).with_help(help));
        }
    }
    found.into_iter().for_each(|variable| set(vars, variable));
}

/// Adds the variables of the command line, each beating what is there.
pub(super) fn apply_command_line(
    vars: &mut Vec<Variable>,
    command_line: &[String],
    diagnostics: &mut Vec<Diagnostic>,
) {
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
    process: &ProcessEnvironment,
    includes_process: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Variable> {
    let of = |origin| move |one: Assignment| Variable { name: one.name, value: one.value.into(), origin };
    if let Some(path) = files.dev_vars.iter().find(|path| path.exists()) {
        let assignments = read_all(std::slice::from_ref(path), diagnostics);
        return assignments.into_iter().map(of(VariableOrigin::DevVars)).collect();
    }
    let (origin, paths) = match files.env_files.as_slice() {
        [] => (VariableOrigin::DotEnv, files.dot_env.iter().filter(|path| path.exists()).cloned().collect()),
        named => (VariableOrigin::EnvFile, named.to_vec()),
    };
    let assignments = read_all(&paths, diagnostics);
    let from_process: Vec<Variable> = process
        .variables
        .iter()
        .filter(|_| includes_process)
        .map(|(name, value)| Variable {
            name: name.clone(),
            value: value.as_str().into(),
            origin: VariableOrigin::ProcessEnvironment,
        })
        .collect();
    let assignments = expand_references(assignments, diagnostics);
    let mut variables: Vec<Variable> = assignments.into_iter().map(of(origin)).collect();
    from_process.into_iter().for_each(|variable| set(&mut variables, variable));
    variables
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
