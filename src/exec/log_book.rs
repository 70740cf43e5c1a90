//! The log of a run: in a file, on standard error, or kept until somebody wants to see its end.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::recording::create_file;

/// Most bytes of the end of the log that are kept in memory.
const KEPT_BYTES_MAX: usize = 256 * 1024;

/// Takes the bytes of the log. Clones share it.
#[derive(Clone)]
pub struct LogBook {
    book: Arc<Mutex<Book>>,
}

struct Book {
    file: Option<BufWriter<File>>,
    live: bool,
    kept: VecDeque<u8>,
    /// Whether something was forgotten.
    cut: bool,
    /// Why the file is cut off, if it is.
    problem: Option<io::Error>,
}

impl Book {
    /// Does something with the file; what fails first is kept, and no more is written.
    fn with_file(&mut self, work: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) {
        if let Some(file) = &mut self.file
            && self.problem.is_none()
        {
            self.problem = work(file).err();
        }
    }
}

impl LogBook {
    /// A log that is written to this file, if any; with `live` to standard error as well.
    ///
    /// # Errors
    ///
    /// When the file cannot be created.
    pub fn create(file: Option<&Path>, live: bool) -> io::Result<Self> {
        let file = file.map(create_file).transpose()?.map(BufWriter::new);
        let book = Book { file, live, kept: VecDeque::new(), cut: false, problem: None };
        Ok(Self { book: Arc::new(Mutex::new(book)) })
    }

    /// The end of the log as text, in whole lines.
    pub fn end(&self) -> String {
        let book = self.lock();
        let bytes: Vec<u8> = book.kept.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match text.split_once('\n').filter(|_| book.cut) {
            Some((_, rest)) => format!("…\n{rest}"),
            None => text,
        }
    }

    /// Why the file is cut off, if it is.
    pub fn problem(&self) -> Option<String> {
        self.lock().problem.as_ref().map(ToString::to_string)
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for LogBook {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut book = self.lock();
        book.with_file(|file| file.write_all(bytes));
        if book.live {
            // A reader that has gone changes nothing about the run.
            let _ = io::stderr().write_all(bytes);
        }
        book.kept.extend(bytes);
        let beyond = book.kept.len().saturating_sub(KEPT_BYTES_MAX);
        book.cut |= beyond > 0;
        book.kept.drain(..beyond);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lock().with_file(Write::flush);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_everything_and_the_end_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut book = LogBook::create(Some(&path), false).unwrap();
        writeln!(book, "first").unwrap();
        assert_eq!(book.end(), "first\n");
        let line = "x".repeat(99);
        for _ in 0..KEPT_BYTES_MAX / 100 + 10 {
            writeln!(book, "{line}").unwrap();
        }
        book.flush().unwrap();
        assert!(std::fs::read_to_string(path).unwrap().starts_with("first\nxxx"));
        let end = book.end();
        assert!(end.starts_with(&format!("…\n{line}\n")) && end.len() <= KEPT_BYTES_MAX + 4);
        assert_eq!(book.problem(), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_told_and_the_end_is_kept_all_the_same() {
        let mut book = LogBook::create(Some(Path::new("/dev/full")), false).unwrap();
        writeln!(book, "first").unwrap();
        book.flush().unwrap();
        writeln!(book, "second").unwrap();
        assert!(book.problem().unwrap().starts_with("No space left"));
        assert_eq!(book.end(), "first\nsecond\n");
    }
}
