//! Errors as a state machine sees them: a name and a cause.

/// Why a state failed (Step Functions guide, "Handling errors in workflows").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The error's name, which `Retry` and `Catch` match.
    pub error: String,
    /// What happened; empty where nothing is said, as of a timeout.
    pub cause: String,
}

/// Matches every error but `States.Runtime`.
pub const ALL: &str = "States.ALL";
/// A payload over 256 KiB.
pub const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";
/// More items of a Map failed than it tolerates.
pub const EXCEED_TOLERATED_FAILURE_THRESHOLD: &str = "States.ExceedToleratedFailureThreshold";
/// The items of a Map could not be read.
pub const ITEM_READER_FAILED: &str = "States.ItemReaderFailed";
/// `ResultPath` does not fit the input.
pub const RESULT_PATH_MATCH_FAILURE: &str = "States.ResultPathMatchFailure";
/// The results of a Map could not be written.
pub const RESULT_WRITER_FAILED: &str = "States.ResultWriterFailed";
/// Nothing can go on from here: never retried, never caught.
pub const RUNTIME: &str = "States.Runtime";
/// In `ErrorEquals`: every error but a timeout.
pub const TASK_FAILED: &str = "States.TaskFailed";
/// A Task or an execution ran longer than it may.
pub const TIMEOUT: &str = "States.Timeout";

/// The largest payload, in bytes of UTF-8 (Step Functions guide, "Service quotas":
/// maximum input or output size of a task, state or execution).
pub const MAX_PAYLOAD: usize = 256 * 1024;

impl Failure {
    /// An error of this name.
    pub fn new(error: &str, cause: impl Into<String>) -> Self {
        Self { error: error.into(), cause: cause.into() }
    }

    /// A `States.Runtime` error.
    pub fn runtime(cause: impl Into<String>) -> Self {
        Self::new(RUNTIME, cause)
    }
}

/// Whether an entry of `ErrorEquals` matches an error.
///
/// `States.Runtime` is never matched; `States.TaskFailed` matches all others but `States.Timeout` (same page,
/// "Error names"). The page says that `States.ALL` leaves `States.DataLimitExceeded` out too; AWS was recorded
/// catching it (LocalStack's AWS-validated snapshots).
pub fn matches(pattern: &str, error: &str) -> bool {
    match error {
        RUNTIME => false,
        _ => pattern == error || pattern == ALL || (pattern == TASK_FAILED && error != TIMEOUT),
    }
}
