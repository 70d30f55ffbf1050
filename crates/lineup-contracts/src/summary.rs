//! The summary of an import.

use lineup::survey::Warning;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::chunk::RowCounts;
use crate::lineup::VersionChanges;
use crate::manifest::Source;

/// How an import ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// Every chunk is loaded and no row was rejected.
    Succeeded,
    /// Every chunk is loaded; some rows were rejected.
    Partial,
    /// A chunk is not loaded, or rows of the version before are not removed.
    Failed,
    /// A newer upload of the lineup took over. What was loaded of this one is replaced.
    Superseded,
}

impl Outcome {
    /// The word in JSON and in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "SUCCEEDED",
            Self::Partial => "PARTIAL",
            Self::Failed => "FAILED",
            Self::Superseded => "SUPERSEDED",
        }
    }
}

/// Chunks by state: `total = loaded + failed`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkCounts {
    /// Chunks of the import.
    pub total: u32,
    /// Chunks that have a result object.
    pub loaded: u32,
    /// Chunks that have none.
    pub failed: u32,
}

/// A chunk that is not loaded, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedChunk {
    /// Its number, from 1.
    pub chunk: u32,
    /// The byte where it begins.
    pub start: u64,
    /// The byte after its end.
    pub end: u64,
    /// Its first line in the file, from 1.
    pub first_line: u64,
    /// The name of the error of its child execution; `NotRun` if it has none.
    pub error: String,
    /// The error's text, perhaps only its beginning.
    pub cause: String,
}

/// `summary.json`, written again after every run of the import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The import.
    pub import_id: Uuid,
    /// What was imported.
    pub source: Source,
    /// The execution that wrote this summary.
    pub execution_arn: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether this was a dry run: what was read would be written, and was not.
    #[serde(default)]
    pub dry_run: bool,
    /// Rows of the loaded chunks; of a dry run, those of the file.
    pub rows: RowCounts,
    /// Chunks.
    pub chunks: ChunkCounts,
    /// Every chunk that is not loaded, in order of number. The state of the execution has only
    /// the first [`Summary::FAILED_IN_STATE`], because of the payload limit of 256 KiB.
    pub failed_chunks: Vec<FailedChunk>,
    /// The first rejected rows, as people read them: `line 7, Start "late": not a time`.
    pub reject_samples: Vec<String>,
    /// What was understood of the file.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Rows that load but look wrong.
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// How the file differs from the version before; `None` if there is none.
    #[serde(default)]
    pub changes: Option<VersionChanges>,
    /// Write units consumed.
    pub write_units: f64,
    /// Requests throttled and items left unprocessed.
    pub throttles: u64,
    /// Time spent loading, added over the chunks, in milliseconds.
    pub milliseconds: u64,
}

impl Summary {
    /// How many failed chunks the execution's state and the message carry in full.
    pub const FAILED_IN_STATE: usize = 20;
    /// How much of a failed chunk's cause a summary keeps, in characters. A function's error may have
    /// 32 KiB, and the execution's state has [`Summary::FAILED_IN_STATE`] of them.
    pub const CAUSE_CHARACTERS: usize = 1_000;
    /// How many rejected rows a summary shows.
    pub const REJECT_SAMPLES: usize = 5;
}

/// The part of a summary that the execution's state carries (`$.summary`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reported {
    /// See [`Summary::outcome`].
    pub outcome: Outcome,
    /// See [`Summary::dry_run`].
    #[serde(default)]
    pub dry_run: bool,
    /// See [`Summary::rows`].
    pub rows: RowCounts,
    /// See [`Summary::chunks`].
    pub chunks: ChunkCounts,
    /// See [`Summary::failed_chunks`].
    pub failed_chunks: Vec<FailedChunk>,
    /// See [`Summary::reject_samples`].
    pub reject_samples: Vec<String>,
    /// See [`Summary::notes`].
    #[serde(default)]
    pub notes: Vec<String>,
    /// See [`Summary::warnings`].
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// See [`Summary::changes`].
    #[serde(default)]
    pub changes: Option<VersionChanges>,
    /// See [`Summary::write_units`].
    pub write_units: f64,
    /// See [`Summary::throttles`].
    pub throttles: u64,
    /// See [`Summary::milliseconds`].
    pub milliseconds: u64,
}

impl From<Summary> for Reported {
    fn from(summary: Summary) -> Self {
        let mut failed_chunks = summary.failed_chunks;
        failed_chunks.truncate(Summary::FAILED_IN_STATE);
        Self {
            outcome: summary.outcome,
            dry_run: summary.dry_run,
            rows: summary.rows,
            chunks: summary.chunks,
            failed_chunks,
            reject_samples: summary.reject_samples,
            notes: summary.notes,
            warnings: summary.warnings,
            changes: summary.changes,
            write_units: summary.write_units,
            throttles: summary.throttles,
            milliseconds: summary.milliseconds,
        }
    }
}
