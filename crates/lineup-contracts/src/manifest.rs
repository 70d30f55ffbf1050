//! The objects that `convert` and `split` write about an import.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use std::collections::{BTreeMap, BTreeSet};

use delimited::Dialect;
use lineup::header::Columns;
use lineup::origin::Origin;
use lineup::reading::Reading;
use lineup::row::RowAbove;
use lineup::splitter::SplitProgress;
use lineup::survey::{Sightings, Warning};
use lineup::text::TextEncoding;
use lineup_versions::{ReplaceMode, Version};

use crate::lineup::{LineupId, VersionChanges};

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

impl Conversion {
    /// What was understood of the file, in sentences for the message.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = vec![format!("The file was read as {}.", self.form)];
        if !self.left_out.is_empty() {
            notes.push(format!("Not read: {}.", self.left_out.join(", ")));
        }
        notes
    }
}

/// `manifest.json`: written when the split is complete.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The import.
    pub import_id: Uuid,
    /// What is imported.
    pub source: Source,
    /// The text that was made of the source, where that cannot be split. The chunks are ranges of it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
    /// The dialect of the text.
    pub dialect: Dialect,
    /// Its columns, in its order.
    pub columns: Columns,
    /// How its values are read: what the planner said, and what was decided from the rows.
    #[serde(default)]
    pub reading: Reading,
    /// What was understood of the file, in sentences for the message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Rows that load but look wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// The date and stage of the row above each chunk, by its number, where blank ones are filled.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub above: BTreeMap<u32, RowAbove>,
    /// What the survey found, of a dry run: no row of it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<DryRun>,
    /// The chunks that have rows whose keys other chunks have, further down the file: those rows are not written.
    /// Their offsets are in `skips/<chunk>`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skips: BTreeSet<u32>,
    /// Which version of its lineup the file is; `None` for an import that keeps none: it is neither compared with another one nor
    /// does it wait for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// What becomes of what only the version before has.
    #[serde(default)]
    pub replace: ReplaceMode,
    /// How many chunks `chunks.jsonl` has.
    pub chunks: u32,
    /// The size of the grid's cells, in bytes.
    pub chunk_bytes: u64,
    /// How many chunks load at a time.
    pub max_concurrency: u32,
    /// The execution that split it.
    pub execution_arn: String,
}

impl Manifest {
    /// The object that the chunks are ranges of: the source, or the text that was made of it.
    pub fn text(&self) -> &Source {
        self.conversion.as_ref().map_or(&self.source, |conversion| &conversion.text)
    }

    /// The lineup that the file is a version of.
    pub fn lineup_id(&self) -> LineupId {
        LineupId::of(&self.source.bucket, &self.source.key)
    }

    /// Where a line of the text stands in the file that was uploaded.
    pub fn origin(&self) -> &Origin {
        self.conversion.as_ref().map_or(&Origin::Lines, |conversion| &conversion.origin)
    }
}

/// What the survey found where no row is written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DryRun {
    /// The rows of the file.
    pub rows: u64,
    /// Those that cannot be read: how many, and the first.
    pub rejects: Sightings,
    /// What an import of the file would change; `None` if there is no version before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<VersionChanges>,
}

/// `surveys/<pass>/survey.json`: how the chunks are read in a pass of the survey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// The manifest, as far as it is known before the survey.
    pub draft: Manifest,
    /// The encoding of the header.
    pub header_encoding: TextEncoding,
}

/// `split.json`: how far the split of a large file came in the invocations so far. What it says depends on the text alone, so that one
/// invocation may write it over another's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedSplit {
    /// What is split: the source, or the text that was made of it.
    pub text: Source,
    /// The size of the grid's cells, in bytes.
    pub chunk_bytes: u64,
    /// Where it stopped, with the chunks so far.
    pub progress: SplitProgress,
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
