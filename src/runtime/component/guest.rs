//! A component as a running Worker.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{oneshot, watch};

use super::bindings::consumer::{self, Batch};
use super::bindings::scheduler;
use super::bindings::types::ContentType as GuestContentType;
use super::code::ComponentCode;
use super::incoming::{self, AnswerSender};
use super::instance::{Exports, Instance, InvocationLimits};
use super::pool::Pool;
use super::producer::metrics_for_guest;
use super::python::{self, PythonServices, PythonSources};
use super::state::{ComponentState, Services, variables_as_text};
use super::trap::Death;
use super::{body, outcome};
use crate::base::{Busy, ContentType, Timestamp};
use crate::broker::{DeliveredMessage, Delivery, HandlerResult, Outcome};
use crate::runtime::isolate::{
    Environment, FetchRequest, FetchResponse, Handlers, InvocationError, ProducerBinding,
};
use crate::runtime::log::LogSink;
use crate::runtime::running::{HandlerKind, RunningHandler};
use crate::runtime::setup::Setup;

/// What is said of a request that nobody answers.
const NO_ANSWER: &str = "The component's handler ended without an answer.";

/// What makes one component guest different from another.
pub struct ComponentSettings {
    /// The code.
    pub code: Arc<ComponentCode>,
    /// The Worker's variables.
    pub setup: Setup,
    /// Producer bindings by name.
    pub producers: HashMap<String, ProducerBinding>,
    /// Where its lines go.
    pub log: Arc<dyn LogSink>,
    /// What each invocation may use.
    pub limits: InvocationLimits,
    /// What the Python engine runs.
    pub sources: Option<Arc<PythonSources>>,
}

/// A running component. Invocations that run when it is dropped come to their end.
pub struct ComponentGuest {
    shared: Arc<Shared>,
}

struct Shared {
    environment: Environment,
    code: Arc<ComponentCode>,
    services: Services,
    limits: InvocationLimits,
    pool: Pool,
    running: watch::Sender<usize>,
    worker: Arc<str>,
    /// Whether every invocation is to end.
    ended: watch::Receiver<bool>,
}

impl ComponentGuest {
    /// Starts a guest with one instance, so that a component that cannot start says so now.
    ///
    /// # Errors
    ///
    /// When the component traps or passes a limit while it is instantiated.
    pub async fn start(
        environment: Environment,
        settings: ComponentSettings,
        ended: watch::Receiver<bool>,
    ) -> Result<(Self, Handlers), InvocationError> {
        let services = Services {
            producer: environment.producer.clone(),
            bindings: Arc::new(settings.producers),
            variables: Arc::new(variables_as_text(&settings.setup.vars)),
            log: settings.log,
            python: settings.sources.map(|sources| {
                Arc::new(PythonServices {
                    sources,
                    setup: settings.setup.to_json(),
                    outbound: environment.outbound.clone(),
                })
            }),
        };
        let worker = settings.setup.worker.as_str().into();
        let shared = Arc::new(Shared {
            environment,
            code: settings.code,
            services,
            limits: settings.limits,
            pool: Pool::default(),
            running: watch::Sender::new(0),
            worker,
            ended,
        });
        let (first, handlers) =
            shared.instantiate().await.map_err(|death| InvocationError::Died(death.text()))?;
        shared.pool.give_back(first);
        Ok((Self { shared }, handlers))
    }

    /// Answers a request by the component's `wasi:http/incoming-handler`.
    ///
    /// # Errors
    ///
    /// When it has none, answers with an error, traps, or ends without an answer.
    pub async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, InvocationError> {
        let (answer, answered) = oneshot::channel();
        let running = self.shared.clone();
        let ended =
            self.shared.spawn(HandlerKind::Fetch, async move { running.handle(request, answer).await });
        match answered.await {
            Ok(Ok(response)) => Ok(incoming::response_of(response)),
            Ok(Err(error)) => {
                let text = format!("The component answered with an error: {}", body::describe(&error));
                self.shared.services.log.exception(&text);
                Err(InvocationError::Died(text))
            }
            Err(_) => Err(InvocationError::Died(match ended.await {
                Ok(Some(Err(reason))) => reason,
                _ => {
                    self.shared.complain(NO_ANSWER);
                    String::from(NO_ANSWER)
                }
            })),
        }
    }

