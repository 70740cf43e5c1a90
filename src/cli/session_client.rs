//! Asking a running session over HTTP.

use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::exit::Failure;

/// The longest a session may take to answer; it bounds its own waiting below that.
const TIMEOUT: Duration = Duration::from_secs(660);
/// The longest it may take to be reached.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the session is.
#[derive(Clone, Debug, Args)]
pub struct SessionArguments {
    /// The URL of the running session
    #[arg(long, value_name = "URL", env = "QEMU_DEV_URL", default_value = "http://localhost:8787")]
    url: String,
    /// The token that the session was started with
    #[arg(long, value_name = "TOKEN", env = "QEMU_DEV_API_TOKEN", hide_env_values = true)]
    api_token: Option<String>,
}

/// A session's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
}

impl SessionArguments {
    /// Asks with GET, or with POST where there is a body.
    ///
    /// # Errors
    ///
    /// When nothing answers there, or something that is no session of this program.
    pub async fn ask(&self, path: &str, body: Option<&Value>) -> Result<Answer, Failure> {
        // A provider that is installed already is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(TIMEOUT).connect_timeout(CONNECT_TIMEOUT).no_proxy();
        let client = client.build().map_err(Failure::mistake)?;
        let url = format!("{}{path}", self.url.trim_end_matches('/'));
        let request = match body {
            None => client.get(&url),
            Some(body) => client.post(&url).body(body.to_string()),
        };
        let request = match &self.api_token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let unreachable = |error: reqwest::Error| {
            let reason = error.without_url();
            Failure::Mistake(format!(
                "no session answers at {}: {reason}; start one with `qemu-dev dev`, or name it with --url",
                self.url
            ))
        };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        let text = response.text().await.map_err(unreachable)?;
        let body = serde_json::from_str(&text).map_err(|_| {
            Failure::Mistake(format!("what answers at {} is no session of qemu-dev", self.url))
        })?;
        Ok(Answer { status, body })
    }
}

impl Answer {
    /// The body of an answer that says it was done.
    ///
    /// # Errors
    ///
    /// When it was not done, with the session's reason.
    pub fn done(self) -> Result<Value, Failure> {
        match self.body["errors"][0]["message"].as_str() {
            Some(message) if self.status >= 400 => Err(Failure::Mistake(message.to_owned())),
            _ => Ok(self.body),
        }
    }
}
