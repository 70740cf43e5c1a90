//! Whole builds of small projects on disk.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Bundle, BundleFailure, BundleRequest, bundle};
use crate::base::Diagnostic;
use crate::config::{ModuleRule, ModuleRuleKind};

mod problems;
mod scripts;
mod sources;

/// A folder with a Worker whose entry is `src/index.ts`.
struct Project {
    folder: TempDir,
    request: BundleRequest,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let request = BundleRequest::new("src/index.ts", folder.path(), default_rules());
        let project = Self { folder, request };
        for (file, text) in files {
            project.write(file, text);
        }
        project
    }

    fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// The real path of a file or folder of the project.
    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(file)
    }

    async fn bundle(&self) -> Bundle {
        bundle(&self.request).await.unwrap()
    }

    async fn script(&self) -> String {
        self.bundle().await.script.to_string()
    }

    async fn failure(&self) -> BundleFailure {
        bundle(&self.request).await.unwrap_err()
    }

    /// The problems as `file:line:column text: message (help)`, in their order.
    async fn problems(&self) -> Vec<String> {
        let failure = self.failure().await;
        failure.diagnostics.iter().map(|diagnostic| self.show(diagnostic)).collect()
    }

    fn show(&self, diagnostic: &Diagnostic) -> String {
        let mut shown = String::new();
        if let Some((source, span)) = &diagnostic.place {
            let (line, column) = source.line_and_column(span.start);
            let file = source.path().strip_prefix(self.path("")).unwrap_or(source.path());
            let file = file.display();
            shown = format!("{file}:{line}:{column} {}: ", &source.text()[span.clone()]);
        }
        shown.push_str(&diagnostic.message);
        if let Some(help) = &diagnostic.help {
            shown = format!("{shown} ({help})");
        }
        shown
    }
}

fn default_rules() -> Vec<ModuleRule> {
    let rule = |kind, globs: &[&str]| ModuleRule {
        kind,
        globs: globs.iter().map(|glob| (*glob).to_owned()).collect(),
        fallthrough: false,
    };
    vec![
        rule(ModuleRuleKind::Text, &["**/*.txt", "**/*.html", "**/*.sql"]),
        rule(ModuleRuleKind::Data, &["**/*.bin"]),
        rule(ModuleRuleKind::CompiledWasm, &["**/*.wasm", "**/*.wasm?module"]),
    ]
}

/// Line and column, from 1, the column in bytes, of the first `needle` in `text`.
fn place_of(text: &str, needle: &str) -> (u32, u32) {
    let start = text.find(needle).unwrap();
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[..start].matches('\n').count() + 1;
    (u32::try_from(line).unwrap(), u32::try_from(start - line_start + 1).unwrap())
}

fn file_names(paths: &[PathBuf], folder: &Path) -> Vec<String> {
    paths.iter().map(|path| path.strip_prefix(folder).unwrap_or(path).display().to_string()).collect()
}
