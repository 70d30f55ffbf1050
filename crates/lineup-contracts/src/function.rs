//! Input and output of each function, as `statemachine/import.asl.json` passes them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use uuid::Uuid;

use delimited::Chunk;

use crate::chunk::{ChunkList, RowCounts};
use crate::manifest::Source;
use crate::summary::Reported;

/// The `detail` of EventBridge's "Object Created" event (S3 guide, "EventBridge
/// event message structure"). The key is not URL-encoded there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct S3Detail {
    /// The bucket.
    pub bucket: S3Bucket,
    /// The object.
    pub object: S3Object,
}

/// `detail.bucket`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct S3Bucket {
    /// Its name.
    pub name: String,
}

/// `detail.object`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct S3Object {
    /// The object's key.
    pub key: String,
    /// Bytes.
    #[serde(default)]
    pub size: u64,
    /// The entity tag, without quotes.
    pub etag: String,
    /// Absent in a bucket without versions.
    #[serde(rename = "version-id", default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// Orders the events of one key; differs between two uploads of the same bytes.
    pub sequencer: String,
}

impl S3Detail {
    /// The import that this event starts.
    pub fn import_id(&self) -> Uuid {
        let object = &self.object;
        crate::layout::import_id(
            &self.bucket.name,
            &object.key,
            object.version_id.as_deref(),
            &object.etag,
            &object.sequencer,
        )
    }

    /// The object, pinned.
    pub fn source(&self) -> Source {
        Source {
            bucket: self.bucket.name.clone(),
            key: self.object.key.clone(),
            version_id: self.object.version_id.clone(),
            etag: self.object.etag.clone(),
            size: self.object.size,
        }
    }
}

/// The input of `split`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitInput {
    /// The event's detail.
    pub detail: S3Detail,
    /// The execution that invokes it.
    pub execution_arn: String,
    /// The pass of the survey that has ended, where `Decide` invokes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surveyed: Option<u32>,
}

/// The input of `convert`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConvertInput {
    /// The event's detail.
    pub detail: S3Detail,
    /// The execution that invokes it.
    pub execution_arn: String,
}

/// The output of `convert`, for people who look at the execution. The state machine keeps nothing of it: `split` reads
/// the [`crate::Conversion`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConvertOutput {
    /// The import.
    pub import_id: Uuid,
    /// What the file was: see [`crate::Conversion`].
    pub form: String,
    /// How long the converted text is, in bytes.
    pub bytes: u64,
}

/// The input of `survey`: an item of the Distributed Map over the chunks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyInput {
    /// The import.
    pub import_id: Uuid,
    /// The pass of the survey.
    pub pass: u32,
    /// The execution whose Distributed Map surveys the chunk.
    #[serde(default)]
    pub execution_arn: String,
    /// The chunk.
    pub chunk: Chunk,
}

/// The output of `survey`, for people who look at the execution: `split` reads the [`lineup::survey::Facts`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyOutput {
    /// The rows of the chunk.
    pub rows: u64,
    /// Those that cannot be read.
    pub rejected: u64,
}

/// The output of `split` and `recover`: which chunks to load.
///
/// `source` and `chunks` are both `null` for a duplicate event (`split`), for a file that must be converted
/// first (`split`), or if the file is not split yet (`recover`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The import.
    pub import_id: Uuid,
    /// The execution that already imports the event, if it is another one.
    #[serde(default)]
    pub duplicate_of: Option<String>,
    /// Whether `split` stopped before the end of the file, and goes on when it is called again.
    #[serde(default)]
    pub unfinished: bool,
    /// Whether the file is not text that can be split: `convert` makes such text of it, and `split` runs again.
    #[serde(default)]
    pub convert: bool,
    /// The pass of the survey to run before it is decided how the file is read, where `split` does not survey
    /// the rows itself.
    #[serde(default)]
    pub survey: Option<u32>,
    /// Whether no row is to be written.
    #[serde(default)]
    pub dry_run: bool,
    /// Whether the execution holds the lineup, and nothing in the table has to be compared with the file: loading may begin.
    /// Otherwise `hold` is asked first.
    #[serde(default)]
    pub held: bool,
    /// The object.
    #[serde(default)]
    pub source: Option<Source>,
    /// The chunks to load, or to survey.
    #[serde(default)]
    pub chunks: Option<ChunkList>,
    /// Where the Distributed Map writes its results.
    #[serde(default)]
    pub map_runs_prefix: String,
    /// How many chunks load at a time.
    #[serde(default)]
    pub max_concurrency: u32,
}

