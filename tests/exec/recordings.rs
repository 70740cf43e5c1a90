//! A run recorded, and delivered again.

use std::fs;

use serde_json::Value;

use crate::support::session::prepared;
use crate::{WORKER, ended, project, run};

fn replay(project: &crate::support::project::Project, arguments: &[&str]) -> (i32, String, String) {
    ended(&prepared(project.path()).args(["replay", "run.ndjson"]).args(arguments).output().unwrap())
}

#[test]
fn what_is_recorded_is_delivered_again_and_differences_are_told() {
    let project = project(WORKER);
    let script = "curl -sSf $QEMU_DEV_URL/WORK/one/two/three; curl -sSf $QEMU_DEV_URL/DROP/throw; \
        curl -sSf $CLOUDFLARE_API_BASE_URL/accounts/x/queues >/dev/null";
    let (code, _, errors) = run(&project, &["--record", "run.ndjson", "--drain", "60s"], script);
    assert_eq!(code, 0, "{errors}");
    let recording = fs::read_to_string(project.path().join("run.ndjson")).unwrap();
    let lines: Vec<Value> = recording.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).count();
    assert_eq!((of("session"), of("send"), of("sent")), (1, 2, 2), "{recording}");
    assert_eq!((of("delivery"), of("outcome"), of("log")), (3, 3, 5), "{recording}");

    let (code, output, errors) = replay(&project, &[]);
    assert_eq!((code, output.as_str()), (0, "3 batches delivered: all ended as recorded\n"), "{errors}");
    assert!(errors.contains("got two 1\n"), "{errors}");

    project.edit("src/index.ts", "message.body === 'throw'", "message.body === 'two'");
    let (code, output, _) = replay(&project, &["--log-level", "none"]);
    assert_eq!(code, 1);
    let mut told: Vec<&str> = output.lines().collect();
    assert_eq!(told.pop(), Some("3 batches delivered: 2 ended differently"));
    told.sort_unstable();
    assert!(told[1].contains("of queue \"drop\" to worker \"worker\": the handler now succeeds"), "{output}");
    assert!(
        told[0].contains("of queue \"work\" to worker \"worker\": the handler now fails: Error: thrown"),
        "{output}"
    );
    let (code, output, _) = replay(&project, &["--log-level", "none", "--json"]);
    let json: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(
        (code, json["deliveries"].to_string(), json["differences"].as_array().unwrap().len()),
        (1, "3".to_owned(), 2)
    );
}

