//! Why an invocation failed, in the words of Lambda and of Step Functions.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

/// The largest answer of a synchronous invocation: 6 MB (Lambda developer guide, "Lambda quotas"), and the 100
/// bytes by which AWS's own message is above that.
pub(crate) const MAX_RESPONSE: usize = 6 * 1024 * 1024 + 100;

/// A failed invocation. Step Functions names it by `errorType`, and gives the
/// whole error as the cause (Step Functions guide, "Handling error conditions").
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The function reported an error: the JSON it sent, and the name in its header.
    #[error("the function reported an error")]
    Reported {
        /// `{"errorMessage", "errorType", …}`, as it was sent.
        body: Vec<u8>,
        /// The header `Lambda-Runtime-Function-Error-Type`.
        header: Option<String>,
    },
    /// The invocation took longer than the function may.
    #[error("RequestId: {id} Error: Task timed out after {:.2} seconds", after.as_secs_f64())]
    Timedout {
        /// The invocation's id.
        id: Uuid,
        /// How long it may take.
        after: Duration,
    },
    /// The process ended.
    #[error("RequestId: {id} Error: Runtime exited {}", exit(*status))]
    Exit {
        /// The invocation's id.
        id: Uuid,
        /// How it ended, if the system told.
        status: Option<ExitStatus>,
    },
    /// The answer is larger than Lambda gives back.
    #[error("Response payload size exceeded maximum allowed payload size ({} bytes).", MAX_RESPONSE)]
    ResponseTooLarge,
    /// The answer is not JSON.
    #[error("RequestId: {id} Error: the response is not JSON: {source}")]
    InvalidResponse {
        /// The invocation's id.
        id: Uuid,
        /// Where it is wrong.
        source: serde_json::Error,
    },
    /// The process could not be started.
    #[error("the sandbox could not be started: {0}")]
    Start(#[from] io::Error),
    /// There is no such function.
    #[error(
        "Function not found: {arn}:$LATEST (Service: AWSLambda; Status Code: 404; Error Code: \
         ResourceNotFoundException; Request ID: {id}; Proxy: null)"
    )]
    NoSuchFunction {
        /// The ARN that it would have.
        arn: String,
        /// The request's id.
        id: Uuid,
    },
}

impl InvocationError {
    /// The error's name: what a state machine's `Retry` and `Catch` match.
    pub fn name(&self) -> String {
        let name = match self {
            Self::Reported { body, header } => return reported_name(body, header.as_deref()),
            Self::Timedout { .. } => "Sandbox.Timedout",
            // Nobody but the kernel kills a sandbox so, when memory is short: what takes too long is killed by
            // us, and is `Timedout`. AWS was recorded naming it so since 2024.
            Self::Exit { status: Some(status), .. } if is_killed(*status) => "Runtime.OutOfMemory",
            Self::Exit { .. } => "Runtime.ExitError",
            Self::ResponseTooLarge => "Function.ResponseSizeTooLarge",
            Self::InvalidResponse { .. } => "Runtime.InvalidResponse",
            Self::Start(_) => "Lambda.ServiceException",
            Self::NoSuchFunction { .. } => "Lambda.ResourceNotFoundException",
        };
        name.to_owned()
    }

    /// The error's cause: the JSON `{"errorType", "errorMessage", …}` of the function, or of Lambda for it.
    /// What Lambda itself refuses is plain text.
    pub fn cause(&self) -> String {
        match self {
            Self::Reported { body, .. } => String::from_utf8_lossy(body).into_owned(),
            Self::Start(_) | Self::NoSuchFunction { .. } => self.to_string(),
            _ => json!({ "errorType": self.name(), "errorMessage": self.to_string() }).to_string(),
        }
    }
}

fn reported_name(body: &[u8], header: Option<&str>) -> String {
    let json = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let name = json["errorType"].as_str().filter(|name| !name.is_empty()).or(header);
    name.unwrap_or("Lambda.Unknown").to_owned()
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
fn is_killed(status: ExitStatus) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(9)
}

#[cfg(not(unix))]
fn is_killed(_: ExitStatus) -> bool {
    false
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
