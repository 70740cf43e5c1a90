//! Numbers for messages, the same in every run although their ids differ.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::base::MessageId;

/// Most messages remembered. Those forgotten first are numbered anew when they come again.
const REMEMBERED_MAX: usize = 65_536;

/// Numbers the messages of each queue, from 1, in the order in which they are first seen.
#[derive(Default)]
pub(super) struct MessageNumbers {
    last: HashMap<Arc<str>, u64>,
    numbers: HashMap<(Arc<str>, MessageId), u64>,
    order: VecDeque<(Arc<str>, MessageId)>,
}

impl MessageNumbers {
    /// The number of this message.
    pub fn of(&mut self, queue: &Arc<str>, id: MessageId) -> u64 {
        let key = (queue.clone(), id);
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        if self.order.len() >= REMEMBERED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.numbers.remove(&oldest);
        }
        let last = self.last.entry(queue.clone()).or_default();
        *last += 1;
        self.numbers.insert(key.clone(), *last);
        self.order.push_back(key);
        *last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_keeps_its_number_and_each_queue_counts_for_itself() {
        let mut numbers = MessageNumbers::default();
        let (orders, mail): (Arc<str>, Arc<str>) = ("orders".into(), "mail".into());
        let id = |byte| MessageId::from_bytes([byte; 16]);
        assert_eq!(numbers.of(&orders, id(9)), 1);
        assert_eq!(numbers.of(&orders, id(3)), 2);
        assert_eq!(numbers.of(&mail, id(9)), 1);
        assert_eq!(numbers.of(&orders, id(9)), 1);
    }

    #[test]
    fn memory_is_bounded() {
        let mut numbers = MessageNumbers::default();
        let queue: Arc<str> = "orders".into();
        for index in 0..REMEMBERED_MAX as u128 + 10 {
            numbers.of(&queue, MessageId::from_bytes(index.to_be_bytes()));
        }
        assert_eq!((numbers.numbers.len(), numbers.order.len()), (REMEMBERED_MAX, REMEMBERED_MAX));
    }
}