#[test]
fn faults_are_recorded_and_duplicates_are_deliveries() {
    let project = project(WORKER);
    let arguments = ["--record", "run.ndjson", "--drain", "60s", "--chaos", "seed=1,duplicate=100%"];
    let (code, _, errors) = run(&project, &arguments, "curl -sSf $QEMU_DEV_URL/WORK/one");
    assert_eq!(code, 0, "{errors}");
    let recording = fs::read_to_string(project.path().join("run.ndjson")).unwrap();
    assert_eq!(recording.matches("\"type\":\"delivery\"").count(), 2, "{recording}");
    assert_eq!(recording.matches("\"fault\":\"duplicate:work:1:1\"").count(), 1, "{recording}");
    let twice = r#"{"queue":"work","event":"delivered","body":"one","count":2}"#;
    let script =
        format!("curl -sSf $QEMU_DEV_URL/WORK/one; curl -sSf $QEMU_DEV_URL/cdn-cgi/api/expect -d '{twice}'");
    let reported = [&arguments[..], &["--report-json", "report.json"]].concat();
    let (code, _, errors) = run(&project, &reported, &script);
    assert_eq!(code, 0, "{errors}");
    let report = fs::read_to_string(project.path().join("report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["queues"]["work"]["delivered"].as_u64(), Some(2), "{report}");
    assert_eq!(replay(&project, &[]).1, "2 batches delivered: all ended as recorded\n");
}

#[test]
fn what_is_no_recording_is_told() {
    let project = project(WORKER);
    project.write("run.ndjson", "{\"type\":\"session\",\"at\":1,\"format\":9,\"version\":\"8.0\"}\n");
    let (code, _, errors) = replay(&project, &[]);
    assert_eq!(code, 1);
    assert!(errors.contains("error: run.ndjson: line 1: the recording has format 9"), "{errors}");
    let recording = fs::File::open(project.path().join("run.ndjson")).unwrap();
    let mut command = prepared(project.path());
    let (code, _, errors) = ended(&command.args(["replay", "-"]).stdin(recording).output().unwrap());
    assert!(code == 1 && errors.contains("error: standard input: line 1: the recording has"), "{errors}");
}

/// Looks at the clock, and waits for an hour.
const SLOW: &str = "
export default {
  async fetch(request, env) { await env.WORK.send('m', { delaySeconds: 43_200 }); return new Response('sent'); },
  async queue({ messages: [message] }) {
    const age = () => (Date.now() - message.timestamp.getTime()) / 1000;
    console.log(`began at ${new Date().toISOString()}, ${age()} s old`);
    await scheduler.wait(3_600_000);
    console.log(`ended ${age()} s old`);
    if (age() > 50_000) throw new Error('too old');
  },
};
";

#[test]
fn time_is_the_recording_s_and_costs_none() {
    let project = project(SLOW);
    let clock = ["--clock", "manual", "--clock-start", "2027-01-01T00:00:00Z"];
    let arguments = [&clock[..], &["--record", "run.ndjson", "--drain", "60s"]].concat();
    let (code, _, errors) = run(&project, &arguments, "curl -sSf $QEMU_DEV_URL");
    assert_eq!(code, 0, "{errors}");
    let (code, output, errors) = replay(&project, &[]);
    assert_eq!((code, output.as_str()), (0, "1 batch delivered: all ended as recorded\n"), "{errors}");
    assert!(
        errors.contains("began at 2027-01-01T12:00:00.000Z, 43200 s old\nended 46800 s old\n"),
        "{errors}"
    );
    // Code that needs more time than it did is given it.
    project.edit("src/index.ts", "3_600_000", "7_200_000");
    let (code, output, errors) = replay(&project, &[]);
    assert!(code == 1 && output.contains("the handler now fails: Error: too old"), "{output} {errors}");
    assert!(errors.contains("ended 50400 s old\n"), "{errors}");
}

#[test]
fn what_had_not_ended_when_the_recording_did_holds_up_nobody() {
    let project = project(WORKER);
    let arguments = ["--record", "run.ndjson", "--drain", "60s"];
    assert_eq!(run(&project, &arguments, "curl -sSf $QEMU_DEV_URL/WORK/one").0, 0);
    let recording = fs::read_to_string(project.path().join("run.ndjson")).unwrap();
    let killed = recording.lines().filter(|line| !line.contains("\"type\":\"outcome\""));
    project.write("run.ndjson", &killed.map(|line| format!("{line}\n")).collect::<String>());
    project.edit("src/index.ts", "message.body === 'wait'", "message.body === 'one'");
    let (code, output, errors) = replay(&project, &[]);
    let told = "1 batch delivered, 1 without a recorded outcome: all ended as recorded\n";
    assert_eq!((code, output.as_str()), (0, told), "{errors}");
    assert!(errors.contains("got one 1\n"), "{errors}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_recording_or_log_that_is_cut_off_is_told() {
    let project = project(WORKER);
    for (file, told) in [("--record", "the recording /dev/full"), ("--log-file", "the log /dev/full")] {
        let arguments = [file, "/dev/full", "--report-json", "r.json"];
        let script = "curl -sSf $QEMU_DEV_URL/WORK/one";
        let (code, _, errors) = run(&project, &arguments, script);
        assert_eq!(code, 125, "{errors}");
        assert!(errors.contains(&format!("error: {told} cannot be written: No space left")), "{errors}");
        assert_eq!(run(&project, &arguments, "exit 3").0, 3);
    }
}