    /// Hands a batch to the component's `consumer`; the delivery is finished with its outcome.
    pub fn deliver(&self, delivery: Delivery) {
        let running = self.shared.clone();
        self.shared.spawn(HandlerKind::Queue, async move {
            let (batch, count) = (batch_for_component(&delivery), delivery.messages.len());
            let outcome = running.consume(batch, count).await;
            if let HandlerResult::Failed(reason) = &outcome.result {
                running.complain(reason);
            }
            let headline = |reason: String| reason.lines().next().unwrap_or_default().to_owned();
            let result = match outcome.result {
                HandlerResult::Failed(reason) => HandlerResult::Failed(headline(reason)),
                HandlerResult::Ok => HandlerResult::Ok,
            };
            delivery.finish(Outcome { result, ..outcome });
        });
    }

    /// Runs the component's `scheduler`.
    ///
    /// # Errors
    ///
    /// When it has none, fails or traps.
    pub async fn scheduled(&self, cron: String, time: Timestamp) -> Result<(), InvocationError> {
        let running = self.shared.clone();
        let schedule = async move { running.schedule(cron, time).await };
        let ended = self.shared.spawn(HandlerKind::Scheduled, schedule).await;
        let ended = ended.ok().flatten().unwrap_or_else(|| Err(String::from("The session ended.")));
        ended.map_err(|reason| {
            self.shared.complain(&reason);
            InvocationError::Died(reason)
        })
    }

    /// Lets go of the instances that have nothing to do, with what they remember.
    pub fn forget_instances(&self) {
        self.shared.pool.clear();
    }

    /// Waits until every invocation has ended.
    pub async fn settled(&self) {
        // The channel lives as long as `self`.
        let _ = self.shared.running.subscribe().wait_for(|running| *running == 0).await;
    }
}

impl Shared {
    /// Runs an invocation that does not end when nobody waits for it any longer; its result, or `None` when all
    /// were to end.
    fn spawn<T: Send + 'static>(
        self: &Arc<Self>,
        kind: HandlerKind,
        invocation: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<Option<T>> {
        let counted = Counted::new(self.clone(), kind);
        let mut ended = self.ended.clone();
        self.environment.tokio.spawn(async move {
            let result = tokio::select! {
                result = invocation => Some(result),
                Ok(_) = ended.wait_for(|ended| *ended) => None,
            };
            drop(counted);
            result
        })
    }

    async fn consume(&self, batch: Batch, count: usize) -> Outcome {
        let called = self.call(move |exports| {
            Box::pin(async move {
                let Some(indices) = &exports.indices.consumer else { return Ok(None) };
                let guest = indices.load(&mut *exports.store, &exports.linked)?;
                guest.call_queue(exports.store, &batch).await.map(Some)
            })
        });
        match called.await {
            Ok(Some(Ok(said))) => outcome::of(said, count),
            Ok(Some(Err(reason))) => Outcome::failed(outcome::told(reason, "queue")),
            Ok(None) => Outcome::failed(missing("QueueEvent", "qemu-dev:worker/consumer@0.1.0")),
            Err(death) => Outcome::failed(death.text()),
        }
    }

    async fn schedule(&self, cron: String, time: Timestamp) -> Result<(), String> {
        let event = scheduler::Event { cron, scheduled_time_ms: time.as_millis() };
        let called = self.call(move |exports| {
            Box::pin(async move {
                let Some(indices) = &exports.indices.scheduler else { return Ok(None) };
                let guest = indices.load(&mut *exports.store, &exports.linked)?;
                guest.call_scheduled(exports.store, &event).await.map(Some)
            })
        });
        match called.await {
            Ok(Some(result)) => result.map_err(|reason| outcome::told(reason, "scheduled")),
            Ok(None) => Err(missing("ScheduledEvent", "qemu-dev:worker/scheduler@0.1.0")),
            Err(death) => Err(death.text()),
        }
    }

