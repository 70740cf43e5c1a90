//! Workers come and go, and delivering is stopped and taken up again.

use crate::broker::core::{Core, QueueNumber};

impl Core {
    pub(in crate::broker::core) fn connect_worker(&mut self, worker: String) {
        self.touch_consumed_by(&worker);
        self.workers.insert(worker);
    }

    pub(in crate::broker::core) fn disconnect_worker(&mut self, worker: &str) {
        self.touch_consumed_by(worker);
        self.workers.remove(worker);
    }

    pub(in crate::broker::core) fn set_delivering(&mut self, delivering: bool) {
        self.delivering = delivering;
        self.touched.extend(self.queues.keys());
    }

    fn touch_consumed_by(&mut self, worker: &str) {
        let consumed = self.queues.iter().filter(|(_, queue)| queue.worker.as_deref() == Some(worker));
        let consumed: Vec<QueueNumber> = consumed.map(|(number, _)| *number).collect();
        self.touched.extend(consumed);
    }
}
