//! Lines of JSON from a file or from standard input, of bounded length.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::cli::exit::Failure;

/// Longest line, in bytes: the largest body has 128,000, and a byte may be written as `\u0001`.
const LINE_BYTES_MAX: usize = 1024 * 1024;

/// How standard input is named as a file.
pub const STANDARD_INPUT: &str = "-";

/// A file, or standard input, being read.
pub struct Input {
    reader: Box<dyn BufRead>,
    /// How people are told where a problem is.
    pub name: String,
}

impl Input {
    /// Opens it; `-` is standard input.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        if path.as_os_str() == STANDARD_INPUT {
            let reader = Box::new(BufReader::new(io::stdin()));
            return Ok(Self { reader, name: "standard input".to_owned() });
        }
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| cannot_read(&name, &error))?;
        Ok(Self { reader: Box::new(BufReader::new(file)), name })
    }

    /// Everything, if it is not longer than `bytes_max`; else the beginning, one byte longer.
    pub fn read_all(self, bytes_max: usize) -> Result<Vec<u8>, Failure> {
        let mut content = Vec::new();
        let read = self.reader.take(bytes_max as u64 + 1).read_to_end(&mut content);
        read.map_err(|error| cannot_read(&self.name, &error))?;
        Ok(content)
    }

    /// Its lines that are not blank.
    pub fn lines(self) -> Lines {
        Lines { input: self, number: 0 }
    }
}

fn cannot_read(name: &str, error: &io::Error) -> Failure {
    Failure::Mistake(format!("{name} cannot be read: {error}"))
}

/// The lines of an input.
pub struct Lines {
    input: Input,
    number: usize,
}

/// A line, and where it is.
pub struct Line {
    /// Its text, without the end.
    pub text: String,
    place: String,
}

impl Line {
    /// Something is wrong with this line.
    pub fn problem(&self, problem: impl std::fmt::Display) -> Failure {
        Failure::Mistake(format!("{}: {problem}", self.place))
    }

    /// It is not the JSON it should be.
    pub fn json_problem(&self, error: &serde_json::Error) -> Failure {
        let (column, problem) = (error.column(), json_problem(error));
        Failure::Mistake(format!("{}:{column}: {problem}", self.place))
    }
}

/// What the error says, without the place.
pub fn json_problem(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(problem, _)| problem.to_owned())
}

impl Lines {
    /// The next line that is not blank.
    pub fn next(&mut self) -> Result<Option<Line>, Failure> {
        loop {
            self.number += 1;
            let mut bytes = Vec::new();
            let mut limited = (&mut self.input.reader).take(LINE_BYTES_MAX as u64 + 1);
            let read = limited.read_until(b'\n', &mut bytes);
            if read.map_err(|error| cannot_read(&self.input.name, &error))? == 0 {
                return Ok(None);
            }
            let line = self.line(bytes)?;
            if !line.text.trim().is_empty() {
                return Ok(Some(line));
            }
        }
    }

    fn line(&self, bytes: Vec<u8>) -> Result<Line, Failure> {
        let place = format!("{}:{}", self.input.name, self.number);
        if bytes.len() > LINE_BYTES_MAX {
            return Err(Failure::Mistake(format!("{place}: the line is longer than {LINE_BYTES_MAX} bytes")));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Line { text: text.trim_end_matches(['\n', '\r']).to_owned(), place }),
            Err(_) => Err(Failure::Mistake(format!("{place}: the line is not UTF-8"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: Vec<u8>) -> Lines {
        Input { reader: Box::new(io::Cursor::new(text)), name: "f".to_owned() }.lines()
    }

    #[test]
    fn blank_lines_are_passed_over_and_counted() {
        let mut lines = lines(b"1\n\n  \r\n{\"a\": x}\r\n3".to_vec());
        assert_eq!(lines.next().unwrap().unwrap().text, "1");
        let line = lines.next().unwrap().unwrap();
        let error = serde_json::from_str::<serde_json::Value>(&line.text).unwrap_err();
        let Failure::Mistake(text) = line.json_problem(&error) else { panic!() };
        assert_eq!(text, "f:4:7: expected value");
        assert_eq!(lines.next().unwrap().unwrap().text, "3");
        assert!(lines.next().unwrap().is_none());
    }

    #[test]
    fn lines_that_are_too_long_or_no_text_are_named() {
        for (text, expected) in [
            (vec![b'x'; LINE_BYTES_MAX + 1], "f:1: the line is longer than 1048576 bytes"),
            (b"\xff\n".to_vec(), "f:1: the line is not UTF-8"),
        ] {
            let Err(Failure::Mistake(text)) = lines(text).next() else { panic!("{expected}") };
            assert_eq!(text, expected);
        }
        assert!(lines(vec![b'x'; LINE_BYTES_MAX]).next().unwrap().is_some());
    }
}
