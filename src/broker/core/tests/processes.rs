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
