//! Reports of a run that could not be made, so that nobody takes their absence for success.

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use super::report::{FORMAT, SUITE};

/// Why there was no run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRun {
    /// The command with its arguments.
    pub command: Vec<String>,
    /// What `exec` ends with.
    pub exit_code: u8,
    /// Why, in one sentence.
    pub error: String,
    /// What the session said until then.
    pub log: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonNotRun<'a> {
    format: u32,
    result: &'static str,
    command: &'a [String],
    exit_code: u8,
    error: &'a str,
    log: &'a str,
}

impl NotRun {
    /// As JSON.
    pub fn to_json(&self) -> String {
        let Self { command, exit_code, error, log } = self;
        let report =
            JsonNotRun { format: FORMAT, result: "error", command, exit_code: *exit_code, error, log };
        // Its own types only, none of which can fail.
        let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
        text.push('\n');
        text
    }

    /// As JUnit's XML: one test case for the command, with an error.
    ///
    /// # Errors
    ///
    /// When the writer of XML refuses something; the text says what.
    pub fn to_junit(&self) -> Result<String, String> {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(self.error.clone()).set_description(self.log.clone());
        let mut command = TestCase::new(self.command.join(" "), status);
        command.set_classname(SUITE);
        let mut suite = TestSuite::new(SUITE);
        suite.add_test_case(command);
        let mut report = quick_junit::Report::new(SUITE);
        report.add_test_suite(suite);
        report.to_string().map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_reports_say_that_there_was_no_run_and_why() {
        let not_run = NotRun {
            command: vec!["npm".to_owned(), "test".to_owned()],
            exit_code: 125,
            error: "the configuration has errors".to_owned(),
            log: "no such file <x>".to_owned(),
        };
        let json: serde_json::Value = serde_json::from_str(&not_run.to_json()).unwrap();
        assert_eq!((json["result"].as_str(), json["exitCode"].as_u64()), (Some("error"), Some(125)));
        assert_eq!(json["error"], "the configuration has errors");
        let junit = not_run.to_junit().unwrap();
        assert!(junit.contains("errors=\"1\"") && junit.contains("<testcase name=\"npm test\""), "{junit}");
        assert!(junit.contains("no such file &lt;x&gt;"), "{junit}");
    }
}
