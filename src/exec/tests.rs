//! Verdicts and their reports, and the search for the fewest faults.

use std::collections::BTreeSet;
use std::time::Duration;

use expect_test::expect;

use super::seeds::{Found, Purpose, Runs, search};
use super::tally::Counted;
use super::*;
use crate::base::MessageId;
use crate::broker::{Event, Observer};
use crate::chaos::{Dice, Fault, FaultKind, FaultObserver, InjectedFault, Spec};

fn tally() -> Tally {
    let tally = Tally::default();
    let id = MessageId::from_bytes([7; 16]);
    tally.event(&Event::Sent { queue: "orders".into(), ids: vec![id, id], bytes: 2 });
    let messages = vec![(id, 1)];
    tally.event(&Event::Delivered {
        queue: "orders".into(),
        worker: "shop".into(),
        messages,
        running: 1,
        concurrency: 1,
    });
    let dead_letter_queue = "dead".into();
    tally.event(&Event::DeadLettered { id, queue: "orders".into(), dead_letter_queue, attempts: 1 });
    tally.exception("shop", "Uncaught Error: <no> & \u{1b}[31mred\u{0}");
    tally.fault(&InjectedFault {
        fault: "drop-ack:orders:1:1".parse().unwrap(),
        effect: "the outcome of the delivery was lost".to_owned(),
    });
    tally
}

fn report(fail_on: &str) -> Report {
    let mut counted = tally().counted();
    counted.leave("orders", 1, true);
    counted.leave("dead", 1, false);
    let fail_on: FailOn = fail_on.parse().unwrap();
    Report {
        command: vec!["npm".to_owned(), "test".to_owned()],
        exit_code: 0,
        interrupted: false,
        command_took: Duration::from_millis(1500),
        took: Duration::from_millis(1700),
        failures: counted.failures(&fail_on),
        checked: fail_on.0.into_iter().collect(),
        unrecorded: None,
        chaos: Some("seed=1,drop-ack=1%".to_owned()),
        counted,
        seeds: vec![],
    }
}

#[test]
fn only_what_was_asked_for_makes_a_run_fail() {
    let kinds = |fail_on: &str| -> Vec<FailureKind> {
        report(fail_on).failures.iter().map(|failure| failure.kind).collect()
    };
    assert_eq!(kinds("dropped"), []);
    assert_eq!(kinds("dropped,dead-letter"), [FailureKind::DeadLetter]);
    assert_eq!(kinds("exception,undelivered"), [FailureKind::Exception, FailureKind::Undelivered]);
    assert!(report("dropped").passed());
    assert!(!report("undelivered").passed());
}

#[test]
fn details_are_bounded_and_counts_are_not() {
    let tally = Tally::default();
    for _ in 0..1000 {
        tally.exception("shop", "no");
    }
    let failures = tally.counted().failures(&"exception".parse().unwrap());
    assert_eq!((failures[0].count, failures[0].details.len()), (1000, 100));
    assert_eq!(failures[0].to_string(), "1000 exceptions that no Worker caught");
}

