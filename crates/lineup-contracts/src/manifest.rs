//! The objects that `convert` and `split` write about an import.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use delimited::Dialect;
use lineup::header::Columns;
use lineup::origin::Origin;

/// The object that is imported. It is pinned: every read requires this etag (and
/// version, if the bucket has versions).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The uploads bucket.
    pub bucket: String,
    /// The object's key, not URL-encoded.
    pub key: String,
    /// The object's version; `null` in a bucket without versions.
    pub version_id: Option<String>,
    /// The entity tag, without quotes.
    pub etag: String,
    /// Bytes.
    pub size: u64,
}

/// `converted.json`: what `convert` made of a file that is not text that can be split. It exists when the text is
/// complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// The text, in the imports bucket, pinned like any source.
    pub text: Source,
    /// Where its lines stand in the file that was uploaded.
    #[serde(default)]
    pub origin: Origin,
    /// What the file was, from the outside: `gzip`, `zip > Excel workbook`.
    pub form: String,
    /// What of the file was not read, for example sheets of a workbook.
    #[serde(default)]
    pub left_out: Vec<String>,
}

/// `manifest.json`: written when the split is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The import.
    pub import_id: Uuid,
    /// What is imported.
    pub source: Source,
    /// The dialect of the file.
    pub dialect: Dialect,
    /// Its columns, in its order.
    pub columns: Columns,
    /// How many chunks `chunks.jsonl` has.
    pub chunks: u32,
    /// The size of the grid's cells, in bytes.
    pub chunk_bytes: u64,
    /// How many chunks load at a time.
    pub max_concurrency: u32,
    /// The execution that split it.
    pub execution_arn: String,
}

/// `claim.json`: which execution imports an event. It is written with
/// `If-None-Match: *`, so that exactly one execution succeeds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The execution that imports the event.
    pub execution_arn: String,
    /// The object of the event.
    pub source: Source,
}
