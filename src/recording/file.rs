//! Writing lines without making anybody wait.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use serde::Serialize;

use super::line::{Kind, MissedLine};
use super::new_file::create_file;

/// Most bytes that wait to be written. What comes beyond is left out, and counted.
const WAITING_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A recording cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the recording {} cannot be written: {cause}", path.display())]
pub struct RecordError {
    path: PathBuf,
    cause: std::io::Error,
}

/// A file of lines. They are written by a thread, as soon as it comes to them.
pub(super) struct LineFile {
    lines: Mutex<Option<Sender<Vec<u8>>>>,
    waiting: Arc<AtomicUsize>,
    missed: Arc<AtomicU64>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl LineFile {
    /// Creates the file, or empties it. When it cannot be written later on, `tell` is called with why, once, and no more is
    /// written.
    pub fn create(
        path: &Path,
        tell: impl FnOnce(&RecordError) + Send + 'static,
    ) -> Result<Self, RecordError> {
        let failed = |cause| RecordError { path: path.to_owned(), cause };
        let file = create_file(path).map_err(failed)?;
        let (sender, receiver) = mpsc::channel();
        let (waiting, missed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicU64::new(0)));
        let writer =
            LineWriter { file: BufWriter::new(file), waiting: waiting.clone(), missed: missed.clone() };
        let thread = std::thread::Builder::new()
            .name(String::from("recording"))
            .spawn({
                let path = path.to_owned();
                move || {
                    if let Err(cause) = writer.run(&receiver) {
                        tell(&RecordError { path, cause });
                    }
                }
            })
            .map_err(failed)?;
        Ok(Self { lines: Mutex::new(Some(sender)), waiting, missed, thread: Mutex::new(Some(thread)) })
    }

    /// Adds a line; leaves it out when too much is waiting already.
    pub fn add(&self, line: &impl Serialize) {
        if self.waiting.load(Ordering::Relaxed) > WAITING_BYTES_MAX {
            self.missed.fetch_add(1, Ordering::Relaxed);
            return;
        }
        // Our own types have no maps with other keys than texts, so this cannot fail.
        let Ok(mut text) = serde_json::to_vec(line) else { return };
        text.push(b'\n');
        self.waiting.fetch_add(text.len(), Ordering::Relaxed);
        if let Some(lines) = &*self.lines.lock().unwrap_or_else(PoisonError::into_inner) {
            // When the file is full or gone, the thread has ended.
            let _ = lines.send(text);
        }
    }

    /// Writes what waits and closes the file. What is added afterwards is lost.
    pub fn finish(&self) {
        drop(self.lines.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // It only ends early by a panic, which is told already.
            let _ = thread.join();
        }
    }
}

impl Drop for LineFile {
    fn drop(&mut self) {
        self.finish();
    }
}

struct LineWriter {
    file: BufWriter<File>,
    waiting: Arc<AtomicUsize>,
    missed: Arc<AtomicU64>,
}

impl LineWriter {
    /// Whenever nothing waits the file is brought up to date, so that a crash finds it whole.
    fn run(mut self, lines: &Receiver<Vec<u8>>) -> std::io::Result<()> {
        while let Ok(line) = lines.recv() {
            self.write(&line)?;
            self.write_waiting(lines)?;
        }
        Ok(())
    }

    fn write_waiting(&mut self, lines: &Receiver<Vec<u8>>) -> std::io::Result<()> {
        while let Ok(line) = lines.try_recv() {
            self.write(&line)?;
        }
        self.file.flush()
    }

    fn write(&mut self, line: &[u8]) -> std::io::Result<()> {
        self.file.write_all(line)?;
        self.waiting.fetch_sub(line.len(), Ordering::Relaxed);
        match self.missed.swap(0, Ordering::Relaxed) {
            0 => Ok(()),
            lines => {
                serde_json::to_writer(&mut self.file, &MissedLine { kind: Kind::Missed, lines })?;
                self.file.write_all(b"\n")
            }
        }
    }
}