impl Plan {
    /// The plan of an import that has no chunks, or none yet.
    pub fn without_chunks(import_id: Uuid) -> Self {
        Self {
            import_id,
            duplicate_of: None,
            source: None,
            chunks: None,
            map_runs_prefix: String::new(),
            max_concurrency: 0,
            unfinished: false,
            convert: false,
            survey: None,
            dry_run: false,
            held: false,
        }
    }
}

/// `$.rerun`: which chunks of which import to load, or that what its guard kept is to be removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rerun {
    /// The import.
    pub import_id: Uuid,
    /// The chunks; all that are missing where the field is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunks: Option<Vec<u32>>,
    /// Whether the file is the whole lineup after all: what only earlier versions have is removed, and nothing is loaded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replace: bool,
}

/// The error that `Catch` puts into the state (Step Functions guide, "Fallback states").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caught {
    /// The error's name.
    #[serde(rename = "Error")]
    pub error: String,
    /// The error's text, or the JSON of a Lambda function's error.
    #[serde(rename = "Cause", default)]
    pub cause: String,
}

/// `$.summary`: the result that `notify` reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Previous {
    /// The output of `summarize`.
    Summary(Box<Reported>),
    /// The error that was caught before there was a summary.
    Error(Caught),
}

/// The part of `$.import` that functions read back; see [`Plan`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The import.
    pub import_id: Uuid,
    /// The object.
    #[serde(default)]
    pub source: Option<Source>,
    /// The latest list of chunks to load.
    #[serde(default)]
    pub chunks: Option<ChunkList>,
    /// The execution's redrive count when the chunks were listed. Definitions before [`RunEnd`] wrote it, and an
    /// execution that such a definition started is redriven with it.
    #[serde(default)]
    pub redrives: Option<u32>,
}

/// The part of `$.notification` that functions read back: a run of the execution has ended, and the message says so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnd {
    /// The execution's redrive count when the run ended. A higher one means that it was redriven since.
    #[serde(default)]
    pub redrives: Option<u32>,
}

/// The execution's state, `$`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ExecutionState {
    /// The S3 event, where one started the execution.
    #[serde(default)]
    pub detail: Option<S3Detail>,
    /// The re-run that was asked for, where one was.
    #[serde(default)]
    pub rerun: Option<Rerun>,
    /// The latest output of `Split`, `SelectChunks` or `AwaitRedrive`.
    #[serde(default)]
    pub import: Option<Import>,
    /// The latest output of `Hold`.
    #[serde(default)]
    pub hold: Option<HoldOutput>,
    /// The latest output of `Remove`.
    #[serde(default)]
    pub remove: Option<RemoveOutput>,
    /// The Distributed Map's result, or the error that ended it.
    #[serde(default)]
    pub map_run: Option<Value>,
    /// The summary, or the error that was caught instead.
    #[serde(default)]
    pub summary: Option<Previous>,
    /// The message about the last run that failed.
    #[serde(default)]
    pub notification: Option<RunEnd>,
}

impl ExecutionState {
    /// The parts of a state that can be read. What a person gives an execution as its input may be anything, and
    /// the message about it must be sent all the same.
    ///
    /// ```
    /// use lineup_contracts::ExecutionState;
    /// use serde_json::json;
    ///
    /// let state = ExecutionState::readable(&json!({"detail": 7, "summary": {"Error": "InvalidInput", "Cause": ""}}));
    /// assert!(state.detail.is_none() && state.summary.is_some());
    /// ```
    pub fn readable(state: &Value) -> Self {
        fn part<T: DeserializeOwned>(state: &Value, name: &str) -> Option<T> {
            T::deserialize(state.get(name)?).ok()
        }
        Self {
            detail: part(state, "detail"),
            rerun: part(state, "rerun"),
            import: part(state, "import"),
            hold: part(state, "hold"),
            remove: part(state, "remove"),
            map_run: part(state, "map_run"),
            summary: part(state, "summary"),
            notification: part(state, "notification"),
        }
    }

    /// The execution's redrive count when its last run ended.
    pub fn redrives(&self) -> u32 {
        let notified = self.notification.as_ref().and_then(|notified| notified.redrives);
        notified.or_else(|| self.import.as_ref()?.redrives).unwrap_or(0)
    }

