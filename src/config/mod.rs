//! Wrangler files: from text to a fully resolved worker, all problems at once.
//!
//! [`load`] is the entry: it reads one file and what lies beside it, and answers with a [`Resolved`] or with
//! diagnostics that point into the user's text. On the way: `read` (bytes to text), `document` (text to one
//! tree with spans, whichever the format), `check` (one rule per file), `resolve` (the rules in order),
//! `variables` (`.dev.vars`, `.env`, the command line). [`discover`] finds the file when none is named,
//! [`session_checks`] compares several workers. Nothing here prints, and nothing here knows the broker.
//!
//! Source of the rules: Cloudflare's documentation, "Configuration - Wrangler", "Environments" and
//! "Configure Queues".

mod check;
mod compatibility;
pub mod discover;
mod document;
mod dotenv;
mod expand;
mod load;
mod problems;
mod process_environment;
mod read;
mod resolve;
mod resolved;
pub mod session_checks;
pub mod spelling;
mod variables;

pub use compatibility::{CompatibilityDate, CompatibilityFlags, InvalidCompatibilityDate};
pub use load::{LoadRequest, Loaded, load};
pub use process_environment::ProcessEnvironment;
pub use resolved::{
    Build, Bundling, DevServer, InvocationLimits, MissingBinding, ModuleRule, ModuleRuleKind, QueueConsumer,
    QueueProducer, RequiredSecrets, Resolved, ServiceBinding, Variable, VariableOrigin,
};
