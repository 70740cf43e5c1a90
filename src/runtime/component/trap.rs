//! Why an invocation ended without an answer, for people.

use std::fmt::Write as _;

use wasmtime::{Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

/// Most frames of a backtrace that are shown.
const FRAMES_MAX: usize = 40;

/// What ended an instance: one line, and all of it.
#[derive(Debug)]
pub struct Death {
    /// One line.
    pub headline: String,
    /// The functions that were running, innermost first, a line each; may be empty.
    pub backtrace: String,
}

impl Death {
    /// A limit that was passed, or another end without a backtrace.
    pub fn plain(headline: impl Into<String>) -> Self {
        Self { headline: headline.into(), backtrace: String::new() }
    }

    /// What an engine says of an exception: its first line is the headline.
    pub fn told(text: &str) -> Self {
        let (headline, backtrace) = text.split_once('\n').unwrap_or((text, ""));
        Self { headline: headline.to_owned(), backtrace: backtrace.to_owned() }
    }

    /// The trap, or other error, with which wasmtime ended the call of a function.
    pub fn of(error: &wasmtime::Error) -> Self {
        if let Some(I32Exit(status)) = error.downcast_ref() {
            return Self::plain(format!("The component ended itself with exit status {status}."));
        }
        let headline = match error.downcast_ref::<Trap>() {
            Some(Trap::StackOverflow) => String::from("RuntimeError: stack overflow"),
            Some(trap) => format!("RuntimeError: {}", trap.to_string().trim_start_matches("wasm trap: ")),
            None => format!("RuntimeError: {}", error.root_cause()),
        };
        let backtrace = error.downcast_ref::<WasmBacktrace>().map(frames).unwrap_or_default();
        Self { headline, backtrace }
    }

    /// The same for a call of a function that may have answered with what is no value of its type.
    pub fn of_call(error: &wasmtime::Error) -> Self {
        let is_host = error.downcast_ref::<Trap>().is_none() && error.downcast_ref::<I32Exit>().is_none();
        // Of what happens while the function runs, there is a backtrace.
        if is_host && error.downcast_ref::<WasmBacktrace>().is_none() {
            let reason = error.root_cause();
            return Self::plain(format!(
                "The component's answer is malformed: {reason}. Its bindings are at fault."
            ));
        }
        Self::of(error)
    }

    /// Headline and backtrace.
    pub fn text(&self) -> String {
        if self.backtrace.is_empty() {
            return self.headline.clone();
        }
        format!("{}\n{}", self.headline, self.backtrace)
    }
}

fn frames(backtrace: &WasmBacktrace) -> String {
    let mut text = String::new();
    for frame in backtrace.frames().iter().take(FRAMES_MAX) {
        let name = match frame.func_name() {
            Some(name) => format!("{:#}", rustc_demangle::demangle(name)),
            None => format!("function {}", frame.func_index()),
        };
        let module = frame.module().name().unwrap_or("module");
        let separator = if text.is_empty() { "" } else { "\n" };
        // Writing to a string cannot fail.
        let _ = match frame.module_offset() {
            Some(offset) => write!(text, "{separator}    at {name} ({module}:{offset:#x})"),
            None => write!(text, "{separator}    at {name} ({module})"),
        };
    }
    if backtrace.frames().len() > FRAMES_MAX {
        let _ = write!(text, "\n    and {} more", backtrace.frames().len() - FRAMES_MAX);
    }
    text
}
