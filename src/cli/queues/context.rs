//! What every command works with: the queues of the project, opened.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::broker::{Broker, Failure as BrokerFailure, QueueRow, StateOptions};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::config::spelling;
use crate::dev::{ClockChoice, Place, Producers, SessionClock, SessionOptions, State};
use crate::http::api::{MetricsView, QueueView};

/// The queues of a project.
pub struct Context {
    /// The queues.
    pub broker: Broker,
    /// Which workers of the configuration send to which queue.
    pub producers: Producers,
    /// Whether JSON is to be printed.
    pub json: bool,
    directory: PathBuf,
    state: State,
}

impl Context {
    /// Opens the queues. Nothing is delivered to workers through them, since none are connected.
    pub fn open(options: &SessionOptions, json: bool) -> Result<Self, Failure> {
        let place = Place::find(options).map_err(|diagnostics| {
            output::diagnostics(&diagnostics);
            Failure::Told
        })?;
        let clock = SessionClock::new(ClockChoice::System).clock;
        let state = State::open(StateOptions::new(&place.state_directory, clock, "qemu-dev queues"));
        let state = state.map_err(Failure::mistake)?;
        Ok(Self {
            broker: state.broker.clone(),
            producers: place.producers,
            json,
            directory: place.state_directory,
            state,
        })
    }

    /// Closes them.
    pub async fn close(self) {
        self.state.broker.shutdown(Duration::ZERO).await;
    }

    /// The queue of this name, or the id of one.
    pub async fn queue(&self, name: &str) -> Result<QueueRow, Failure> {
        match self.broker.queue(name).await {
            Ok(queue) => Ok(queue),
            Err(BrokerFailure::Refused(refusal)) => {
                let remedy = self.remedy_for_missing(name).await?;
                Err(Failure::Mistake(format!("{refusal}; {remedy}")))
            }
            Err(failure) => Err(Failure::mistake(failure)),
        }
    }

    async fn remedy_for_missing(&self, name: &str) -> Result<String, Failure> {
        let queues = self.broker.queues().await.map_err(Failure::mistake)?;
        let directory = self.directory.display();
        Ok(match spelling::nearest(name, queues.iter().map(|queue| &*queue.name)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None if queues.is_empty() => format!(
                "there are no queues in {directory} yet: `qemu-dev dev` creates those of the \
                 configuration, `qemu-dev queues create` any other"
            ),
            None => format!("`qemu-dev queues list` shows those in {directory}"),
        })
    }

    /// A queue as the REST API shows it, with its backlog beside.
    pub async fn view(&self, queue: &QueueRow) -> Result<Value, Failure> {
        let metrics = self.broker.metrics(&queue.id.to_string()).await.map_err(Failure::mistake)?;
        let mut view = json!(QueueView::new(queue, &self.producers));
        view["metrics"] = json!(MetricsView::from(metrics));
        Ok(view)
    }

    /// Says that something was done to a queue: a sentence, or the queue as it is now.
    pub async fn done(&self, sentence: &str, queue: &QueueRow) -> Result<(), Failure> {
        if self.json { output::print_json(&self.view(queue).await?) } else { output::print_line(sentence) }
    }
}
