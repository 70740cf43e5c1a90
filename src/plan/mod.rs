//! Several resolved configurations become one plan: everything a session needs, in the words of the
//! floors below. The only place where wrangler's words become the broker's and the runtime's.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::broker::{ConsumerDeclaration, Topology, WorkerConsumer};
use crate::config::{QueueConsumer, Resolved, ServiceBinding};
use crate::runtime::isolate::ProducerBinding;
use crate::runtime::services::ServiceTarget;
use crate::runtime::setup::{Setup, SetupFlags, SetupMissing, SetupProducer, SetupService};
use crate::workers::BundleRequest;

/// Where state lives unless said otherwise, relative to the primary configuration's folder.
const STATE_DIRECTORY: &str = ".wrangler/state";

/// What a session runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Queues and consumers.
    pub topology: Topology,
    /// The workers; the first is the primary, which answers HTTP requests.
    pub workers: Vec<WorkerPlan>,
    /// The port the primary configuration asks for.
    pub port: Option<u16>,
    /// The host name or address the primary configuration asks for.
    pub ip: Option<String>,
    /// The primary configuration file.
    pub configuration: PathBuf,
    /// The default folder for state.
    pub state_directory: PathBuf,
}

/// What one worker is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerPlan {
    /// Its name.
    pub name: String,
    /// Its code.
    pub bundle: BundleRequest,
    /// Its `env`.
    pub setup: Setup,
    /// Its queue bindings by name.
    pub producers: HashMap<String, ProducerBinding>,
    /// Its service bindings to workers of the session, by name.
    pub services: HashMap<String, ServiceTarget>,
    /// The queues it consumes, for the banner: name and consumer.
    pub consumers: Vec<WorkerConsumerPlan>,
    /// Processor time of one invocation, in milliseconds.
    pub cpu_ms: u64,
}

/// A queue that a worker consumes, as the banner shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerConsumerPlan {
    /// The queue.
    pub queue: String,
    /// Its dead letter queue.
    pub dead_letter_queue: Option<String>,
}

impl Plan {
    /// The plan for these workers; the first is the primary. Their configurations have been checked
    /// against each other.
    pub fn new(workers: &[Resolved]) -> Self {
        let primary = workers.first();
        Self {
            topology: topology(workers),
            workers: workers.iter().map(|worker| worker_plan(worker, workers)).collect(),
            port: primary.and_then(|worker| worker.dev.port),
            ip: primary.and_then(|worker| worker.dev.ip.clone()),
            configuration: primary.map(|worker| worker.config_path.clone()).unwrap_or_default(),
            state_directory: primary.map(|worker| worker.directory.join(STATE_DIRECTORY)).unwrap_or_default(),
        }
    }
}

fn topology(workers: &[Resolved]) -> Topology {
    let mut queues = Vec::new();
    let mut consumers = Vec::new();
    for worker in workers {
        queues.extend(worker.producers.iter().map(|producer| producer.queue.clone()));
        for consumer in &worker.consumers {
            queues.push(consumer.queue.clone());
            queues.extend(consumer.dead_letter_queue.clone());
            consumers.push(consumer_declaration(&worker.name, consumer));
        }
    }
    queues.sort();
    queues.dedup();
    Topology { workers: workers.iter().map(|worker| worker.name.clone()).collect(), queues, consumers }
}

fn consumer_declaration(worker: &str, consumer: &QueueConsumer) -> ConsumerDeclaration {
    ConsumerDeclaration {
        queue: consumer.queue.clone(),
        consumer: WorkerConsumer {
            worker: worker.to_owned(),
            max_batch_size: consumer.max_batch_size,
            max_batch_timeout_ms: consumer.max_batch_timeout_ms,
            max_retries: consumer.max_retries,
            max_concurrency: consumer.max_concurrency,
            retry_delay_seconds: consumer.retry_delay_seconds,
            dead_letter_queue: consumer.dead_letter_queue.clone(),
        },
    }
}

fn worker_plan(worker: &Resolved, session: &[Resolved]) -> WorkerPlan {
    let bundle = BundleRequest {
        nodejs_compat: worker.compatibility.nodejs_compat,
        ..BundleRequest::new(&worker.main, &worker.directory, worker.rules.clone())
    };
    let producers = worker.producers.iter().map(|producer| {
        let binding = ProducerBinding {
            queue: producer.queue.clone(),
            delivery_delay_seconds: producer.delivery_delay_seconds,
        };
        (producer.binding.clone(), binding)
    });
    let consumers = worker.consumers.iter().map(|consumer| WorkerConsumerPlan {
        queue: consumer.queue.clone(),
        dead_letter_queue: consumer.dead_letter_queue.clone(),
    });
    WorkerPlan {
        name: worker.name.clone(),
        bundle,
        setup: setup(worker, session),
        producers: producers.collect(),
        services: services(worker, session)
            .map(|service| (service.binding.clone(), target(service)))
            .collect(),
        consumers: consumers.collect(),
        cpu_ms: worker.limits.cpu_ms,
    }
}

/// The service bindings that lead to a worker of the session.
fn services<'a>(worker: &'a Resolved, session: &[Resolved]) -> impl Iterator<Item = &'a ServiceBinding> {
    worker.services.iter().filter(|service| service.is_in(session))
}

fn target(service: &ServiceBinding) -> ServiceTarget {
    ServiceTarget { service: service.service.clone(), entrypoint: service.entrypoint.clone() }
}

fn setup(worker: &Resolved, session: &[Resolved]) -> Setup {
    let absent = worker.services.iter().filter(|service| !service.is_in(session));
    let absent = absent
        .map(|service| SetupMissing { binding: service.binding.clone(), message: service.absent_message() });
    let missing = worker
        .missing_bindings
        .iter()
        .map(|missing| SetupMissing { binding: missing.binding.clone(), message: missing.message() });
    Setup {
        worker: worker.name.clone(),
        vars: worker.vars.iter().map(|variable| (variable.name.clone(), variable.value.clone())).collect(),
        producers: worker
            .producers
            .iter()
            .map(|producer| SetupProducer {
                binding: producer.binding.clone(),
                queue: producer.queue.clone(),
            })
            .collect(),
        services: services(worker, session)
            .map(|service| SetupService { binding: service.binding.clone() })
            .collect(),
        missing: missing.chain(absent).collect(),
        flags: SetupFlags {
            json_messages: worker.compatibility.json_messages,
            expose_error_codes: worker.compatibility.expose_error_codes,
            wait_for_wait_until: !worker.compatibility.consumer_no_wait_for_wait_until,
        },
        compatibility_date: worker.compatibility_date.to_string(),
        compatibility_flags: worker.compatibility_flags.clone(),
    }
}
