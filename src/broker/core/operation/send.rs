//! Accepting messages.

use crate::base::limits;
use crate::broker::core::queue::Queue;
use crate::broker::core::{
    Core, Effects, Event, IncomingMessage, MessageRow, Metrics, Record, SendCommand, SendRefusal, SentSpan,
    Sequence,
};

impl Core {
    pub(in crate::broker::core) fn send(
        &mut self,
        command: SendCommand,
        effects: &mut Effects,
    ) -> Result<(SentSpan, Metrics), SendRefusal> {
        let bytes = check_limits(&command)?;
        let (now, limits, first) = (self.now, self.limits, self.next_sequence);
        let (number, queue) = self.find_mut(&command.queue)?;
        if command.again && command.messages.iter().any(|message| queue.backlog.holds(message.id)) {
            let span = SentSpan { queue: queue.name().clone(), first, count: 0 };
            return Ok((span, queue.backlog.metrics()));
        }
        limits.check(queue, command.messages.len(), bytes, now.as_millis() / 1000)?;
        let queue_delay = queue.row.settings.delivery_delay_seconds;
        let delay = |message: &IncomingMessage| {
            let chosen = message.delay_seconds.or(command.batch_delay_seconds);
            let delay = chosen.or(command.binding_delay_seconds).unwrap_or(queue_delay);
            delay.saturating_add(message.held_back_seconds).min(limits::DELAY_SECONDS_MAX)
        };
        let count = u32::try_from(command.messages.len()).unwrap_or(u32::MAX);
        let mut ids = Vec::with_capacity(command.messages.len());
        for (sequence, mut message) in (first.0..).zip(command.messages) {
            let delay_seconds = delay(&message);
            message.payload.delay_seconds = (delay_seconds > 0).then_some(delay_seconds);
            let row = MessageRow {
                sequence: Sequence(sequence),
                queue: number,
                id: message.id,
                timestamp: now,
                retained_since: now,
                due: now.plus_seconds(u64::from(delay_seconds)),
                size: u32::try_from(message.payload.body.len()).unwrap_or(u32::MAX),
                failures: 0,
                content_type: message.content_type,
                lease: 0,
                leased: false,
            };
            queue.backlog.insert(&row, now);
            ids.push(message.id);
            effects.records.push(Record::Inserted(Box::new(row), message.payload));
        }
        let (name, metrics) = (queue.name().clone(), queue.backlog.metrics());
        self.next_sequence.0 += u64::from(count);
        effects.events.push(Event::Sent { queue: name.clone(), ids, bytes });
        self.touch(number);
        Ok((SentSpan { queue: name, first, count }, metrics))
    }
}

impl crate::broker::core::CoreLimits {
    fn check(&self, queue: &mut Queue, count: usize, bytes: u64, second: u64) -> Result<(), SendRefusal> {
        let name = || queue.row.name.to_string();
        if queue.backlog.bytes().saturating_add(bytes) > self.backlog_bytes_max {
            return Err(SendRefusal::StorageLimit { queue: name(), limit: self.backlog_bytes_max });
        }
        let Some(limit) = self.messages_per_second else { return Ok(()) };
        let taken = if queue.rate.0 == second { queue.rate.1 } else { 0 };
        let taken = taken.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        if taken > limit {
            return Err(SendRefusal::Overloaded { queue: name(), limit });
        }
        queue.rate = (second, taken);
        Ok(())
    }
}

/// Checks what does not depend on the queue and says how many bytes the bodies have together.
fn check_limits(command: &SendCommand) -> Result<u64, SendRefusal> {
    let count = command.messages.len();
    if count == 0 || count > limits::SEND_BATCH_COUNT_MAX {
        return Err(SendRefusal::BatchCount { count });
    }
    let sizes = || command.messages.iter().map(|message| message.payload.body.len());
    if let Some(bytes) = sizes().find(|bytes| *bytes > limits::MESSAGE_BYTES_MAX) {
        return Err(SendRefusal::MessageSize { bytes });
    }
    let bytes = sizes().sum();
    if bytes > limits::SEND_BATCH_BYTES_MAX {
        return Err(SendRefusal::BatchSize { bytes });
    }
    let too_long = |delay: &u32| *delay > limits::DELAY_SECONDS_MAX;
    let mut delays = command.messages.iter().filter_map(|message| message.delay_seconds);
    if let Some(seconds) = delays.find(too_long) {
        return Err(SendRefusal::MessageDelay { seconds });
    }
    let batch_delays = [command.batch_delay_seconds, command.binding_delay_seconds];
    if let Some(seconds) = batch_delays.into_iter().flatten().find(too_long) {
        return Err(SendRefusal::BatchDelay { seconds });
    }
    Ok(bytes as u64)
}
