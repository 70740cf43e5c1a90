//! The thread that writes lines, many at once when many come: nobody who serves a request or a queue
//! waits for a terminal.

use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::time::Duration;

/// How long a reader that does not read may hold up the end.
const FLUSH_PATIENCE: Duration = Duration::from_secs(2);

/// Takes lines for standard output and standard error and keeps their order.
#[derive(Clone)]
pub struct Lines {
    sender: Sender<Line>,
}

enum Line {
    Output(String),
    Problem(String),
    Flush(SyncSender<()>),
}

impl Lines {
    /// Lines for standard output and standard error.
    pub fn start() -> Self {
        Self::to(io::stdout(), io::stderr())
    }

    /// Lines for other places.
    pub fn to(output: impl Write + Send + 'static, problems: impl Write + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || write(&receiver, output, problems));
        Self { sender }
    }

    /// Writes to standard output.
    pub fn output(&self, text: String) {
        let _ = self.sender.send(Line::Output(text));
    }

    /// Writes to standard error.
    pub fn problem(&self, text: String) {
        let _ = self.sender.send(Line::Problem(text));
    }

    /// Waits until everything is written.
    pub fn flush(&self) {
        let (written, wait) = mpsc::sync_channel(0);
        if self.sender.send(Line::Flush(written)).is_ok() {
            let _ = wait.recv_timeout(FLUSH_PATIENCE);
        }
    }
}

fn write(lines: &Receiver<Line>, output: impl Write, mut problems: impl Write) {
    let mut output = io::BufWriter::with_capacity(64 * 1024, output);
    while let Ok(line) = lines.recv() {
        write_line(line, &mut output, &mut problems);
        while let Ok(line) = lines.try_recv() {
            write_line(line, &mut output, &mut problems);
        }
        let _ = output.flush();
    }
}

/// A reader that has gone is no reason to stop serving.
fn write_line(line: Line, output: &mut impl Write, problems: &mut impl Write) {
    match line {
        Line::Output(text) => drop(writeln!(output, "{text}")),
        Line::Problem(text) => {
            let _ = output.flush();
            drop(writeln!(problems, "{text}"));
        }
        Line::Flush(written) => {
            let _ = output.flush();
            let _ = written.send(());
        }
    }
}
