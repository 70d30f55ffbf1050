//! What an execution, a Map Run and a history event say about themselves, with
//! the field names of the Step Functions API (API reference: DescribeExecution,
//! ListExecutions, DescribeMapRun, ListMapRuns, HistoryEvent).
//!
//! Timestamps are numbers on the wire: seconds since the epoch with a fraction
//! of milliseconds, as AWS JSON 1.0 writes them. Absent fields are left out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The status of an execution (API reference, DescribeExecution).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExecutionStatus {
    /// Still going on.
    Running,
    /// Ended in a Succeed state or an `End`.
    Succeeded,
    /// Ended with an error that nothing caught.
    Failed,
    /// Ran longer than the state machine's `TimeoutSeconds`.
    TimedOut,
    /// Stopped by StopExecution, by its Map Run, or by the end of the process.
    Aborted,
    /// A child execution that waits for its Map Run's redrive to start it again.
    PendingRedrive,
}

impl ExecutionStatus {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
            Self::PendingRedrive => "PENDING_REDRIVE",
        }
    }

    /// Whether it has ended.
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Running | Self::PendingRedrive)
    }
}

/// Whether RedriveExecution would be accepted (API reference, DescribeExecution).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RedriveStatus {
    /// RedriveExecution starts it again.
    Redrivable,
    /// RedriveExecution is refused; `redriveStatusReason` says why.
    NotRedrivable,
    /// A child execution: redriving its parent starts it again.
    RedrivableByMapRun,
}

/// `inputDetails` and `outputDetails`: the data is always included here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataDetails {
    /// Always true.
    pub included: bool,
}

impl Default for DataDetails {
    fn default() -> Self {
        Self { included: true }
    }
}

/// An execution: the answer of DescribeExecution. ListExecutions gives a part of it,
/// [`ExecutionListItem`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionRecord {
    /// `arn:aws:states:<region>:<account>:execution:<machine>:<name>`; a child's has
    /// `<machine>/<label>` in the place of the machine.
    pub execution_arn: String,
    /// `arn:aws:states:<region>:<account>:stateMachine:<machine>`; a child's ends in `/<label>`.
    pub state_machine_arn: String,
    /// Its name, the last part of the ARN.
    pub name: String,
    /// How it is doing.
    pub status: ExecutionStatus,
    /// When it was started first.
    #[serde(with = "epoch_seconds")]
    pub start_date: Timestamp,
    /// When it ended last.
    #[serde(with = "epoch_seconds::option", default, skip_serializing_if = "Option::is_none")]
    pub stop_date: Option<Timestamp>,
    /// Its input: JSON as text.
    pub input: String,
    /// Says that `input` is there.
    #[serde(default)]
    pub input_details: DataDetails,
    /// Its output, JSON as text, if it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Says that `output` is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_details: Option<DataDetails>,
    /// The Map Run that started it, if it is a child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map_run_arn: Option<String>,
    /// The error's name, if it failed, timed out or was aborted with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The error's cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// How often it was redriven.
    pub redrive_count: u32,
    /// When it was redriven last.
    #[serde(with = "epoch_seconds::option", default, skip_serializing_if = "Option::is_none")]
    pub redrive_date: Option<Timestamp>,
    /// Whether it could be redriven at the moment of asking; never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redrive_status: Option<RedriveStatus>,
    /// Why it could not, in AWS's words (API reference, DescribeExecution).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redrive_status_reason: Option<String>,
}

/// One line of ListExecutions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionListItem {
    /// See [`ExecutionRecord::execution_arn`].
    pub execution_arn: String,
    /// See [`ExecutionRecord::state_machine_arn`].
    pub state_machine_arn: String,
    /// See [`ExecutionRecord::name`].
    pub name: String,
    /// How it is doing.
    pub status: ExecutionStatus,
    /// When it was started first.
    #[serde(with = "epoch_seconds")]
    pub start_date: Timestamp,
    /// When it ended last.
    #[serde(with = "epoch_seconds::option", default, skip_serializing_if = "Option::is_none")]
    pub stop_date: Option<Timestamp>,
    /// The Map Run that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map_run_arn: Option<String>,
    /// How many items of the Map Run it processes: one, where a Map Run was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_count: Option<u32>,
    /// How often it was redriven.
    pub redrive_count: u32,
    /// When it was redriven last.
    #[serde(with = "epoch_seconds::option", default, skip_serializing_if = "Option::is_none")]
    pub redrive_date: Option<Timestamp>,
}

impl From<ExecutionRecord> for ExecutionListItem {
    fn from(record: ExecutionRecord) -> Self {
        Self {
            item_count: record.map_run_arn.as_ref().map(|_| 1),
            execution_arn: record.execution_arn,
            state_machine_arn: record.state_machine_arn,
            name: record.name,
            status: record.status,
            start_date: record.start_date,
            stop_date: record.stop_date,
            map_run_arn: record.map_run_arn,
            redrive_count: record.redrive_count,
            redrive_date: record.redrive_date,
        }
    }
}

