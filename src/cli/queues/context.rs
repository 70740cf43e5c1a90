//! What every command works with: the queues of the project, opened.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::broker::{
    Broker, ChangeSource, Failure as BrokerFailure, ProducersByQueue, QueueRow, QueueSettings, StateOptions,
};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::config::spelling;
use crate::dev::{ClockChoice, Declarations, Place, SessionClock, SessionOptions, State};
use crate::http::api::{MetricsView, QueueView, SubscriptionFile, Subscriptions};

/// How long deliveries to workers of other sessions, while this command owns the queues, may take to end with it.
/// Longer ones go on under the next owner.
const GRACE: Duration = Duration::from_millis(250);

/// The queues of a project.
pub struct Context {
    /// The queues.
    pub broker: Broker,
    declarations: Declarations,
    /// Whether JSON is to be printed.
    pub json: bool,
    directory: PathBuf,
    has_state: bool,
    state: State,
}

impl Context {
    /// Opens the queues. Nothing is delivered to workers through them, since none are connected. Where there is no
    /// state yet, one is made only when `creates` says so of what the configuration declares.
    pub fn open(
        options: &SessionOptions,
        json: bool,
        creates: impl FnOnce(&Declarations) -> bool,
    ) -> Result<Self, Failure> {
        let place = Place::find(options).map_err(|diagnostics| {
            output::diagnostics(&diagnostics);
            Failure::Told
        })?;
        let clock = SessionClock::new(ClockChoice::System).clock;
        let options = StateOptions::new(&place.state_directory, clock, "qemu-dev queues");
        let has_state = State::exists(&place.state_directory);
        let state =
            if creates(&place.declarations) { State::open(options) } else { State::open_existing(options) };
        let state = state.map_err(Failure::mistake)?;
        Ok(Self {
            broker: state.broker.clone(),
            declarations: place.declarations,
            json,
            directory: place.state_directory,
            has_state,
            state,
        })
    }

    /// Closes them.
    pub async fn close(self) {
        self.state.broker.shutdown(GRACE).await;
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

    /// The same; one that the configuration names exists without being created.
    pub async fn queue_or_declared(&self, name: &str) -> Result<QueueRow, Failure> {
        if !self.declarations.declares(name) || self.broker.queue(name).await.is_ok() {
            return self.queue(name).await;
        }
        let created = self.broker.create_queue(name, QueueSettings::default(), ChangeSource::Config).await;
        match created {
            Ok(queue) => Ok(queue),
            // A session that starts may have been faster.
            Err(_) => self.queue(name).await,
        }
    }

    /// Why there are no queues at all.
    pub fn no_queues(&self) -> String {
        let directory = self.directory.display();
        let there = if self.has_state { "are no queues" } else { "is no state" };
        format!(
            "there {there} in {directory} yet: `qemu-dev dev` creates the queues of the configuration, \
             `qemu-dev queues create` any other"
        )
    }

    /// Removes what refers to a queue that is gone.
    pub fn forget(&self, queue: &QueueRow) -> Result<(), Failure> {
        let subscriptions = Subscriptions::open(Box::new(SubscriptionFile::new(&self.state.directory)));
        let subscriptions = subscriptions.map_err(Failure::mistake)?;
        subscriptions.forget_queue(&queue.id.to_string()).map_err(Failure::mistake)
    }

    async fn remedy_for_missing(&self, name: &str) -> Result<String, Failure> {
        let queues = self.broker.queues().await.map_err(Failure::mistake)?;
        let directory = self.directory.display();
        Ok(match spelling::nearest(name, queues.iter().map(|queue| &*queue.name)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None if queues.is_empty() => self.no_queues(),
            None => format!("`qemu-dev queues list` shows those in {directory}"),
        })
    }

    /// Which workers of this configuration, and of all sessions, send to which queues.
    pub async fn producers(&self) -> Result<ProducersByQueue, Failure> {
        let mut producers = self.broker.producers().await.map_err(Failure::mistake)?;
        producers.extend(self.declarations.producers());
        Ok(producers)
    }

    /// A queue as the REST API shows it, with its backlog beside.
    pub async fn view(&self, queue: &QueueRow) -> Result<Value, Failure> {
        let metrics = self.broker.metrics(&queue.id.to_string()).await.map_err(Failure::mistake)?;
        let mut view = json!(QueueView::new(queue, &self.producers().await?));
        view["metrics"] = json!(MetricsView::from(metrics));
        Ok(view)
    }

    /// Says that something was done to a queue: a sentence, or the queue as it is now.
    pub async fn done(&self, sentence: &str, queue: &QueueRow) -> Result<(), Failure> {
        if self.json { output::print_json(&self.view(queue).await?) } else { output::print_line(sentence) }
    }
}
