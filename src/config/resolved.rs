//! What a wrangler file means once every default is filled in: plain data the rest may rely on.

use std::path::PathBuf;

use serde_json::Value;

use super::compatibility::{CompatibilityDate, CompatibilityFlags};
use crate::base::{Diagnostic, Source, Span};

/// One worker's configuration, fully resolved for the chosen environment.
///
/// Spans are byte ranges of [`Resolved::source`]; they let checks over several files point at the user's
/// text.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The configuration file and its text.
    pub source: Source,
    /// The configuration file, as an absolute path.
    pub config_path: PathBuf,
    /// The folder of the configuration file, absolute; paths in the file are relative to it.
    pub directory: PathBuf,
    /// The worker's name; with an environment, `<name>-<environment>` unless the environment names it.
    /// Without a `name`, it is taken from the folder's name.
    pub name: String,
    /// Where the name is written, if it is.
    pub name_span: Option<Span>,
    /// The environment that was chosen, if one was.
    pub environment: Option<String>,
    /// The entry point, as an absolute path. It exists, unless [`Build`] is to make it.
    pub main: PathBuf,
    /// Where a `tsconfig` is named.
    pub tsconfig_span: Option<Span>,
    /// Where the entry point is written; `None` when it came with the request.
    pub main_span: Option<Span>,
    /// The compatibility date; the newest known one where the file has none.
    pub compatibility_date: CompatibilityDate,
    /// The compatibility flags, in the file's order.
    pub compatibility_flags: Vec<String>,
    /// What the date and the flags mean for this program.
    pub compatibility: CompatibilityFlags,
    /// Variables in the order they were first defined, the strongest definition of each.
    pub vars: Vec<Variable>,
    /// The secrets that production has, where the file names them.
    pub secrets: Option<RequiredSecrets>,
    /// Queues this worker sends to, in the file's order.
    pub producers: Vec<QueueProducer>,
    /// Queues this worker consumes, in the file's order.
    pub consumers: Vec<QueueConsumer>,
    /// Settings of the development server.
    pub dev: DevServer,
    /// The custom build, if there is a command.
    pub build: Option<Build>,
    /// What the bundler is told beside `rules`.
    pub bundling: Bundling,
    /// How imported files become modules; the first rule whose globs match decides. The defaults are
    /// included.
    pub rules: Vec<ModuleRule>,
    /// Limits of one invocation.
    pub limits: InvocationLimits,
    /// Cron expressions that trigger `scheduled()`, as written.
    pub crons: Vec<String>,
    /// Bindings to other workers.
    pub services: Vec<ServiceBinding>,
    /// Bindings of production that are not emulated.
    pub missing_bindings: Vec<MissingBinding>,
}

/// One variable of `env`.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its name on `env`.
    pub name: String,
    /// Its value; anything but a string comes from the configuration file's `vars`.
    pub value: Value,
    /// Where its strongest definition comes from.
    pub origin: VariableOrigin,
}

/// Where a variable comes from, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VariableOrigin {
    /// `vars` in the configuration file.
    Config,
    /// `.dev.vars` or `.dev.vars.<environment>`: a secret, not to be printed.
    DevVars,
    /// `.env` or one of its variants: a secret, not to be printed.
    DotEnv,
    /// A file given with `--env-file`: a secret, not to be printed.
    EnvFile,
    /// The environment of this process: a secret, not to be printed.
    ProcessEnvironment,
    /// `--var` on the command line.
    CommandLine,
}

/// One entry of `queues.producers`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueProducer {
    /// The binding's name on `env`.
    pub binding: String,
    /// The queue; the binding's name where the file has none.
    pub queue: String,
    /// The delay of messages sent through this binding, in seconds, 0 to 86,400; `None` leaves it to the
    /// queue.
    pub delivery_delay_seconds: Option<u32>,
    /// The whole entry in the file.
    pub span: Span,
    /// Where the binding is named.
    pub binding_span: Span,
    /// Where the queue is named: `queue`, else `binding`.
    pub queue_span: Span,
}

