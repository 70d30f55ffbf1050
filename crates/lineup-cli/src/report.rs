//! What `lineup import --json` prints.

use lineup_contracts::{ChunkCounts, Outcome, Reported, RowCounts};
use serde::Serialize;
use uuid::Uuid;

use crate::exit::Exit;

/// One import, told to a script. The field names are a contract.
#[derive(Debug, Serialize)]
pub struct ImportReport {
    /// `null` where the upload itself failed.
    pub import_id: Option<Uuid>,
    /// `null` where no execution started.
    pub execution_arn: Option<String>,
    /// `FAILED` too where the data is loaded but the execution failed behind it.
    pub outcome: Outcome,
    /// Rows of the loaded chunks.
    pub rows: RowCounts,
    /// Chunks.
    pub chunks: ChunkCounts,
    /// Write units consumed.
    pub write_units: f64,
    /// From the start of the upload to the end of the execution.
    pub seconds: f64,
    /// The error's name, of a failed execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

impl ImportReport {
    /// Of an import that has not come to anything.
    pub fn failed(seconds: f64) -> Self {
        Self {
            import_id: None,
            execution_arn: None,
            outcome: Outcome::Failed,
            rows: RowCounts::default(),
            chunks: ChunkCounts::default(),
            write_units: 0.0,
            seconds,
            error: None,
            cause: None,
        }
    }

    /// Takes over what a summary says.
    pub fn with_summary(self, summary: Reported) -> Self {
        let Reported { outcome, rows, chunks, write_units, .. } = summary;
        Self { outcome, rows, chunks, write_units, ..self }
    }

    /// The exit code of an import that ended like this.
    pub fn exit(&self) -> Exit {
        match self.outcome {
            Outcome::Succeeded => Exit::Succeeded,
            Outcome::Partial => Exit::Partial,
            Outcome::Failed => Exit::Failed,
        }
    }
}
