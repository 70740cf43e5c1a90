//! The bundler's findings as diagnostics: where, what, and how to mend it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rolldown_error::{
    BuildDiagnostic, DiagnosableResolveError, DiagnosticOptions, EventKind, Severity as EventSeverity,
};

use super::bundle::{BuildFiles, BundleFailure};
use super::findings::{Findings, Reason, Unresolved};
use super::links;
use super::missing_module::required_import;
use super::modules::package_of;
use super::request::BundleRequest;
use super::similar::{nearest, nearest_file};
use super::token::token_at;
use super::virtual_module::VirtualModule;
use crate::base::{Diagnostic, Severity, Source};

/// Turns what one build found into diagnostics, and knows the files it depends on.
pub(super) struct Reporter<'a> {
    pub(super) request: &'a BundleRequest,
    pub(super) inputs: BTreeSet<PathBuf>,
    unresolved: Vec<Unresolved>,
    files: BuildFiles,
}

impl<'a> Reporter<'a> {
    pub fn new(request: &'a BundleRequest, findings: &Findings, files: BuildFiles) -> Self {
        let package = request.directory.join("package.json");
        let read = files.read.iter().filter(|file| file.is_absolute()).cloned();
        let links =
            findings.links().into_iter().chain(links::on_the_way(&request.directory, &request.main_path()));
        let inputs = read.chain(findings.assets()).chain(links);
        let inputs = inputs.chain([package].into_iter().filter(|file| file.is_file()));
        Self { request, unresolved: findings.unresolved(), inputs: inputs.collect(), files }
    }

    /// Everything that the build depended on.
    pub fn into_inputs(self) -> Vec<PathBuf> {
        self.inputs.into_iter().collect()
    }

    /// The failure that `events` mean.
    pub fn failure(mut self, events: Vec<BuildDiagnostic>) -> BundleFailure {
        let mut diagnostics = self.diagnostics(events);
        if diagnostics.is_empty() {
            diagnostics.push(Diagnostic::error("the bundler gave no result and no reason"));
        }
        self.failure_of(diagnostics)
    }

    /// The failure with these diagnostics.
    pub fn failure_of(mut self, diagnostics: Vec<Diagnostic>) -> BundleFailure {
        self.inputs.insert(self.request.main_path());
        BundleFailure { diagnostics, inputs: self.into_inputs() }
    }

    /// All diagnostics, in the order of files and places.
    pub fn diagnostics(&mut self, events: Vec<BuildDiagnostic>) -> Vec<Diagnostic> {
        let mut told = BTreeSet::new();
        let mut diagnostics: Vec<Diagnostic> = std::mem::take(&mut self.unresolved)
            .iter()
            .filter(|import| is_news(import, &mut told))
            .map(|import| self.unresolved_import(import))
            .collect();
        diagnostics.extend(events.into_iter().filter_map(|event| self.event(event)));
        diagnostics.sort_by_key(|diagnostic| {
            let place = diagnostic.place.as_ref();
            place.map(|(source, span)| (source.path().to_owned(), span.start))
        });
        diagnostics.dedup();
        diagnostics
    }

    fn event(&mut self, mut event: BuildDiagnostic) -> Option<Diagnostic> {
        if let Some(error) = event.downcast_mut::<DiagnosableResolveError>() {
            let (import, source, span) = required_import(error);
            return Some(self.missing_module(&import, &source, span, Severity::Error));
        }
        let options = DiagnosticOptions { cwd: self.request.directory.clone() };
        let diagnostic = match event.kind() {
            EventKind::UnresolvedEntry => self.missing_entry(),
            EventKind::MissingExportError => self.missing_export(&event, &options),
            _ => self.any_event(&event, &options),
        };
        let in_package =
            |source: &Source| source.path().components().any(|part| part.as_os_str() == "node_modules");
        let is_error = event.severity() == EventSeverity::Error;
        // A warning about somebody else's package helps nobody.
        let foreign = diagnostic.place.as_ref().is_none_or(|(source, _)| in_package(source));
        (is_error || !foreign).then_some(diagnostic)
    }

