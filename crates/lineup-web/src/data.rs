//! What the pages ask, as traits. The command answers over the AWS SDK; tests and the preview answer from memory.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use lineup::clock_time::ClockTime;
use lineup::row::Performance;
use lineup_contracts::{FailedChunk, RowCounts, Summary};
use uuid::Uuid;

use crate::choices::ImportChoices;
use crate::pace::ChunkTime;
use crate::shown_state::ShownState;
use crate::versions::{ListedLineup, ProposedChanges, SetOrigin, ShownVersion, VersionDifferences};
use crate::visits::ExecutionEvent;

/// Why a page has no answer.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// There is no such thing. The text says what the reader can do.
    #[error("{0}")]
    NotFound(String),
    /// It makes no sense now, or not at all. The text says what the reader can do.
    #[error("{0}")]
    Refused(String),
    /// A request failed.
    #[error("{0}")]
    Failed(String, #[source] Option<Box<dyn std::error::Error + Send + Sync>>),
}

/// Questions about a lineup. None may scan.
#[async_trait]
pub trait LineupQuestions: Send + Sync + 'static {
    /// What the lineup is known by: it goes into the key of every set.
    fn lineup(&self) -> &str;
    /// The days that have sets, in order.
    async fn days(&self) -> Result<Vec<Date>, DataError>;
    /// The stages of a day.
    async fn stages(&self, date: Date) -> Result<Vec<String>, DataError>;
    /// Every set that starts within the range: two requests a stage for a festival day.
    async fn starting(&self, range: Range<DateTime>) -> Result<Vec<Performance>, DataError>;
    /// The sets of a performer, in time order; the name is exact.
    async fn performer(&self, name: &str) -> Result<Vec<Performance>, DataError>;
    /// When a festival day starts, as the import that ended last was told; `None` if none was.
    async fn day_starts(&self) -> Result<Option<ClockTime>, DataError>;
}

/// Questions about imports, and what can be done with them.
#[async_trait]
pub trait ImportJournal: Send + Sync + 'static {
    /// A page of executions, newest first; the first one without `after`.
    async fn executions(&self, after: Option<&str>) -> Result<ExecutionList, DataError>;
    /// An import, in the execution of this name; in its last one without.
    async fn import(&self, import_id: Uuid, execution: Option<&str>) -> Result<ShownImport, DataError>;
    /// Which chunks are loaded, from one listing, while this execution of the import goes on or when it has ended.
    async fn chunks(&self, import_id: Uuid, execution: &ListedExecution) -> Result<ChunkStates, DataError>;
    /// One chunk, whose number is from 1, in the execution of this name; in the import's first one without.
    async fn chunk(
        &self,
        import_id: Uuid,
        chunk: u32,
        execution: Option<&str>,
    ) -> Result<ChunkFacts, DataError>;
    /// The first rejected rows of an import, at most so many.
    async fn rejects(&self, import_id: Uuid, most: usize) -> Result<Vec<RejectLine>, DataError>;
    /// All rejected rows as a file.
    async fn rejects_file(&self, import_id: Uuid, form: RejectsForm) -> Result<Vec<u8>, DataError>;
    /// Redrives what can be redriven, and returns the name of its execution.
    async fn redrive(&self, import_id: Uuid) -> Result<String, DataError>;
    /// Starts an execution for one chunk, or for all that are missing, and returns its name.
    async fn rerun(&self, import_id: Uuid, chunk: Option<u32>) -> Result<String, DataError>;
    /// Reads a file as an import would, compares it with the current version of its lineup, and writes nothing.
    async fn check(&self, file: &Path, choices: &ImportChoices) -> Result<CheckedLineup, DataError>;
    /// Uploads a file, and returns the import and the name of the execution that the upload started.
    async fn start(&self, file: &Path, choices: &ImportChoices) -> Result<StartedImport, DataError>;
    /// The lineups, at most so many, by name.
    async fn lineups(&self, most: usize) -> Result<Vec<ListedLineup>, DataError>;
    /// The versions of the lineup of this name, newest first.
    async fn versions(&self, name: &str) -> Result<Vec<ShownVersion>, DataError>;
    /// Imports the version once more, as of today.
    async fn restore(&self, name: &str, version: Uuid) -> Result<StartedImport, DataError>;
    /// Where a set came from; `None` if nothing says it any more.
    async fn origin(&self, set: &Performance) -> Result<Option<SetOrigin>, DataError>;
    /// Seconds between two looks at an execution that goes on.
    fn poll_seconds(&self) -> u32;
}

