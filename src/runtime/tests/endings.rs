//! How invocations end that do not answer, and what becomes of what they leave behind.

use std::time::Duration;

use super::*;
use crate::base::alarm::AlarmKind;

/// After this long a handler that may compute for 50 ms was not stopped.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Worker whose invocations may use so little processor time that a loop is stopped soon.
async fn short_lived(source: &str) -> Harness {
    Harness::of(Blueprint { cpu_ms: 200, ..blueprint(source).await }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_nothing_can_end_is_given_up() {
    let harness = Harness::new(
        "export default {
            async fetch(request, env, context) {
                if (request.url.endsWith('/never')) await new Promise(() => {});
                if (request.url.endsWith('/behind')) context.waitUntil(new Promise(() => {}));
                if (request.url.endsWith('/slow')) await new Promise((resolve) => setTimeout(resolve, 20));
                return new Response('answered');
            },
            async queue(batch) { batch.messages[0].ack(); await new Promise(() => {}); },
        }",
    )
    .await;
    let hung = harness.get("/never").await.expect_err("never answered").to_string();
    assert!(hung.starts_with("The Workers runtime canceled this request"), "{hung}");
    let outcome = harness.deliver(&["1", "2"]).await;
    assert!(matches!(&outcome.result, HandlerResult::Failed(reason) if *reason == hung), "{outcome:?}");
    assert_eq!(outcome.messages, [(0, Decision::Ack)]);
    assert_eq!(harness.recorder.lines(), [hung.as_str(), hung.as_str()]);
    assert_eq!(harness.get("/behind").await.expect("answered").1, "answered");
    harness.worker.settled().await;
    // Beside one that goes on it is given up once that has ended.
    let (hung_too, slow) = tokio::join!(harness.get("/never"), harness.get("/slow"));
    assert_eq!(hung_too.expect_err("never answered").to_string(), hung);
    assert_eq!(slow.expect("answered").1, "answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_end_with_the_invocations_they_are_for() {
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(0)));
    let work = Work::default();
    let (worker, recorder) = Harness::unloaded_with(clock.clone(), work.clone());
    let harness = Harness { worker, recorder };
    let source = "export default { fetch(request) {
        setInterval(() => console.log('tick'), 1000);
        if (!request.url.endsWith('/stream')) return new Response('done');
        return new Response(new ReadableStream({
            start(controller) {
                setTimeout(() => { controller.enqueue(new TextEncoder().encode('late')); controller.close(); }, 500);
            },
        }));
    } }";
    harness.worker.load(blueprint(source).await).await.expect("starts");
    let timers = || {
        let due = clock.alarms().due().into_iter();
        due.filter(|due| due.kind == AlarmKind::Timers).map(|due| due.at.as_millis()).collect::<Vec<_>>()
    };
    assert_eq!(harness.get("/").await.expect("answered").1, "done");
    work.settled().await;
    assert_eq!(timers(), [0; 0]);
    // A body that is being made still has its timers.
    let response = harness.worker.fetch(request("GET", "/stream", RequestBody::Empty)).await.expect("a head");
    work.settled().await;
    assert_eq!(timers(), [500]);
    clock.move_to(Timestamp::from_millis(500));
    clock.alarms().ring(clock.alarms().due()[0], work.begin());
    assert_eq!(text(response).await, "late");
    work.settled().await;
    assert_eq!(timers(), [0; 0]);
    assert!(harness.recorder.lines().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_a_limit_was_passed_counts() {
    let harness = short_lived(
        "export default { async queue(batch) {
            batch.messages[0].ack();
            batch.messages[1].retry({ delaySeconds: 7 });
            await new Promise((resolve) => setTimeout(resolve, 1));
            for (;;);
        } }",
    )
    .await;
    let outcome = harness.deliver(&["1", "2", "3"]).await;
    assert!(
        matches!(&outcome.result, HandlerResult::Failed(reason) if reason.contains("CPU time")),
        "{outcome:?}"
    );
    let retry = Decision::Retry { delay_seconds: Some(7) };
    assert_eq!(outcome.messages, [(0, Decision::Ack), (1, retry)]);
}

