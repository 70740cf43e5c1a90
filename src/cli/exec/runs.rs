//! Makes the runs, and tells how they went.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;

use super::arguments::{ExecArguments, ShowLogs};
use super::outcome::{Outcome, tell};
use super::repeat;
use super::reports::ReportFiles;
use crate::chaos::{Dice, Seeds, Spec};
use crate::cli::experiment::any_seed;
use crate::cli::terminal::{Lines, Terminal};
use crate::cli::verbosity::Verbosity;
use crate::dev::{SessionError, SessionOptions};
use crate::exec::guard::Signal;
use crate::exec::seeds::{self, Found, Purpose, Runs};
use crate::exec::{Execution, LogBook, NotRun, Report, RunError, SeedRun, Verdict, run};

/// Makes runs of one command.
pub struct Runner {
    arguments: ExecArguments,
    session: SessionOptions,
    signals: UnboundedReceiver<Signal>,
    log_book: LogBook,
    log: Arc<Terminal>,
    reports: ReportFiles,
    seeds: Vec<SeedRun>,
}

impl Runner {
    /// Prepares the log and the reports.
    ///
    /// # Errors
    ///
    /// When one of their files cannot be created, or the clock cannot be had; the text says so.
    pub fn new(arguments: ExecArguments, signals: UnboundedReceiver<Signal>) -> Result<Self, String> {
        let session = arguments.session_options()?;
        let reports =
            ReportFiles::create(arguments.report_json.as_deref(), arguments.report_junit.as_deref())?;
        let live = arguments.shows_logs() == ShowLogs::Always;
        let file = arguments.log_file.as_deref();
        let log_book = LogBook::create(file, live)
            .map_err(|error| format!("--log-file {}: {error}", file.unwrap_or(Path::new("")).display()))?;
        let lines = Lines::to(log_book.clone(), log_book.clone());
        let log = Arc::new(Terminal::plain(lines, Verbosity::Log));
        Ok(Self { arguments, session, signals, log_book, log, reports, seeds: Vec::new() })
    }

    /// Makes the run, or one for each seed.
    pub async fn run(mut self) -> Outcome {
        let result = match self.arguments.experiment.chaos.clone() {
            None => self.once(None, false).await.map(|verdict| verdict.report),
            Some(spec) if matches!(spec.seeds, Seeds::Range(..)) => {
                self.say(&format!("chaos: {spec}"));
                let report = self.search(&spec).await;
                report.map(|report| Report { seeds: std::mem::take(&mut self.seeds), ..report })
            }
            Some(spec) => {
                let seed = if let Seeds::One(seed) = spec.seeds { seed } else { any_seed() };
                let dice = Dice::new(spec, seed);
                self.say(&format!("chaos: {}", dice.spec()));
                self.once(Some(dice), false).await.map(|verdict| verdict.report)
            }
        };
        self.log.flush();
        let reports = std::mem::take(&mut self.reports);
        match result {
            Ok(report) => self.conclude(&report, reports),
            Err(error) => self.give_up(&error, reports),
        }
    }

    async fn once(&mut self, chaos: Option<Dice>, silent: bool) -> Result<Verdict, RunError> {
        let session = SessionOptions { chaos, ..self.session.clone() };
        let execution = Execution {
            session,
            command: self.arguments.command.clone(),
            drain: self.arguments.drain,
            fail_on: self.arguments.fail_on.clone().unwrap_or_default(),
            silent,
        };
        run(&execution, self.log.clone(), &mut self.signals).await
    }

    /// Makes a run for each seed; answers with the report of the one that decides.
    async fn search(&mut self, spec: &Spec) -> Result<Report, RunError> {
        match seeds::search(spec, any_seed(), self).await? {
            Found::Nothing(verdict) => {
                self.say("chaos: every seed passed");
                Ok(verdict.report)
            }
            Found::Failing { spec, verdict, repeatable } => {
                self.tell_what_fails(&spec, &verdict.report, repeatable);
                Ok(verdict.report)
            }
            Found::Interrupted { verdict, failing } => {
                if let Some(spec) = failing {
                    self.say("chaos: interrupted while looking for fewer faults; what fails so far:");
                    self.tell_how_to_repeat(&spec);
                }
                Ok(verdict.report)
            }
        }
    }

