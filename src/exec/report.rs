//! The verdict of a run, for programs.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use super::conditions::{Failure, FailureKind};
use super::tally::{Counted, QueueCounts};

/// The version of the JSON report.
pub(super) const FORMAT: u32 = 1;
/// Where the JUnit report puts its test cases.
pub(super) const SUITE: &str = "qemu-dev exec";

/// Everything there is to say about a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The command with its arguments.
    pub command: Vec<String>,
    /// The command's exit code.
    pub exit_code: u8,
    /// Whether it was told to end early.
    pub interrupted: bool,
    /// How long the command ran.
    pub command_took: Duration,
    /// How long everything took.
    pub took: Duration,
    /// What was looked for: conditions, and whether the queues drained.
    pub checked: Vec<FailureKind>,
    /// What was found.
    pub failures: Vec<Failure>,
    /// Why the recording is cut off, if it is.
    pub unrecorded: Option<String>,
    /// Which faults were made, as `--chaos` is told.
    pub chaos: Option<String>,
    /// What was counted.
    pub counted: Counted,
    /// How each seed went, when there were several.
    pub seeds: Vec<SeedRun>,
}

/// How the run with one seed went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SeedRun {
    /// The seed.
    pub seed: u64,
    /// `passed`, `failed` or `interrupted`.
    pub result: &'static str,
    /// How many faults were made.
    pub faults: usize,
}

impl Report {
    /// The result in one word.
    pub fn result(&self) -> &'static str {
        match (self.passed(), self.interrupted) {
            (true, _) => "passed",
            (false, true) => "interrupted",
            (false, false) => "failed",
        }
    }

    /// Whether all is well.
    pub fn passed(&self) -> bool {
        self.exit_code == 0 && self.failures.is_empty()
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        let report = JsonReport {
            format: FORMAT,
            result: if self.passed() { "passed" } else { "failed" },
            command: &self.command,
            exit_code: self.exit_code,
            interrupted: self.interrupted,
            duration_ms: milliseconds(self.took),
            failures: self.failures.iter().map(JsonFailure::new).collect(),
            queues: &self.counted.queues,
            recording_error: self.unrecorded.as_deref(),
            chaos: self.chaos.as_deref().map(|spec| self.chaos(spec)),
            seeds: &self.seeds,
        };
        // Its own types only, none of which can fail.
        let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
        text.push('\n');
        text
    }

    /// As JUnit's XML: one test case for the command, one for each thing that was looked for.
    ///
    /// # Errors
    ///
    /// When the writer of XML refuses something; the text says what.
    pub fn to_junit(&self) -> Result<String, String> {
        let mut suite = TestSuite::new(SUITE);
        let mut command = TestCase::new(self.command.join(" "), self.command_status());
        command.set_classname(SUITE).set_time(self.command_took);
        suite.add_test_case(command);
        for kind in &self.checked {
            let failure = self.failures.iter().find(|failure| failure.kind == *kind);
            let mut case =
                TestCase::new(kind.expectation(), failure.map_or_else(TestCaseStatus::success, failed));
            case.set_classname(SUITE);
            suite.add_test_case(case);
        }
        if let Some(spec) = &self.chaos {
            suite.add_property(("chaos", spec.as_str()));
            suite.add_property(("faults", self.counted.faults_in_words().as_str()));
        }
        suite.set_time(self.took);
        let mut report = quick_junit::Report::new(SUITE);
        report.set_time(self.took).add_test_suite(suite);
        report.to_string().map_err(|error| error.to_string())
    }

    fn command_status(&self) -> TestCaseStatus {
        if self.exit_code == 0 {
            return TestCaseStatus::success();
        }
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let interrupted = if self.interrupted { ", interrupted" } else { "" };
        status.set_message(format!("the command ended with exit code {}{interrupted}", self.exit_code));
        status
    }

    fn chaos<'a>(&'a self, spec: &'a str) -> JsonChaos<'a> {
        let faults = self.counted.faults.iter();
        let faults = faults.map(|fault| JsonFault { fault: fault.fault.to_string(), effect: &fault.effect });
        JsonChaos { spec, counts: self.counted.fault_counts(), faults: faults.collect() }
    }
}

fn failed(failure: &Failure) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(failure.to_string()).set_description(failure.details.join("\n"));
    status
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonReport<'a> {
    format: u32,
    result: &'static str,
    command: &'a [String],
    exit_code: u8,
    interrupted: bool,
    duration_ms: u64,
    failures: Vec<JsonFailure<'a>>,
    queues: &'a BTreeMap<String, QueueCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recording_error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chaos: Option<JsonChaos<'a>>,
    #[serde(skip_serializing_if = "<[SeedRun]>::is_empty")]
    seeds: &'a [SeedRun],
}

#[derive(Serialize)]
struct JsonFailure<'a> {
    kind: &'static str,
    message: String,
    count: u64,
    details: &'a [String],
}

impl<'a> JsonFailure<'a> {
    fn new(failure: &'a Failure) -> Self {
        Self {
            kind: failure.kind.name(),
            message: failure.to_string(),
            count: failure.count,
            details: &failure.details,
        }
    }
}

#[derive(Serialize)]
struct JsonChaos<'a> {
    spec: &'a str,
    counts: BTreeMap<&'static str, u64>,
    faults: Vec<JsonFault<'a>>,
}

#[derive(Serialize)]
struct JsonFault<'a> {
    fault: String,
    effect: &'a str,
}
