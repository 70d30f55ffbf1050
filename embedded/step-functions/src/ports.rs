//! What the engine needs from outside: something that runs tasks, something
//! that keeps objects, a clock.

use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::Value;

use crate::cancel::Cancel;

/// A Lambda invocation that a Task state asks for.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// `FunctionName` or the Task's `Resource`, as the definition has it: a name or an ARN.
    pub function: String,
    /// The event.
    pub payload: Value,
    /// The Task's timeout. The engine watches it by itself.
    pub timeout: Option<Duration>,
    /// Set when the engine no longer waits for the answer: the execution was stopped, the
    /// Task timed out, the Map Run failed.
    pub cancel: Cancel,
    /// Set by a runner that [`TaskRunner::queues`], when the function's turn has come.
    pub turn: Turn,
}

/// The turn of an invocation that had to wait for a place.
#[derive(Debug, Clone, Default)]
pub struct Turn(Cancel);

impl Turn {
    /// It has come.
    pub fn comes(&self) {
        self.0.cancel();
    }

    /// Ends when it has come.
    pub async fn came(&self) {
        self.0.cancelled().await;
    }
}

/// What a Task failed with, as Step Functions sees it (Step Functions guide,
/// "Handling errors in workflows": a function's error name is its `errorType`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFailure {
    /// The error's name.
    pub error: String,
    /// For a function's own error, the JSON it answered: `{"errorMessage", "errorType", …}`.
    pub cause: String,
}

/// Runs the Lambda functions of Task states.
pub trait TaskRunner: Send + Sync + 'static {
    /// Invokes the function and waits for what it returns: its response payload.
    ///
    /// The future is dropped after `cancel` is set.
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Value, TaskFailure>>;

    /// Whether invocations wait here until there is a place for them. The Task's timeout then counts from
    /// [`Invocation::turn`]: Lambda would have answered at once, with `Lambda.TooManyRequestsException`.
    fn queues(&self) -> bool {
        false
    }
}

/// Why an object could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ObjectError {
    /// S3's code, such as `NoSuchKey`.
    pub code: String,
    /// What it says.
    pub message: String,
}

/// Where ItemReader reads and ResultWriter writes.
pub trait ObjectStorage: Send + Sync + 'static {
    /// The whole object.
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<Bytes, ObjectError>>;
    /// Creates or replaces the object.
    fn put<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        body: Bytes,
    ) -> BoxFuture<'a, Result<(), ObjectError>>;
}

/// Time, so that a test can jump over a backoff of minutes.
pub trait Clock: Send + Sync + 'static {
    /// The time of day.
    fn now(&self) -> Timestamp;
    /// Ends after the duration.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
