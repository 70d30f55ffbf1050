//! What each function takes and gives, as `statemachine/import.asl.json` wires it.

use serde::{Deserialize, Serialize};
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

/// What `split` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitInput {
    /// The event's detail.
    pub detail: S3Detail,
    /// The execution that asks.
    pub execution_arn: String,
}

/// What `split` and `recover` give: which chunks to load.
///
/// `source` and `chunks` are `null` together: in a duplicate (`split`), or
/// where the split itself has yet to be done (`recover`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The import.
    pub import_id: Uuid,
    /// The execution that already imports the event, if it is another one.
    #[serde(default)]
    pub duplicate_of: Option<String>,
    /// The object.
    #[serde(default)]
    pub source: Option<Source>,
    /// The chunks to load.
    #[serde(default)]
    pub chunks: Option<ChunkList>,
    /// Where the Distributed Map writes its results.
    #[serde(default)]
    pub map_runs_prefix: String,
    /// How many chunks load at a time.
    #[serde(default)]
    pub max_concurrency: u32,
}

/// `$.rerun`: which chunks of which import to load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rerun {
    /// The import.
    pub import_id: Uuid,
    /// The chunks; all that are missing where the field is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunks: Option<Vec<u32>>,
}

/// What `Catch` puts into the state (Step Functions guide, "Fallback states").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caught {
    /// The error's name.
    #[serde(rename = "Error")]
    pub error: String,
    /// What it says: text, or the JSON that a Lambda function's error is.
    #[serde(rename = "Cause", default)]
    pub cause: String,
}

/// `$.summary`: what there is to tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Previous {
    /// The import was summed up.
    Summary(Box<Reported>),
    /// It did not come to that.
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
    /// The chunks that were to be loaded last.
    #[serde(default)]
    pub chunks: Option<ChunkList>,
    /// The execution's redrive count when the chunks were listed.
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
    /// What `Split`, `SelectChunks` or `AwaitRedrive` gave last.
    #[serde(default)]
    pub import: Option<Import>,
    /// The Distributed Map's result, or the error that ended it.
    #[serde(default)]
    pub map_run: Option<Value>,
    /// The summary, or the error that was caught instead.
    #[serde(default)]
    pub summary: Option<Previous>,
}

impl ExecutionState {
    /// The import that the execution is about, as far as it came.
    pub fn import_id(&self) -> Option<Uuid> {
        self.import
            .as_ref()
            .map(|import| import.import_id)
            .or_else(|| self.rerun.as_ref().map(|rerun| rerun.import_id))
            .or_else(|| self.detail.as_ref().map(S3Detail::import_id))
    }
}

/// What `load` takes: an item of the Distributed Map, and what the last
/// invocation for the same chunk gave, if it stopped before the end.
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
    /// What the invocation before gave.
    #[serde(default)]
    pub load: Option<LoadOutput>,
}

/// What `load` gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadOutput {
    /// Whether the chunk is loaded.
    pub done: bool,
    /// What was done so far, over all invocations for the chunk.
    pub progress: LoadProgress,
}

/// How far the loading of a chunk has come.
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

/// What `summarize` takes; it gives a [`Reported`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SummarizeInput {
    /// The execution's state.
    pub state: ExecutionState,
    /// The execution.
    pub execution_arn: String,
}

/// What `notify` takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotifyInput {
    /// The execution's state.
    pub state: ExecutionState,
    /// The execution.
    pub execution_arn: String,
    /// The state machine, for the commands in the message.
    pub state_machine_arn: String,
}

/// What `notify` gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyOutput {
    /// The id that SNS gave the message.
    pub message_id: String,
}

/// What `recover` takes: `rerun` from `SelectChunks`, `state` from `AwaitRedrive`. It gives a [`Plan`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecoverInput {
    /// Which chunks were asked for.
    #[serde(default)]
    pub rerun: Option<Rerun>,
    /// The execution's state.
    #[serde(default)]
    pub state: Option<ExecutionState>,
    /// How often the execution was redriven; some engines give `null` for 0.
    #[serde(default)]
    pub redrive_count: Option<u32>,
    /// The execution.
    pub execution_arn: String,
}