    /// The import that the execution is about; `None` if its state does not say it yet.
    pub fn import_id(&self) -> Option<Uuid> {
        self.import
            .as_ref()
            .map(|import| import.import_id)
            .or_else(|| self.rerun.as_ref().map(|rerun| rerun.import_id))
            .or_else(|| self.detail.as_ref().map(S3Detail::import_id))
    }
}

/// The input of `load`: an item of the Distributed Map, and the output of the last
/// invocation for the same chunk, if it stopped before the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadInput {
    /// The import.
    pub import_id: Uuid,
    /// The object.
    pub source: Source,
    /// The execution whose Distributed Map loads the chunk.
    #[serde(default)]
    pub execution_arn: String,
    /// The chunk.
    pub chunk: Chunk,
    /// The output of the invocation before.
    #[serde(default)]
    pub load: Option<LoadOutput>,
}

/// The output of `load`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadOutput {
    /// Whether the chunk is loaded.
    pub done: bool,
    /// The progress over all invocations for the chunk.
    pub progress: LoadProgress,
}

/// The progress of loading a chunk.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadProgress {
    /// The byte at which the next record begins; the chunk's end when it is done.
    pub next_start: u64,
    /// That record's line.
    pub next_line: u64,
    /// Rows so far.
    pub rows: RowCounts,
    /// Write units so far.
    pub write_units: f64,
    /// Requests throttled and items left unprocessed, so far.
    pub throttles: u64,
    /// Milliseconds so far.
    pub milliseconds: u64,
    /// Invocations so far.
    pub invocations: u32,
    /// Keys of the rejects files so far.
    pub rejects: Vec<String>,
}

/// The input of `hold`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HoldInput {
    /// The execution's state.
    pub state: ExecutionState,
    /// The execution.
    pub execution_arn: String,
}

/// The output of `hold`, `$.hold`. Exactly one of `held`, `wait_seconds` and `superseded` says how it goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldOutput {
    /// Whether the execution holds the lineup: it may write.
    pub held: bool,
    /// How long to wait before `hold` is asked again: another execution writes.
    #[serde(default)]
    pub wait_seconds: Option<u64>,
    /// Whether a newer upload took over: this one is not loaded any more.
    #[serde(default)]
    pub superseded: bool,
    /// How many keys are to be removed once every chunk is loaded.
    #[serde(default)]
    pub obsolete: u64,
}

/// The input of `remove`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RemoveInput {
    /// The execution's state.
    pub state: ExecutionState,
    /// The execution.
    pub execution_arn: String,
}

/// The output of `remove`, `$.remove`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RemoveOutput {
    /// Whether nothing is left to do: everything is removed, or a chunk is missing and nothing may be removed yet.
    pub done: bool,
    /// The block of `obsolete.run` to go on with.
    pub next_block: u64,
    /// How many keys were looked at, over all invocations of this run of the import.
    pub keys: u64,
    /// Write units consumed, over all invocations of this run of the import.
    pub write_units: f64,
}

/// The input of `summarize`. Its output is a [`Reported`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SummarizeInput {
    /// The execution's state.
    pub state: ExecutionState,
    /// The execution.
    pub execution_arn: String,
}

/// The input of `notify`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotifyInput {
    /// The execution's state, as far as it can be read.
    #[serde(deserialize_with = "readable_state")]
    pub state: ExecutionState,
    /// The execution.
    pub execution_arn: String,
    /// The state machine, for the commands in the message.
    pub state_machine_arn: String,
}

fn readable_state<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ExecutionState, D::Error> {
    Value::deserialize(deserializer).map(|state| ExecutionState::readable(&state))
}

/// The output of `notify`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyOutput {
    /// The id that SNS gave the message.
    pub message_id: String,
}

/// The input of `recover`: `rerun` from `SelectChunks`, `state` from `AwaitRedrive`. Its output is
/// a [`Plan`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecoverInput {
    /// Which chunks were asked for.
    #[serde(default)]
    pub rerun: Option<Rerun>,
    /// The execution's state.
    #[serde(default)]
    pub state: Option<ExecutionState>,
    /// How often the execution was redriven. Some engines pass `null` for 0.
    #[serde(default)]
    pub redrive_count: Option<u32>,
    /// The execution.
    pub execution_arn: String,
}
