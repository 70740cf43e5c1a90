//! What a session prints, line by line as it comes.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::PATIENCE;

/// The lines of one stream. They are read at once, so that the session never waits for the test.
pub struct Lines {
    received: RefCell<VecDeque<String>>,
    coming: Receiver<String>,
    transcript: Arc<Mutex<Vec<String>>>,
}

impl Lines {
    /// Reads `source` to its end; each line is kept in `transcript` as well.
    pub fn read(source: impl Read + Send + 'static, transcript: Arc<Mutex<Vec<String>>>) -> Self {
        let (sender, coming) = mpsc::channel();
        let kept = transcript.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(source).lines().map_while(Result::ok) {
                kept.lock().unwrap().push(line.clone());
                let _ = sender.send(line);
            }
        });
        Self { received: RefCell::default(), coming, transcript }
    }

    /// The next line, or nothing at the end. `awaited` says in a failure what was hoped for.
    pub fn next(&self, awaited: &str) -> Option<String> {
        self.next_until(Instant::now() + PATIENCE, awaited)
    }

    /// Skips lines until one matches, and answers with it.
    pub fn wait_for(&self, pattern: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.next_until(deadline, pattern) {
                Some(line) if matches(pattern, &line) => return line,
                Some(_) => {}
                None => panic!("the session ended without a line {pattern:?}"),
            }
        }
    }

    /// The first line that matches; those before it come next.
    pub fn find(&self, pattern: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut before = VecDeque::new();
        loop {
            match self.next_until(deadline, pattern) {
                Some(line) if matches(pattern, &line) => {
                    let mut received = self.received.borrow_mut();
                    before.append(&mut received);
                    *received = before;
                    return line;
                }
                Some(line) => before.push_back(line),
                None => panic!("the session ended without a line {pattern:?}"),
            }
        }
    }

    /// Everything up to the end of the session.
    pub fn rest(&self) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        std::iter::from_fn(|| self.next_until(deadline, "the end of the session")).collect()
    }

    /// Everything that was printed up to now, for a failure.
    pub fn transcript(&self) -> String {
        self.transcript.lock().unwrap().join("\n")
    }

    fn next_until(&self, deadline: Instant, awaited: &str) -> Option<String> {
        if let Some(line) = self.received.borrow_mut().pop_front() {
            return Some(line);
        }
        match self.coming.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("waited in vain for {awaited:?}"),
        }
    }
}

/// Whether a line is as expected: `…` stands for any text, and durations may differ.
pub fn matches(pattern: &str, line: &str) -> bool {
    let (pattern, line) = (without_durations(pattern), without_durations(line));
    let mut parts = pattern.split('…');
    let Some(mut rest) = parts.next().and_then(|first| line.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The line with `(0ms)` for each `(12ms)` or `(12 ms)`.
fn without_durations(line: &str) -> String {
    let mut parts = line.split('(');
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        result.push('(');
        let behind = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let unit = behind.strip_prefix("ms)").or_else(|| behind.strip_prefix(" ms)"));
        match unit.filter(|_| behind.len() < part.len()) {
            Some(behind) => result.extend(["0ms)", behind]),
            None => result.push_str(part),
        }
    }
    result
}

#[test]
fn lines_match_but_for_what_differs_each_time() {
    for (pattern, line) in [
        ("QUEUE q 1/1 (3ms)", "QUEUE q 1/1 (217ms)"),
        ("Ready on http://… (29 ms)", "Ready on http://127.0.0.1:1 (1 ms)"),
        ("a…b…c", "abc"),
        ("a…b…c", "a b b c c"),
        ("…", ""),
    ] {
        assert!(matches(pattern, line), "{pattern:?} {line:?}");
    }
    for (pattern, line) in [
        ("QUEUE q 1/1 (3ms)", "QUEUE q 0/1 (3ms)"),
        ("a", "ab"),
        ("a…c", "abcd"),
        ("…b…a", "ab"),
        ("ab…b", "ab"),
    ] {
        assert!(!matches(pattern, line), "{pattern:?} {line:?}");
    }
}
