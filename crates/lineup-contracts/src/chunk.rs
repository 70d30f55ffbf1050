//! The result of loading a chunk.

use delimited::Chunk;
use serde::{Deserialize, Serialize};

/// The object that has a list of chunks: JSON Lines of [`Chunk`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkList {
    /// The imports bucket.
    pub bucket: String,
    /// `chunks.jsonl` or `retry-<n>.jsonl` of the import.
    pub key: String,
    /// How many chunks the list has.
    pub count: u32,
}

/// Rows by what happened to them: `read = written + rejected + replaced`.
///
/// ```
/// use lineup_contracts::RowCounts;
///
/// let mut rows = RowCounts { read: 2, written: 2, ..RowCounts::default() };
/// rows += RowCounts { read: 1, rejected: 1, ..RowCounts::default() };
/// assert_eq!((rows.read, rows.written + rows.rejected + rows.replaced), (3, 3));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    /// Records of the file, without its header.
    pub read: u64,
    /// Rows that were written to the table.
    pub written: u64,
    /// Rows that could not be read; each has a line in a rejects file.
    pub rejected: u64,
    /// Rows whose key a later row of the file repeats.
    pub replaced: u64,
}

impl std::ops::AddAssign for RowCounts {
    fn add_assign(&mut self, other: Self) {
        self.read += other.read;
        self.written += other.written;
        self.rejected += other.rejected;
        self.replaced += other.replaced;
    }
}

/// `results/<chunk>.json`. A chunk is loaded when this object exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChunkResult {
    /// The chunk that was loaded.
    #[serde(flatten)]
    pub chunk: Chunk,
    /// Its rows.
    pub rows: RowCounts,
    /// Bytes read: the chunk's length.
    pub bytes: u64,
    /// Write units (WCU) that DynamoDB reported as consumed, indexes and calendar included.
    pub write_units: f64,
    /// Requests that DynamoDB throttled, and items it left unprocessed.
    pub throttles: u64,
    /// Time spent loading, over all invocations, in milliseconds.
    pub milliseconds: u64,
    /// How many invocations it took.
    pub invocations: u32,
    /// The keys of its rejects files, in the order of the rows.
    pub rejects: Vec<String>,
    /// The execution that loaded it.
    pub execution_arn: String,
}
