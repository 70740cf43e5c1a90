//! One build, from request to script.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rolldown::{BundleFactory, BundleFactoryOptions, BundleHandle};
use rolldown_common::{BundleMode, Output, OutputChunk};
use rolldown_error::{BatchedBuildDiagnostic, BuildDiagnostic};
use rolldown_plugin::__inner::SharedPluginable;
use sha2::{Digest, Sha256};

use super::detour::Detour;
use super::failure::Reporter;
use super::findings::Findings;
use super::options::options;
use super::plugin::WorkersPlugin;
use super::request::BundleRequest;
use super::script;
use super::script_map::ScriptMap;
use super::wasm_module::WasmModule;
use crate::base::{Diagnostic, Severity};

/// After this time a build is given up. A fault inside one of the bundler's tasks leaves the others waiting
/// for it for ever.
const BUILD_TIME_MAX: Duration = Duration::from_secs(120);

/// A Worker in one script.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The script. Indirect `eval` of it gives the Worker's module namespace object, or a promise of it when
    /// the Worker uses top-level await.
    pub script: Arc<str>,
    /// The WebAssembly modules that the script asks for by name.
    pub wasm_modules: Vec<WasmModule>,
    /// The names that the Worker's entry exports, sorted.
    pub exports: Vec<String>,
    /// Every file on disk that had a part in the script, absolute, links resolved, and the symbolic links on the way
    /// to them, sorted.
    pub inputs: Vec<PathBuf>,
    /// What is probably wrong in the user's own files, though the script runs.
    pub warnings: Vec<Diagnostic>,
    source_map: ScriptMap,
}

impl Bundle {
    /// Identifies the script: equal contents, equal hash.
    pub fn content_hash(&self) -> ContentHash {
        ContentHash(Sha256::digest(self.script.as_bytes()).into())
    }

    /// A script that was bundled before.
    pub(super) fn of_parts(
        script: Arc<str>,
        wasm_modules: Vec<WasmModule>,
        exports: Vec<String>,
        source_map: ScriptMap,
    ) -> Self {
        Self { script, wasm_modules, exports, inputs: Vec::new(), warnings: Vec::new(), source_map }
    }

    /// The way back from the script to the user's files.
    pub fn source_map(&self) -> &ScriptMap {
        &self.source_map
    }
}

/// The SHA-256 of an artifact; displays as 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl fmt::Display for ContentHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// Why there is no script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleFailure {
    /// Everything that is wrong, as far as it could be seen; at least one error.
    pub diagnostics: Vec<Diagnostic>,
    /// The files and folders, absolute, of which one will have changed when the problems are mended: what was
    /// read, and where missing files would be.
    pub inputs: Vec<PathBuf>,
}

/// Bundles the Worker of `request` into one script. It needs a Tokio runtime.
///
/// # Errors
///
/// All problems in the user's files that stand in the way, together; also a fault of the bundler itself.
pub async fn bundle(request: &BundleRequest) -> Result<Bundle, BundleFailure> {
    let request = real_directory(request);
    match Detour::around(&request) {
        None => bounded(request).await,
        Some(detour) => detour.result(bounded(detour.request(request)).await),
    }
}

/// Gives up after [`BUILD_TIME_MAX`].
async fn bounded(request: BundleRequest) -> Result<Bundle, BundleFailure> {
    let inputs = vec![request.main_path(), request.directory.clone()];
    let mut build = tokio::spawn(build(request));
    let fault = match tokio::time::timeout(BUILD_TIME_MAX, &mut build).await {
        Ok(Ok(result)) => return result,
        Ok(Err(_)) => "the bundler failed: this is its own fault, not that of your files",
        Err(_) => {
            build.abort();
            "the bundler did not come to an end: this is its own fault, not that of your files"
        }
    };
    let diagnostics =
        vec![Diagnostic::error(fault).with_help("change the file that was saved last in some way")];
    Err(BundleFailure { diagnostics, inputs })
}

/// The bundler names files by their real paths; paths relative to the folder need its real path too.
fn real_directory(request: &BundleRequest) -> BundleRequest {
    let directory = request.directory.canonicalize().unwrap_or_else(|_| request.directory.clone());
    BundleRequest { main: request.main_path(), directory, ..request.clone() }
}

