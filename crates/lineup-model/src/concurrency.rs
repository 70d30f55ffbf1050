//! How many functions an account runs at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use embedded_aws::step_functions::ports::TaskFailure;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The error of an invocation that Lambda refuses because as many run as may.
pub const TOO_MANY_REQUESTS: &str = "Lambda.TooManyRequestsException";

/// The concurrency of an account. It is 1,000 by default, and less in new accounts (Lambda guide, "Lambda quotas").
#[derive(Debug)]
pub struct Concurrency {
    free: Arc<Semaphore>,
    refused: AtomicU64,
}

/// An invocation that runs, until this is dropped.
#[derive(Debug)]
pub struct RunningFunction(
    #[expect(dead_code, reason = "it is given back when it is dropped")] OwnedSemaphorePermit,
);

impl Concurrency {
    /// So many functions run at a time.
    pub fn of(functions: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(functions)), refused: AtomicU64::new(0) }
    }

    /// Begins an invocation.
    ///
    /// # Errors
    /// So many run already: Lambda refuses it, in the words that Step Functions was recorded to show (AWS captures of 2026).
    pub fn begin(&self) -> Result<RunningFunction, TaskFailure> {
        Arc::clone(&self.free).try_acquire_owned().map(RunningFunction).map_err(|_| {
            self.refused.fetch_add(1, Ordering::Relaxed);
            TaskFailure {
                error: TOO_MANY_REQUESTS.into(),
                cause: "Rate Exceeded. (Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException; Request ID: 0)"
                    .into(),
            }
        })
    }

    /// How many invocations were refused.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}
