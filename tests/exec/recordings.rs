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
    assert_eq!(replay(&project, &[]).1, "2 batches delivered: all ended as recorded\n");
}

#[test]
fn what_is_no_recording_is_told() {
    let project = project(WORKER);
    project.write("run.ndjson", "{\"type\":\"session\",\"at\":1,\"format\":9,\"version\":\"8.0\"}\n");
    let (code, _, errors) = replay(&project, &[]);
    assert_eq!(code, 1);
    assert!(errors.contains("error: run.ndjson: line 1: the recording has format 9"), "{errors}");
}
