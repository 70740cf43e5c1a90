//! Problems in the user's files as JSON.

use serde::Serialize;

use crate::base::{Diagnostic, Severity};

/// One problem.
#[derive(Debug, Serialize)]
pub struct DiagnosticView {
    severity: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// Where it is.
#[derive(Debug, Serialize)]
pub struct PlaceView {
    file: String,
    line: usize,
    column: usize,
}

impl DiagnosticView {
    /// What is shown of a problem.
    pub fn new(diagnostic: &Diagnostic) -> Self {
        Self {
            severity: match diagnostic.severity {
                Severity::Warning => "warning",
                Severity::Error => "error",
            },
            message: diagnostic.message.clone(),
            place: PlaceView::of(diagnostic),
            help: diagnostic.help.clone(),
        }
    }
}

impl PlaceView {
    /// The place of a problem that has one; lines and columns count from 1.
    pub fn of(diagnostic: &Diagnostic) -> Option<Self> {
        let (source, span) = diagnostic.place.as_ref()?;
        let (line, column) = source.line_and_column(span.start);
        Some(Self { file: source.path().display().to_string(), line, column })
    }
}
