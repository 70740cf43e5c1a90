//! What a run passes on, waits for and fails on.

use std::fs;

use serde_json::Value;

use crate::support::lines::Lines;
use crate::support::session::prepared;
use crate::{ended, exec, project, run};
use std::process::Stdio;
use std::sync::Arc;

use crate::WORKER;

#[test]
fn the_command_s_exit_code_and_output_are_passed_on() {
    let project = project(WORKER);
    let (code, output, errors) = run(&project, &[], "echo out; echo err >&2; exit 0");
    assert_eq!((code, output.as_str(), errors.as_str()), (0, "out\n", "err\n"));
    assert_eq!(run(&project, &["--quiet"], "exit 7"), (7, String::new(), String::new()));
    assert_eq!(run(&project, &["--quiet"], "kill -s KILL $$").0, 128 + 9);
}

#[test]
fn failures_of_our_own_have_codes_of_their_own() {
    let project = project(WORKER);
    let (code, _, errors) = run(&project, &["-c", "missing.jsonc"], "true");
    assert_eq!(code, 125);
    assert!(errors.contains("missing.jsonc"), "{errors}");
    let (code, _, errors) =
        ended(&prepared(project.path()).args(["exec", "--", "./no-such-command"]).output().unwrap());
    assert_eq!(code, 127);
    assert!(errors.contains("error: the command ./no-such-command cannot be run"), "{errors}");
    let (code, _, _) =
        ended(&prepared(project.path()).args(["exec", "--", "./wrangler.jsonc"]).output().unwrap());
    assert_eq!(code, 126);
    let (code, _, errors) = run(&project, &["--chaos", "seed=1,duplicat=5%"], "true");
    assert_eq!(code, 2);
    assert!(
        errors.contains("at character 8: there is no \"duplicat\"; did you mean \"duplicate\"?"),
        "{errors}"
    );
    let (code, _, errors) = run(&project, &["--fail-on", "dead"], "true");
    assert!(code == 2 && errors.contains("there is no condition \"dead\""), "{errors}");
}

#[test]
fn the_command_finds_the_session_in_its_environment() {
    let project = project(WORKER);
    let script = "echo \"$CLOUDFLARE_API_BASE_URL $CLOUDFLARE_API_TOKEN $CLOUDFLARE_ACCOUNT_ID\"; \
        curl -sSf \"$QEMU_DEV_URL/WORK/one\"; \
        curl -sSf \"$CLOUDFLARE_API_BASE_URL/accounts/$CLOUDFLARE_ACCOUNT_ID/queues\" \
          -H \"Authorization: Bearer $CLOUDFLARE_API_TOKEN\" | grep -c '\"work\"'; \
        curl -s -o /dev/null -w '%{http_code}' \"$CLOUDFLARE_API_BASE_URL/accounts/x/queues\"";
    let (code, output, errors) = run(&project, &["--api-token", "secret"], script);
    assert_eq!(code, 0, "{errors}");
    let (first, rest) = output.split_once('\n').unwrap();
    let first: Vec<&str> = first.split(' ').collect();
    assert!(first[0].starts_with("http://127.0.0.1:") && first[0].ends_with("/cdn-cgi/api/client/v4"));
    assert_eq!(first[1], "secret");
    assert_eq!(rest, "sent1\n403");
    // Our own commands find it, too.
    let program = prepared(project.path()).get_program().to_str().unwrap().to_owned();
    let script = format!("{program} clock advance 1h");
    let (code, _, errors) = run(&project, &["--clock", "manual", "--api-token", "secret"], &script);
    assert_eq!(code, 0, "{errors}");
}

#[test]
fn queues_drain_before_the_end() {
    let project = project(WORKER);
    let arguments = ["--drain", "60s", "--fail-on", "undelivered", "--report-json", "report.json"];
    let script = "for i in 1 2 3; do curl -sSf $QEMU_DEV_URL/WORK/a/b/c/d; done";
    let (code, _, errors) = run(&project, &arguments, script);
    assert_eq!(code, 0, "{errors}");
    let report: Value =
        serde_json::from_str(&fs::read_to_string(project.path().join("report.json")).unwrap()).unwrap();
    assert_eq!(report["queues"]["work"]["acknowledged"].to_string(), "12");
    assert_eq!(report["queues"]["work"]["left"].to_string(), "0");
    assert_eq!(report["result"], "passed");
}

