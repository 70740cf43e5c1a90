//! Loading what is stored and starting the thread.

use super::{BTreeMap, BodyCache, Command, Commands, Driver, Group, IdSource, Instant, WATCH_PAUSE};
use crate::base::{AlarmKind, Timestamp};
use crate::broker::core::{Core, CoreLimits, Effects, Event, Loader};
use crate::broker::handle::BrokerOptions;
use crate::broker::storage::{Loaded, Storage, StorageError};

/// Loads the queues and starts the driver; it ends when it is told to.
pub(in crate::broker) fn start(options: BrokerOptions) -> Result<Commands, StorageError> {
    let (commands, receiver) = Commands::new(options.work.clone());
    let driver = prepare(options, IdSource::new(), commands.clone())?;
    let thread = std::thread::Builder::new().name("broker".to_owned());
    thread.spawn(move || driver.run(&receiver)).map_err(|error| StorageError::Other {
        path: "broker".into(),
        cause: format!("its thread could not be started: {error}"),
    })?;
    Ok(commands)
}

/// Loads the queues. The driver does nothing before it runs.
pub(in crate::broker) fn prepare(
    options: BrokerOptions,
    ids: IdSource,
    commands: Commands,
) -> Result<Driver, StorageError> {
    let BrokerOptions { mut storage, clock, observer, .. } = options;
    let limits = CoreLimits {
        messages_per_second: options.messages_per_second,
        backlog_bytes_max: options.backlog_bytes_max,
    };
    let (core, effects) = load(&mut *storage, limits, clock.now(), &mut |event| observer.event(&event))?;
    storage.commit(&effects.records)?;
    effects.events.iter().for_each(|event| observer.event(event));
    let waking = commands.clone();
    let alarm = clock.alarm(AlarmKind::Queues, Box::new(move |busy| waking.send_with(Command::Tick, busy)));
    alarm.set(core.next_deadline());
    let watch_at = storage.can_vanish().then(|| Instant::now() + WATCH_PAUSE);
    Ok(Driver {
        core,
        storage,
        clock,
        observer,
        cache: BodyCache::new(options.body_cache_bytes),
        ids,
        consumers: BTreeMap::new(),
        own: BTreeMap::new(),
        commands,
        alarm,
        busy: None,
        group: Group::default(),
        unwritten: Vec::new(),
        trouble: None,
        unread: 0,
        stop: None,
        linger: options.outcome_linger,
        elapsed_ms: |began| u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        housekeeping_at: None,
        watch_at,
        held: None,
    })
}

/// Builds the core from the rows. What is damaged is told.
fn load(
    storage: &mut dyn Storage,
    limits: CoreLimits,
    now: Timestamp,
    tell: &mut dyn FnMut(Event),
) -> Result<(Core, Effects), StorageError> {
    let mut loader = Loader::new(limits, now);
    storage.load(&mut |loaded| match loaded {
        Loaded::Queue(row) => loader.queue(*row),
        Loaded::Messages(rows) => loader.messages(&rows),
        Loaded::Taken(sequence) => loader.taken(sequence),
        Loaded::Damaged(row) => {
            let (message, reason) = (row.message, row.reason);
            tell(Event::Damaged { queue: row.queue.into(), message, reason });
        }
    })?;
    Ok(loader.finish())
}
