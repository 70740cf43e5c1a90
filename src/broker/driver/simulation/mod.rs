//! Many short lives of the whole broker, each following from a seed: workers that succeed, retry, throw and
//! vanish, clients that pull, settings that change, a disk that fails, crashes at any moment.
//!
//! After every step the ledger explains each difference, counts equal scans, and what is on disk is what
//! is held. At the end of each life the faults stop and every backlog with a consumer empties.
//!
//! A failure prints its seed; `SEED=<seed> cargo test simulation` replays it.

mod actions;
mod exhaustive;
mod ledger;
mod random;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use world::World;

use crate::broker::core::{ChangeSource, Input, Outcome, QueueChange};
use crate::broker::driver::Command;

const SEEDS: u64 = 2000;
const STEPS: usize = 60;

fn live(seed: u64) -> Vec<String> {
    let mut world = World::new(seed);
    world.furnish();
    for _ in 0..STEPS {
        world.act();
        if world.random.chance(70) {
            world.settle();
        }
    }
    world.settle();
    empty(&mut world);
    world.trace
}

/// The faults stop, everybody works: every queue with a consumer empties.
fn empty(world: &mut World) {
    world.faults.fail_next(0);
    world.retry_storage_now();
    world.causes.taken_back = true;
    world.connect("a");
    world.connect("b");
    world.settle();
    // Leases from before may be of messages that are dead letters now.
    world.leases.clear();
    for queue in ["one", "two", "three", "dead", "deader"] {
        let change = QueueChange { delivery_paused: Some(false), ..QueueChange::default() };
        world.tell(Input::UpdateQueue { queue: queue.to_owned(), change, source: ChangeSource::Api });
    }
    world.settle();
    for _ in 0..2000 {
        let consumed = world.look.queues.iter().filter(|queue| queue.row.consumer.is_some());
        if consumed.map(|queue| queue.messages.len()).sum::<usize>() == 0 {
            return;
        }
        for held in std::mem::take(&mut world.held) {
            world.causes.acked.extend(held.delivery.messages.iter().map(|message| message.id));
            held.delivery.finish(Outcome::acknowledged());
        }
        world.settle();
        for queue in world.pull_queues() {
            world.tell(Input::Pull { queue, batch_size: Some(100), visibility_timeout_ms: Some(1000) });
            world.settle();
        }
        for (queue, id, token) in std::mem::take(&mut world.leases) {
            world.causes.acked.insert(id);
            world.tell(Input::Acknowledge { queue, acks: vec![token], retries: Vec::new() });
        }
        world.settle();
        if let Some(deadline) = world.driver.core.next_deadline() {
            world.clock.advance_to(deadline);
            world.command(Command::Tick);
            world.settle();
        }
    }
    panic!("backlogs never empty: {:?}", world.look.queues);
}

impl World {
    fn pull_queues(&self) -> Vec<String> {
        let pulled = self.look.queues.iter().filter(|queue| {
            queue.row.consumer.as_ref().is_some_and(|consumer| consumer.settings.worker().is_none())
        });
        pulled.map(|queue| queue.row.name.to_string()).collect()
    }
}

fn live_or_print(seed: u64) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| live(seed))) {
        eprintln!("the simulation failed with SEED={seed}");
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn every_life_keeps_every_promise() {
    if let Some(seed) = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()) {
        return live_or_print(seed);
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || (thread..SEEDS).step_by(threads as usize).for_each(live_or_print));
        }
    });
}

#[test]
fn the_same_seed_lives_the_same_life() {
    for seed in 0..20 {
        assert_eq!(live(seed), live(seed), "seed {seed}");
    }
}
