//! Does what a README says, and compares what is seen.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};

use crate::curl::curl;
use crate::readme::{Step, steps};
use crate::support::lines::{Lines, matches};
use crate::support::project::Project;
use crate::support::session::{self, Session};
use crate::wasm_tools::wasm_tools;

/// Where the READMEs say that the session answers.
const ADDRESS: &str = "localhost:8787";

/// The folder of the examples.
pub fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("wrangler-examples")
}

/// What the Workers of a session are made from.
#[derive(Clone, Copy, PartialEq)]
enum Made {
    /// Their sources.
    FromSource,
    /// Components that `qemu-dev build` makes of their sources first.
    ByBuild,
}

/// Replays the session of an example in a copy of it.
pub fn replay(example: &str) {
    replay_as(example, Made::FromSource);
}

/// Replays the session of an example with its Workers compiled.
pub fn replay_built(example: &str) {
    replay_as(example, Made::ByBuild);
}

fn replay_as(example: &str, made: Made) {
    let port = free_port();
    let adapt = |text: &str| text.replace(ADDRESS, &format!("127.0.0.1:{port}"));
    let project = Project::new(&[]);
    // An example in a folder of several has its companions beside it.
    let copied = example.split('/').next().unwrap();
    project.copy_from(&examples().join(copied), &format!("wrangler-examples/{copied}"), &adapt);
    project.copy_from(&examples().join("../wit"), "wit", &str::to_owned);
    let readme = project.path().join(format!("wrangler-examples/{example}/README.md"));
    let steps = steps(&fs::read_to_string(readme).unwrap());
    assert!(steps.contains(&Step::Interrupt), "the session of {example} never ends");
    let mut session = None;
    for step in steps {
        if let (Step::Start(arguments), Made::ByBuild) = (&step, made) {
            build(arguments, &project);
        }
        take(step, &project, port, &mut session);
    }
    end(session);
}

/// A session that was interrupted ends well, and has nothing more to say.
fn end(session: Option<Session>) {
    let mut session = session.expect("a session");
    let (status, rest) = session.end();
    assert!(rest.is_empty(), "the session also shows\n{}", rest.join("\n"));
    assert_eq!(status.code(), Some(0), "{status}");
}

/// Compiles the Workers that these arguments name, once, and has their configurations name the components.
fn build(arguments: &[String], project: &Project) {
    let configs = arguments.windows(2).filter(|pair| pair[0] == "-c").map(|pair| &pair[1]);
    for config in configs {
        let text = fs::read_to_string(project.path().join(config)).unwrap();
        let main =
            text.lines().find(|line| line.trim_start().trim_start_matches('"').starts_with("main")).unwrap();
        if main.contains("worker.wasm") {
            continue;
        }
        let component = Path::new(config).with_file_name("worker.wasm");
        let output =
            session::run(project.path(), &["build", "-c", config, "-o", component.to_str().unwrap()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let source = main.split('"').rfind(|part| part.contains('.')).unwrap();
        project.edit(config, &format!("\"{source}\""), "\"worker.wasm\"");
    }
}

fn take(step: Step, project: &Project, port: u16, session: &mut Option<Session>) {
    match step {
        Step::Start(arguments) => {
            if session.is_some() {
                end(session.take());
            }
            let port = port.to_string();
            let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            assert_eq!(arguments.remove(0), "dev");
            arguments.extend(["--ip", "127.0.0.1", "--port", &port]);
            *session = Some(Session::start_as_on_a_terminal(project.path(), &arguments));
        }
        Step::Run(command, shown) => {
            let found = run(&command, project.path());
            let found: Vec<&str> = found.lines().collect();
            let agree = shown == ["…"]
                || found.len() == shown.len()
                    && shown.iter().zip(&found).all(|(expected, found)| matches(expected, found));
            assert!(agree, "{command:?} shows\n{}\nnot\n{}", found.join("\n"), shown.join("\n"));
        }
        Step::See(lines) => see(&lines, &session.as_ref().expect("a session").output),
        Step::Interrupt => session.as_ref().expect("a session").signal("INT"),
    }
}

fn run(command: &[String], folder: &Path) -> String {
    match command {
        [program, arguments @ ..] if program == "curl" => curl(arguments),
        [program, from, to] if program == "cp" => {
            fs::copy(folder.join(from), folder.join(to)).unwrap();
            String::new()
        }
        [program, arguments @ ..] if program == "wasm-tools" => {
            wasm_tools(arguments, folder);
            String::new()
        }
        [program, arguments @ ..] if ["componentize-py", "npm"].contains(&program.as_str()) => {
            let output = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
            assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        }
        _ => panic!("this shell does not know {command:?}"),
    }
}

/// Waits until all of these lines have come, and no other.
///
/// Several parts of a session print at the same time: only the lines of one part, or of one queue, have an order.
fn see(expected: &[String], output: &Lines) {
    let skips = expected.first().is_some_and(|line| line == "…");
    let mut expected: Vec<&str> = expected.iter().skip(usize::from(skips)).map(String::as_str).collect();
    if let Some(first) = expected.first().filter(|_| skips) {
        output.wait_for(first);
        expected.remove(0);
    }
    let mut parts: BTreeMap<Part, VecDeque<&str>> = BTreeMap::new();
    for line in &expected {
        parts.entry(Part::of(line)).or_default().push_back(line);
    }
    for _ in &expected {
        let awaited = parts.values().filter_map(VecDeque::front).copied().collect::<Vec<_>>().join(" or ");
        let line = output.next(&awaited).unwrap_or_else(|| panic!("the session ended before {awaited}"));
        let next = parts.get_mut(&Part::of(&line)).and_then(VecDeque::pop_front);
        assert!(next.is_some_and(|next| matches(next, &line)), "the session shows\n{line}\nnot\n{awaited}");
    }
}

/// Which part of a session prints a line.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Requests,
    Queue(String),
    Workers,
}

impl Part {
    fn of(line: &str) -> Self {
        // With several Workers, their names come first.
        let unnamed = line.split_once("] ").filter(|(name, _)| name.starts_with('['));
        let line = unnamed.map_or(line, |(_, rest)| rest);
        let begins = |words: &[&str]| words.iter().any(|word| line.starts_with(word));
        let queue = if begins(&["Retrying message ", "Moving message ", "Dropped message "]) {
            line.split("on queue \"").nth(1).and_then(|rest| rest.split('"').next())
        } else {
            line.strip_prefix("QUEUE ").and_then(|rest| rest.split(' ').next())
        };
        match queue {
            Some(queue) => Self::Queue(queue.to_owned()),
            None if begins(&["GET /", "POST /"]) => Self::Requests,
            None => Self::Workers,
        }
    }
}

/// A port that is free and stays so: the system hands out higher ones. A Worker's own address is in its
/// variables, so it must be known before the session starts.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let offset = NEXT.fetch_add(1, Ordering::Relaxed) + (std::process::id() % 500) as u16 * 20;
        let port = 20_000 + offset % 10_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
