//! What a data folder takes of the disk.

use std::fs;
use std::io;
use std::path::Path;

use indicatif::{HumanBytes, HumanCount};
use serde::Serialize;

use crate::lineups::lineup_entries;
use crate::target::Target;

/// What the names of the files of the embedded DynamoDB begin with.
const TABLES: &str = "dynamodb.sqlite";

/// What a data folder takes, as `lineup prune --json` prints it. The field names are a contract.
#[derive(Debug, Serialize)]
pub(crate) struct DiskUse {
    /// Bytes of all files.
    bytes: u64,
    /// Those of the tables with their indexes, which the embedded DynamoDB keeps.
    table_bytes: u64,
    /// The rows that the lineups have in the table.
    rows: u64,
    /// `bytes` for each of them; `null` without rows.
    bytes_a_row: Option<u64>,
}

impl DiskUse {
    /// Of the folder `data`.
    pub(crate) async fn of(target: &Target, data: &Path) -> anyhow::Result<Self> {
        let lineups = lineup_entries(target, usize::MAX).await?;
        let rows = lineups.iter().filter_map(|lineup| lineup.rows).sum();
        let (bytes, table_bytes) = (size(data, "")?, size(data, TABLES)?);
        Ok(Self { bytes, table_bytes, rows, bytes_a_row: bytes.checked_div(rows) })
    }

    /// A line for people.
    pub(crate) fn text(&self) -> String {
        let (all, tables) = (HumanBytes(self.bytes), HumanBytes(self.table_bytes));
        let rows = HumanCount(self.rows);
        let each = self.bytes_a_row.map(|bytes| format!(", {} bytes a row", HumanCount(bytes)));
        let each = each.unwrap_or_default();
        format!("The data folder takes {all}, {tables} of them the tables: {rows} rows{each}.")
    }
}

/// Bytes of the files below `folder`; of those in it alone whose names begin with a prefix, if there is one. What is deleted meanwhile has none.
fn size(folder: &Path, prefix: &str) -> io::Result<u64> {
    let mut bytes = 0;
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(prefix) {
            continue;
        }
        match entry.metadata() {
            Ok(found) if found.is_dir() => bytes += size(&entry.path(), "")?,
            Ok(found) => bytes += found.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}