async fn build(request: BundleRequest) -> Result<Bundle, BundleFailure> {
    let (findings, generated) = generate_as_needed(&request).await;
    let (chunk, events, files) = match generated {
        Ok(generated) => generated,
        Err((events, files)) => return Err(Reporter::new(&request, &findings, files).failure(events)),
    };
    let mut reporter = Reporter::new(&request, &findings, files);
    let warnings = reporter.diagnostics(events);
    if warnings.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return Err(reporter.failure_of(warnings));
    }
    let OutputChunk { code, map, exports, .. } = chunk;
    let script: Arc<str> = match script::from_module(&code, findings.top_level_await()) {
        Ok(script) => script.into(),
        Err(error) => return Err(reporter.failure_of(vec![Diagnostic::error(error.to_string())])),
    };
    let source_map = ScriptMap::new(Arc::clone(&script), map);
    let exports = exports.iter().map(ToString::to_string).collect();
    let wasm_modules = findings.wasm_modules();
    Ok(Bundle { script, wasm_modules, exports, inputs: reporter.into_inputs(), warnings, source_map })
}

type Generated = (OutputChunk, Vec<BuildDiagnostic>, BuildFiles);
type NotGenerated = (Vec<BuildDiagnostic>, BuildFiles);

/// Whether a Worker follows asynchronous contexts is known when all of its modules are. It is rare enough for
/// a second build.
async fn generate_as_needed(request: &BundleRequest) -> (Arc<Findings>, Result<Generated, NotGenerated>) {
    let findings = Arc::new(Findings::default());
    let generated = generate(request, Arc::clone(&findings), false).await;
    if generated.is_err() || !findings.contexts() {
        return (findings, generated);
    }
    let findings = Arc::new(Findings::default());
    let generated = generate(request, Arc::clone(&findings), true).await;
    (findings, generated)
}

/// What the bundler read, and what its modules export.
#[derive(Default)]
pub(super) struct BuildFiles {
    /// The files, real paths.
    pub read: BTreeSet<PathBuf>,
    handle: Option<BundleHandle>,
}

impl BuildFiles {
    fn new(handle: BundleHandle) -> Self {
        let read = handle.watch_files().iter().map(|file| PathBuf::from(file.as_str())).collect();
        Self { read, handle: Some(handle) }
    }

    /// The names that the module in `file` exports.
    pub fn exports_of(&self, file: &Path) -> Vec<String> {
        let Some(handle) = &self.handle else {
            return Vec::new();
        };
        let modules = handle.plugin_driver().module_infos.iter();
        let module = modules.into_iter().find(|module| Path::new(module.id.as_str()) == file);
        module.map(|module| module.exports.iter().map(ToString::to_string).collect()).unwrap_or_default()
    }
}

async fn generate(
    request: &BundleRequest,
    findings: Arc<Findings>,
    passes_awaits: bool,
) -> Result<Generated, NotGenerated> {
    let plugin: SharedPluginable = Arc::new(WorkersPlugin::new(request.clone(), findings, passes_awaits));
    let unstarted = |errors: BatchedBuildDiagnostic| (errors.into_vec(), BuildFiles::default());
    let mut factory = BundleFactory::new(BundleFactoryOptions {
        bundler_options: options(request),
        plugins: vec![plugin],
        session: None,
        disable_tracing_setup: true,
    })
    .map_err(unstarted)?;
    let build = factory.create_bundle(BundleMode::FullBuild, None).map_err(unstarted)?;
    let handle = build.context();
    let output = match build.generate().await {
        Ok(output) => output,
        Err(errors) => return Err((errors.into_vec(), BuildFiles::new(handle))),
    };
    let chunk = output.assets.into_iter().find_map(|asset| match asset {
        Output::Chunk(chunk) => Some(Arc::unwrap_or_clone(chunk)),
        Output::Asset(_) => None,
    });
    let files = BuildFiles::new(handle);
    match chunk {
        Some(chunk) => Ok((chunk, output.warnings, files)),
        None => Err((output.warnings, files)),
    }
}
