//! The HTTP server: the primary Worker's requests, and what Cloudflare reserves under `/cdn-cgi/`.
//!
//! HTTP/1.1 and cleartext HTTP/2 on one port. HTTP types stop at this module.

mod administration;
pub mod api;
pub mod control;
mod dev_server;
mod error_page;
mod events;
mod exchange;
mod server;
mod upgrade;

pub use administration::Administration;
pub use dev_server::{Answering, DevServer, DevServerOptions, RequestLog, RequestRecord};
pub use events::EventStream;
pub use server::{BindError, Listener, Server};
pub use upgrade::Upgrades;
