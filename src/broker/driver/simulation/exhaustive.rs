//! Every short sequence of commands over one queue and two messages, with the same checks as the long lives.

use super::ledger::Policy;
use super::world::{Held, World};
use crate::base::limits;
use crate::broker::core::{
    ChangeSource, ConsumerSettings, Decision, FreshIds, Input, Outcome, PullConsumer, QueueChange,
    QueueSettings, ResourceId, WorkerConsumer,
};
use crate::broker::driver::Command;

const QUEUE: &str = "one";
const MESSAGES_MAX: u64 = 2;
const LENGTH: u32 = 5;

type Step = fn(&mut World);

const WORKER_STEPS: [Step; 8] =
    [send, finish_well, finish_badly, vanish, second, pause_or_resume, purge, fail];
const PULL_STEPS: [Step; 8] = [send, pull, acknowledge, retry, second, pause_or_resume, outlive, crash];

#[test]
fn every_short_sequence_with_a_worker() {
    let worker = WorkerConsumer {
        max_batch_size: 2,
        max_batch_timeout_ms: 1000,
        max_retries: 1,
        max_concurrency: Some(1),
        dead_letter_queue: Some("dead".to_owned()),
        ..WorkerConsumer::new("a")
    };
    enumerate(&ConsumerSettings::Worker(worker), &WORKER_STEPS);
}

#[test]
fn every_short_sequence_with_pulls() {
    let pull = PullConsumer { visibility_timeout_ms: 1000, max_retries: 1, ..PullConsumer::default() };
    enumerate(&ConsumerSettings::Pull(pull), &PULL_STEPS);
}

fn enumerate(consumer: &ConsumerSettings, steps: &[Step]) {
    let sequences = steps.len().pow(LENGTH);
    for number in 0..sequences {
        let mut world = furnished(consumer);
        let mut rest = number;
        for _ in 0..LENGTH {
            steps[rest % steps.len()](&mut world);
            world.settle();
            rest /= steps.len();
        }
    }
}

fn furnished(consumer: &ConsumerSettings) -> World {
    let mut world = World::new(1);
    let id = ResourceId::from_bytes([1; 16]);
    let (name, source) = (QUEUE.to_owned(), ChangeSource::Config);
    world.tell(Input::CreateQueue { name: name.clone(), settings: QueueSettings::default(), id, source });
    let ids = FreshIds::new(vec![[2; 16], [3; 16]]);
    world.tell(Input::AttachConsumer { queue: name, settings: consumer.clone(), source, ids });
    world.connect("a");
    world.settle();
    world
}

fn send(world: &mut World) {
    if world.serial < MESSAGES_MAX {
        world.send_to(QUEUE, &[None], None, None);
    }
}

fn finish(world: &mut World, outcome: Outcome) {
    let Some(Held { delivery, policies }) = (!world.held.is_empty()).then(|| world.held.remove(0)) else {
        return;
    };
    let decisions = outcome.decisions(delivery.messages.len());
    for (message, decision) in delivery.messages.iter().zip(decisions) {
        match decision {
            Decision::Ack => drop(world.causes.acked.insert(message.id)),
            Decision::Retry { delay_seconds } => {
                world.causes.retried.insert(message.id, (delay_seconds, policies.clone()));
            }
        }
    }
    delivery.finish(outcome);
}

fn finish_well(world: &mut World) {
    finish(
        world,
        Outcome {
            messages: vec![(1, Decision::Retry { delay_seconds: Some(1) })],
            ..Outcome::acknowledged()
        },
    );
}

fn finish_badly(world: &mut World) {
    finish(world, Outcome { messages: vec![(0, Decision::Ack)], ..Outcome::failed("threw") });
}

fn vanish(world: &mut World) {
    finish(world, Outcome::failed("vanished"));
}

fn second(world: &mut World) {
    let later = world.now().plus_millis(1000);
    world.clock.advance_to(later);
    world.command(Command::Tick);
}

fn outlive(world: &mut World) {
    let later = world.now().plus_seconds(limits::RETENTION_SECONDS_DEFAULT);
    world.clock.advance_to(later);
    world.command(Command::Tick);
}

fn pause_or_resume(world: &mut World) {
    let paused = world.look.queues.iter().any(|queue| queue.row.settings.delivery_paused);
    let change = QueueChange { delivery_paused: Some(!paused), ..QueueChange::default() };
    world.tell(Input::UpdateQueue { queue: QUEUE.to_owned(), change, source: ChangeSource::Api });
}

fn purge(world: &mut World) {
    world.causes.purged_queues.insert(QUEUE.to_owned());
    world.tell(Input::PurgeQueue { queue: QUEUE.to_owned() });
}

fn fail(world: &mut World) {
    world.faults.fail_next(1);
}

fn pull(world: &mut World) {
    world.tell(Input::Pull { queue: QUEUE.to_owned(), batch_size: Some(1), visibility_timeout_ms: None });
}

fn acknowledge(world: &mut World) {
    if let Some((queue, id, token)) = world.leases.first().cloned() {
        world.causes.acked.insert(id);
        world.tell(Input::Acknowledge { queue, acks: vec![token], retries: Vec::new() });
    }
}

fn retry(world: &mut World) {
    if let Some((queue, id, token)) = world.leases.last().cloned() {
        let policy = Policy { max_retries: 1, retry_delay_seconds: 0, dead_letter_queue: None };
        world.causes.retried.insert(id, (None, vec![policy]));
        world.tell(Input::Acknowledge { queue, acks: Vec::new(), retries: vec![(token, None)] });
    }
}

fn crash(world: &mut World) {
    world.crash();
}
