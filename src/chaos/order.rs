//! Another order of the messages of a delivery, and back.

use crate::broker::{DeliveredMessage, Outcome};

/// The places that the messages of a delivery had before it was shuffled.
pub(super) struct Order(Vec<u32>);

impl Order {
    /// The order of a delivery of `count` messages as it is.
    pub fn same(count: usize) -> Self {
        Self((0..).take(count).collect())
    }

    /// Shuffles by Fisher and Yates; `place(count)` chooses one of the first `count` places.
    pub fn shuffle(messages: &mut [DeliveredMessage], place: impl Fn(usize) -> usize) -> Self {
        let Self(mut former) = Self::same(messages.len());
        for count in (2..=messages.len()).rev() {
            let chosen = place(count).min(count - 1);
            messages.swap(count - 1, chosen);
            former.swap(count - 1, chosen);
        }
        Self(former)
    }

    /// Whether nothing has moved.
    pub fn is_same(&self) -> bool {
        self.0.iter().enumerate().all(|(place, former)| place == *former as usize)
    }

    /// The outcome for the messages in their former order.
    pub fn restore(&self, mut outcome: Outcome) -> Outcome {
        for (index, _) in &mut outcome.messages {
            // An index beyond the delivery means no message, before and after.
            *index = self.0.get(*index as usize).copied().unwrap_or(u32::MAX);
        }
        outcome
    }
}