    async fn handle(&self, request: FetchRequest, answer: AnswerSender) -> Result<(), String> {
        if self.code.exports().python.is_some() {
            return self.handle_in_python(request, answer).await;
        }
        if self.code.exports().incoming_handler.is_none() {
            let reason = missing("FetchEvent", "wasi:http/incoming-handler@0.2.0");
            self.complain(&reason);
            return Err(reason);
        }
        // Engines of other languages take one request in their life, as hosts of wasi:http usually give them.
        let called = self.call_once(move |exports| {
            Box::pin(async move {
                match &exports.indices.incoming_handler {
                    Some(handler) => incoming::handle(exports, handler, request, answer).await,
                    None => Ok(()),
                }
            })
        });
        called.await.map_err(|death| {
            self.complain(&death.text());
            death.headline
        })
    }

    async fn handle_in_python(&self, request: FetchRequest, answer: AnswerSender) -> Result<(), String> {
        let request = python::request_for_engine(request).await?;
        let called = self.call(move |exports| Box::pin(python::handle(exports, request, answer)));
        let unanswered = match called.await {
            Ok(errors) => {
                errors.after.iter().for_each(|error| self.complain(error));
                errors.instead.map(|text| Death::told(&text))
            }
            Err(death) => Some(death),
        };
        let Some(death) = unanswered else { return Ok(()) };
        self.complain(&death.text());
        Err(death.headline)
    }

    /// Runs one invocation in an instance that has nothing else to do.
    async fn call<T>(
        &self,
        invocation: impl for<'a> FnOnce(Exports<'a>) -> futures::future::BoxFuture<'a, wasmtime::Result<T>>,
    ) -> Result<T, Death> {
        let _place = self.pool.place().await;
        let mut instance = self.instance().await?;
        let value = instance.call(invocation).await?;
        self.pool.give_back(instance);
        Ok(value)
    }

    /// Runs one invocation in an instance that has run none, and runs no other.
    async fn call_once<T>(
        &self,
        invocation: impl for<'a> FnOnce(Exports<'a>) -> futures::future::BoxFuture<'a, wasmtime::Result<T>>,
    ) -> Result<T, Death> {
        let _place = self.pool.place().await;
        let mut instance = self.instantiate().await?.0;
        instance.call(invocation).await
    }

    async fn instance(&self) -> Result<Instance, Death> {
        match self.pool.take() {
            Some(instance) => Ok(instance),
            None => Ok(self.instantiate().await?.0),
        }
    }

    /// An instance that can take its first invocation, and which events it handles.
    async fn instantiate(&self) -> Result<(Instance, Handlers), Death> {
        let state = ComponentState::new(&self.environment, self.services.clone());
        let mut instance = Instance::new(self.code.clone(), state, self.limits).await?;
        let handlers = match &self.code.exports().python {
            Some(_) => python::start(&mut instance).await?,
            None => self.code.handlers(),
        };
        Ok((instance, handlers))
    }

    fn complain(&self, reason: &str) {
        self.services.log.exception(reason);
    }
}

/// Counts an invocation until it is dropped. All of it is work: a component's own timers go by real time.
struct Counted {
    shared: Arc<Shared>,
    _handler: RunningHandler,
    _busy: Busy,
}

impl Counted {
    fn new(shared: Arc<Shared>, kind: HandlerKind) -> Self {
        shared.running.send_modify(|running| *running += 1);
        let environment = &shared.environment;
        let handler = environment.handlers.begin(&shared.worker, kind);
        let busy = environment.work.begin_named(format!("component \"{}\"", shared.worker));
        Self { shared, _handler: handler, _busy: busy }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.shared.running.send_modify(|running| *running -= 1);
    }
}

fn missing(event: &str, interface: &str) -> String {
    format!("Received a {event} but we lack a handler for {event}s. Did you remember to export {interface}?")
}

fn batch_for_component(delivery: &Delivery) -> Batch {
    Batch {
        queue: delivery.queue.to_string(),
        messages: delivery.messages.iter().map(message_for_component).collect(),
        metrics: metrics_for_guest(&delivery.metrics),
    }
}

fn message_for_component(message: &DeliveredMessage) -> consumer::Message {
    consumer::Message {
        id: message.told_id(),
        timestamp_ms: message.timestamp.as_millis(),
        attempts: message.attempts,
        content_type: match message.content_type {
            ContentType::Text => GuestContentType::Text,
            ContentType::Bytes => GuestContentType::Bytes,
            ContentType::Json => GuestContentType::Json,
            ContentType::V8 => GuestContentType::V8,
        },
        body: message.body.to_vec(),
    }
}
