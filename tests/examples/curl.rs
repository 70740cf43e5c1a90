//! What curl does with the few options that the READMEs use, so that no test needs it installed.

use std::fmt::Write as _;

use crate::support::http::{Answer, Connection};

/// The version whose name is in the READMEs.
const USER_AGENT: &str = "curl/8.7.1";

/// A call of curl.
#[derive(Default)]
struct Call {
    url: String,
    method: Option<String>,
    data: Option<String>,
    headers: Vec<(String, String)>,
    shows_head: bool,
}

/// Runs curl with these arguments; answers with what it prints.
pub fn curl(arguments: &[String]) -> String {
    let call = parse(arguments);
    let (host, target) = split(&call.url);
    let mut connection = Connection::open(&host).unwrap();
    let mut printed = String::new();
    for target in expand(&target) {
        print(&ask(&mut connection, &call, &target), call.shows_head, &mut printed);
    }
    printed
}

fn parse(arguments: &[String]) -> Call {
    let mut call = Call::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| panic!("{argument} needs a value")).clone();
        match argument.as_str() {
            "-i" => call.shows_head = true,
            "-X" => call.method = Some(value()),
            "-d" | "--data" => call.data = Some(value()),
            "-H" => {
                let header = value();
                let (name, value) = header.split_once(": ").unwrap();
                call.headers.push((name.to_owned(), value.to_owned()));
            }
            other => match other.strip_prefix("-X") {
                Some(method) => call.method = Some(method.to_owned()),
                None if other.starts_with('-') => panic!("this curl does not know {other}"),
                None => call.url = other.to_owned(),
            },
        }
    }
    call
}

fn ask(connection: &mut Connection, call: &Call, target: &str) -> Answer {
    let mut headers = vec![("user-agent", USER_AGENT), ("accept", "*/*")];
    if call.data.is_some() {
        headers.push(("content-type", "application/x-www-form-urlencoded"));
    }
    headers.extend(call.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let method = call.method.as_deref().unwrap_or(if call.data.is_some() { "POST" } else { "GET" });
    connection.request(method, target, &headers, call.data.as_deref()).unwrap()
}

fn print(answer: &Answer, with_head: bool, printed: &mut String) {
    if with_head {
        printed.push_str(&answer.head.status_line);
        for (name, value) in &answer.head.headers {
            write!(printed, "\n{name}: {value}").unwrap();
        }
        printed.push_str("\n\n");
    }
    printed.push_str(&answer.body);
}

/// Host and path; a URL without a path means `/`.
fn split(url: &str) -> (String, String) {
    let url = url.strip_prefix("http://").unwrap();
    let (host, path) = url.split_once('/').unwrap_or((url, ""));
    (host.to_owned(), format!("/{path}"))
}

/// `/[1-3]` is three requests.
fn expand(target: &str) -> Vec<String> {
    let range = target.split_once('[').and_then(|(before, rest)| {
        let (range, behind) = rest.split_once(']')?;
        let (first, last) = range.split_once('-')?;
        Some((before, first.parse::<u32>().ok()?..=last.parse().ok()?, behind))
    });
    match range {
        Some((before, range, behind)) => range.map(|number| format!("{before}{number}{behind}")).collect(),
        None => vec![target.to_owned()],
    }
}
