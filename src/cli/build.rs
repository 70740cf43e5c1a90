//! `qemu-dev build`.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::cache::cache_directory;
use super::exit::{self, Failure};
use super::output;
use super::project::{ScriptArgument, VariableArguments};
use crate::dev::{CompileError, Compiled, SessionOptions, compile};
use crate::runtime::isolate::Handlers;
use crate::runtime::log::{LogLevel, LogSink};

/// The name that stands for standard output.
const STANDARD_OUTPUT: &str = "-";

/// The arguments of `build`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev build                                  worker.wasm of the nearest wrangler configuration
  qemu-dev build -c api/wrangler.jsonc -o api.wasm

The component holds the code and the names of its bindings, no values: with \"main\": \"worker.wasm\" a configuration
names it, its queues, its variables and its limits. It exports qemu-dev:worker as far as the Worker has handlers, as
components in other languages do, and the event loop by which qemu-dev runs it. Equal sources give equal bytes.")]
pub struct BuildArguments {
    #[command(flatten)]
    script: ScriptArgument,
    /// The configuration of the Worker [default: the nearest wrangler.json, wrangler.jsonc or wrangler.toml]
    #[arg(short, long = "config", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The environment of the configuration to use
    #[arg(short, long = "env", value_name = "NAME", env = "CLOUDFLARE_ENV")]
    environment: Option<String>,
    #[command(flatten)]
    variables: VariableArguments,
    /// The file to write, or - for standard output
    #[arg(short, long, value_name = "FILE", default_value = "worker.wasm")]
    output: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was built.
#[derive(Serialize)]
struct Report<'a> {
    worker: &'a str,
    file: &'a Path,
    bytes: usize,
    handlers: Vec<&'static str>,
    exports: &'a [String],
    imports: &'a [String],
}

/// Compiles a Worker.
pub fn run(arguments: BuildArguments) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(build(arguments));
            // A script that never ends must not keep the process.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(Failure::mistake(error)),
    };
    exit::code(result, output::error)
}

async fn build(arguments: BuildArguments) -> Result<(), Failure> {
    let options = SessionOptions {
        configs: arguments.config.into_iter().collect(),
        script: arguments.script.script,
        environment: arguments.environment,
        vars: arguments.variables.vars,
        env_files: arguments.variables.env_files,
        cache_directory: cache_directory(),
        ..SessionOptions::default()
    };
    let is_piped = arguments.output == Path::new(STANDARD_OUTPUT);
    if !is_piped {
        check_place(&arguments.output)?;
    } else if std::io::stdout().is_terminal() {
        return Err(Failure::Mistake(String::from(
            "standard output is a terminal; pipe it, or name a file with -o",
        )));
    }
    let compiled = match compile(&options, Arc::new(ErrorOutput), output::notice).await {
        Ok(compiled) => compiled,
        Err(CompileError::Diagnostics(diagnostics)) => {
            output::diagnostics(&diagnostics);
            return Err(Failure::Told);
        }
        Err(CompileError::Failed(reason)) => return Err(Failure::Mistake(reason)),
    };
    output::diagnostics(&compiled.warnings);
    if is_piped {
        return std::io::stdout().write_all(&compiled.component).map_err(Failure::mistake);
    }
    write(&arguments.output, &compiled)?;
    let report = report(&compiled, &arguments.output);
    if arguments.json { output::print_json(&report) } else { output::print(&text(&report)) }
}

/// Whether the component can be written there, which is better known before it is made.
fn check_place(output: &Path) -> Result<(), Failure> {
    let cannot = |reason: String| Failure::Mistake(format!("cannot write {}: {reason}", output.display()));
    if output.is_dir() {
        return Err(cannot(String::from("it is a folder; name a file in it")));
    }
    if output.exists() && !output.is_file() {
        return Ok(());
    }
    let file = output.canonicalize().unwrap_or_else(|_| output.to_owned());
    tempfile::tempfile_in(folder_of(&file)).map(drop).map_err(|error| cannot(error.to_string()))
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes the component, whole or not at all.
fn write(output: &Path, compiled: &Compiled) -> Result<(), Failure> {
    let cannot =
        |error: std::io::Error| Failure::Mistake(format!("cannot write {}: {error}", output.display()));
    let Ok(present) = output.canonicalize() else {
        return replace(output, &compiled.component).map_err(cannot);
    };
    if compiled.inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == present)) {
        let output = output.display();
        return Err(Failure::Mistake(format!(
            "{output} is a file that the component is made from; name another one with -o"
        )));
    }
    // What is no file, such as a device, stays what it is.
    let written = if present.is_file() {
        replace(&present, &compiled.component)
    } else {
        std::fs::write(&present, &compiled.component)
    };
    written.map_err(cannot)
}

/// Puts a file in the place of another, which stays until the new one is there.
fn replace(path: &Path, contents: &[u8]) -> std::io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".qemu-dev-build");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = builder.tempfile_in(folder_of(path))?;
    std::fs::write(file.path(), contents)?;
    file.persist(path)?;
    Ok(())
}

fn report<'a>(compiled: &'a Compiled, file: &'a Path) -> Report<'a> {
    Report {
        worker: &compiled.worker,
        file,
        bytes: compiled.component.len(),
        handlers: names(compiled.handlers),
        exports: &compiled.interfaces.exports,
        imports: &compiled.interfaces.imports,
    }
}

fn names(handlers: Handlers) -> Vec<&'static str> {
    let Handlers { fetch, queue, scheduled } = handlers;
    let all = [("fetch", fetch), ("queue", queue), ("scheduled", scheduled)];
    all.into_iter().filter(|(_, present)| *present).map(|(name, _)| name).collect()
}

fn text(report: &Report<'_>) -> String {
    let handlers: Vec<String> = report.handlers.iter().map(|name| format!("{name}()")).collect();
    let mut text = format!(
        "{} ({:.1} MB): {} of worker {}\n",
        report.file.display(),
        report.bytes as f64 / 1_000_000.0,
        if handlers.is_empty() { String::from("entrypoints") } else { handlers.join(", ") },
        report.worker
    );
    for (verb, interfaces) in [("exports", report.exports), ("imports", report.imports)] {
        for interface in interfaces {
            text.push_str(&format!("  {verb} {interface}\n"));
        }
    }
    text
}

/// What a script logs while it is evaluated; standard output has the report.
struct ErrorOutput;

impl LogSink for ErrorOutput {
    fn console(&self, _: LogLevel, text: &str) {
        output::notice(text);
    }

    /// The build fails with it, and says so itself.
    fn exception(&self, _: &str) {}
}
