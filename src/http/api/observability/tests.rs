use crate::base::{MessageId, Timestamp};

use super::*;

fn gauges(queue: &str) -> QueueGauges {
    QueueGauges {
        queue: queue.into(),
        paused: true,
        backlog_messages: 3,
        backlog_bytes: 25,
        oldest_age: Duration::from_millis(1500),
    }
}

#[test]
fn events_are_counted() {
    let (counters, queue): (Observability, Arc<str>) = (Observability::new(), "orders".into());
    let id = MessageId::from_bytes([1; 16]);
    let (worker, dead): (Arc<str>, Arc<str>) = ("shop".into(), "dead".into());
    for event in [
        Event::Sent { queue: queue.clone(), ids: vec![id, id], bytes: 10 },
        Event::Delivered {
            queue: queue.clone(),
            worker: worker.clone(),
            messages: vec![(id, 1), (id, 1)],
            running: 2,
            concurrency: 4,
        },
        Event::DeliveryFinished {
            queue: queue.clone(),
            worker,
            acked: 1,
            total: 2,
            duration_ms: 30,
            failure: Some("threw".to_owned()),
        },
        Event::Pulled { queue: queue.clone(), messages: vec![(id, 1)] },
        Event::Acknowledged { queue: queue.clone(), ids: vec![MessageId::from_bytes([1; 16])] },
        Event::Retried { id, queue: queue.clone(), attempt: 1, due: Timestamp::default() },
        Event::DeadLettered { id, queue: queue.clone(), dead_letter_queue: dead, attempts: 4 },
        Event::Dropped { id, queue: queue.clone(), attempts: 4 },
        Event::Expired { queue: queue.clone(), ids: vec![id; 7] },
        Event::Purged { queue: queue.clone(), count: 8 },
        Event::Damaged { queue, message: String::new(), reason: String::new() },
        Event::Committed { records: 5, duration_us: 300 },
        Event::StorageFailed { message: String::new() },
    ] {
        counters.event(&event);
    }
    let text = counters.render(&[gauges("orders")]);
    for line in [
        "queues_backlog_messages{queue=\"orders\"} 3",
        "queues_backlog_bytes{queue=\"orders\"} 25",
        "queues_oldest_message_age_seconds{queue=\"orders\"} 1.5",
        "queues_delivery_paused{queue=\"orders\"} 1",
        "queues_sent_messages_total{queue=\"orders\"} 2",
        "queues_sent_bytes_total{queue=\"orders\"} 10",
        "queues_delivered_messages_total{queue=\"orders\"} 2",
        "queues_pulled_messages_total{queue=\"orders\"} 1",
        "queues_acknowledged_messages_total{queue=\"orders\"} 1",
        "queues_retried_messages_total{queue=\"orders\"} 1",
        "queues_dead_lettered_messages_total{queue=\"orders\"} 1",
        "queues_dropped_messages_total{queue=\"orders\"} 1",
        "queues_expired_messages_total{queue=\"orders\"} 7",
        "queues_purged_messages_total{queue=\"orders\"} 8",
        "queues_damaged_messages_total{queue=\"orders\"} 1",
        "queues_invocations_total{queue=\"orders\",result=\"succeeded\"} 0",
        "queues_invocations_total{queue=\"orders\",result=\"failed\"} 1",
        "queues_handler_duration_seconds_bucket{queue=\"orders\",le=\"0.025\"} 0",
        "queues_handler_duration_seconds_bucket{queue=\"orders\",le=\"0.05\"} 1",
        "queues_handler_duration_seconds_bucket{queue=\"orders\",le=\"+Inf\"} 1",
        "queues_handler_duration_seconds_sum{queue=\"orders\"} 0.03",
        "queues_handler_duration_seconds_count{queue=\"orders\"} 1",
        "queues_running_invocations{queue=\"orders\"} 1",
        "queues_concurrency_limit{queue=\"orders\"} 4",
        "queues_commit_duration_seconds_bucket{le=\"0.0005\"} 1",
        "queues_commit_duration_seconds_count 1",
        "queues_committed_records_total 5",
        "queues_storage_failures_total 1",
        "queues_storage_failing 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}

#[test]
fn queues_that_are_gone_are_forgotten() {
    let counters = Observability::new();
    counters.event(&Event::Expired { queue: "gone".into(), ids: vec![MessageId::from_bytes([1; 16])] });
    counters.event(&Event::StorageFailed { message: String::new() });
    counters.event(&Event::StorageRecovered);
    let text = counters.render(&[gauges("new")]);
    assert!(!text.contains("gone"));
    assert!(text.contains("queues_expired_messages_total{queue=\"new\"} 0"));
    assert!(text.contains("queues_storage_failing 0"));
}

#[test]
fn a_name_cannot_break_out_of_its_quotes() {
    let text = Observability::new().render(&[gauges("a\"b\\c\nd")]);
    assert!(text.contains(r#"queues_backlog_messages{queue="a\"b\\c\nd"} 3"#), "{text}");
}

#[test]
fn every_line_is_a_comment_or_a_sample() {
    let text = Observability::new().render(&[gauges("one"), gauges("two")]);
    let mut families = std::collections::BTreeSet::new();
    for line in text.lines() {
        if let Some(family) = line.strip_prefix("# TYPE ") {
            assert!(families.insert(family.to_owned()), "{family} is there twice");
        } else if !line.starts_with("# HELP ") {
            let (_, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
}
