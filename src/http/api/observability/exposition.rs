//! Writing Prometheus' exposition format.

use std::fmt::{Display, Write};

/// Text that grows.
#[derive(Debug, Default)]
pub(super) struct Exposition {
    text: String,
}

impl Exposition {
    /// Begins the samples of one name.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    /// A sample.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.line(format_args!("{name}{} {value}", Labels(labels)));
    }

    /// A sample that is a whole number.
    pub fn count(&mut self, name: &str, labels: &[(&str, &str)], value: u64) {
        self.line(format_args!("{name}{} {value}", Labels(labels)));
    }

    /// The text.
    pub fn finish(self) -> String {
        self.text
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{line}");
    }
}

struct Labels<'a>(&'a [(&'a str, &'a str)]);

impl Display for Labels<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (name, value)) in self.0.iter().enumerate() {
            formatter.write_char(if index == 0 { '{' } else { ',' })?;
            write!(formatter, "{name}=\"")?;
            for character in value.chars() {
                match character {
                    '\\' => formatter.write_str("\\\\")?,
                    '"' => formatter.write_str("\\\"")?,
                    '\n' => formatter.write_str("\\n")?,
                    other => formatter.write_char(other)?,
                }
            }
            formatter.write_char('"')?;
        }
        if self.0.is_empty() { Ok(()) } else { formatter.write_char('}') }
    }
}
