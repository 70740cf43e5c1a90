//! Several resolved configurations become one plan: everything a session needs, in the words of the
//! floors below. The only place where wrangler's words become the broker's and the runtime's.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::base::CronSchedule;
use crate::broker::{ConsumerDeclaration, ProducerDeclaration, Topology, WorkerConsumer};
use crate::config::{Build, QueueConsumer, Resolved, ServiceBinding};
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
    /// The queues it consumes.
    pub consumers: Vec<ConsumerPlan>,
    /// When its `scheduled()` is due.
    pub crons: Vec<CronSchedule>,
    /// The port it asks for.
    pub port: Option<u16>,
    /// Processor time of one invocation, in milliseconds.
    pub cpu_ms: u64,
    /// The command that makes its code, if there is one.
    pub custom_build: Option<CustomBuildPlan>,
}

impl WorkerPlan {
    /// Whether a worker that runs as `other` says runs as this one does: then it need not be replaced, whatever
    /// its consumers' settings are.
    pub fn runs_as(&self, other: &Self) -> bool {
        let Self {
            name,
            bundle,
            setup,
            producers,
            services,
            consumers: _,
            crons: _,
            port: _,
            cpu_ms,
            custom_build,
        } = self;
        *name == other.name
            && *bundle == other.bundle
            && *setup == other.setup
            && *producers == other.producers
            && *services == other.services
            && *cpu_ms == other.cpu_ms
            && *custom_build == other.custom_build
    }
}

/// A command that makes a worker's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomBuildPlan {
    /// The command, for the shell.
    pub command: String,
    /// The folder it runs in.
    pub directory: PathBuf,
    /// Folders and files whose changes run it again, as the system reports them: without links.
    pub watched: Vec<PathBuf>,
}

/// A queue that a worker consumes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerPlan {
    /// The queue.
    pub queue: String,
    /// How it is consumed.
    pub settings: WorkerConsumer,
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
    let (mut consumers, mut producers) = (Vec::new(), Vec::new());
    for worker in workers {
        producers.extend(worker.producers.iter().map(|producer| ProducerDeclaration {
            queue: producer.queue.clone(),
            worker: worker.name.clone(),
        }));
        queues.extend(worker.producers.iter().map(|producer| producer.queue.clone()));
        for consumer in &worker.consumers {
            queues.push(consumer.queue.clone());
            queues.extend(consumer.dead_letter_queue.clone());
            consumers.push(consumer_declaration(&worker.name, consumer));
        }
    }
    queues.sort();
    queues.dedup();
    let workers = workers.iter().map(|worker| worker.name.clone()).collect();
    Topology { workers, queues, consumers, producers }
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
        defines: worker.bundling.defines.clone(),
        aliases: worker.bundling.aliases.clone(),
        tsconfig: worker.bundling.tsconfig.clone(),
        jsx_factory: worker.bundling.jsx_factory.clone(),
        jsx_fragment: worker.bundling.jsx_fragment.clone(),
        ..BundleRequest::new(&worker.main, &worker.directory, worker.rules.clone())
    };
    let producers = worker.producers.iter().map(|producer| {
        let binding = ProducerBinding {
            queue: producer.queue.clone(),
            delivery_delay_seconds: producer.delivery_delay_seconds,
        };
        (producer.binding.clone(), binding)
    });
    let consumers = worker.consumers.iter().map(|consumer| {
        let ConsumerDeclaration { queue, consumer: settings } = consumer_declaration(&worker.name, consumer);
        ConsumerPlan { queue, settings }
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
        // What is no expression has been refused with the configuration.
        crons: worker.crons.iter().filter_map(|cron| cron.parse().ok()).collect(),
        port: worker.dev.port,
        cpu_ms: worker.limits.cpu_ms,
        custom_build: worker.build.as_ref().map(custom_build),
    }
}

fn custom_build(build: &Build) -> CustomBuildPlan {
    let real = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    CustomBuildPlan {
        command: build.command.clone(),
        directory: build.cwd.clone(),
        watched: build.watch_dirs.iter().map(real).collect(),
    }
}

/// The service bindings that lead to a worker of the session.
fn services<'a>(worker: &'a Resolved, session: &[Resolved]) -> impl Iterator<Item = &'a ServiceBinding> {
    worker.services.iter().filter(|service| service.is_in(session))
}

fn target(service: &ServiceBinding) -> ServiceTarget {
    ServiceTarget {
        service: service.service.clone(),
        entrypoint: service.entrypoint.clone(),
        props: service.props.as_ref().map(|props| props.to_string().into()),
    }
}

fn setup(worker: &Resolved, session: &[Resolved]) -> Setup {
    let absent = worker.services.iter().filter(|service| !service.is_in(session));
    let absent = absent.map(|service| SetupMissing {
        binding: service.binding.clone(),
        message: service.absent_message(),
        kind: format!("worker {}, not in this session", service.service),
    });
    let missing = worker.missing_bindings.iter().map(|missing| SetupMissing {
        binding: missing.binding.clone(),
        message: missing.message(),
        kind: format!("{}, not emulated", missing.kind),
    });
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
