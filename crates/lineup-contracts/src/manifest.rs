//! The objects that `convert` and `split` write about an import.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use std::collections::{BTreeMap, BTreeSet};

use delimited::{Chunk, Dialect};
use lineup::header::Columns;
use lineup::origin::Origin;
use lineup::reading::Reading;
use lineup::row::RowAbove;
use lineup::splitter::SplitProgress;
use lineup::survey::{Sightings, Warning};
use lineup::text::TextEncoding;
use lineup_versions::{DoubleBookings, ReplaceMode, Version};

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

/// `surveys/<pass>/survey.json`: how the chunks are read in a pass of the survey, or what the pass gathers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// The manifest, as far as it is known before the survey.
    pub draft: Manifest,
    /// The encoding of the header.
    pub header_encoding: TextEncoding,
    /// The runs of the pass before that this pass gathers; `None` of a pass that reads chunks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gathers: Option<GatheredRuns>,
}

/// What a pass gathers: runs of the pass before it, in groups of neighbours. A group leaves what a chunk of all its rows would leave, so that
/// whoever reads it needs not know which of both it is.
///
/// ```
/// use lineup_contracts::GatheredRuns;
///
/// let gathers = GatheredRuns { runs: 600, at_a_time: 256 };
/// assert_eq!((gathers.groups(), gathers.of_group(1), gathers.of_group(3)), (3, 1..=256, 513..=600));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatheredRuns {
    /// How many runs the pass before left, at least one.
    pub runs: u32,
    /// How many of them are one group, at least two. The last group may have fewer.
    pub at_a_time: u32,
}

impl GatheredRuns {
    /// How many groups there are.
    pub fn groups(self) -> u32 {
        self.runs.div_ceil(self.at_a_time.max(1))
    }

    /// The numbers of the runs of a group, which is counted from 1.
    pub fn of_group(self, group: u32) -> std::ops::RangeInclusive<u32> {
        let before = group.saturating_sub(1).saturating_mul(self.at_a_time);
        before + 1..=before.saturating_add(self.at_a_time).min(self.runs)
    }

    /// The parts of the text that the groups have, as a Map's items, where the runs are of these parts.
    pub fn items(self, runs: &[Chunk]) -> Vec<Chunk> {
        let of_group = |(number, group): (u32, &[Chunk])| {
            let (first, last) = (group.first()?, group.last()?);
            Some(Chunk { chunk: number, start: first.start, end: last.end, first_line: first.first_line })
        };
        (1..).zip(runs.chunks(self.at_a_time.max(1) as usize)).filter_map(of_group).collect()
    }
}

/// `surveys/<pass>/ranges/<range>.json`: what was found of a range of performers, where the runs of a file are merged in several ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedRange {
    /// How many rows lose their key to a row of another run.
    pub losers: u64,
    /// Performers that are on two stages at once.
    pub double_bookings: DoubleBookings,
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