/// One entry of `queues.consumers`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueConsumer {
    /// The queue.
    pub queue: String,
    /// Most messages in one delivery, 1 to 100.
    pub max_batch_size: u32,
    /// How long a delivery waits to fill, in milliseconds, 0 to 60,000.
    pub max_batch_timeout_ms: u64,
    /// Retries after the first attempt, 0 to 100.
    pub max_retries: u32,
    /// Most deliveries at a time, 1 to 250; `None` lets the broker decide.
    pub max_concurrency: Option<u32>,
    /// The delay of retries that ask for none themselves, in seconds, 0 to 86,400.
    pub retry_delay_seconds: u32,
    /// Where messages go that have used up their retries; `None` deletes them.
    pub dead_letter_queue: Option<String>,
    /// How long a delivered message stays leased, in milliseconds, where the file says so.
    pub visibility_timeout_ms: Option<u64>,
    /// The whole entry in the file.
    pub span: Span,
    /// Where the queue is named.
    pub queue_span: Span,
    /// Where the dead letter queue is named, if it is.
    pub dead_letter_queue_span: Option<Span>,
}

/// The `dev` section: weaker than the command line, stronger than the defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DevServer {
    /// The port to listen on; 0 picks a free one.
    pub port: Option<u16>,
    /// The host name or address to listen on.
    pub ip: Option<String>,
}

/// The custom build that runs before the first bundle and when a watched folder changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// The command, for the shell.
    pub command: String,
    /// The folder it runs in, absolute; the configuration file's folder by default.
    pub cwd: PathBuf,
    /// The folders whose changes run it again, absolute; `./src` by default.
    pub watch_dirs: Vec<PathBuf>,
}

/// What the bundler is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundling {
    /// `define`: an identifier or a chain of properties, and the JavaScript expression that takes its place.
    pub defines: Vec<(String, String)>,
    /// `alias`: an import specifier and the module that takes its place.
    pub aliases: Vec<(String, String)>,
    /// The TypeScript configuration, as an absolute path.
    pub tsconfig: Option<PathBuf>,
    /// The function that JSX becomes calls of.
    pub jsx_factory: Option<String>,
    /// What a JSX fragment becomes.
    pub jsx_fragment: Option<String>,
}

/// The `secrets` section: variables that production has as secrets. Where it is there, no others are taken from
/// files or from the environment of this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequiredSecrets {
    /// Their names.
    pub names: Vec<String>,
    /// Where the section begins.
    pub span: Span,
}

/// One rule for imported files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleRule {
    /// What a matching file becomes.
    pub kind: ModuleRuleKind,
    /// Globs over the import's path.
    pub globs: Vec<String>,
    /// Whether later rules of the same kind, the defaults included, still apply.
    pub fallthrough: bool,
}

/// What an imported file becomes.
///
/// Source: Cloudflare's documentation, "Bundling", "Including non-JavaScript modules".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleRuleKind {
    /// An ES module.
    EsModule,
    /// A CommonJS module.
    CommonJs,
    /// A compiled `WebAssembly.Module`.
    CompiledWasm,
    /// A string.
    Text,
    /// An `ArrayBuffer`.
    Data,
    /// A Python module.
    PythonModule,
    /// A requirement of a Python worker.
    PythonRequirement,
}

/// Limits of one invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvocationLimits {
    /// Processor time, in milliseconds, 1 to 300,000; 30,000 by default.
    pub cpu_ms: u64,
}

/// One entry of `services`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceBinding {
    /// The binding's name on `env`.
    pub binding: String,
    /// The name of the worker it reaches.
    pub service: String,
    /// The named entry point of that worker, if not the default export.
    pub entrypoint: Option<String>,
    /// What the entry point finds as `ctx.props`: a JSON object.
    pub props: Option<Value>,
    /// Where the binding is named.
    pub binding_span: Span,
    /// Where the other worker is named.
    pub service_span: Span,
}

impl ServiceBinding {
    /// Whether the worker it reaches is one of these.
    pub fn is_in(&self, session: &[Resolved]) -> bool {
        session.iter().any(|worker| worker.name == self.service)
    }

    /// The sentence given at start and thrown when the binding is used, where the worker is not there.
    pub fn absent_message(&self) -> String {
        let Self { binding, service, .. } = self;
        format!("The worker \"{service}\" is not part of this session: env.{binding} throws when used")
    }
}

/// A binding of production that is not emulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingBinding {
    /// The binding's name on `env`.
    pub binding: String,
    /// What it would be, as in "KV" or "Durable Object".
    pub kind: &'static str,
    /// Where the binding is named.
    pub span: Span,
}

impl MissingBinding {
    /// The sentence listed at start and thrown when the binding is touched.
    pub fn message(&self) -> String {
        let Self { binding, kind, .. } = self;
        format!("{kind} binding {binding} is not emulated: env.{binding} throws when used")
    }

    /// The same as a warning that points at the binding in `source`.
    pub fn to_diagnostic(&self, source: &Source) -> Diagnostic {
        Diagnostic::warning(self.message()).at(source, self.span.clone())
    }
}