#[test]
fn a_clock_that_can_be_moved_is_moved_until_the_queues_are_empty() {
    let project = project(WORKER);
    for clock in ["manual", "auto"] {
        // Two retries after an hour each, then the dead letter queue. Its folder is made as well.
        let arguments = ["--clock", clock, "--drain", "60s", "--report-json", "reports/queues.json"];
        let (code, _, errors) = run(&project, &arguments, "curl -sSf $QEMU_DEV_URL/WORK/retry");
        assert_eq!(code, 0, "{clock}: {errors}");
        let report = fs::read_to_string(project.path().join("reports/queues.json")).unwrap();
        let report: Value = serde_json::from_str(&report).unwrap();
        let work = &report["queues"]["work"];
        assert_eq!((work["retried"].as_u64(), work["deadLettered"].as_u64()), (Some(2), Some(1)), "{work}");
    }
}

#[test]
fn messages_that_only_a_client_could_pull_are_not_waited_for() {
    let project = project(WORKER);
    let script = "set -e; api=$CLOUDFLARE_API_BASE_URL/accounts/x/queues; \
        id=$(curl -sSf \"$api?name=dead\" | grep -o '\"queue_id\":\"[0-9a-f]*' | cut -d'\"' -f4); \
        curl -sSf $api/$id/consumers -d '{\"type\":\"http_pull\"}'; \
        curl -sSf $api/$id/messages -d '{\"body\":1,\"content_type\":\"json\"}'";
    let (code, output, errors) = run(&project, &["--drain", "60s"], script);
    assert_eq!(code, 0, "{output} {errors}");
    let (code, _, errors) = run(&project, &["--fail-on", "undelivered"], script);
    assert_eq!(code, 120, "{errors}");
}

#[test]
fn queues_that_do_not_drain_in_time_fail_the_run() {
    let project = project(WORKER);
    let (code, _, errors) = run(&project, &["--drain", "1ms"], "curl -sSf $QEMU_DEV_URL/WORK/retry");
    assert_eq!(code, 120, "{errors}");
    assert!(
        errors.contains("error: the queues did not drain: 1 message left\n  1 in queue \"work\""),
        "{errors}"
    );
}

#[test]
fn each_condition_fails_the_run_and_only_when_it_is_asked_for() {
    let project = project(WORKER);
    for (condition, path, told) in [
        ("dead-letter", "WORK/throw", "1 message went to a dead letter queue"),
        ("exception", "WORK/throw", "3 exceptions that no Worker caught"),
        ("dropped", "DROP/throw", "1 message dropped"),
        ("undelivered", "WORK/retry", "1 message not delivered"),
    ] {
        // A delivery that will not come holds up nobody: the drain waits for what can still be delivered.
        let drain: &[&str] = if condition == "undelivered" { &[] } else { &["--drain", "60s"] };
        let script = format!("curl -sSf $QEMU_DEV_URL/{path}");
        let arguments = [drain, &["--fail-on", condition, "--report-junit", "junit.xml"]].concat();
        let (code, output, errors) = run(&project, &arguments, &script);
        assert_eq!((code, output.as_str()), (120, "sent"), "{condition}: {errors}");
        assert!(errors.contains(&format!("error: {told}\n")), "{condition}: {errors}");
        assert!(errors.contains("--- the session's log\n"), "{condition}: {errors}");
        let junit = fs::read_to_string(project.path().join("junit.xml")).unwrap();
        assert!(junit.contains(&format!("<failure message=\"{told}\">")), "{junit}");
        let (code, _, errors) = run(&project, drain, &script);
        assert_eq!((code, errors.as_str()), (0, ""), "{condition}");
    }
    // The command's own failure goes first.
    let arguments = ["--quiet", "--fail-on", "undelivered"];
    assert_eq!(run(&project, &arguments, "curl -sSf $QEMU_DEV_URL/WORK/retry; exit 3").0, 3);
}

