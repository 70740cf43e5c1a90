//! Runs a worker's custom build: one command of the shell, its output shown as it comes.
//!
//! Source: Cloudflare's documentation, "Custom builds".

use std::process::Stdio;
use std::time::Duration;

use futures::FutureExt;
use futures::future::FusedFuture;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};

use crate::plan::CustomBuildPlan;

/// How long output is waited for that a command's own children may still hold open after its end.
const LAST_OUTPUT: Duration = Duration::from_millis(200);

/// The command of wrangler that a custom build is told it runs for (`WRANGLER_COMMAND`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WranglerCommand {
    /// A session.
    Dev,
    /// Code that is checked or built to run elsewhere.
    Deploy,
}

impl WranglerCommand {
    const fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Deploy => "deploy",
        }
    }
}

/// Runs the build of `worker` to its end; each line of its output is given to `tell`. When the future is dropped,
/// the command and everything it started are killed.
///
/// # Errors
///
/// When the command cannot be run or fails; the text names the command and its exit status.
pub async fn run(
    worker: &str,
    build: &CustomBuildPlan,
    wrangler_command: WranglerCommand,
    tell: &(dyn Fn(&str) + Send + Sync),
) -> Result<(), String> {
    let command = &build.command;
    tell(&format!("Running: {command}"));
    let failed = |reason: String| format!("The custom build of worker \"{worker}\" {reason}: {command}");
    let mut child = shell(build, wrangler_command)
        .spawn()
        .map_err(|error| failed(format!("could not be run in {} ({error})", build.directory.display())))?;
    let _group = ProcessGroup::of(&child);
    let output = futures::future::join(relay(child.stdout.take(), tell), relay(child.stderr.take(), tell));
    let mut output = Box::pin(output.fuse());
    let mut ended = Box::pin(child.wait());
    let status = loop {
        tokio::select! {
            status = &mut ended => break status,
            _ = &mut output => {}
        }
    };
    if !output.is_terminated() {
        let _ = tokio::time::timeout(LAST_OUTPUT, output).await;
    }
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(format!("failed ({status})"))),
        Err(error) => Err(failed(format!("was lost ({error})"))),
    }
}

fn shell(build: &CustomBuildPlan, wrangler_command: WranglerCommand) -> Command {
    let (program, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut command = Command::new(program);
    command.arg(flag).arg(&build.command).current_dir(&build.directory);
    command.env("WRANGLER_COMMAND", wrangler_command.name());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    command
}

async fn relay(source: Option<impl AsyncRead + Unpin>, tell: &(dyn Fn(&str) + Send + Sync)) {
    let Some(source) = source else { return };
    let mut source = BufReader::new(source);
    let mut line = Vec::new();
    while source.read_until(b'\n', &mut line).await.is_ok_and(|length| length > 0) {
        tell(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
}

/// The command with everything it started; killed when this is dropped.
struct ProcessGroup {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

impl ProcessGroup {
    #[cfg(unix)]
    fn of(child: &Child) -> Self {
        let leader =
            child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        Self { leader }
    }

    #[cfg(not(unix))]
    fn of(_child: &Child) -> Self {
        Self {}
    }
}

#[cfg(unix)]
impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            // An error means that nobody is left.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}
