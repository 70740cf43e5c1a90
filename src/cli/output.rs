//! What commands that end by themselves print.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::AnsiColor;
use serde::Serialize;

use super::exit::Failure;
use crate::base::Diagnostic;
use crate::report;

/// Prints to standard output.
///
/// # Errors
///
/// When nobody reads it.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    Ok(output.flush()?)
}

/// Prints a line to standard output.
///
/// # Errors
///
/// When nobody reads it.
pub fn print_line(text: &str) -> Result<(), Failure> {
    print(&format!("{text}\n"))
}

/// Prints a value as JSON, for people's eyes and for programs.
///
/// # Errors
///
/// When nobody reads it.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::mistake)?;
    print_line(&text)
}

/// Says on standard error what went wrong.
pub fn error(text: &str) {
    // There is nobody left to tell when standard error is closed.
    let style = AnsiColor::Red.on_default();
    let _ = writeln!(anstream::stderr(), "{style}error:{style:#} {text}");
}

/// Says something on standard error that is not what was asked for.
pub fn notice(text: &str) {
    // There is nobody left to tell when standard error is closed.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Says on standard error what is wrong with the user's files.
pub fn diagnostics(diagnostics: &[Diagnostic]) {
    let color = AutoStream::choice(&io::stderr()) != ColorChoice::Never;
    let working_directory = std::env::current_dir().unwrap_or_default();
    let _ = io::stderr().write_all(report::render(diagnostics, color, &working_directory).as_bytes());
}