/// One execution of the state machine, in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedExecution {
    /// Its name.
    pub name: String,
    /// The import that it is about; none for an execution with another input.
    pub import_id: Option<Uuid>,
    /// The name of the imported file, or that there is none.
    pub file: String,
    /// Whether it loads chunks of an earlier import again.
    pub is_rerun: bool,
    /// Its state.
    pub state: ShownState,
    /// When it started.
    pub started: Timestamp,
    /// When it ended; none while it runs.
    pub ended: Option<Timestamp>,
    /// Rows of the import when it ended, if it says so.
    pub rows: Option<RowCounts>,
    /// The error's name, and its cause as readable text.
    pub error: Option<(String, String)>,
}

/// A page of executions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExecutionList {
    /// The executions, newest first.
    pub executions: Vec<ListedExecution>,
    /// Where the next page begins; none after the last.
    pub next: Option<String>,
}

/// An import in one of its executions.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownImport {
    /// The execution.
    pub execution: ListedExecution,
    /// The uploaded object, as a URI.
    pub object: String,
    /// Its bytes.
    pub size: u64,
    /// The import's latest summary; none before the first.
    pub summary: Option<Summary>,
    /// The definition that the execution follows, in the Amazon States Language.
    pub definition: String,
    /// What happened in the execution, in order.
    pub events: Vec<ExecutionEvent>,
    /// The message to subscribers, once it is sent.
    pub message: Option<String>,
    /// Whether a redrive could load more.
    pub is_redrivable: bool,
    /// What this version of its lineup changed; none if there was none before.
    pub changes: Option<VersionDifferences>,
}

/// The chunks of an import.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChunkStates {
    /// How many there are; 0 before the file is split.
    pub total: u32,
    /// Those that are loaded.
    pub loaded: BTreeSet<u32>,
    /// Those that failed, as the latest summary names them.
    pub failed: Vec<FailedChunk>,
    /// When the loaded ones were loaded, in order of number; of many chunks, some.
    pub times: Vec<ChunkTime>,
}

/// A chunk: pairs of a name and a value, in the order in which they are shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChunkFacts {
    /// `LOADED`, `FAILED`, `LOADING` or `NOT LOADED`.
    pub state: String,
    /// Bytes, lines, rows, time.
    pub facts: Vec<(String, String)>,
    /// Why it failed.
    pub error: Option<String>,
    /// What happened in the execution that loaded it, or tried to. Empty before it has begun.
    pub log: Vec<ExecutionEvent>,
    /// Whether that execution goes on.
    pub is_loading: bool,
    /// What the function that loads it wrote to its log about it.
    pub output: FunctionOutput,
}

/// What a function wrote to its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionOutput {
    /// The latest lines.
    Lines(Vec<String>),
    /// It is in another place, and this command prints it.
    Elsewhere(String),
}

impl Default for FunctionOutput {
    fn default() -> Self {
        Self::Lines(Vec::new())
    }
}

/// A rejected row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectLine {
    /// Where it stands in the uploaded file: `7`, or `sheet Friday, row 7`.
    pub place: String,
    /// The column; none if the reject is about the whole row.
    pub column: Option<String>,
    /// The column's value.
    pub value: String,
    /// What was wrong.
    pub reason: String,
    /// The row, as text.
    pub row: String,
}

/// How rejected rows are downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectsForm {
    /// Line, column, value, reason, row.
    Report,
    /// The rows alone under the header of their file, to be corrected and imported.
    Fix,
}

/// What an import would read of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CheckedLineup {
    /// Form, header, columns, rows, cost: pairs of a name and a value.
    pub facts: Vec<(String, String)>,
    /// What was understood, in sentences.
    pub notes: Vec<String>,
    /// Warnings, each with the first rows that it is about.
    pub warnings: Vec<(String, Vec<String>)>,
    /// How many rows would be rejected.
    pub rejected: u64,
    /// The first of them.
    pub rejects: Vec<String>,
    /// What an import would change of its lineup.
    pub changes: ProposedChanges,
}

/// An import that an upload started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedImport {
    /// The import.
    pub import_id: Uuid,
    /// The name of its execution.
    pub execution: String,
}
