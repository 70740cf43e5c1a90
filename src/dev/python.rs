//! Workers in Python: `main` names a `.py` file.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use super::generation::{BuildFailure, Made};
use super::reporter::Reporter;
use crate::base::Diagnostic;
use crate::runtime::component::{PythonSources, Refusal};
use crate::runtime::engine::Engine;
use crate::runtime::guest::Code;
use crate::runtime::python::PythonCode;
use crate::workers::{self, BundleRequest};

/// Where packages for a Worker lie, beside its configuration.
const PACKAGES: &str = "python_modules";
/// Folders that hold no modules of a Worker.
const IGNORED_FOLDERS: [&str; 4] = ["__pycache__", "node_modules", "venv", PACKAGES];
/// Folders of a project that tools are installed into.
const ENVIRONMENTS: [&str; 2] = [".venv", "venv"];
/// What is of no use to the engine: caches and compiled parts of packages.
const IGNORED_EXTENSIONS: [&str; 5] = ["pyc", "so", "pyd", "dylib", "dll"];
/// Most files of one Worker.
const FILES_MAX: usize = 5_000;
/// Most bytes of one Worker's files: production's limit of a Worker that is paid for, before compression.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// Whether the Worker's main file is Python.
pub fn is_named(request: &BundleRequest) -> bool {
    request.main.extension().is_some_and(|extension| extension == "py")
}

/// Collects the Worker's modules, and prepares what runs them.
///
/// # Errors
///
/// When a file cannot be read, or there is nothing to run them with.
pub async fn load(
    request: &BundleRequest,
    engine: &Engine,
    reporter: &dyn Reporter,
) -> Result<Made, BuildFailure> {
    let shown = request.main.display().to_string();
    let collecting = request.clone();
    let Collected { sources, inputs, problem, .. } =
        blocking(move || Ok(collect(&collecting))).await.unwrap_or_default();
    let failure = |diagnostic, inputs| BuildFailure { diagnostics: vec![diagnostic], inputs };
    if let Some(problem) = problem {
        return Err(failure(problem, inputs));
    }
    let tools = tools(&request.directory);
    let machine = engine.machine().clone();
    let (begins, mut has_begun) = tokio::sync::mpsc::channel(1);
    let making = blocking(move || {
        PythonCode::new(&machine, sources, &tools, || {
            // Nobody may be left to hear it.
            let _ = begins.blocking_send(());
        })
    });
    tokio::pin!(making);
    let made = loop {
        tokio::select! {
            made = &mut making => break made,
            Some(()) = has_begun.recv() => reporter.notice(
                "Preparing the Python engine with componentize-py; this happens once and takes about a minute.",
            ),
        }
    };
    match made {
        Ok(code) => Ok(Made { code: Code::Python(code.into()), inputs, warnings: Vec::new() }),
        Err(refusal) => {
            let diagnostic = Diagnostic::error(format!("{shown} {}", refusal.message));
            Err(failure(diagnostic.with_help(refusal.help.as_str()), inputs))
        }
    }
}

/// The length of the Worker's files in bytes, and what is wrong with them as files. They are not run.
pub async fn check(request: &BundleRequest) -> (Option<usize>, Vec<Diagnostic>) {
    let request = request.clone();
    let collected = blocking(move || Ok(collect(&request))).await.unwrap_or_default();
    match collected.problem {
        Some(problem) => (None, vec![problem]),
        None => (Some(collected.total_bytes), Vec::new()),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|fault| {
        Err(Refusal::new(format!("could not be loaded: {fault}"), "this is a fault of qemu-dev"))
    })
}

/// Where the project itself may have componentize-py.
fn tools(directory: &Path) -> Vec<PathBuf> {
    let programs = if cfg!(windows) { "Scripts/componentize-py.exe" } else { "bin/componentize-py" };
    ENVIRONMENTS.iter().map(|environment| directory.join(environment).join(programs)).collect()
}

/// A Worker's modules, and the files beside them.
#[derive(Default)]
struct Collected {
    sources: PythonSources,
    total_bytes: usize,
    /// Files and folders whose change matters.
    inputs: Vec<PathBuf>,
    problem: Option<Diagnostic>,
}

/// All modules in the main file's folder and beneath, with the files that the configuration's rules name, and the
/// packages beside the configuration with all that is theirs.
fn collect(request: &BundleRequest) -> Collected {
    let main = request.main_path();
    let mut collected = Collected { inputs: vec![main.clone()], ..Collected::default() };
    if !main.is_file() {
        let message = format!("cannot read {}: there is no such file", main.display());
        collected.problem =
            Some(Diagnostic::error(message).with_help("`main` in the configuration names it"));
        return collected;
    }
    let main = main.strip_prefix(&request.directory).unwrap_or(&main);
    let folder = main.parent().unwrap_or(Path::new(""));
    let names_asset = |path: &Path| workers::names_asset(&request.rules, &label(path));
    let added = collected
        .add_root(&request.directory, folder, &names_asset)
        .and_then(|()| collected.add_root(&request.directory, Path::new(PACKAGES), &|_| true));
    collected.problem = added.err().map(|problem| *problem);
    collected.sources.main = label(main);
    collected
}