    fn tell_what_fails(&self, spec: &Spec, report: &Report, repeatable: bool) {
        let faults = spec.only.as_ref().map_or(0, std::collections::BTreeSet::len);
        match faults {
            0 => self.say("chaos: it fails without any fault"),
            1 => self.say("chaos: 1 fault still makes it fail:"),
            _ => self.say(&format!("chaos: {faults} faults still make it fail:")),
        }
        for fault in &report.counted.faults {
            self.say(&format!("  {}: {}", fault.fault, fault.effect));
        }
        if !repeatable {
            self.say(
                "chaos: it did not fail each time, so something else than faults is at work, such as time",
            );
        }
        self.say("chaos: repeat it with");
        self.tell_how_to_repeat(spec);
    }

    fn tell_how_to_repeat(&self, spec: &Spec) {
        self.say(&format!("  {}", repeat::command_line(std::env::args_os(), spec)));
    }

    fn conclude(&self, report: &Report, reports: ReportFiles) -> Outcome {
        if !report.passed() && self.arguments.shows_logs() == ShowLogs::OnFailure {
            self.show_log();
        }
        for failure in &report.failures {
            tell(&format!("error: {failure}"));
            for detail in failure.details.iter().take(10) {
                tell(&format!("  {}", detail.lines().next().unwrap_or_default()));
            }
        }
        if report.chaos.is_some() {
            let faults = counted(report.counted.faults.len(), "fault");
            match report.counted.faults_in_words() {
                kinds if kinds.is_empty() => self.say(&format!("chaos: {faults}")),
                kinds => self.say(&format!("chaos: {faults} ({kinds})")),
            }
        }
        let unwritten = [reports.verdict(report).err(), report.unrecorded.clone(), self.unlogged()];
        let unwritten: Vec<String> = unwritten.into_iter().flatten().collect();
        for problem in &unwritten {
            tell(&format!("error: {problem}"));
        }
        // That the tests failed says more than that nobody can read how.
        if report.passed() && !unwritten.is_empty() { Outcome::UNWRITTEN } else { Outcome::reported(report) }
    }

    /// Why the log's file is cut off, if it is.
    fn unlogged(&self) -> Option<String> {
        let (path, problem) = (self.arguments.log_file.as_ref()?, self.log_book.problem()?);
        Some(format!("the log {} cannot be written: {problem}", path.display()))
    }

    fn give_up(&self, error: &RunError, reports: ReportFiles) -> Outcome {
        // What is wrong with the configuration is in the log, which nobody has seen yet.
        if self.arguments.shows_logs() != ShowLogs::Always && matches!(error, RunError::Session(_)) {
            self.show_log();
        }
        if !matches!(error, RunError::Session(SessionError::Configuration)) {
            tell(&format!("error: {error}"));
        }
        let outcome = Outcome::not_run(error);
        let words = self.arguments.command.iter().map(|word| word.to_string_lossy().into_owned());
        let not_run = NotRun {
            command: words.collect(),
            exit_code: outcome.number(),
            error: error.to_string(),
            // What is wrong with the configuration is said there.
            log: if matches!(error, RunError::Session(_)) { self.log_book.end() } else { String::new() },
        };
        if let Err(error) = reports.not_run(&not_run) {
            tell(&format!("error: {error}"));
        }
        outcome
    }

    fn show_log(&self) {
        let end = self.log_book.end();
        if !end.is_empty() {
            tell(&format!("--- the session's log\n{}\n---", end.trim_end()));
        }
    }

    fn say(&self, text: &str) {
        if !self.arguments.quiet {
            tell(text);
        }
    }
}

impl Runs for Runner {
    async fn run(&mut self, spec: &Spec, seed: u64, purpose: Purpose) -> Result<Verdict, RunError> {
        self.once(Some(Dice::new(spec.clone(), seed)), purpose == Purpose::Shrink).await
    }

    fn ended(&mut self, spec: &Spec, verdict: &Verdict, purpose: Purpose) {
        let report = &verdict.report;
        let how = match (report.passed(), report.exit_code) {
            _ if report.interrupted => "was interrupted".to_owned(),
            (true, _) => "passed".to_owned(),
            (false, 0) => "failed".to_owned(),
            (false, code) => format!("failed with exit code {code}"),
        };
        let faults = counted(report.counted.faults.len(), "fault");
        match (purpose, spec.seeds) {
            (Purpose::Search, Seeds::One(seed)) => {
                let faults_made = report.counted.faults.len();
                self.seeds.push(SeedRun { seed, result: report.result(), faults: faults_made });
                self.say(&format!("chaos: seed {seed} {how}, {faults}"));
            }
            _ => self.say(&format!("chaos: with {faults} it {how}")),
        }
    }
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
