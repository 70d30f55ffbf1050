//! One process of a function.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::oneshot;
use tokio::time::sleep;
use uuid::Uuid;

use crate::error::InvocationError;
use crate::memory;
use crate::runtime_api::{InvocationEvent, RuntimeApi};
use crate::spec::FunctionSpec;

/// What a process may take before it asks for its first invocation (Lambda
/// developer guide, "Understanding the Lambda execution environment lifecycle").
const INIT: Duration = Duration::from_secs(10);

/// A process and its Runtime API. Dropping it kills the process and its children.
#[derive(Debug)]
pub(crate) struct Sandbox {
    child: Child,
    api: RuntimeApi,
    /// Whether it answered the last invocation, or has not had any.
    usable: bool,
    /// The function ends when this is closed; see [`crate::exit_with_parent`].
    _stdin: Option<ChildStdin>,
}

impl Sandbox {
    /// Starts a process of the function; its output is appended to `log`.
    pub(crate) async fn start(spec: &FunctionSpec, arn: &str, region: &str, log: &Path) -> io::Result<Self> {
        let api = RuntimeApi::start(arn).await?;
        let log = OpenOptions::new().create(true).append(true).open(log)?;
        let mut command = Command::new(&spec.program);
        command.args(&spec.args).env_clear().envs(environment(spec, region, &api.address));
        command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        // `Child::wait` would close it.
        let stdin = child.stdin.take();
        Ok(Self { child, api, usable: true, _stdin: stdin })
    }

    /// Whether the process still runs, and answered what it was asked last.
    pub(crate) fn is_usable(&mut self) -> bool {
        self.usable && matches!(self.child.try_wait(), Ok(None))
    }

    /// The most memory the process has had, in bytes, while it runs.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        memory::peak(self.child.id()?)
    }

    /// Invokes the function once.
    pub(crate) async fn invoke(
        &mut self,
        payload: Bytes,
        timeout: Duration,
    ) -> Result<Bytes, InvocationError> {
        let id = Uuid::new_v4();
        self.usable = false;
        let ((taken, on_taken), (answer, on_answer)) = (oneshot::channel(), oneshot::channel());
        self.api.send(InvocationEvent { id, payload, timeout, taken, answer });
        self.until_taken(id, on_taken, timeout).await?;
        tokio::select! {
            // A process may answer and end at once: the answer counts.
            biased;
            Ok(answer) = on_answer => {
                self.usable = true;
                answer
            }
            status = self.child.wait() => Err(InvocationError::Exit { id, status: status.ok() }),
            () = sleep(timeout) => Err(InvocationError::Timedout { id, after: timeout }),
        }
    }

    async fn until_taken(
        &mut self,
        id: Uuid,
        taken: oneshot::Receiver<()>,
        timeout: Duration,
    ) -> Result<(), InvocationError> {
        tokio::select! {
            biased;
            Ok(()) = taken => Ok(()),
            Some(failure) = self.api.init_errors.recv() => Err(failure),
            status = self.child.wait() => Err(InvocationError::Exit { id, status: status.ok() }),
            () = sleep(INIT + timeout) => Err(InvocationError::Timedout { id, after: timeout }),
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) =
            self.child.id().and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?))
        {
            // It may have ended by itself a moment ago.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        if let Err(error) = self.child.start_kill() {
            tracing::debug!(%error, "a sandbox had ended before it was killed");
        }
    }
}

/// What a function finds in its environment (Lambda developer guide, "Defined
/// runtime environment variables"), and nothing of this process's own but PATH.
fn environment(spec: &FunctionSpec, region: &str, runtime_api: &str) -> Vec<(String, String)> {
    let group = format!("/aws/lambda/{}", spec.name);
    let memory = spec.memory_mb.to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    let defined = [
        ("PATH", path.as_str()),
        ("TZ", ":UTC"),
        ("_HANDLER", "bootstrap"),
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        ("AWS_LAMBDA_FUNCTION_NAME", &spec.name),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_SESSION_TOKEN", "local"),
    ];
    let defined = defined.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    defined.chain(spec.env.iter().cloned()).collect()
}
