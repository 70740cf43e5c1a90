//! Collects what the rules find in one file.

use crate::base::{Diagnostic, Source, Span};

/// The problems of one file so far. Rules go on after the first problem, so that a person sees all at once.
pub(super) struct Problems {
    source: Source,
    found: Vec<Diagnostic>,
}

impl Problems {
    pub(super) fn new(source: &Source) -> Self {
        Self { source: source.clone(), found: Vec::new() }
    }

    /// The file the problems are in.
    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// How a field is written in the file's format, for remedies; `value` is the same in all of them.
    pub(super) fn field(&self, key: &str, value: &str) -> String {
        if self.is_toml() { format!("{key} = {value}") } else { format!("\"{key}\": {value}") }
    }

    /// Whether remedies should speak TOML.
    pub(super) fn is_toml(&self) -> bool {
        self.source.path().extension().is_some_and(|extension| extension == "toml")
    }

    /// Adds an error at `span`.
    pub(super) fn error(&mut self, span: &Span, message: impl Into<String>) -> Problem<'_> {
        self.add(Diagnostic::error(message), span)
    }

    /// Adds an error that has a place in the file or none.
    pub(super) fn error_where(&mut self, span: Option<&Span>, message: impl Into<String>) -> Problem<'_> {
        match span {
            Some(span) => self.error(span, message),
            None => Problem(self.found.push_mut(Diagnostic::error(message))),
        }
    }

    /// Adds a warning at `span`.
    pub(super) fn warning(&mut self, span: &Span, message: impl Into<String>) -> Problem<'_> {
        self.add(Diagnostic::warning(message), span)
    }

    /// The problems in the order of the text.
    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut found = self.found;
        found.sort_by_key(|diagnostic| diagnostic.place.as_ref().map(|(_, span)| span.start));
        found
    }

    fn add(&mut self, diagnostic: Diagnostic, span: &Span) -> Problem<'_> {
        Problem(self.found.push_mut(diagnostic.at(&self.source, span.clone())))
    }
}

/// The problem just added, to be completed.
pub(super) struct Problem<'a>(&'a mut Diagnostic);

impl Problem<'_> {
    /// A few words shown at the place.
    pub(super) fn label(self, label: impl Into<String>) -> Self {
        self.0.label = Some(label.into());
        self
    }

    /// How to mend it.
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }
}
