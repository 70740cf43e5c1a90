//! Standard output and error of a component: lines of its Worker's log.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use crate::runtime::log::{LogLevel, LogSink};

/// A line longer than this is shown in pieces.
const LINE_BYTES_MAX: usize = 16 * 1024;

/// A stream whose lines go to a log. Clones write to the same line.
#[derive(Clone)]
pub struct LogLines {
    level: LogLevel,
    log: Arc<dyn LogSink>,
    line: Arc<Mutex<Vec<u8>>>,
}

impl LogLines {
    /// The stream whose lines `log` shows with `level`.
    pub fn new(level: LogLevel, log: Arc<dyn LogSink>) -> Self {
        Self { level, log, line: Arc::default() }
    }

    /// Shows a line that has not ended yet, because nothing more will come.
    pub fn finish_line(&self) {
        let line = std::mem::take(&mut *self.line());
        if !line.is_empty() {
            self.show(&line);
        }
    }

    fn write(&self, bytes: &[u8]) {
        let mut line = self.line();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            line.extend_from_slice(piece);
            if line.ends_with(b"\n") || line.len() >= LINE_BYTES_MAX {
                self.show(&line);
                line.clear();
            }
        }
    }

    fn show(&self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        self.log.console(self.level, text.trim_end_matches(['\n', '\r']));
    }

    fn line(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IsTerminal for LogLines {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogLines {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    // Without the task in between that the default has, lines keep their order among those of the log.
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for LogLines {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        LogLines::write(self, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(LINE_BYTES_MAX)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for LogLines {
    async fn ready(&mut self) {}
}

impl AsyncWrite for LogLines {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        LogLines::write(&self, bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Kept(Mutex<Vec<String>>);

    impl LogSink for Kept {
        fn console(&self, _: LogLevel, text: &str) {
            self.0.lock().expect("not poisoned").push(text.to_owned());
        }
    }

    #[test]
    fn writes_become_lines() {
        let kept = Arc::new(Kept::default());
        let lines = LogLines::new(LogLevel::Log, kept.clone());
        lines.write(b"on");
        lines.clone().write(b"e\ntwo\r\n\nth");
        assert_eq!(*kept.0.lock().expect("not poisoned"), ["one", "two", ""]);
        lines.finish_line();
        lines.finish_line();
        lines.write(&[b'x'; LINE_BYTES_MAX]);
        let kept = kept.0.lock().expect("not poisoned");
        assert_eq!(kept[3], "th");
        assert_eq!(kept[4].len(), LINE_BYTES_MAX);
        assert_eq!(kept.len(), 5);
    }
}
