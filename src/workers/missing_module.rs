//! Imports that lead nowhere: why, and how to mend them.

use rolldown_error::{DiagnosableArcstr, DiagnosableResolveError};

use super::failure::Reporter;
use super::findings::{Reason, Unresolved};
use super::import_site;
use super::modules::{missing_from_runtime, package_of};
use super::similar::nearest_file;
use crate::base::{Diagnostic, Severity, Source, Span};

impl Reporter<'_> {
    /// An import that the bundler was not asked to resolve.
    pub(super) fn unresolved_import(&mut self, import: &Unresolved) -> Diagnostic {
        let source = self.source(&import.importer).unwrap_or_else(|| Source::new(&import.importer, ""));
        let site = import_site::find(source.text(), &import.specifier);
        if import.reason == Reason::AbsentForPackage {
            return self.absent_for_package(import, &source, site);
        }
        let handled = site.as_ref().is_some_and(|site| import_site::failure_is_handled(source.text(), site));
        let severity = if import.dynamic && handled { Severity::Warning } else { Severity::Error };
        self.missing_module(import, &source, site, severity)
    }

    /// A package may never use what it imports, so this is a warning.
    fn absent_for_package(&self, import: &Unresolved, source: &Source, site: Option<Span>) -> Diagnostic {
        let specifier = &import.specifier;
        let package = package_of(&import.importer).unwrap_or_default();
        let importer = import.importer.strip_prefix(&self.request.directory).unwrap_or(&import.importer);
        let message = format!(
            "the package \"{package}\" imports \"{specifier}\" ({}), which the runtime does not provide: what it \
            does with it will throw",
            importer.display()
        );
        Diagnostic::warning(message).at(source, site.unwrap_or(0..0))
    }

    /// The problem of an import at `site` of its file.
    pub(super) fn missing_module(
        &mut self,
        import: &Unresolved,
        source: &Source,
        site: Option<Span>,
        severity: Severity,
    ) -> Diagnostic {
        let specifier = &import.specifier;
        let importer = import.importer.strip_prefix(&self.request.directory).unwrap_or(&import.importer);
        let importer = importer.display();
        let (reason, help) = self.explain(import);
        let message = format!("cannot resolve \"{specifier}\", imported by {importer}: {reason}");
        let mut diagnostic = match severity {
            Severity::Error => Diagnostic::error(message),
            Severity::Warning => Diagnostic::warning(message),
        };
        diagnostic.help = help;
        diagnostic.at(source, site.unwrap_or(0..0))
    }

    /// Why an import leads nowhere, and the remedy.
    fn explain(&mut self, import: &Unresolved) -> (String, Option<String>) {
        let specifier = import.specifier.as_str();
        if let Some((reason, help)) = missing_from_runtime(specifier, self.request.nodejs_compat) {
            return (reason, Some(help));
        }
        if specifier.starts_with('.') || specifier.starts_with('/') {
            return self.explain_missing_file(import);
        }
        self.inputs.insert(self.request.directory.join("package.json"));
        self.inputs.insert(self.request.directory.join("node_modules"));
        let package = package_name(specifier);
        match &import.reason {
            Reason::Url => {
                ("it is a URL".to_owned(), Some("install the package, or keep a copy of the file".to_owned()))
            }
            Reason::NotExported => {
                let subpath = specifier.strip_prefix(&package).unwrap_or_default();
                let reason = format!("the package \"{package}\" does not export \".{subpath}\" to Workers");
                (reason, Some(format!("`exports` in the package.json of {package} says what it does export")))
            }
            Reason::NotFound | Reason::AbsentForPackage if scheme(specifier).is_some() => {
                let scheme = scheme(specifier).unwrap_or_default();
                (format!("modules of the scheme \"{scheme}:\" are not there in Workers"), None)
            }
            Reason::NotFound | Reason::AbsentForPackage => {
                let help = match self.package_is_listed(&package) {
                    true => "run `npm install`: package.json lists it, but it is not installed".to_owned(),
                    false => format!("run `npm install {package}`"),
                };
                (format!("the package \"{package}\" is not installed"), Some(help))
            }
            Reason::Other(reason) => (reason.clone(), None),
        }
    }

    fn explain_missing_file(&mut self, import: &Unresolved) -> (String, Option<String>) {
        let folder = import.importer.parent().unwrap_or(&self.request.directory).to_owned();
        self.expect_file(&folder.join(&import.specifier));
        let near = nearest_file(&folder, &import.specifier).map(|near| format!("did you mean \"{near}\"?"));
        ("there is no such file".to_owned(), near)
    }

    fn package_is_listed(&self, package: &str) -> bool {
        let text = std::fs::read_to_string(self.request.directory.join("package.json")).unwrap_or_default();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"]
            .iter()
            .any(|list| json[list].get(package).is_some())
    }
}

/// What the bundler says about a `require` that leads nowhere.
pub(super) fn required_import(error: &DiagnosableResolveError) -> (Unresolved, Source, Option<Span>) {
    let source = Source::new(error.importer_id.as_str(), error.source.as_str());
    let (specifier, span) = match &error.importee {
        DiagnosableArcstr::String(specifier) => (specifier.to_string(), None),
        DiagnosableArcstr::Span(span) => {
            let span = span.start as usize..span.end as usize;
            let quoted = source.text().get(span.clone()).unwrap_or_default();
            (quoted.trim_matches(['"', '\'', '`']).to_owned(), Some(span))
        }
    };
    let reason = Reason::from_message(&error.reason);
    let importer = source.path().to_owned();
    (Unresolved { importer, specifier, dynamic: false, reason }, source, span)
}

/// What stands before the colon of a name that is no package's.
fn scheme(specifier: &str) -> Option<&str> {
    let (scheme, _) = specifier.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    (is_scheme && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))).then_some(scheme)
}

/// `@scope/name` or `name`, without what follows.
fn package_name(specifier: &str) -> String {
    let parts = if specifier.starts_with('@') { 2 } else { 1 };
    specifier.split('/').take(parts).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_named_without_their_sub_paths() {
        assert_eq!(package_name("zod/v4"), "zod");
        assert_eq!(package_name("@a/b/c"), "@a/b");
    }

    #[test]
    fn schemes_are_no_packages() {
        assert_eq!(scheme("file:///etc/hosts"), Some("file"));
        assert_eq!((scheme("@a/b:c"), scheme("zod")), (None, None));
    }
}
