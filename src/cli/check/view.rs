//! A check as JSON, with wrangler's names for settings.

use serde::Serialize;

use crate::broker::WorkerConsumer;
use crate::cli::diagnostic_view::DiagnosticView;
use crate::dev::{Check, CheckedPlan};
use crate::plan::{CustomBuildPlan, Plan, WorkerPlan};

/// What a check found.
#[derive(Debug, Serialize)]
pub struct CheckView {
    ok: bool,
    diagnostics: Vec<DiagnosticView>,
    workers: Vec<WorkerView>,
    queues: Vec<String>,
    state_directory: Option<String>,
    port: Option<u16>,
    ip: Option<String>,
}

#[derive(Debug, Serialize)]
struct WorkerView {
    name: String,
    main: String,
    code_bytes: Option<usize>,
    compatibility_date: String,
    compatibility_flags: Vec<String>,
    cpu_ms: u64,
    /// Names only: values may be secrets.
    vars: Vec<String>,
    crons: Vec<String>,
    port: Option<u16>,
    custom_build: Option<CustomBuildView>,
    queues: QueuesView,
    services: Vec<ServiceView>,
    not_emulated: Vec<String>,
}

#[derive(Debug, Serialize)]
struct CustomBuildView {
    command: String,
    directory: String,
    watched: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ServiceView {
    binding: String,
    service: String,
    entrypoint: Option<String>,
}

#[derive(Debug, Serialize)]
struct QueuesView {
    producers: Vec<ProducerView>,
    consumers: Vec<ConsumerView>,
}

#[derive(Debug, Serialize)]
struct ProducerView {
    binding: String,
    queue: String,
    delivery_delay: Option<u32>,
}

#[derive(Debug, Serialize)]
struct ConsumerView {
    queue: String,
    max_batch_size: u32,
    /// In seconds.
    max_batch_timeout: f64,
    max_retries: u32,
    /// Null is automatic.
    max_concurrency: Option<u32>,
    retry_delay: u32,
    dead_letter_queue: Option<String>,
}

impl CheckView {
    /// What is shown of a check.
    pub fn new(check: &Check) -> Self {
        let diagnostics = check.diagnostics.iter().map(DiagnosticView::new).collect();
        let plan = check.plan.as_ref();
        Self {
            ok: check.succeeded(),
            diagnostics,
            workers: plan.map(workers).unwrap_or_default(),
            queues: plan.map(|checked| checked.plan.topology.queues.clone()).unwrap_or_default(),
            state_directory: plan.map(|checked| checked.state_directory.display().to_string()),
            port: plan.and_then(|checked| checked.plan.port),
            ip: plan.and_then(|checked| checked.plan.ip.clone()),
        }
    }
}

fn workers(checked: &CheckedPlan) -> Vec<WorkerView> {
    let workers = checked.plan.workers.iter().zip(&checked.code_bytes);
    workers.map(|(worker, bytes)| WorkerView::new(&checked.plan, worker, *bytes)).collect()
}

impl WorkerView {
    fn new(plan: &Plan, worker: &WorkerPlan, code_bytes: Option<usize>) -> Self {
        let setup = &worker.setup;
        let consumers = plan.topology.consumers.iter().filter(|each| each.consumer.worker == worker.name);
        let producers = setup.producers.iter().map(|producer| ProducerView {
            binding: producer.binding.clone(),
            queue: producer.queue.clone(),
            delivery_delay: worker
                .producers
                .get(&producer.binding)
                .and_then(|binding| binding.delivery_delay_seconds),
        });
        Self {
            name: worker.name.clone(),
            main: worker.bundle.main.display().to_string(),
            code_bytes,
            compatibility_date: setup.compatibility_date.clone(),
            compatibility_flags: setup.compatibility_flags.clone(),
            cpu_ms: worker.cpu_ms,
            vars: setup.vars.keys().cloned().collect(),
            crons: worker.crons.iter().map(|cron| cron.expression().to_owned()).collect(),
            port: worker.port,
            custom_build: worker.custom_build.as_ref().map(CustomBuildView::new),
            queues: QueuesView {
                producers: producers.collect(),
                consumers: consumers.map(|each| ConsumerView::new(&each.queue, &each.consumer)).collect(),
            },
            services: services(worker),
            not_emulated: setup.missing.iter().map(|missing| missing.binding.clone()).collect(),
        }
    }
}

impl CustomBuildView {
    fn new(build: &CustomBuildPlan) -> Self {
        Self {
            command: build.command.clone(),
            directory: build.directory.display().to_string(),
            watched: build.watched.iter().map(|folder| folder.display().to_string()).collect(),
        }
    }
}

fn services(worker: &WorkerPlan) -> Vec<ServiceView> {
    let view = |binding: &String| {
        let target = worker.services.get(binding)?;
        let (service, entrypoint) = (target.service.clone(), target.entrypoint.clone());
        Some(ServiceView { binding: binding.clone(), service, entrypoint })
    };
    worker.setup.services.iter().filter_map(|service| view(&service.binding)).collect()
}

impl ConsumerView {
    fn new(queue: &str, consumer: &WorkerConsumer) -> Self {
        Self {
            queue: queue.to_owned(),
            max_batch_size: consumer.max_batch_size,
            max_batch_timeout: consumer.max_batch_timeout_ms as f64 / 1000.0,
            max_retries: consumer.max_retries,
            max_concurrency: consumer.max_concurrency,
            retry_delay: consumer.retry_delay_seconds,
            dead_letter_queue: consumer.dead_letter_queue.clone(),
        }
    }
}
