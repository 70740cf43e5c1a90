//! Processes and their workers come and go, and delivering is stopped and taken up again.

use crate::broker::core::{Core, ProcessNumber, QueueNumber};

impl Core {
    pub(in crate::broker::core) fn join(&mut self, process: ProcessNumber, label: String) {
        self.processes.entry(process).or_default().label = label;
    }

    pub(in crate::broker::core) fn leave(&mut self, process: ProcessNumber) {
        self.processes.remove(&process);
        let connected = self.workers.iter().filter(|(_, processes)| processes.contains(&process));
        for worker in connected.map(|(worker, _)| worker.clone()).collect::<Vec<String>>() {
            self.disconnect_worker(process, &worker);
        }
        for number in self.declared_by(process) {
            if let Some(queue) = self.queues.get_mut(&number) {
                queue.declared_by = None;
            }
            self.touch(number);
        }
    }

    pub(in crate::broker::core) fn connect_worker(&mut self, process: ProcessNumber, worker: String) {
        self.touch_consumed_by(&worker);
        self.workers.entry(worker).or_default().insert(process);
    }

    pub(in crate::broker::core) fn disconnect_worker(&mut self, process: ProcessNumber, worker: &str) {
        self.touch_consumed_by(worker);
        if let Some(processes) = self.workers.get_mut(worker) {
            processes.remove(&process);
        }
        self.workers.retain(|_, processes| !processes.is_empty());
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
