//! Why an invocation failed, in the words of Lambda and of Step Functions.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use embedded_step_functions::ports::TaskFailure;

/// The largest answer of a synchronous invocation (Lambda developer guide, "Lambda quotas").
pub(super) const MAX_RESPONSE: usize = 6 * 1024 * 1024;

/// A failed invocation. Step Functions names it by `errorType`, and gives the
/// whole error as the cause (Step Functions guide, "Handling error conditions").
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The function reported an error: the JSON it sent, and the name in its header.
    #[error("the function reported an error")]
    Reported { body: Vec<u8>, header: Option<String> },
    /// The invocation took longer than the function may.
    #[error("RequestId: {id} Error: Task timed out after {:.2} seconds", after.as_secs_f64())]
    Timedout { id: Uuid, after: Duration },
    /// The process ended.
    #[error("RequestId: {id} Error: Runtime exited {}", exit(*status))]
    Exit { id: Uuid, status: Option<ExitStatus> },
    /// The answer is larger than Lambda gives back.
    #[error("Response payload size exceeded maximum allowed payload size ({} bytes).", MAX_RESPONSE)]
    ResponseTooLarge,
    /// The answer is not JSON.
    #[error("RequestId: {id} Error: the response is not JSON: {source}")]
    InvalidResponse { id: Uuid, source: serde_json::Error },
    /// The process could not be started.
    #[error("the sandbox could not be started: {0}")]
    Start(#[from] io::Error),
    /// There is no such function.
    #[error("Function not found: {0}")]
    NoSuchFunction(String),
    /// Whoever asked does not wait any more.
    #[error("the invocation was cancelled")]
    Cancelled,
}

impl Failure {
    fn error_type(&self) -> &'static str {
        match self {
            Self::Reported { .. } => "Lambda.Unknown",
            Self::Timedout { .. } => "Sandbox.Timedout",
            Self::Exit { .. } => "Runtime.ExitError",
            Self::ResponseTooLarge => "Function.ResponseSizeTooLarge",
            Self::InvalidResponse { .. } => "Runtime.InvalidResponse",
            Self::Start(_) => "Lambda.ServiceException",
            Self::NoSuchFunction(_) => "Lambda.ResourceNotFoundException",
            Self::Cancelled => "States.TaskFailed",
        }
    }
}

impl From<Failure> for TaskFailure {
    fn from(failure: Failure) -> Self {
        if let Failure::Reported { body, header } = &failure {
            return reported(body, header.as_deref(), failure.error_type());
        }
        let error = failure.error_type();
        let cause = match &failure {
            // Lambda's own refusals are not the function's JSON.
            Failure::Start(_) | Failure::NoSuchFunction(_) | Failure::Cancelled => failure.to_string(),
            _ => json!({ "errorType": error, "errorMessage": failure.to_string() }).to_string(),
        };
        Self { error: error.to_owned(), cause }
    }
}

fn reported(body: &[u8], header: Option<&str>, unknown: &str) -> TaskFailure {
    let json = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let error = json["errorType"].as_str().filter(|name| !name.is_empty()).or(header).unwrap_or(unknown);
    TaskFailure { error: error.to_owned(), cause: String::from_utf8_lossy(body).into_owned() }
}

/// `with error: exit status 1`, `with error: signal: killed`, `without providing a reason`.
fn exit(status: Option<ExitStatus>) -> String {
    let Some(status) = status else { return "without providing a reason".to_owned() };
    match (status.code(), signal(status)) {
        (Some(0), _) => "without providing a reason".to_owned(),
        (Some(code), _) => format!("with error: exit status {code}"),
        (None, signal) => format!("with error: signal: {signal}"),
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(6) => "aborted".to_owned(),
        Some(9) => "killed".to_owned(),
        Some(11) => "segmentation fault".to_owned(),
        Some(15) => "terminated".to_owned(),
        Some(number) => format!("signal {number}"),
        None => "unknown".to_owned(),
    }
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> String {
    "unknown".to_owned()
}
