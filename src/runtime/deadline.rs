//! When a call into an isolate's engine has to end.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::processor_clock;

/// Why an isolate is to end at once, if it is.
pub type Ending = Arc<OnceLock<&'static str>>;

/// The end of the time that the present call has. It belongs to one thread.
#[derive(Clone, Debug)]
pub struct Deadline {
    /// In this thread's processor time.
    at: Duration,
    ending: Ending,
}

impl Deadline {
    /// A deadline that is over, and over in any case when there is a reason for the `ending`.
    pub fn new(ending: Ending) -> Self {
        Self { at: Duration::ZERO, ending }
    }

    /// A call begins that has so much of this thread's processor time.
    pub fn begin(&mut self, left: Duration) {
        self.at = processor_clock::of_this_thread() + left;
    }

    /// Whether the call has to end.
    pub fn is_over(&self) -> bool {
        processor_clock::of_this_thread() > self.at || self.ending.get().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_over_when_the_time_is_used_or_there_is_a_reason_to_end() {
        let ending = Ending::default();
        let mut deadline = Deadline::new(ending.clone());
        deadline.begin(Duration::from_secs(3600));
        assert!(!deadline.is_over());
        ending.set("The session ends.").expect("the first reason");
        assert!(deadline.is_over());

        let mut deadline = Deadline::new(Ending::default());
        deadline.begin(Duration::from_millis(2));
        while !deadline.is_over() {}
    }
}
