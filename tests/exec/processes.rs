//! Nothing survives a run, however it ends, and runs do not meet.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use crate::support::lines::Lines;
use crate::support::processes::{is_alive, wait_until};
use crate::{WORKER, exec, project};

/// A command that starts two more: one in its process group, one in a session of its own. It tells their
/// process ids and the folder of its state, and waits for good.
const FAMILY: &str = "sleep 3600 & inside=$!; setsid sleep 3600 & outside=$!; \
    echo $$ $inside $outside; wait";

struct Family {
    run: Child,
    processes: Vec<u32>,
    folder: tempfile::TempDir,
}

/// Starts a run with that command; its temporary folder is in a folder of the test's.
fn family() -> Family {
    let folder = tempfile::tempdir().unwrap();
    let project = project(WORKER);
    let mut command = exec(&project, &["--quiet"], FAMILY);
    let mut run = command.env("TMPDIR", folder.path()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(run.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let processes: Vec<u32> = line.split_whitespace().map(|number| number.parse().unwrap()).collect();
    assert_eq!(processes.len(), 3, "{line}");
    assert!(processes.iter().all(|process| is_alive(*process)), "{line}");
    assert_eq!(entries(folder.path()), 1);
    Family { run, processes, folder }
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

fn signal(process: u32, name: &str) {
    assert!(Command::new("kill").args(["-s", name, &process.to_string()]).status().unwrap().success());
}

#[test]
#[cfg(target_os = "linux")]
fn sigterm_reaches_the_command_and_nothing_is_left() {
    for (name, number) in [("TERM", 15), ("INT", 2), ("HUP", 1)] {
        let mut family = family();
        signal(family.run.id(), name);
        assert_eq!(family.run.wait().unwrap().code(), Some(128 + number), "{name}");
        for process in &family.processes {
            assert!(!is_alive(*process), "{name}: {process}");
        }
        assert_eq!(entries(family.folder.path()), 0, "{name}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn sigkill_of_the_run_leaves_nothing_either() {
    let mut family = family();
    family.run.kill().unwrap();
    family.run.wait().unwrap();
    wait_until("the command's processes are gone", || {
        family.processes.iter().all(|process| !is_alive(*process))
    });
    wait_until("the folder is gone", || entries(family.folder.path()) == 0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_command_that_ends_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(WORKER);
    let mut command = exec(&project, &[], "setsid sleep 3600 > /dev/null 2>&1 & echo $!");
    let output = command.env("TMPDIR", folder.path()).output().unwrap();
    let process = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(!is_alive(process));
    assert_eq!(entries(folder.path()), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_signal_while_the_queues_drain_is_no_failure_of_theirs() {
    let project = project(WORKER);
    let arguments = [
        "--chaos",
        "seeds=1..9,duplicate=50%",
        "--drain",
        "60s",
        "--report-json",
        "r.json",
        "--log-file",
        "log",
    ];
    let mut command = exec(&project, &arguments, "curl -sSf $QEMU_DEV_URL/WORK/retry > /dev/null; echo $$");
    let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = Lines::read(run.stdout.take().unwrap(), Arc::default());
    let command = output.next("the command's process").unwrap().parse().unwrap();
    // From then on the queues are waited for.
    wait_until("the command has ended", || !is_alive(command));
    signal(run.id(), "INT");
    let output = run.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{errors}");
    assert!(errors.contains("chaos: seed 1 was interrupted"), "{errors}");
    assert!(!errors.contains("fail"), "{errors}");
    let report = std::fs::read_to_string(project.path().join("r.json")).unwrap();
    assert!(report.contains("\"interrupted\": true"), "{report}");
}

#[test]
fn a_session_that_is_thrown_away_waits_for_no_handler() {
    let project = project(
        "let began = 'no';
        export default {
          async fetch(request, env) {
            if (new URL(request.url).pathname === '/send') await env.WORK.send('m');
            return new Response(began);
          },
          async queue() { began = 'yes'; await scheduler.wait(3000); console.log('the handler ended'); },
        };",
    );
    let script = "curl -sSf $QEMU_DEV_URL/send; until [ $(curl -sSf $QEMU_DEV_URL) = yes ]; do :; done";
    let run = exec(&project, &["--log-file", "log"], script).output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let log = std::fs::read_to_string(project.path().join("log")).unwrap();
    assert!(log.contains("Ready on") && !log.contains("the handler ended"), "{log}");
}

#[test]
fn runs_side_by_side_do_not_meet() {
    let project = project(WORKER);
    let script = "for i in 1 2 3 4 5; do curl -sSf $QEMU_DEV_URL/WORK/m > /dev/null; done";
    let arguments =
        |number: usize| ["--drain".to_owned(), "60s".to_owned(), format!("--report-json=report-{number}")];
    let runs: Vec<Child> = (0..4)
        .map(|number| {
            let arguments = arguments(number);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            exec(&project, &arguments, script).spawn().unwrap()
        })
        .collect();
    for (number, mut run) in runs.into_iter().enumerate() {
        assert_eq!(run.wait().unwrap().code(), Some(0));
        let report = std::fs::read_to_string(project.path().join(format!("report-{number}"))).unwrap();
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["queues"]["work"]["acknowledged"].to_string(), "5");
    }
    assert!(!project.path().join(".wrangler").exists());
}
