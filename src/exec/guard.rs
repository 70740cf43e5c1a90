//! A small process that ends what a run has started, when the run itself was killed.
//!
//! It is this program with a hidden command. It reads lines from its standard input: what there is to
//! clean up, and `done` when the run has cleaned up by itself. When the input ends without `done`, the run is
//! dead, and the guard kills the command's processes and removes the run's folder.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::command::signal_group;
use super::strays;

/// The hidden command.
pub const COMMAND: &str = "exec-guard";

/// What a process can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP.
    HangUp,
    /// SIGKILL.
    Kill,
}

/// The guard of one run.
pub(super) struct Guard {
    process: Child,
    input: Option<ChildStdin>,
}

impl Guard {
    /// Starts the guard of a folder and of the processes with this mark.
    pub fn start(folder: Option<&Path>, mark: &str) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(COMMAND).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        apart(&mut command);
        let mut process = command.spawn()?;
        let mut guard = Self { input: process.stdin.take(), process };
        guard.tell(&format!("mark {mark}"));
        if let Some(folder) = folder.and_then(Path::to_str) {
            guard.tell(&format!("folder {folder}"));
        }
        Ok(guard)
    }

    /// The command runs in this process group.
    pub fn watch_group(&mut self, group: u32) {
        self.tell(&format!("group {group}"));
    }

    /// The command has ended: its group may soon be another one's.
    pub fn forget_group(&mut self) {
        self.tell("no-group");
    }

    /// Everything is cleaned up.
    pub fn dismiss(mut self) {
        self.tell("done");
        drop(self.input.take());
        // It ends by itself once it has read this.
        let _ = self.process.wait();
    }

    fn tell(&mut self, line: &str) {
        if let Some(input) = &mut self.input {
            // A guard that was killed guards nothing any more; the run goes on.
            let _ = writeln!(input, "{line}");
        }
    }
}

/// What the guard knows.
#[derive(Default)]
struct Watched {
    group: Option<u32>,
    mark: Option<String>,
    folder: Option<PathBuf>,
}

/// Runs the guard until its input ends.
pub fn watch(input: impl BufRead) {
    let mut watched = Watched::default();
    for line in input.lines().map_while(Result::ok) {
        match line.split_once(' ') {
            Some(("mark", mark)) => watched.mark = Some(mark.to_owned()),
            Some(("folder", folder)) => watched.folder = Some(PathBuf::from(folder)),
            Some(("group", group)) => watched.group = group.parse().ok(),
            None if line == "no-group" => watched.group = None,
            None if line == "done" => return,
            _ => {}
        }
    }
    watched.clean_up();
}

impl Watched {
    fn clean_up(&self) {
        if let Some(group) = self.group {
            signal_group(group, Signal::Kill);
        }
        if let Some(mark) = &self.mark {
            strays::kill(mark);
        }
        if let Some(folder) = &self.folder {
            // Nobody is left to be told.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// In a process group of its own, so that Ctrl-C on the terminal does not reach it.
#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn apart(_command: &mut Command) {}
