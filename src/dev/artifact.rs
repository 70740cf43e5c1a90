//! Workers that were compiled to WebAssembly before: `main` names a `.wasm` file.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::generation::{BuildFailure, Made};
use super::reporter::Reporter;
use crate::base::Diagnostic;
use crate::runtime::component::Refusal;
use crate::runtime::engine::Engine;
use crate::runtime::guest::Code;
use crate::workers::BundleRequest;

/// Larger files are taken for a mistake, in bytes.
const BYTES_MAX: u64 = 512 * 1024 * 1024;
/// A compilation that takes longer than this is told.
const PATIENCE: Duration = Duration::from_millis(500);
/// A file that is not whole is looked at again after this long: its build may still be writing it.
const WRITING: Duration = Duration::from_millis(100);

/// Whether the Worker's main file is WebAssembly.
pub fn is_named(request: &BundleRequest) -> bool {
    request.main.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wasm"))
}

/// Compiles the Worker's main file.
///
/// # Errors
///
/// When it cannot be read, or is no component for this host.
pub async fn load(
    request: &BundleRequest,
    engine: &Engine,
    reporter: &dyn Reporter,
) -> Result<Made, BuildFailure> {
    let path = request.main_path();
    // A build may replace the link or what it leads to.
    let inputs: Vec<PathBuf> = std::iter::once(path.clone()).chain(path.canonicalize()).collect();
    let failure = |diagnostic| BuildFailure { diagnostics: vec![diagnostic], inputs: inputs.clone() };
    let mut bytes = read(&path).await.map_err(failure)?;
    loop {
        match compile(bytes.clone(), &path, engine, reporter).await {
            Ok(code) => {
                return Ok(Made { code, inputs, warnings: Vec::new() });
            }
            Err(refusal) => {
                tokio::time::sleep(WRITING).await;
                let again = read(&path).await.map_err(failure)?;
                if again == bytes {
                    return Err(failure(diagnostic(request, &path, &refusal)));
                }
                bytes = again;
            }
        }
    }
}

/// Reads a component.
///
/// # Errors
///
/// When there is no such file, or it is too large.
pub async fn read(path: &Path) -> Result<Arc<[u8]>, Diagnostic> {
    let unreadable = |error: std::io::Error| {
        Diagnostic::error(format!("cannot read {}: {error}", path.display()))
            .with_help("`main` in the configuration names it; build it, and it is loaded")
    };
    let metadata = tokio::fs::metadata(path).await.map_err(unreadable)?;
    if metadata.len() > BYTES_MAX {
        return Err(Diagnostic::error(format!(
            "{} has {} bytes; a component of a Worker has at most {BYTES_MAX}",
            path.display(),
            metadata.len()
        )));
    }
    Ok(tokio::fs::read(path).await.map_err(unreadable)?.into())
}

/// Compiles on a thread of its own, and says so when it takes long.
async fn compile(
    bytes: Arc<[u8]>,
    path: &Path,
    engine: &Engine,
    reporter: &dyn Reporter,
) -> Result<Code, Refusal> {
    let (engine, size) = (engine.clone(), bytes.len());
    let mut compilation = tokio::task::spawn_blocking(move || Code::from_wasm(&engine, &bytes));
    let compiled = match tokio::time::timeout(PATIENCE, &mut compilation).await {
        Ok(compiled) => compiled,
        Err(_) => {
            let name = path.file_name().unwrap_or(OsStr::new("the component")).to_string_lossy();
            let megabytes = size as f64 / 1_000_000.0;
            reporter.notice(&format!(
                "Compiling {name} ({megabytes:.1} MB); the machine code is kept until it changes."
            ));
            compilation.await
        }
    };
    match compiled {
        Ok(code) => code,
        Err(fault) => {
            Err(Refusal::new(format!("could not be compiled: {fault}"), "this is a fault of qemu-dev"))
        }
    }
}

fn diagnostic(request: &BundleRequest, path: &Path, refusal: &Refusal) -> Diagnostic {
    let shown = path.strip_prefix(&request.directory).unwrap_or(path).display();
    Diagnostic::error(format!("{shown} {}", refusal.message)).with_help(refusal.help.as_str())
}
