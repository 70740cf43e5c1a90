//! What stands between workers and queues by request: faults, and a recording.

use std::sync::Arc;

use super::options::SessionOptions;
use super::reporter::Reporter;
use crate::base::{Clock, MessageId};
use crate::broker::{Consumer, Producer};
use crate::chaos::{Chaos, Crash, FaultObserver, InjectedFault};
use crate::control::journal::Journal;
use crate::recording::{RecordError, Recorder};
use crate::runtime::log::LogSink;
use crate::runtime::worker::Worker;

/// The layers of a session. The recording is nearest to the workers: it has what they saw and said.
#[derive(Clone, Default)]
pub struct Layers {
    chaos: Option<Arc<Chaos>>,
    recorder: Option<Recorder>,
}

impl Layers {
    /// The layers that `options` ask for. Faults are told to `reporter`; deliveries that only they made are in `journal`
    /// as well.
    ///
    /// # Errors
    ///
    /// When the recording cannot be written.
    pub fn open(
        options: &SessionOptions,
        clock: Arc<dyn Clock>,
        reporter: &Arc<dyn Reporter>,
        journal: &Arc<Journal>,
    ) -> Result<Self, RecordError> {
        let spec = options.chaos.as_ref().map(crate::chaos::Dice::spec);
        let record = |path| {
            let told = reporter.clone();
            Recorder::create(path, clock, spec.as_ref(), move |error| told.recording_failed(error))
        };
        let recorder = options.record.as_deref().map(record).transpose()?;
        let (reporter, journal) = (reporter.clone(), journal.clone());
        let observer = Arc::new(Told { reporter, journal, recorder: recorder.clone() });
        let chaos = options.chaos.clone().map(|dice| Chaos::new(dice, observer));
        Ok(Self { chaos, recorder })
    }

    /// The queues as workers see them.
    pub fn producer(&self, queues: Arc<dyn Producer>) -> Arc<dyn Producer> {
        let queues = match &self.chaos {
            Some(chaos) => chaos.producer(queues),
            None => queues,
        };
        self.recorded(queues)
    }

    /// The queues, with what is sent to them recorded, as clients of the REST API see them.
    pub fn recorded(&self, queues: Arc<dyn Producer>) -> Arc<dyn Producer> {
        match &self.recorder {
            Some(recorder) => recorder.producer(queues),
            None => queues,
        }
    }

    /// A worker as the queues see it.
    pub fn consumer(&self, worker: &Worker) -> Arc<dyn Consumer> {
        let consumer: Arc<dyn Consumer> = Arc::new(worker.clone());
        let consumer = match &self.recorder {
            Some(recorder) => recorder.consumer(consumer),
            None => consumer,
        };
        match &self.chaos {
            Some(chaos) => chaos.consumer(consumer, Arc::new(worker.clone())),
            None => consumer,
        }
    }

    /// The log of a worker.
    pub fn log(&self, worker: &str, log: Arc<dyn LogSink>) -> Arc<dyn LogSink> {
        match &self.recorder {
            Some(recorder) => recorder.log(worker, log),
            None => log,
        }
    }

    /// What records events, if anything does.
    pub fn recorder(&self) -> Option<&Recorder> {
        self.recorder.as_ref()
    }

    /// Everything has ended: completes the recording.
    pub fn finish(&self) {
        if let Some(recorder) = &self.recorder {
            recorder.finish();
        }
    }
}

impl Crash for Worker {
    fn crash(&self) {
        self.kill_isolate();
    }
}

/// Those who are told of faults.
struct Told {
    reporter: Arc<dyn Reporter>,
    journal: Arc<Journal>,
    recorder: Option<Recorder>,
}

impl FaultObserver for Told {
    fn fault(&self, fault: &InjectedFault) {
        self.reporter.fault(fault);
        if let Some(recorder) = &self.recorder {
            recorder.fault(fault);
        }
    }

    fn delivered_again(&self, queue: &Arc<str>, worker: &Arc<str>, messages: &[(MessageId, u32)]) {
        self.reporter.delivered_again(queue, worker, messages);
        self.journal.delivered(queue, worker, messages);
    }
}
