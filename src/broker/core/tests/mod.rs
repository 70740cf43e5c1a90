//! What the documentation promises, one script for each promise.

mod processes;

use expect_test::{Expect, expect};

use super::script::run;
use super::*;

#[track_caller]
fn check(script: &str, expected: Expect) {
    expected.assert_eq(&run(script));
}

#[test]
fn a_batch_goes_when_it_is_full_or_when_the_first_message_has_waited() {
    check(
        "queue q
         worker q w size=2 timeout_ms=5000
         connect w
         send q a
         at 3
         send q b c
         at 7
         at 8
         ok
         at 20",
        expect![[r#"
            > queue q
            > worker q w size=2 timeout_ms=5000
            > connect w
            > send q a
              backlog 1 messages, 1 bytes, oldest 0s
            > at 3
            > send q b c
              backlog 3 messages, 3 bytes, oldest 0s
              3s q -> w: a b (1 left)
            > at 7
            > at 8
            > ok
              8s QUEUE q 2/2 (0ms)
              8s Acknowledged 2 messages of queue "q"
              8s q -> w: c (0 left)
            > at 20
        "#]],
    );
}

#[test]
fn a_delayed_message_starts_the_wait_when_its_delay_ends() {
    check(
        "queue q
         worker q w timeout_ms=5000
         connect w
         send q a:10
         at 14.999
         at 15",
        expect![[r#"
            > queue q
            > worker q w timeout_ms=5000
            > connect w
            > send q a:10
              backlog 1 messages, 1 bytes, oldest 0s
            > at 14.999
            > at 15
              15s q -> w: a (0 left)
        "#]],
    );
}

#[test]
fn what_is_held_back_comes_later_than_its_delay_wherever_that_is_from() {
    check(
        "queue q delay=40
         send q queue own:5 longest:86400 held=3
         peek q",
        expect![[r#"
            > queue q delay=40
            > send q queue own:5 longest:86400 held=3
              backlog 3 messages, 15 bytes, oldest 0s
            > peek q
              queue Delayed attempts 0 due 43s
              own Delayed attempts 0 due 8s
              longest Delayed attempts 0 due 86400s
        "#]],
    );
}

#[test]
fn the_nearest_delay_holds_and_zero_is_a_delay() {
    check(
        "queue q delay=40
         send q own:5 batch batch=20 binding=30
         send q zero:0 zero batch=20
         send q binding binding=30
         send q queue
         peek q",
        expect![[r#"
            > queue q delay=40
            > send q own:5 batch batch=20 binding=30
              backlog 2 messages, 8 bytes, oldest 0s
            > send q zero:0 zero batch=20
              backlog 4 messages, 16 bytes, oldest 0s
            > send q binding binding=30
              backlog 5 messages, 23 bytes, oldest 0s
            > send q queue
              backlog 6 messages, 28 bytes, oldest 0s
            > peek q
              own Delayed attempts 0 due 5s
              batch Delayed attempts 0 due 20s
              zero Ready attempts 0 due 0s
              zero Delayed attempts 0 due 20s
              binding Delayed attempts 0 due 30s
              queue Delayed attempts 0 due 40s
        "#]],
    );
}

#[test]
fn failed_messages_are_retried_then_become_dead_letters() {
    check(
        "queue q
         queue d
         worker q w timeout_ms=0 retries=1 dlq=d
         connect w
         send q a
         throw
         at 1
         throw
         metrics q
         peek d",
        expect![[r#"
            > queue q
            > queue d
            > worker q w timeout_ms=0 retries=1 dlq=d
            > connect w
            > send q a
              backlog 1 messages, 1 bytes, oldest 0s
              0s q -> w: a (0 left)
            > throw
              0s QUEUE q 0/1 (0ms)
              0s Retrying message "a" on queue "q"...
              0s q -> w: a#2 (0 left)
            > at 1
            > throw
              1s QUEUE q 0/1 (0ms)
              1s Moving message "a" on queue "q" to dead letter queue "d" after 2 failed attempts...
            > metrics q
              backlog 0 messages, 0 bytes, oldest none
            > peek d
              a Ready attempts 0 due 1s
        "#]],
    );
}

#[test]
fn without_a_dead_letter_queue_they_are_dropped() {
    check(
        "queue q
         worker q w timeout_ms=0 retries=0
         connect w
         send q a
         throw
         metrics q",
        expect![[r#"
            > queue q
            > worker q w timeout_ms=0 retries=0
            > connect w
            > send q a
              backlog 1 messages, 1 bytes, oldest 0s
              0s q -> w: a (0 left)
            > throw
              0s QUEUE q 0/1 (0ms)
              0s Dropped message "a" on queue "q" after 1 failed attempt!
            > metrics q
              backlog 0 messages, 0 bytes, oldest none
        "#]],
    );
}

#[test]
fn dead_letter_queues_may_form_a_ring() {
    check(
        "queue q
         queue d
         worker q w timeout_ms=0 retries=0 dlq=d
         worker d w timeout_ms=0 retries=0 dlq=q
         connect w
         send q a
         throw
         throw
         throw
         ok
         metrics q
         metrics d",
        expect![[r#"
            > queue q
            > queue d
            > worker q w timeout_ms=0 retries=0 dlq=d
            > worker d w timeout_ms=0 retries=0 dlq=q
            > connect w
            > send q a
              backlog 1 messages, 1 bytes, oldest 0s
              0s q -> w: a (0 left)
            > throw
              0s QUEUE q 0/1 (0ms)
              0s Moving message "a" on queue "q" to dead letter queue "d" after 1 failed attempt...
              0s d -> w: a (0 left)
            > throw
              0s QUEUE d 0/1 (0ms)
              0s Moving message "a" on queue "d" to dead letter queue "q" after 1 failed attempt...
              0s q -> w: a (0 left)
            > throw
              0s QUEUE q 0/1 (0ms)
              0s Moving message "a" on queue "q" to dead letter queue "d" after 1 failed attempt...
              0s d -> w: a (0 left)
            > ok
              0s QUEUE d 1/1 (0ms)
              0s Acknowledged 1 message of queue "d"
            > metrics q
              backlog 0 messages, 0 bytes, oldest none
            > metrics d
              backlog 0 messages, 0 bytes, oldest none
        "#]],
    );
}

#[test]
fn a_message_decides_before_the_batch_and_the_batch_before_the_result() {
    check(
        "queue q
         worker q w size=3 timeout_ms=0 delay=7
         connect w
         pause q
         send q a b c
         resume q
         throw ack=a retry=b:2
         peek q
         at 2
         retryAll retry=b:5
         at 7
         ackAllThrow retry=c:0
         retryAll delay=3
         peek q",
        expect![[r#"
            > queue q
            > worker q w size=3 timeout_ms=0 delay=7
            > connect w
            > pause q
            > send q a b c
              backlog 3 messages, 3 bytes, oldest 0s
            > resume q
              0s q -> w: a b c (0 left)
            > throw ack=a retry=b:2
              0s QUEUE q 1/3 (0ms)
              0s Retrying message "b" on queue "q"...
              0s Retrying message "c" on queue "q"...
              0s Acknowledged 1 message of queue "q"
            > peek q
              b Delayed attempts 1 due 2s
              c Delayed attempts 1 due 7s
            > at 2
              2s q -> w: b#2 (1 left)
            > retryAll retry=b:5
              2s QUEUE q 0/1 (0ms)
              2s Retrying message "b" on queue "q"...
            > at 7
              7s q -> w: c#2 b#3 (0 left)
            > ackAllThrow retry=c:0
              7s QUEUE q 1/2 (0ms)
              7s Retrying message "c" on queue "q"...
              7s Acknowledged 1 message of queue "q"
              7s q -> w: c#3 (0 left)
            > retryAll delay=3
              7s QUEUE q 0/1 (0ms)
              7s Retrying message "c" on queue "q"...
            > peek q
              c Delayed attempts 3 due 10s
        "#]],
    );
}

#[test]
fn a_retried_message_goes_behind_those_that_wait() {
    check(
        "queue q
         worker q w size=1 timeout_ms=0 concurrency=1
         connect w
         send q a b c
         throw
         ok
         ok
         ok",
        expect![[r#"
            > queue q
            > worker q w size=1 timeout_ms=0 concurrency=1
            > connect w
            > send q a b c
              backlog 3 messages, 3 bytes, oldest 0s
              0s q -> w: a (2 left)
            > throw
              0s QUEUE q 0/1 (0ms)
              0s Retrying message "a" on queue "q"...
              0s q -> w: b (2 left)
            > ok
              0s QUEUE q 1/1 (0ms)
              0s Acknowledged 1 message of queue "q"
              0s q -> w: c (1 left)
            > ok
              0s QUEUE q 1/1 (0ms)
              0s Acknowledged 1 message of queue "q"
              0s q -> w: a#2 (0 left)
            > ok
              0s QUEUE q 1/1 (0ms)
              0s Acknowledged 1 message of queue "q"
        "#]],
    );
}

#[test]
fn concurrency_grows_with_patience_and_halves_on_failure() {
    check(
        "queue q
         worker q w size=1 timeout_ms=0
         connect w
         send q a b c d e f
         at 0.049
         at 0.050
         at 0.100
         throw
         ok
         ok
         ok",
        expect![[r#"
            > queue q
            > worker q w size=1 timeout_ms=0
            > connect w
            > send q a b c d e f
              backlog 6 messages, 6 bytes, oldest 0s
              0s q -> w: a (5 left)
            > at 0.049
            > at 0.050
              0.05s q -> w: b (5 left)
            > at 0.100
              0.1s q -> w: c (5 left)
            > throw
              0.1s QUEUE q 0/1 (0ms)
              0.1s Retrying message "a" on queue "q"...
            > ok
              0.1s QUEUE q 1/1 (0ms)
              0.1s Acknowledged 1 message of queue "q"
            > ok
              0.1s QUEUE q 1/1 (0ms)
              0.1s Acknowledged 1 message of queue "q"
              0.1s q -> w: d (3 left)
            > ok
              0.1s QUEUE q 1/1 (0ms)
              0.1s Acknowledged 1 message of queue "q"
              0.1s q -> w: e (2 left)
        "#]],
    );
}

#[test]
fn a_slow_queue_does_not_slow_another() {
    check(
        "queue slow
         queue fast
         worker slow s size=1 timeout_ms=0 concurrency=1
         worker fast f size=1 timeout_ms=0 concurrency=1
         connect s
         connect f
         send slow a b
         send fast c
         at 100",
        expect![[r#"
            > queue slow
            > queue fast
            > worker slow s size=1 timeout_ms=0 concurrency=1
            > worker fast f size=1 timeout_ms=0 concurrency=1
            > connect s
            > connect f
            > send slow a b
              backlog 2 messages, 2 bytes, oldest 0s
              0s slow -> s: a (1 left)
            > send fast c
              backlog 1 messages, 1 bytes, oldest 0s
              0s fast -> f: c (0 left)
            > at 100
        "#]],
    );
}

#[test]
fn paused_queues_accept_and_expire_but_deliver_nothing() {
    check(
        "queue q retention=60
         worker q w timeout_ms=0
         connect w
         pause q
         send q a
         at 30
         send q b
         at 60
         metrics q
         resume q",
        expect![[r#"
            > queue q retention=60
            > worker q w timeout_ms=0
            > connect w
            > pause q
            > send q a
              backlog 1 messages, 1 bytes, oldest 0s
            > at 30
            > send q b
              backlog 2 messages, 2 bytes, oldest 0s
            > at 60
              60s Deleted 1 message of queue "q" at the end of the retention period
            > metrics q
              backlog 1 messages, 1 bytes, oldest 30s
            > resume q
              60s q -> w: b (0 left)
        "#]],
    );
}

#[test]
fn what_expires_while_it_is_delivered_is_not_retried() {
    check(
        "queue q retention=60
         queue d
         worker q w timeout_ms=0 retries=0 dlq=d
         connect w
         send q a
         at 61
         metrics q
         throw
         metrics q
         metrics d",
        expect![[r#"
            > queue q retention=60
            > queue d
            > worker q w timeout_ms=0 retries=0 dlq=d
            > connect w
            > send q a
              backlog 1 messages, 1 bytes, oldest 0s
              0s q -> w: a (0 left)
            > at 61
            > metrics q
              backlog 1 messages, 1 bytes, oldest 0s
            > throw
              61s QUEUE q 0/1 (0ms)
              61s Deleted 1 message of queue "q" at the end of the retention period
            > metrics q
              backlog 0 messages, 0 bytes, oldest none
            > metrics d
              backlog 0 messages, 0 bytes, oldest none
        "#]],
    );
}

#[test]
fn retention_can_be_extended_while_a_message_is_delivered() {
    check(
        "queue q retention=60
         worker q w timeout_ms=0
         connect w
         send q a
         at 61
         set q retention=120
         throw
         peek q",
        expect![[r#"
            > queue q retention=60
            > worker q w timeout_ms=0
            > connect w
            > send q a
              backlog 1 messages, 1 bytes, oldest 0s
              0s q -> w: a (0 left)
            > at 61
            > set q retention=120
            > throw
              61s QUEUE q 0/1 (0ms)
              61s Retrying message "a" on queue "q"...
              61s q -> w: a#2 (0 left)
            > peek q
              a Leased attempts 2 due 61s
        "#]],
    );
}

#[test]
fn a_purge_takes_delayed_messages_and_the_retries_of_running_deliveries() {
    check(
        "queue q
         worker q w size=1 timeout_ms=0 concurrency=1
         connect w
         send q a b c:60
         purge q
         metrics q
         throw
         metrics q",
        expect![[r#"
            > queue q
            > worker q w size=1 timeout_ms=0 concurrency=1
            > connect w
            > send q a b c:60
              backlog 3 messages, 3 bytes, oldest 0s
              0s q -> w: a (2 left)
            > purge q
              Purged(Ok(3))
              0s Purged queue "q" of 3 messages
            > metrics q
              backlog 0 messages, 0 bytes, oldest none
            > throw
              0s QUEUE q 0/1 (0ms)
            > metrics q
              backlog 0 messages, 0 bytes, oldest none
        "#]],
    );
}

#[test]
fn pulls_lease_and_the_lease_ends() {
    check(
        "queue q
         puller q retries=1
         send q a b
         pull q size=1 ms=5000
         pull q size=5 ms=9000
         pull q
         at 5
         pull q ms=1000
         ack q a b a
         metrics q
         ack q a nonsense",
        expect![[r#"
            > queue q
            > puller q retries=1
            > send q a b
              backlog 2 messages, 2 bytes, oldest 0s
            > pull q size=1 ms=5000
              pulled a
            > pull q size=5 ms=9000
              pulled b
            > pull q
              pulled 
            > at 5
              5s Retrying message "a" on queue "q"...
            > pull q ms=1000
              pulled a#2
            > ack q a b a
              Acknowledged(Ok(Acknowledged { ack_count: 3, retry_count: 0, warnings: [] }))
              5s Acknowledged 2 messages of queue "q"
            > metrics q
              backlog 0 messages, 0 bytes, oldest none
            > ack q a nonsense
              Acknowledged(Ok(Acknowledged { ack_count: 1, retry_count: 0, warnings: [("nonsense", "there is no such lease")] }))
        "#]],
    );
}

#[test]
fn a_late_acknowledgement_still_counts_and_a_late_retry_changes_nothing() {
    check(
        "queue q
         puller q
         send q a b
         pull q ms=1000
         at 2
         ack q a
         retry q b
         peek q",
        expect![[r#"
            > queue q
            > puller q
            > send q a b
              backlog 2 messages, 2 bytes, oldest 0s
            > pull q ms=1000
              pulled a b
            > at 2
              1s Retrying message "a" on queue "q"...
              1s Retrying message "b" on queue "q"...
            > ack q a
              Acknowledged(Ok(Acknowledged { ack_count: 1, retry_count: 0, warnings: [] }))
              2s Acknowledged 1 message of queue "q"
            > retry q b
              Acknowledged(Ok(Acknowledged { ack_count: 0, retry_count: 1, warnings: [] }))
            > peek q
              b Ready attempts 1 due 1s
        "#]],
    );
}

#[test]
fn pulled_messages_run_out_of_retries() {
    check(
        "queue q
         puller q retries=0 dlq=d
         send q a b c
         pull q ms=1000
         retry q a
         at 1
         metrics q
         metrics d",
        expect![[r#"
            > queue q
            > puller q retries=0 dlq=d
            > send q a b c
              backlog 3 messages, 3 bytes, oldest 0s
            > pull q ms=1000
              pulled a b c
            > retry q a
              Acknowledged(Ok(Acknowledged { ack_count: 0, retry_count: 1, warnings: [] }))
              0s Moving message "a" on queue "q" to dead letter queue "d" after 1 failed attempt...
            > at 1
              1s Moving message "b" on queue "q" to dead letter queue "d" after 1 failed attempt...
              1s Moving message "c" on queue "q" to dead letter queue "d" after 1 failed attempt...
            > metrics q
              backlog 0 messages, 0 bytes, oldest none
            > metrics d
              backlog 3 messages, 3 bytes, oldest 0s
        "#]],
    );
}

#[test]
fn pulls_are_refused_where_nothing_can_be_pulled() {
    check(
        "queue q
         pull q
         puller q
         pull q size=0
         pull q ms=43200001
         pause q
         pull q
         pull nowhere",
        expect![[r#"
            > queue q
            > pull q
              messages cannot be pulled unless http_pull mode is enabled
            > puller q
            > pull q size=0
              batch_size must be between 1 and 100 and visibility_timeout_ms at most 43200000
            > pull q ms=43200001
              batch_size must be between 1 and 100 and visibility_timeout_ms at most 43200000
            > pause q
            > pull q
              queue_delivery_paused
            > pull nowhere
              queue "nowhere" does not exist
        "#]],
    );
}

#[test]
fn sends_are_refused_beyond_the_limits() {
    check(
        "queue q
         send nowhere a
         send q
         send q a length=128001
         send q a b c length=128000
         send q a:86401
         send q a batch=86401
         limit rate=2 bytes=10
         send q a b
         send q c
         at 1
         send q c length=9
         send q c length=8",
        expect![[r#"
            > queue q
            > send nowhere a
              queue "nowhere" does not exist
            > send q
              batch message count of 0 is invalid: must be an integer between 1 and 100
            > send q a length=128001
              message length of 128001 bytes exceeds limit of 128000
            > send q a b c length=128000
              batch size of 384000 bytes exceeds limit of 256000
            > send q a:86401
              message delay 86401 is invalid: must be an integer between 0 and 86400
            > send q a batch=86401
              batch delay 86401 is invalid: must be an integer between 0 and 86400
            > limit rate=2 bytes=10
            > send q a b
              backlog 2 messages, 2 bytes, oldest 0s
            > send q c
              queue "q" takes at most 2 messages a second; try again later
            > at 1
            > send q c length=9
              the backlog of queue "q" would pass 10 bytes
            > send q c length=8
              backlog 3 messages, 10 bytes, oldest 0s
        "#]],
    );
}

#[test]
fn a_queue_without_a_consumer_keeps_its_messages() {
    check(
        "queue q
         send q a b
         at 100
         worker q w timeout_ms=0
         at 200
         connect w
         disconnect w
         send q c
         ok
         connect w
         ok",
        expect![[r#"
            > queue q
            > send q a b
              backlog 2 messages, 2 bytes, oldest 0s
            > at 100
            > worker q w timeout_ms=0
            > at 200
            > connect w
              200s q -> w: a b (0 left)
            > disconnect w
            > send q c
              backlog 3 messages, 3 bytes, oldest 0s
            > ok
              200s QUEUE q 2/2 (0ms)
              200s Acknowledged 2 messages of queue "q"
            > connect w
              200s q -> w: c (0 left)
            > ok
              200s QUEUE q 1/1 (0ms)
              200s Acknowledged 1 message of queue "q"
        "#]],
    );
}

#[test]
fn one_consumer_for_a_queue_and_no_dead_letters_to_itself() {
    check(
        "queue q
         worker q a
         worker q b
         detach q
         worker q b dlq=q
         worker q b dlq=d
         delete d
         set d name=e
         delete e
         detach q
         delete e
         delete e",
        expect![[r#"
            > queue q
            > worker q a
            > worker q b
              Attached(Err(ConsumerExists(ConsumerExists { queue: "q", existing: "a", existing_in: None, requested: "b", requested_in: None })))
            > detach q
              Detached(Ok(()))
            > worker q b dlq=q
              Attached(Err(OwnDeadLetterQueue(OwnDeadLetterQueue { queue: "q" })))
            > worker q b dlq=d
            > delete d
              Deleted(Err(DeadLetterQueue { queue: "d", consumers_of: ["q"] }))
            > set d name=e
              0s Renamed queue "d" to "e"
            > delete e
              Deleted(Err(DeadLetterQueue { queue: "e", consumers_of: ["q"] }))
            > detach q
              Detached(Ok(()))
            > delete e
              Deleted(Ok(()))
              0s Deleted queue "e"
            > delete e
              Deleted(Err(QueueNotFound(QueueNotFound { queue: "e" })))
        "#]],
    );
}

#[test]
fn a_change_that_changes_nothing_is_nobodys() {
    let mut core = Core::new(CoreLimits::default());
    let mut step = |now: u64, input: Input| {
        let mut effects = Effects::default();
        core.step(Timestamp::from_millis(now), input, &mut effects);
        effects
    };
    let (name, settings) = ("q".to_owned(), QueueSettings::default());
    let id = ResourceId::from_bytes([1; 16]);
    step(1, Input::CreateQueue { name, settings, id, source: ChangeSource::Config });
    for (change, records) in [
        (QueueChange::default(), 0),
        (
            QueueChange {
                name: Some("q".to_owned()),
                delivery_paused: Some(false),
                ..QueueChange::default()
            },
            0,
        ),
        (QueueChange { delivery_paused: Some(true), ..QueueChange::default() }, 1),
    ] {
        let effects =
            step(2, Input::UpdateQueue { queue: "q".to_owned(), change, source: ChangeSource::Api });
        assert_eq!(effects.records.len(), records);
        let Reply::Updated(Ok(row)) = &effects.replies[0] else { panic!("{effects:?}") };
        let by = if records == 0 { ChangeSource::Config } else { ChangeSource::Api };
        assert_eq!((row.source, row.modified_at.as_millis()), (by, if records == 0 { 1 } else { 2 }));
    }
}

#[test]
fn a_dead_letter_queue_is_the_work_of_whoever_named_it() {
    let mut core = Core::new(CoreLimits::default());
    let mut effects = Effects::default();
    let (name, settings) = ("q".to_owned(), QueueSettings::default());
    let (id, source) = (ResourceId::from_bytes([1; 16]), ChangeSource::Config);
    core.step(Timestamp::default(), Input::CreateQueue { name, settings, id, source }, &mut effects);
    let pull = PullConsumer { dead_letter_queue: Some("dead".to_owned()), ..PullConsumer::default() };
    let (settings, source) = (ConsumerSettings::Pull(pull), ChangeSource::Api);
    let (queue, ids) = ("q".to_owned(), FreshIds::default());
    core.step(Timestamp::default(), Input::AttachConsumer { queue, settings, source, ids }, &mut effects);
    assert_eq!(core.queue("dead").unwrap().source, ChangeSource::Api);
}
