//! The files with the verdict.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::exec::{NotRun, Report};
use crate::recording::create_file;

/// The files that were asked for. They are created, or emptied, before anything runs: what cannot be written is known
/// then, and whatever happens nobody takes the reports of an earlier run for those of this one.
#[derive(Debug, Default)]
pub struct ReportFiles {
    json: Option<(PathBuf, File)>,
    junit: Option<(PathBuf, File)>,
}

impl ReportFiles {
    /// Creates them.
    ///
    /// # Errors
    ///
    /// When one cannot be created; the text says which.
    pub fn create(json: Option<&Path>, junit: Option<&Path>) -> Result<Self, String> {
        let create = |path: &Path| match create_file(path) {
            Ok(file) => Ok((path.to_owned(), file)),
            Err(error) => Err(problem(path, &error)),
        };
        Ok(Self { json: json.map(create).transpose()?, junit: junit.map(create).transpose()? })
    }

    /// Writes the verdict of a run.
    ///
    /// # Errors
    ///
    /// When one cannot be written; the text says which.
    pub fn verdict(self, report: &Report) -> Result<(), String> {
        self.write(|| report.to_json(), || report.to_junit())
    }

    /// Writes why there was no run.
    ///
    /// # Errors
    ///
    /// When one cannot be written; the text says which.
    pub fn not_run(self, error: &NotRun) -> Result<(), String> {
        self.write(|| error.to_json(), || error.to_junit())
    }

    fn write(
        self,
        json: impl Fn() -> String,
        junit: impl Fn() -> Result<String, String>,
    ) -> Result<(), String> {
        let write = |(path, mut file): (PathBuf, File), text: String| {
            file.write_all(text.as_bytes()).map_err(|error| problem(&path, &error))
        };
        self.json.map_or(Ok(()), |file| write(file, json()))?;
        self.junit.map_or(Ok(()), |file| write(file, junit()?))
    }
}

fn problem(path: &Path, error: &std::io::Error) -> String {
    format!("the report {} cannot be written: {error}", path.display())
}
