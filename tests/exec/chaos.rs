//! Faults: the same each time, counted, and shrunk to those that matter.

use std::fs;

use serde_json::Value;

use crate::support::session::Session;
use crate::{WORKER, project, run};

/// Sends one message at a time, so that the queue sees them in the same order each time.
const TWENTY: &str = "for i in 1 2 3 4 5 6 7 8 9 10; do curl -sSf $QEMU_DEV_URL/WORK/a/b > /dev/null; done";

fn faults(project: &crate::support::project::Project, spec: &str) -> Vec<String> {
    let arguments = ["--chaos", spec, "--drain", "60s", "--report-json", "report.json"];
    let (code, _, errors) = run(project, &arguments, TWENTY);
    assert_eq!(code, 0, "{errors}");
    let report = fs::read_to_string(project.path().join("report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert!(errors.contains(report["chaos"]["spec"].as_str().unwrap()), "the seed is printed: {errors}");
    let faults = report["chaos"]["faults"].as_array().unwrap();
    let mut faults: Vec<String> =
        faults.iter().map(|fault| fault["fault"].as_str().unwrap().to_owned()).collect();
    let counted: u64 =
        report["chaos"]["counts"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(counted, faults.len() as u64);
    faults.sort();
    faults
}

#[test]
fn a_seed_makes_the_same_faults_each_time() {
    let project = project(WORKER);
    let spec = "seed=42,duplicate=30%";
    let first = faults(&project, spec);
    assert!(first.len() >= 2, "{first:?}");
    assert_eq!(first, faults(&project, spec));
    assert_ne!(first, faults(&project, "seed=43,duplicate=30%"));
}

#[test]
fn on_a_clock_that_is_moved_they_come_in_the_same_order_as_well() {
    let project = project(WORKER);
    let spec = "seed=3,duplicate=20%,reorder,delay=0..2s,drop-ack=15%,crash-isolate=15%,fail-send=15%";
    // A clock that goes by itself has come to rest before the next message.
    let script = "for i in 1 2 3 4 5 6 7 8 9 10; do curl -s $QEMU_DEV_URL/WORK/a/b; \
        curl -sSf \"$QEMU_DEV_URL/cdn-cgi/api/idle?delayed=$DELAYED\"; done";
    for (clock, delayed) in [("manual", "DELAYED=ignore"), ("auto", "DELAYED=wait")] {
        let run = || {
            let arguments =
                ["--clock", clock, "--chaos", spec, "--drain", "60s", "--report-json", "report.json"];
            let (code, output, errors) = run(&project, &arguments, &format!("{delayed}; {script}"));
            assert_eq!(code, 0, "{clock}: {output} {errors}");
            let report = fs::read_to_string(project.path().join("report.json")).unwrap();
            let report: Value = serde_json::from_str(&report).unwrap();
            let faults = report["chaos"]["faults"].as_array().unwrap().iter();
            faults.map(|fault| fault["fault"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let first = run();
        for kind in ["duplicate:", "reorder-", "delay:", "drop-ack:", "crash-isolate:", "fail-send:"] {
            assert!(first.iter().any(|fault| fault.starts_with(kind)), "{kind} {first:?}");
        }
        assert_eq!(first, run(), "{clock}");
    }
}

#[test]
fn every_message_arrives_whatever_goes_wrong() {
    let project = project(WORKER);
    let spec = "seed=7,duplicate=10%,reorder,drop-ack=10%,crash-isolate=10%";
    // Everything has come to rest before the next request, so no isolate dies under one.
    let script = "for i in 1 2 3 4 5 6 7 8 9 10; do curl -sSf $QEMU_DEV_URL/WORK/a/b > /dev/null; \
        curl -sSf \"$QEMU_DEV_URL/cdn-cgi/api/idle?delayed=wait\" > /dev/null; done";
    let arguments = [
        "--clock",
        "auto",
        "--chaos",
        spec,
        "--drain",
        "60s",
        "--fail-on",
        "undelivered,dropped,exception",
        "--report-json",
        "report.json",
    ];
    let (code, _, errors) = run(&project, &arguments, script);
    assert_eq!(code, 0, "{errors}");
    let report: Value =
        serde_json::from_str(&fs::read_to_string(project.path().join("report.json")).unwrap()).unwrap();
    let count = |name: &str| report["queues"]["work"][name].as_u64().unwrap();
    assert_eq!(count("acknowledged") + count("deadLettered"), 20, "{report}");
    for kind in ["duplicate", "drop-ack", "crash-isolate"] {
        assert!(report["chaos"]["counts"][kind].as_u64().is_some_and(|count| count > 0), "{kind}: {report}");
    }
}

/// Counts its messages in a variable, as if each came once.
const NOT_IDEMPOTENT: &str = "
let total = 0;
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === '/total') return new Response(String(total));
    await env.WORK.sendBatch([{ body: 1 }, { body: 1 }]);
    return new Response('sent');
  },
  async queue(batch) { for (const message of batch.messages) total += message.body; },
};
";

#[test]
fn a_failing_seed_is_shrunk_to_a_command_that_repeats_it() {
    let project = project(NOT_IDEMPOTENT);
    // Waits until everything has been acknowledged, and fails when something came twice.
    let script = "for i in 1 2 3 4 5; do curl -sSf $QEMU_DEV_URL > /dev/null; done; \
        until curl -sSf $QEMU_DEV_URL/cdn-cgi/metrics | grep -q 'backlog_messages{queue=\"work\"} 0'; \
        do :; done; [ $(curl -sSf $QEMU_DEV_URL/total) = 10 ]";
    let arguments = ["--chaos", "seeds=1..50,duplicate=8%,reorder", "--report-json", "report.json"];
    let (code, _, errors) = run(&project, &arguments, script);
    assert_eq!(code, 1, "{errors}");
    let report = fs::read_to_string(project.path().join("report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    let seeds = report["seeds"].as_array().unwrap();
    let (failed, passed) = seeds.split_last().unwrap();
    assert_eq!(
        (failed["result"].as_str(), failed["seed"].as_u64()),
        (Some("failed"), Some(seeds.len() as u64))
    );
    assert!(passed.iter().all(|seed| seed["result"] == "passed"), "{report}");
    assert!(errors.starts_with("chaos: seeds=1..50,duplicate=8%,reorder=50%\n"), "{errors}");
    assert!(errors.contains("chaos: 1 fault still makes it fail:\n"), "{errors}");
    let repeat = errors.lines().skip_while(|line| !line.contains("repeat it with")).nth(1).unwrap();
    let spec = repeat.split(" --chaos ").nth(1).unwrap().split(' ').next().unwrap();
    assert!(spec.contains(",only=") && spec.matches(":work:").count() == 1, "{spec}");
    let (code, _, errors) = run(&project, &["--chaos", spec], script);
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("chaos: 1 fault ("), "{errors}");
    let without = format!("{}only=none", spec.split("only=").next().unwrap());
    assert_eq!(run(&project, &["--quiet", "--chaos", &without], script).0, 0);
}

#[test]
fn what_fails_without_faults_is_said_to() {
    let project = project(WORKER);
    let (code, _, errors) = run(&project, &["--chaos", "seeds=1..9"], "exit 3");
    assert_eq!(code, 3, "{errors}");
    assert!(errors.contains("chaos: seed 1 failed with exit code 3, 0 faults\n"), "{errors}");
    assert!(errors.contains("chaos: it fails without any fault\nchaos: repeat it with\n"), "{errors}");
    assert!(errors.ends_with("chaos: 0 faults\n"), "{errors}");
}

#[test]
fn a_session_tells_its_seed() {
    let project = project(WORKER);
    let session = Session::start(&project, &["--chaos", "duplicate=5%"]);
    let told = session.output.find("chaos: seed=…,duplicate=5%");
    let spec = told.strip_prefix("chaos: ").unwrap();
    session.stop();
    let again = Session::start_with_json_log(&project, &["--chaos", spec]);
    let transcript = again.output.transcript();
    let ready = transcript.lines().find(|line| line.contains("\"kind\":\"ready\"")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(ready).unwrap()["chaos"], spec);
}
