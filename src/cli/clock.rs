//! `qemu-dev clock`.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::exit::{self, Failure};
use super::session_client::SessionArguments;
use crate::base::time_text::{TimeTextError, parse_span_ms};

/// Where a session's clock is.
const CLOCK: &str = "/cdn-cgi/api/clock";

/// The arguments of `clock`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev clock advance 12h      half a day passes; everything due on the way happens, in order
  qemu-dev clock until idle       until no message is left to be delivered and no handler runs
  qemu-dev clock until next       to the next deadline
  qemu-dev clock set 2027-01-01T00:00:00Z
  qemu-dev clock show             what time it is, and what comes next

The session must have been started with `--clock manual` or `--clock auto`.")]
pub struct ClockArguments {
    #[command(flatten)]
    session: SessionArguments,
    /// How long to wait for handlers and their requests to the outside, in real time [default: 30s]
    #[arg(long, value_name = "SPAN", value_parser = span, global = true)]
    timeout: Option<String>,
    /// Print the session's answer as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

/// What to do with the clock.
#[derive(Debug, Subcommand)]
enum Action {
    /// Let this much time pass, as 12h, 1h30m, 500ms or 14d
    Advance {
        /// How much
        #[arg(value_name = "SPAN", value_parser = span)]
        by: String,
    },
    /// Let time pass until the session is idle, or to its next deadline
    Until {
        /// Until when
        goal: Goal,
    },
    /// Let time pass until an instant
    Set {
        /// The instant, as 2027-01-01T00:00:00Z
        #[arg(value_name = "INSTANT")]
        instant: String,
    },
    /// Say what time it is, and what comes next
    Show,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Goal {
    /// Nothing is left to be delivered and no handler runs
    Idle,
    /// The next deadline
    Next,
}

/// Looks at or moves the clock of a running session.
pub fn run(arguments: &ClockArguments) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(ask(arguments)));
    exit::code(result, |text| anstream::eprintln!("error: {text}"))
}

async fn ask(arguments: &ClockArguments) -> Result<(), Failure> {
    let request = arguments.action.request().map(|mut request| {
        if let Some(timeout) = &arguments.timeout {
            request["timeout"] = json!(timeout);
        }
        request
    });
    let answer = arguments.session.ask(CLOCK, request.as_ref()).await?.done()?;
    let text = if arguments.json { answer.to_string() } else { in_words(&answer) };
    writeln!(anstream::stdout(), "{text}")?;
    match answer["reached"].as_bool() {
        Some(false) => Err(Failure::Mistake(not_reached(&answer))),
        _ => Ok(()),
    }
}

impl Action {
    fn request(&self) -> Option<Value> {
        match self {
            Self::Advance { by } => Some(json!({ "advance": by })),
            Self::Until { goal: Goal::Idle } => Some(json!({ "until": "idle" })),
            Self::Until { goal: Goal::Next } => Some(json!({ "until": "next" })),
            Self::Set { instant } => Some(json!({ "set": instant })),
            Self::Show => None,
        }
    }
}

fn in_words(answer: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let now = text(&answer["now"]);
    let place = match answer["stops"].as_u64() {
        Some(1) => format!("{now} after 1 deadline"),
        Some(stops) => format!("{now} after {stops} deadlines"),
        None => format!("{now} ({} clock)", text(&answer["mode"])),
    };
    match &answer["next"] {
        Value::Object(next) => format!("{place}; next: {} at {}", text(&next["kind"]), text(&next["at"])),
        _ => place,
    }
}

/// The session reads it again; here it is only checked.
fn span(text: &str) -> Result<String, TimeTextError> {
    parse_span_ms(text).map(|_| text.to_owned())
}

fn not_reached(answer: &Value) -> String {
    let waits_for = answer["waitsFor"].as_array().map(Vec::as_slice).unwrap_or_default();
    let waits_for: Vec<&str> = waits_for.iter().filter_map(Value::as_str).collect();
    if waits_for.is_empty() && answer["because"] == "timeout" {
        return "the clock did not get there in time: ask again to go on, or give it longer with --timeout"
            .to_owned();
    }
    if waits_for.is_empty() {
        return "the clock did not get there: no deadline is left that would lead there".to_owned();
    }
    format!("the clock did not get there; still waiting for {}", waits_for.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_in_words() {
        let shown = json!({ "mode": "manual", "now": "T", "next": null });
        assert_eq!(in_words(&shown), "T (manual clock)");
        let moved =
            json!({ "now": "T", "stops": 2, "reached": true, "next": { "kind": "queues", "at": "U" } });
        assert_eq!(in_words(&moved), "T after 2 deadlines; next: queues at U");
        let stuck = json!({ "waitsFor": ["GET http://a/", "1 queue handler of worker \"w\""] });
        assert!(not_reached(&stuck).ends_with("for GET http://a/, 1 queue handler of worker \"w\""));
        let stuck = json!({ "waitsFor": [], "because": "no deadline" });
        assert!(not_reached(&stuck).contains("no deadline is left"));
        let late = json!({ "waitsFor": [], "because": "timeout" });
        assert!(not_reached(&late).contains("ask again to go on"));
    }

    #[test]
    fn spans_are_checked_before_a_session_is_asked() {
        assert_eq!(span("1h30m").as_deref(), Ok("1h30m"));
        assert!(span("-1h").is_err() && span("soon").is_err());
    }
}