    fn any_event(&self, event: &BuildDiagnostic, options: &DiagnosticOptions) -> Diagnostic {
        let rendered = event.to_diagnostic_with(options);
        let text = rendered.to_string();
        let title = text.lines().next().and_then(|line| line.split_once("] ")).map(|(_, title)| title.trim());
        let message = title.filter(|title| !title.is_empty()).unwrap_or("the bundler failed");
        let message = match event.kind() {
            EventKind::JsonParseError => {
                format!("invalid JSON: {}", message.split(" at line ").next().unwrap_or(message))
            }
            EventKind::UnloadableDependencyError => unreadable(&event.to_message_with(options)),
            _ => message.to_owned(),
        };
        let mut diagnostic = match event.severity() {
            EventSeverity::Error => Diagnostic::error(message),
            EventSeverity::Warning | EventSeverity::Info => Diagnostic::warning(message),
        };
        if let Some((file, _, _, offset)) = rendered.get_primary_location()
            && let Some(source) = self.source(Path::new(&file))
        {
            let span = token_at(source.text(), offset);
            diagnostic = diagnostic.at(&source, span);
        }
        match text.lines().find_map(|line| line.split_once("Help: ")) {
            Some((_, help)) => diagnostic.with_help(help.trim()),
            None => diagnostic,
        }
    }

    fn missing_entry(&mut self) -> Diagnostic {
        let main = self.request.main_path();
        self.expect_file(&main);
        let shown = main.strip_prefix(&self.request.directory).unwrap_or(&main).display().to_string();
        let diagnostic = Diagnostic::error(format!("the Worker's main file {shown} does not exist"));
        match nearest_file(&self.request.directory, &format!("./{shown}")) {
            Some(near) => diagnostic.with_help(format!("did you mean {}?", near.trim_start_matches("./"))),
            None => diagnostic.with_help("`main` in the configuration names it"),
        }
    }

    fn missing_export(&self, event: &BuildDiagnostic, options: &DiagnosticOptions) -> Diagnostic {
        let diagnostic = self.any_event(event, options);
        let exports =
            event.exporter().map(|file| self.files.exports_of(Path::new(&file))).unwrap_or_default();
        let message = event.to_message_with(options);
        let wanted = message.split('"').nth(1).unwrap_or_default();
        match nearest(wanted, exports.iter().filter(|name| *name != "default").cloned()) {
            Some(near) => diagnostic.with_help(format!("did you mean \"{near}\"?")),
            None if exports.is_empty() => diagnostic.with_help("the file exports nothing"),
            None => diagnostic.with_help(format!("the file exports {}", exports.join(", "))),
        }
    }

    /// Notes a file that is missing: it, and the folder in which it would appear.
    pub(super) fn expect_file(&mut self, file: &Path) {
        self.inputs.insert(file.components().collect());
        let folder = file.ancestors().skip(1).find_map(|folder| folder.canonicalize().ok());
        self.inputs.extend(folder);
    }

    /// The file and its text, when it can be read.
    pub(super) fn source(&self, file: &Path) -> Option<Source> {
        let path = self.request.directory.join(file);
        let bytes = std::fs::read(&path).ok()?;
        Some(Source::new(path, String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// One file of a package is enough to say that it imports a module that is not there.
fn is_news(import: &Unresolved, told: &mut BTreeSet<(Option<String>, String)>) -> bool {
    import.reason != Reason::AbsentForPackage
        || told.insert((package_of(&import.importer), import.specifier.clone()))
}

/// Shortens the bundler's `Could not load FILE (imported by FILE) - REASON.`
fn unreadable(message: &str) -> String {
    let (what, reason) = message.split_once(" - ").unwrap_or((message, "it cannot be read"));
    let id = what.trim_start_matches("Could not load ").split(" (imported by ").next().unwrap_or(what);
    let file = VirtualModule::from_id(&id.replace("\\0", "\0")).and_then(|module| module.file());
    let file = file.map_or_else(|| id.to_owned(), |file| file.display().to_string());
    format!("cannot read {file}: {}", reason.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreadable_files_are_named_with_their_reason() {
        assert_eq!(
            unreadable("Could not load src/a.ts (imported by src/b.ts) - denied."),
            "cannot read src/a.ts: denied"
        );
        assert_eq!(
            unreadable("Could not load \\0qemu-dev:text:/x/a.txt (imported by src/b.ts) - denied."),
            "cannot read /x/a.txt: denied"
        );
        assert_eq!(unreadable(""), "cannot read : it cannot be read");
    }
}