/// The status of a Map Run (API reference, DescribeMapRun).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MapRunStatus {
    /// Still going on.
    Running,
    /// Every child ended, and not more failed than is tolerated.
    Succeeded,
    /// More failed than is tolerated, or its results could not be written.
    Failed,
    /// Stopped together with its execution.
    Aborted,
}

/// `itemCounts` and `executionCounts`; the two are equal here, because an item
/// is a child execution of its own (there is no ItemBatcher).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MapRunCounts {
    /// Not started yet.
    pub pending: u64,
    /// Started and not ended.
    pub running: u64,
    /// Ended well.
    pub succeeded: u64,
    /// Ended with an error.
    pub failed: u64,
    /// Ended by the state machine's timeout.
    pub timed_out: u64,
    /// Stopped by a user, or because the Map Run failed.
    pub aborted: u64,
    /// All of them.
    pub total: u64,
    /// Those whose results ResultWriter wrote.
    pub results_written: u64,
    /// Unsuccessful, and no redrive can start them again.
    pub failures_not_redrivable: u64,
    /// Unsuccessful, and waiting for the redrive under way to start them again.
    pub pending_redrive: u64,
}

/// A Map Run: the answer of DescribeMapRun. ListMapRuns gives a part of it, [`MapRunListItem`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MapRunRecord {
    /// `arn:aws:states:<region>:<account>:mapRun:<machine>/<label>:<uuid>`.
    pub map_run_arn: String,
    /// The execution whose Map state it is.
    pub execution_arn: String,
    /// How it is doing.
    pub status: MapRunStatus,
    /// When it was started.
    #[serde(with = "epoch_seconds")]
    pub start_date: Timestamp,
    /// When it ended last.
    #[serde(with = "epoch_seconds::option", default, skip_serializing_if = "Option::is_none")]
    pub stop_date: Option<Timestamp>,
    /// How many children run at a time; 0 sets no limit.
    pub max_concurrency: u32,
    /// The percentage of items that may fail.
    pub tolerated_failure_percentage: f64,
    /// The number of items that may fail.
    pub tolerated_failure_count: u64,
    /// Items by what became of them.
    pub item_counts: MapRunCounts,
    /// Children by what became of them.
    pub execution_counts: MapRunCounts,
    /// How often it was redriven.
    pub redrive_count: u32,
    /// When it was redriven last.
    #[serde(with = "epoch_seconds::option", default, skip_serializing_if = "Option::is_none")]
    pub redrive_date: Option<Timestamp>,
}

/// One line of ListMapRuns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MapRunListItem {
    /// The execution whose Map state it is.
    pub execution_arn: String,
    /// See [`MapRunRecord::map_run_arn`].
    pub map_run_arn: String,
    /// The state machine of the execution.
    pub state_machine_arn: String,
    /// When it was started.
    #[serde(with = "epoch_seconds")]
    pub start_date: Timestamp,
    /// When it ended last.
    #[serde(with = "epoch_seconds::option", default, skip_serializing_if = "Option::is_none")]
    pub stop_date: Option<Timestamp>,
}

/// An event of an execution's history (API reference, HistoryEvent).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEvent {
    /// When it happened.
    #[serde(with = "epoch_seconds")]
    pub timestamp: Timestamp,
    /// Its type, such as `TaskStateEntered`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// Its number, from 1.
    pub id: u64,
    /// The number of the event that led to it; 0 if none did.
    pub previous_event_id: u64,
    /// Its details, under the one name that the type has, such as
    /// `stateEnteredEventDetails`; empty for a type without any.
    #[serde(flatten)]
    pub details: Map<String, Value>,
}

/// Timestamps as AWS JSON 1.0 writes them: a number of seconds since the epoch
/// (Smithy specification, `timestampFormat` `epoch-seconds`), here in whole milliseconds.
pub mod epoch_seconds {
    use jiff::Timestamp;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes it.
    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(time.as_millisecond() as f64 / 1000.0)
    }

    /// Reads it.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Timestamp::from_millisecond((seconds * 1000.0).round() as i64).map_err(D::Error::custom)
    }

    /// The same for a time that may be absent.
    pub mod option {
        use super::*;

        /// Writes it.
        pub fn serialize<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
            match time {
                Some(time) => super::serialize(time, serializer),
                None => serializer.serialize_none(),
            }
        }

        /// Reads it.
        pub fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Timestamp>, D::Error> {
            let Some(seconds) = Option::<f64>::deserialize(deserializer)? else { return Ok(None) };
            let time = Timestamp::from_millisecond((seconds * 1000.0).round() as i64);
            time.map(Some).map_err(D::Error::custom)
        }
    }
}