#[test]
fn the_json_report() {
    expect![[r#"
        {
          "format": 1,
          "result": "failed",
          "command": [
            "npm",
            "test"
          ],
          "exitCode": 0,
          "interrupted": false,
          "durationMs": 1700,
          "failures": [
            {
              "kind": "dead-letter",
              "message": "1 message went to a dead letter queue",
              "count": 1,
              "details": [
                "Moving message \"07070707070707070707070707070707\" on queue \"orders\" to dead letter queue \"dead\" after 1 failed attempt..."
              ]
            }
          ],
          "queues": {
            "dead": {
              "sent": 0,
              "delivered": 0,
              "pulled": 0,
              "acknowledged": 0,
              "retried": 0,
              "deadLettered": 0,
              "dropped": 0,
              "expired": 0,
              "left": 1
            },
            "orders": {
              "sent": 2,
              "delivered": 1,
              "pulled": 0,
              "acknowledged": 0,
              "retried": 0,
              "deadLettered": 1,
              "dropped": 0,
              "expired": 0,
              "left": 1
            }
          },
          "chaos": {
            "spec": "seed=1,drop-ack=1%",
            "counts": {
              "drop-ack": 1
            },
            "faults": [
              {
                "fault": "drop-ack:orders:1:1",
                "effect": "the outcome of the delivery was lost"
              }
            ]
          }
        }
    "#]]
    .assert_eq(&report("dead-letter").to_json());
}

#[test]
fn the_junit_report() {
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="qemu-dev exec" tests="3" skipped="0" failures="1" errors="0" time="1.700">
            <testsuite name="qemu-dev exec" tests="3" skipped="0" errors="0" failures="1" time="1.700">
                <properties>
                    <property name="chaos" value="seed=1,drop-ack=1%"/>
                    <property name="faults" value="drop-ack 1"/>
                </properties>
                <testcase name="npm test" classname="qemu-dev exec" time="1.500"/>
                <testcase name="no message is dropped" classname="qemu-dev exec"/>
                <testcase name="no exception is uncaught" classname="qemu-dev exec">
                    <failure message="1 exception that no Worker caught">[shop] Uncaught Error: &lt;no&gt; &amp; red</failure>
                </testcase>
            </testsuite>
        </testsuites>
    "#]].assert_eq(&report("dropped,exception").to_junit().unwrap());
}

/// Runs that fail when all of `culprits` are among the faults that the seed makes.
#[derive(Default)]
struct Fake {
    culprits: Vec<Fault>,
    runs: Vec<(u64, usize)>,
    /// How many faults each run was allowed, while fewer were looked for.
    candidates: Vec<BTreeSet<Fault>>,
    /// The run, counted from 1, in which a signal comes.
    interrupted_in: Option<usize>,
}

impl Fake {
    fn made(spec: &Spec, seed: u64) -> Vec<InjectedFault> {
        let dice = Dice::new(spec.clone(), seed);
        let all = (1..=200).map(fault).filter(|fault| dice.happens(fault));
        all.map(|fault| InjectedFault { fault, effect: String::new() }).collect()
    }
}

fn fault(message: u64) -> Fault {
    Fault { kind: FaultKind::Duplicate, queue: "orders".into(), message, attempt: 1 }
}

impl Runs for Fake {
    async fn run(&mut self, spec: &Spec, seed: u64, _purpose: Purpose) -> Result<Verdict, RunError> {
        self.candidates.extend(spec.only.clone());
        let faults = Self::made(spec, seed);
        let made: BTreeSet<Fault> = faults.iter().map(|fault| fault.fault.clone()).collect();
        let failed = self.culprits.iter().all(|culprit| made.contains(culprit));
        self.runs.push((seed, faults.len()));
        let mut counted = Counted::default();
        counted.faults = faults;
        let interrupted = self.interrupted_in == Some(self.runs.len());
        let exit_code = if interrupted { 130 } else { u8::from(failed) };
        Ok(Verdict {
            report: Report { exit_code, interrupted, failures: vec![], counted, ..report("dropped") },
        })
    }

    fn ended(&mut self, _spec: &Spec, _verdict: &Verdict, _purpose: Purpose) {}
}

#[tokio::test]
async fn the_first_seed_that_fails_is_shrunk_to_what_matters() {
    let spec: Spec = "seeds=1..1000,duplicate=10%".parse().unwrap();
    let mut runs = Fake { culprits: vec![fault(17), fault(120)], ..Fake::default() };
    let Found::Failing { spec, repeatable, verdict } = search(&spec, 0, &mut runs).await.unwrap() else {
        panic!("some seed makes both duplicates");
    };
    assert!(repeatable);
    assert_eq!(spec.only, Some(BTreeSet::from([fault(17), fault(120)])));
    assert_eq!(verdict.report.counted.faults.len(), 2);
    let (last, _) = runs.runs.last().unwrap();
    assert!(spec.to_string().starts_with(&format!("seed={last},")));
    assert_eq!(Fake::made(&spec, *last).len(), 2);
    let mut candidates = std::mem::take(&mut runs.candidates);
    assert_eq!(candidates.pop(), spec.only, "the last run is the smallest once more");
    let different: BTreeSet<_> = candidates.iter().collect();
    assert_eq!(different.len(), candidates.len(), "no run is made twice");
}

#[tokio::test]
async fn when_every_seed_passes_each_was_run_once() {
    let spec: Spec = "seeds=3..6,duplicate=10%".parse().unwrap();
    let mut runs = Fake { culprits: vec![fault(1000)], ..Fake::default() };
    assert!(matches!(search(&spec, 0, &mut runs).await.unwrap(), Found::Nothing(_)));
    let seeds: Vec<u64> = runs.runs.iter().map(|(seed, _)| *seed).collect();
    assert_eq!(seeds, [3, 4, 5, 6]);
}

#[tokio::test]
async fn a_command_that_always_fails_needs_no_fault() {
    let mut runs = Fake::default();
    let spec: Spec = "duplicate=10%".parse().unwrap();
    let found = search(&spec, 77, &mut runs).await.unwrap();
    let Found::Failing { spec, repeatable, .. } = found else { panic!("it fails") };
    assert_eq!((spec.only, repeatable), (Some(BTreeSet::new()), true));
    assert_eq!(runs.runs[0].0, 77);
}

#[tokio::test]
async fn a_signal_ends_the_search_and_is_no_failure() {
    let spec: Spec = "seeds=1..1000,duplicate=10%".parse().unwrap();
    let culprits = vec![fault(17), fault(120)];
    let mut whole = Fake { culprits: culprits.clone(), ..Fake::default() };
    search(&spec, 0, &mut whole).await.unwrap();
    let searching = whole.runs.len() - whole.candidates.len();
    for last in 1..=whole.runs.len() {
        let mut runs = Fake { culprits: culprits.clone(), interrupted_in: Some(last), ..Fake::default() };
        let Found::Interrupted { verdict, failing } = search(&spec, 0, &mut runs).await.unwrap() else {
            panic!("run {last} of {} was interrupted", whole.runs.len());
        };
        assert_eq!((runs.runs.len(), verdict.report.exit_code), (last, 130));
        assert_eq!(failing.is_some(), last > searching, "the failing seed is known from then on");
    }
}
