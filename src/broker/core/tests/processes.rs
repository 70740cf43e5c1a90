//! Several processes: what each declares merges, and each consumer's deliveries go to the process it is in.

use expect_test::expect;

use super::check;

#[test]
fn what_processes_declare_merges() {
    check(
        "join as=a.jsonc
         configure q:a
         connect a
         join process=1 as=b.jsonc
         configure r:b process=1
         connect b process=1
         send q one
         send r two
         configure r:b s:b process=1
         ok
         ok
         send q three
         send s four",
        expect![[r#"
            > join as=a.jsonc
            > configure q:a
            > connect a
            > join process=1 as=b.jsonc
            > configure r:b process=1
            > connect b process=1
            > send q one
              backlog 1 messages, 3 bytes, oldest 0s
              0s q -> a: one (0 left)
            > send r two
              backlog 1 messages, 3 bytes, oldest 0s
              0s r -> b in 1: two (0 left)
            > configure r:b s:b process=1
            > ok
              0s QUEUE q 1/1 (0ms)
              0s Acknowledged 1 message of queue "q"
            > ok
              0s QUEUE r 1/1 (0ms)
              0s Acknowledged 1 message of queue "r"
            > send q three
              backlog 1 messages, 5 bytes, oldest 0s
              0s q -> a: three (0 left)
            > send s four
              backlog 1 messages, 4 bytes, oldest 0s
              0s s -> b in 1: four (0 left)
        "#]],
    );
}

#[test]
fn a_queue_has_one_consumer_in_all_processes() {
    check(
        "join as=first
         configure q:a
         join process=1 as=second
         configure q:b process=1
         configure q:a process=1
         leave process=0
         configure q:b process=1
         connect b process=1
         send q one",
        expect![[r#"
            > join as=first
            > configure q:a
            > join process=1 as=second
            > configure q:b process=1
              Multiple consumers defined for queue "q": "a" (first) and "b" (second); stop one of the two, or take the queue from its configuration
            > configure q:a process=1
              Multiple consumers defined for queue "q": "a" (first) and "a" (second); stop one of the two, or take the queue from its configuration
            > leave process=0
            > configure q:b process=1
            > connect b process=1
            > send q one
              backlog 1 messages, 3 bytes, oldest 0s
              0s q -> b in 1: one (0 left)
        "#]],
    );
}

#[test]
fn two_in_one_process_are_refused_too() {
    check(
        "configure q:a q:b",
        expect![[r#"
        > configure q:a q:b
          Multiple consumers defined for queue "q": "a" and "b"
    "#]],
    );
}

#[test]
fn the_worker_of_a_queue_is_that_of_the_process_that_declared_it() {
    check(
        "configure workers=w
         connect w
         join process=1 as=second
         configure q:w process=1
         send q one
         connect w process=1
         send q two",
        expect![[r#"
            > configure workers=w
            > connect w
            > join process=1 as=second
            > configure q:w process=1
            > send q one
              backlog 1 messages, 3 bytes, oldest 0s
            > connect w process=1
              0s q -> w in 1: one (0 left)
            > send q two
              backlog 2 messages, 6 bytes, oldest 0s
        "#]],
    );
}

#[test]
fn a_consumer_attached_by_hand_is_any_worker_of_that_name() {
    check(
        "queue q
         worker q w timeout_ms=0
         configure workers=w process=2
         connect w process=2
         send q one
         ok
         disconnect w process=2
         send q two",
        expect![[r#"
            > queue q
            > worker q w timeout_ms=0
            > configure workers=w process=2
            > connect w process=2
            > send q one
              backlog 1 messages, 3 bytes, oldest 0s
              0s q -> w in 2: one (0 left)
            > ok
              0s QUEUE q 1/1 (0ms)
              0s Acknowledged 1 message of queue "q"
            > disconnect w process=2
            > send q two
              backlog 1 messages, 3 bytes, oldest 0s
        "#]],
    );
}

#[test]
fn a_process_takes_back_only_what_it_declared() {
    check(
        "join as=first
         configure q:w r:w
         connect w
         join process=1 as=second
         configure workers=w process=1
         configure q:w
         connect w process=1
         send q one
         send r two",
        expect![[r#"
            > join as=first
            > configure q:w r:w
            > connect w
            > join process=1 as=second
            > configure workers=w process=1
            > configure q:w
            > connect w process=1
            > send q one
              backlog 1 messages, 3 bytes, oldest 0s
              0s q -> w: one (0 left)
            > send r two
              backlog 1 messages, 3 bytes, oldest 0s
        "#]],
    );
}

#[test]
fn what_a_process_held_when_it_went_is_ready_again_and_no_attempt_is_counted() {
    check(
        "join process=1 as=second
         configure q:w process=1
         connect w process=1
         send q one
         leave process=1
         give-back
         metrics q
         join process=2 as=third
         configure q:w process=2
         connect w process=2",
        expect![[r#"
            > join process=1 as=second
            > configure q:w process=1
            > connect w process=1
            > send q one
              backlog 1 messages, 3 bytes, oldest 0s
              0s q -> w in 1: one (0 left)
            > leave process=1
            > give-back
              0s Worker "w" went away with 1 message of queue "q"; they are delivered again
            > metrics q
              backlog 1 messages, 3 bytes, oldest 0s
            > join process=2 as=third
            > configure q:w process=2
            > connect w process=2
              0s q -> w in 2: one (0 left)
        "#]],
    );
}

#[test]
fn a_rename_keeps_the_process() {
    check(
        "join process=1 as=second
         configure q:w process=1
         connect w process=1
         set q name=r
         send r one
         join process=2 as=third
         configure r:w process=2",
        expect![[r#"
            > join process=1 as=second
            > configure q:w process=1
            > connect w process=1
            > set q name=r
              0s Renamed queue "q" to "r"
            > send r one
              backlog 1 messages, 3 bytes, oldest 0s
              0s r -> w in 1: one (0 left)
            > join process=2 as=third
            > configure r:w process=2
              Multiple consumers defined for queue "r": "w" (second) and "w" (third); stop one of the two, or take the queue from its configuration
        "#]],
    );
}

#[test]
fn a_text_that_is_an_id_is_the_id() {
    check(
        "queue first
         queue 00000000000000000000000000000001
         send 00000000000000000000000000000001 a
         metrics first",
        expect![[r#"
            > queue first
            > queue 00000000000000000000000000000001
            > send 00000000000000000000000000000001 a
              backlog 1 messages, 1 bytes, oldest 0s
            > metrics first
              backlog 1 messages, 1 bytes, oldest 0s
        "#]],
    );
}

#[test]
fn a_worker_of_the_same_name_elsewhere_is_not_handed_what_another_process_consumes() {
    check(
        "join as=producer
         configure workers=app
         connect app
         join process=1 as=consumer
         configure q:app process=1
         connect app process=1
         leave process=1
         send q one
         join process=2 as=consumer
         configure q:app process=2
         connect app process=2",
        expect![[r#"
            > join as=producer
            > configure workers=app
            > connect app
            > join process=1 as=consumer
            > configure q:app process=1
            > connect app process=1
            > leave process=1
            > send q one
              backlog 1 messages, 3 bytes, oldest 0s
            > join process=2 as=consumer
            > configure q:app process=2
            > connect app process=2
              0s q -> app in 2: one (0 left)
        "#]],
    );
}

#[test]
fn a_queue_that_a_worker_of_a_living_process_sends_to_is_not_deleted() {
    check(
        "queue q
         configure producers=a:q
         join process=1 as=second
         configure producers=b:q,b:q process=1
         delete q
         leave process=1
         delete q
         configure
         delete q",
        expect![[r#"
            > queue q
            > configure producers=a:q
            > join process=1 as=second
            > configure producers=b:q,b:q process=1
            > delete q
              Deleted(Err(Bound { queue: "q", workers: ["a", "b"] }))
            > leave process=1
            > delete q
              Deleted(Err(Bound { queue: "q", workers: ["a"] }))
            > configure
            > delete q
              Deleted(Ok(()))
              0s Deleted queue "q"
        "#]],
    );
}

#[test]
fn what_a_worker_holds_under_a_new_owner_goes_on_and_keeps_the_concurrency() {
    check(
        "queue q
         send q a b c d
         worker q w size=2 timeout_ms=0 concurrency=1
         hold q w a b
         connect w
         metrics q
         ok retry=b
         ok
         ok",
        expect![[r#"
            > queue q
            > send q a b c d
              backlog 4 messages, 4 bytes, oldest 0s
            > worker q w size=2 timeout_ms=0 concurrency=1
            > hold q w a b
            > connect w
            > metrics q
              backlog 4 messages, 4 bytes, oldest 0s
            > ok retry=b
              0s QUEUE q 1/2 (0ms)
              0s Retrying message "b" on queue "q"...
              0s Acknowledged 1 message of queue "q"
              0s q -> w: c d (1 left)
            > ok
              0s QUEUE q 2/2 (0ms)
              0s Acknowledged 2 messages of queue "q"
              0s q -> w: b#2 (0 left)
            > ok
              0s QUEUE q 1/1 (0ms)
              0s Acknowledged 1 message of queue "q"
        "#]],
    );
}

#[test]
fn of_what_a_worker_holds_only_what_nothing_else_happened_to_goes_on() {
    check(
        "queue q
         send q a b c
         worker q w timeout_ms=0 retries=5
         hold q w a#2 b
         connect w
         ok
         ok
         hold q w a#2
         hold nowhere w a",
        expect![[r#"
            > queue q
            > send q a b c
              backlog 3 messages, 3 bytes, oldest 0s
            > worker q w timeout_ms=0 retries=5
            > hold q w a#2 b
            > connect w
            > ok
              0s QUEUE q 2/2 (0ms)
              0s Acknowledged 1 message of queue "q"
              0s q -> w: a c (0 left)
            > ok
              0s QUEUE q 2/2 (0ms)
              0s Acknowledged 2 messages of queue "q"
            > hold q w a#2
              Adopted(None)
            > hold nowhere w a
              Adopted(None)
        "#]],
    );
}
