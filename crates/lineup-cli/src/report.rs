//! The output of `lineup import --json`.

use lineup::survey::Warning;
use lineup_contracts::{ChunkCounts, Outcome, Reported, RowCounts, VersionChanges};
use serde::Serialize;
use uuid::Uuid;

use crate::exit::Exit;

/// One import, as JSON for scripts. The field names are a contract.
#[derive(Debug, Serialize)]
pub(crate) struct ImportReport {
    /// The import; `null` if the command itself failed.
    pub import_id: Option<Uuid>,
    /// The execution; `null` if the command itself failed.
    pub execution_arn: Option<String>,
    /// The outcome. It is also `FAILED` if the data is loaded but the execution failed later.
    pub outcome: Outcome,
    /// Whether this was a dry run, of which nothing is written.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// Rows of the loaded chunks; of a dry run, those of the file.
    pub rows: RowCounts,
    /// The chunks in each state.
    pub chunks: ChunkCounts,
    /// What was understood of the file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Rows that load but look wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// How the file differs from the version before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<VersionChanges>,
    /// Write units consumed.
    pub write_units: f64,
    /// From the start of the upload to the end of the execution.
    pub seconds: f64,
    /// The name of the error of a failed execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The cause of that error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

impl ImportReport {
    /// The report of an import that has no result.
    pub(crate) fn failed(seconds: f64) -> Self {
        Self {
            import_id: None,
            execution_arn: None,
            outcome: Outcome::Failed,
            dry_run: false,
            rows: RowCounts::default(),
            chunks: ChunkCounts::default(),
            notes: Vec::new(),
            warnings: Vec::new(),
            changes: None,
            write_units: 0.0,
            seconds,
            error: None,
            cause: None,
        }
    }

    /// Adds the figures of a summary.
    pub(crate) fn with_summary(self, summary: Reported) -> Self {
        let Reported { outcome, dry_run, rows, chunks, notes, warnings, changes, write_units, .. } = summary;
        Self { outcome, dry_run, rows, chunks, notes, warnings, changes, write_units, ..self }
    }

    /// The exit code of an import that ended like this.
    pub(crate) fn exit(&self) -> Exit {
        match self.outcome {
            Outcome::Succeeded => Exit::Succeeded,
            Outcome::Partial => Exit::Partial,
            // What was to be imported is not what the table has now.
            Outcome::Failed | Outcome::Superseded => Exit::Failed,
        }
    }
}
