//! Makes the runs, and tells how they went.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;

use super::arguments::{ExecArguments, ShowLogs};
use super::outcome::Outcome;
use super::repeat;
use crate::chaos::{Dice, Seeds, Spec};
use crate::cli::experiment::any_seed;
use crate::cli::terminal::{Lines, Terminal};
use crate::cli::verbosity::Verbosity;
use crate::dev::{SessionError, SessionOptions};
use crate::exec::guard::Signal;
use crate::exec::seeds::{self, Found, Purpose, Runs};
use crate::exec::{Execution, LogBook, Report, RunError, Verdict, run};
use crate::recording::create_file;

/// Makes runs of one command.
pub struct Runner {
    arguments: ExecArguments,
    session: SessionOptions,
    signals: UnboundedReceiver<Signal>,
    log_book: LogBook,
    log: Arc<Terminal>,
}

impl Runner {
    /// Prepares the log.
    ///
    /// # Errors
    ///
    /// When the log's file cannot be created, or the clock cannot be had; the text says so.
    pub fn new(arguments: ExecArguments, signals: UnboundedReceiver<Signal>) -> Result<Self, String> {
        let session = arguments.session_options()?;
        let live = arguments.shows_logs() == ShowLogs::Always;
        let file = arguments.log_file.as_deref();
        let log_book = LogBook::create(file, live)
            .map_err(|error| format!("--log-file {}: {error}", file.unwrap_or(Path::new("")).display()))?;
        let lines = Lines::to(log_book.clone(), log_book.clone());
        let log = Arc::new(Terminal::plain(lines, Verbosity::Log));
        Ok(Self { arguments, session, signals, log_book, log })
    }

    /// Makes the run, or one for each seed.
    pub async fn run(mut self) -> Outcome {
        let result = match self.arguments.experiment.chaos.clone() {
            None => self.once(None, false).await.map(|verdict| verdict.report),
            Some(spec) if matches!(spec.seeds, Seeds::Range(..)) => self.search(&spec).await,
            Some(spec) => {
                let seed = if let Seeds::One(seed) = spec.seeds { seed } else { any_seed() };
                let dice = Dice::new(spec, seed);
                self.say(&format!("chaos: {}", dice.spec()));
                self.once(Some(dice), false).await.map(|verdict| verdict.report)
            }
        };
        self.log.flush();
        match result {
            Ok(report) => self.conclude(&report),
            Err(error) => self.give_up(&error),
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
        }
    }

    fn tell_what_fails(&self, spec: &Spec, report: &Report, repeatable: bool) {
        let faults = spec.only.as_ref().map_or(0, std::collections::BTreeSet::len);
        let make = if faults == 1 { "makes" } else { "make" };
        self.say(&format!("chaos: {} still {make} it fail:", counted(faults, "fault")));
        for fault in &report.counted.faults {
            self.say(&format!("  {}: {}", fault.fault, fault.effect));
        }
        if !repeatable {
            self.say(
                "chaos: it did not fail each time, so something else than faults is at work, such as time",
            );
        }
        self.say("chaos: repeat it with");
        self.say(&format!("  {}", repeat::command_line(std::env::args_os(), spec)));
    }

    fn conclude(&self, report: &Report) -> Outcome {
        if !report.passed() && self.arguments.shows_logs() == ShowLogs::OnFailure {
            self.show_log();
        }
        for failure in &report.failures {
            eprintln!("error: {failure}");
            for detail in failure.details.iter().take(10) {
                eprintln!("  {}", detail.lines().next().unwrap_or_default());
            }
        }
        if report.chaos.is_some() {
            let counts = report.counted.fault_counts();
            let counts: Vec<String> = counts.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
            self.say(&format!(
                "chaos: {} ({})",
                counted(report.counted.faults.len(), "fault"),
                counts.join(", ")
            ));
        }
        match self.write_reports(report) {
            Ok(()) => Outcome::reported(report),
            Err(error) => Outcome::session_failed(&error),
        }
    }

    fn write_reports(&self, report: &Report) -> Result<(), String> {
        let write = |path: &Path, text: String| {
            let written = create_file(path).and_then(|mut file| file.write_all(text.as_bytes()));
            written.map_err(|error| format!("the report {}: {error}", path.display()))
        };
        if let Some(path) = &self.arguments.report_json {
            write(path, report.to_json())?;
        }
        if let Some(path) = &self.arguments.report_junit {
            write(path, report.to_junit()?)?;
        }
        Ok(())
    }

    fn give_up(&self, error: &RunError) -> Outcome {
        // What is wrong with the configuration is in the log, which nobody has seen yet.
        if self.arguments.shows_logs() != ShowLogs::Always && matches!(error, RunError::Session(_)) {
            self.show_log();
        }
        if !matches!(error, RunError::Session(SessionError::Configuration)) {
            eprintln!("error: {error}");
        }
        Outcome::not_run(error)
    }

    fn show_log(&self) {
        let end = self.log_book.end();
        if !end.is_empty() {
            eprintln!("--- the session's log\n{}\n---", end.trim_end());
        }
    }

    fn say(&self, text: &str) {
        if !self.arguments.quiet {
            eprintln!("{text}");
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
            (true, _) => "passed".to_owned(),
            (false, 0) => "failed".to_owned(),
            (false, code) => format!("failed with exit code {code}"),
        };
        let faults = counted(report.counted.faults.len(), "fault");
        match (purpose, spec.seeds) {
            (Purpose::Search, Seeds::One(seed)) => self.say(&format!("chaos: seed {seed} {how}, {faults}")),
            _ => self.say(&format!("chaos: with {faults} it {how}")),
        }
    }
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