#[test]
fn a_report_that_cannot_be_written_hides_no_failure_and_none_is_left_of_an_earlier_run() {
    let project = project(WORKER);
    // Told before the tests are run.
    let (code, output, errors) = run(&project, &["--report-json", "src"], "echo ran");
    assert_eq!((code, output.as_str()), (125, ""), "{errors}");
    assert!(errors.contains("error: the report src cannot be written"), "{errors}");
    if cfg!(target_os = "linux") {
        let full = ["--quiet", "--report-json", "/dev/full"];
        assert_eq!(run(&project, &full, "exit 3").0, 3);
        assert_eq!(run(&project, &full, "exit 0").0, 125);
    }
    let reports = ["--report-json", "reports/r.json", "--report-junit", "reports/r.xml"];
    assert_eq!(run(&project, &reports, "true").0, 0);
    project.edit("wrangler.jsonc", "\"max_retries\": 2", "\"max_retries\": 101");
    assert_eq!(run(&project, &reports, "true").0, 125);
    let report = fs::read_to_string(project.path().join("reports/r.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!((&report["result"], &report["exitCode"]), (&"error".into(), &125.into()));
    assert!(report["log"].as_str().unwrap().contains("max_retries"), "{report}");
    let junit = fs::read_to_string(project.path().join("reports/r.xml")).unwrap();
    assert!(junit.contains("errors=\"1\"") && junit.contains("max_retries"), "{junit}");
}

#[test]
fn standard_error_that_nobody_reads_changes_nothing() {
    let project = project(WORKER);
    for (arguments, script, code) in [
        (&["--report-json", "r.json"][..], "exit 3", 3),
        (&["--drain", "1ms"][..], "curl -sSf $QEMU_DEV_URL/WORK/retry", 120),
        (&["-c", "missing.jsonc"][..], "true", 125),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let status = exec(&project, arguments, script).stdout(Stdio::null()).stderr(writer).status().unwrap();
        assert_eq!(status.code(), Some(code), "{script}");
    }
    assert!(fs::read_to_string(project.path().join("r.json")).unwrap().contains("\"exitCode\": 3"));
}

#[test]
fn the_log_goes_where_it_is_asked_for() {
    let project = project(WORKER);
    let script = "curl -sSf $QEMU_DEV_URL/WORK/one";
    let file = ["--drain", "60s", "--log-file", "run.log"];
    assert_eq!(run(&project, &file, script), (0, "sent".to_owned(), String::new()));
    let log = fs::read_to_string(project.path().join("run.log")).unwrap();
    assert!(log.contains("\ngot one 1\n") && log.contains("Ready on http://127.0.0.1:"), "{log}");
    let (_, output, errors) = run(&project, &["--drain", "60s", "--logs", "always"], script);
    assert_eq!(output, "sent");
    assert!(errors.contains("\ngot one 1\n"), "{errors}");
    let (code, _, errors) = run(&project, &["--drain", "60s"], &format!("{script}; exit 1"));
    assert!(code == 1 && errors.contains("\ngot one 1\n"), "{errors}");
}

#[test]
fn other_programs_are_told_where_a_session_answers() {
    let project = project(WORKER);
    let mut command = prepared(project.path());
    command.args(["dev", "--port", "0", "--ip", "127.0.0.1", "--ready-json"]);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let output = Lines::read(child.stdout.take().unwrap(), Arc::default());
    let line = output.next("the first line").unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let url = ready["url"].as_str().unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "{line}");
    assert_eq!(ready["apiUrl"], format!("{url}/cdn-cgi/api/client/v4"));
    assert_eq!(ready["pid"].to_string(), child.id().to_string());
    assert!(ready["stateDirectory"].as_str().unwrap().ends_with(".wrangler/state"), "{line}");
    assert_eq!(output.rest(), Vec::<String>::new());
}

#[test]
#[cfg(unix)]
fn a_descriptor_is_told_as_well() {
    let project = project(WORKER);
    let script = "exec 5>ready.json; exec \"$0\" dev --port 0 --ip 127.0.0.1 --ready-fd 5";
    let binary = prepared(project.path()).get_program().to_owned();
    let mut command = std::process::Command::new("sh");
    let like = prepared(project.path());
    command.arg("-c").arg(script).arg(binary).current_dir(project.path());
    command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let output = Lines::read(child.stdout.take().unwrap(), Arc::default());
    let ready = output.wait_for("Ready on …");
    child.kill().unwrap();
    child.wait().unwrap();
    let told = fs::read_to_string(project.path().join("ready.json")).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert!(ready.contains(told["url"].as_str().unwrap()), "{ready} {told}");
}

#[test]
#[cfg(unix)]
fn a_descriptor_that_is_not_open_ends_the_session_before_it_begins() {
    let project = project(WORKER);
    for (number, code, told) in [
        ("1000", 1, "error: --ready-fd 1000: the descriptor is not open\n"),
        ("foo", 2, "write the number of an open file descriptor"),
    ] {
        let output =
            prepared(project.path()).args(["dev", "--port", "0", "--ready-fd", number]).output().unwrap();
        let (ended_with, _, errors) = ended(&output);
        assert!(ended_with == code && errors.contains(told), "{ended_with} {errors}");
    }
}

#[test]
fn queues_can_be_kept_and_are_temporary_otherwise() {
    let project = project(WORKER);
    let script = "curl -sSf $QEMU_DEV_URL/WORK/retry > /dev/null; curl -sSf $QEMU_DEV_URL/cdn-cgi/metrics \
        | grep 'backlog_messages{queue=\"work\"}'";
    for left in ["1", "2"] {
        let (_, output, errors) = run(&project, &["--persist-to", "kept"], script);
        assert!(output.ends_with(&format!(" {left}\n")), "{output} {errors}");
    }
    assert!(run(&project, &[], script).1.ends_with(" 1\n"));
}