/// What a file is to a Worker.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Module,
    Data,
}

/// What the file at `path` is, if it is anything; `is_data` knows of those that are no modules.
fn kind(path: &Path, is_data: &dyn Fn(&Path) -> bool) -> Option<Kind> {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    if extension == "py" {
        Some(Kind::Module)
    } else if is_hidden || IGNORED_EXTENSIONS.contains(&&*extension) || !is_data(path) {
        None
    } else {
        Some(Kind::Data)
    }
}

impl Collected {
    fn add_root(
        &mut self,
        directory: &Path,
        root: &Path,
        is_data: &dyn Fn(&Path) -> bool,
    ) -> Result<(), Box<Diagnostic>> {
        if !directory.join(root).is_dir() {
            return Ok(());
        }
        self.sources.roots.push(label(root));
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            self.inputs.push(directory.join(&folder));
            let Ok(entries) = std::fs::read_dir(directory.join(&folder)) else { continue };
            let mut names: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.file_name()).collect();
            names.sort();
            for name in names {
                let path = folder.join(&name);
                if directory.join(&path).is_dir() {
                    folders.extend(holds_modules(&name).then_some(path));
                } else if let Some(kind) = kind(&path, is_data) {
                    self.add_file(directory, &path, kind)?;
                }
            }
        }
        Ok(())
    }

    fn add_file(&mut self, directory: &Path, path: &Path, kind: Kind) -> Result<(), Box<Diagnostic>> {
        let whole = directory.join(path);
        let unreadable = |error| Diagnostic::error(format!("cannot read {}: {error}", whole.display()));
        match kind {
            Kind::Module => {
                let text = std::fs::read_to_string(&whole).map_err(unreadable)?;
                self.total_bytes += text.len();
                self.sources.files.push((label(path), text));
            }
            Kind::Data => {
                let contents = std::fs::read(&whole).map_err(unreadable)?;
                self.total_bytes += contents.len();
                self.sources.data.insert(label(path), contents.into());
            }
        }
        self.inputs.push(whole);
        if self.sources.files.len() + self.sources.data.len() > FILES_MAX || self.total_bytes > BYTES_MAX {
            let message = format!(
                "the Worker in Python has more than {FILES_MAX} files, or more than {BYTES_MAX} bytes"
            );
            let help = "all .py files in the folder of the main file and beneath are its modules: give it a folder of \
                        its own, such as src; in python_modules every file counts";
            return Err(Box::new(Diagnostic::error(message).with_help(help)));
        }
        Ok(())
    }
}

/// Whether a folder of this name may have modules; a link that leads round in a circle ends at the most files.
fn holds_modules(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    !name.starts_with('.') && !IGNORED_FOLDERS.contains(&&*name)
}

/// A path as the engine is told it.
fn label(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .filter(|part| !matches!(part, Component::CurDir))
        .map(|part| match part {
            Component::RootDir => String::new(),
            part => part.as_os_str().to_string_lossy().into_owned(),
        })
        .collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ModuleRule, ModuleRuleKind};

    #[test]
    fn modules_and_data_beside_the_main_file_and_packages_are_collected() {
        let project = tempfile::tempdir().expect("a folder");
        for path in [
            "src/entry.py",
            "src/shop/orders.py",
            "src/.hidden/x.py",
            "src/page.html",
            "src/notes.md",
            "src/.env.html",
            "python_modules/lib/__init__.py",
            "python_modules/lib/part.so",
            "python_modules/lib-1.0.dist-info/METADATA",
        ] {
            let path = project.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, "pass\n").expect("written");
        }
        let whole = project.path().join("src/entry.py");
        let absolute = collect(&BundleRequest::new(whole, project.path(), Vec::new()));
        assert_eq!(absolute.sources.main, "src/entry.py");
        let html = ModuleRule {
            kind: ModuleRuleKind::Text,
            globs: vec![String::from("**/*.html")],
            fallthrough: true,
        };
        let collected = collect(&BundleRequest::new("./src/entry.py", project.path(), vec![html]));
        assert!(collected.problem.is_none());
        assert_eq!(collected.sources.main, "src/entry.py");
        assert_eq!(collected.sources.roots, ["src", PACKAGES]);
        let paths: Vec<_> = collected.sources.files.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["src/entry.py", "src/shop/orders.py", "python_modules/lib/__init__.py"]);
        let data: Vec<_> = collected.sources.data.keys().map(String::as_str).collect();
        assert_eq!(data, ["python_modules/lib-1.0.dist-info/METADATA", "src/page.html"]);
        assert!(collected.inputs.contains(&project.path().join("src/shop")), "a module that is added counts");
    }

    #[test]
    fn a_main_file_that_is_missing_is_named_and_awaited() {
        let collected = collect(&BundleRequest::new("src/entry.py", "/nowhere", Vec::new()));
        assert!(collected.problem.expect("a problem").message.contains("/nowhere/src/entry.py"));
        assert_eq!(collected.inputs, [PathBuf::from("/nowhere/src/entry.py")]);
    }

    #[test]
    fn a_label_has_slashes_and_no_dots() {
        assert_eq!(label(Path::new("./src/a.py")), "src/a.py");
        assert_eq!(label(Path::new("")), "");
    }
}