/// Everything that JavaScript can compute without an end, or for longer than anybody waits: in the interpreter, in what
/// the engine has built in, and in what the host does for it.
const ENDLESS: [&str; 20] = [
    "for (;;);",
    "outer: while (true) { do { continue outer; } while (true); }",
    "for (;;) { try { continue; } finally { Math.random(); } }",
    "const fibonacci = (n) => n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); fibonacci(80);",
    "function* forever() { for (;;) yield 1; } for (const one of forever()) one;",
    "const forever = { next: () => ({ done: false }), [Symbol.iterator]() { return this; } }; for (const one of forever);",
    "Array.prototype.indexOf.call({ length: Number.MAX_SAFE_INTEGER }, 1);",
    "Array.prototype.reverse.call({ length: Number.MAX_SAFE_INTEGER });",
    "new Array(2 ** 32 - 1).includes(1);",
    "/^(a+)+$/.test('a'.repeat(60) + 'b');",
    "let nested = []; for (let depth = 0; depth < 80; depth++) nested = [nested, nested]; nested.flat(Infinity);",
    "let number = 3n ** 300_000n; for (;;) number * number;",
    "const text = 'a'.repeat(5_000_000); for (;;) text.indexOf('b');",
    "const bytes = new Uint8Array(40_000_000); for (;;) bytes.copyWithin(0, 1);",
    "const bytes = new Uint8Array(40_000_000); for (;;) bytes.fill(7);",
    "const bytes = new Uint8Array(20_000_000); for (;;) bytes.slice();",
    "const again = () => Promise.resolve().then(again); await again();",
    "const again = () => queueMicrotask(again); again(); await new Promise(() => {});",
    "for (;;) new URL('https://example.com/a?b=c');",
    "for (;;) await crypto.subtle.digest('SHA-256', new Uint8Array(1000));",
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_computes_for_ever_is_stopped() {
    for code in ENDLESS {
        let source = format!("export default {{ async fetch() {{ {code} return new Response('ended'); }} }}");
        let harness = Harness::of(Blueprint { cpu_ms: 50, ..blueprint(&source).await }).await;
        let ended = tokio::time::timeout(PATIENCE, harness.get("/")).await;
        let ended = ended.unwrap_or_else(|_| panic!("not stopped: {code}"));
        let error = ended.expect_err(code).to_string();
        assert!(error.starts_with("Worker exceeded CPU time limit"), "{code}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_loops_leaves_the_answers_of_others_alone() {
    let harness =
        short_lived("export default { fetch() { return new Response('stored'); }, queue() { for (;;); } }")
            .await;
    for _ in 0..3 {
        let (outcome, answered) = tokio::join!(harness.deliver(&["1"]), harness.get("/"));
        assert!(
            matches!(&outcome.result, HandlerResult::Failed(reason) if reason.starts_with("Worker exceeded CPU time")),
            "{outcome:?}"
        );
        match answered {
            Ok((_, text)) => assert_eq!(text, "stored"),
            // It came while the batch ran.
            Err(error) => assert!(error.to_string().contains("because of another invocation"), "{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_computes_ends_with_its_session() {
    let harness = Harness::of(Blueprint {
        cpu_ms: 300_000,
        ..blueprint("export default { queue(batch) { console.log('computes'); for (;;); } }").await
    })
    .await;
    let (delivery, outcome) = delivery(&["1"]);
    harness.worker.deliver(delivery);
    while harness.recorder.lines().is_empty() {
        tokio::task::yield_now().await;
    }
    let handlers = harness.worker.environment().handlers.clone();
    harness.worker.shut();
    harness.worker.renew().await.expect("starts again");
    let outcome = outcome.await.expect("an outcome");
    assert!(
        matches!(&outcome.result, HandlerResult::Failed(reason) if reason.contains("began anew")),
        "{outcome:?}"
    );
    assert_eq!(handlers.count(), 0);
}
