//! Calls of other Workers, and answers to theirs.

use serde_json::value::RawValue;
use tokio::task::AbortHandle;

use super::Command;
use super::invocations::{Invocations, Waiting};
use super::operations::Operations;
use crate::runtime::outbound::OutboundRequest;
use crate::runtime::protocol::operations::{Call, Returned};
use crate::runtime::services::ServiceTarget;

impl Operations {
    /// Sends a request to the Worker behind a service binding.
    pub(super) fn fetch_service(
        &self,
        binding: &str,
        operation: u64,
        request: OutboundRequest,
        socket: Option<u64>,
    ) -> Result<AbortHandle, String> {
        let target = self.service(binding)?;
        let (services, commands) = (self.of.environment.services.clone(), self.of.commands.clone());
        let fetched = self.of.environment.work.track(async move {
            let result = services.fetch(&target, request).await;
            commands.send(Command::Fetched { operation, result, socket });
        });
        let task = self.of.environment.tokio.spawn(fetched);
        Ok(task.abort_handle())
    }

    /// Calls a method of the Worker behind a service binding.
    pub(super) fn call(&mut self, call: Call<'_>) -> Result<(), String> {
        let target = self.service(&call.binding)?;
        let (services, commands) = (self.of.environment.services.clone(), self.of.commands.clone());
        let (operation, method) = (call.operation, call.method);
        let arguments = Some(call.arguments).filter(|arguments| arguments.get() != "null");
        let arguments = arguments.map(RawValue::to_owned);
        let returned = self.of.environment.work.track(async move {
            let result = services.call(&target, method, arguments).await;
            commands.send(Command::Returned { operation, result });
        });
        let task = self.of.environment.tokio.spawn(returned);
        self.remember(operation, task.abort_handle());
        Ok(())
    }

    /// Hands the result of a method to the Worker that called it.
    pub(super) fn returned(&self, returned: &Returned<'_>, invocations: &mut Invocations) {
        if let Some(Waiting::Call(reply)) = invocations.take(returned.invocation) {
            // Whoever called may have gone.
            drop(reply.send(Ok(returned.value.to_owned())));
        }
    }

    fn service(&self, binding: &str) -> Result<ServiceTarget, String> {
        self.of.services.get(binding).cloned().ok_or_else(|| {
            format!("The Worker broke its isolate's runtime: no service binding is called {binding}")
        })
    }
}
