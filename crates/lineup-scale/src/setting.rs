//! An import to simulate: its file, the parameters of the stack, the quotas of the account.

use lineup_contracts::options::DEFAULT_CHUNK_BYTES;
use lineup_costs::{ImportFile, ModelError, SampleLineup};

use crate::assumptions::{
    BATCHES_IN_FLIGHT, GROWTH_SECONDS, LAMBDA_QUOTA, NEW_TABLE_UNITS, PROCESSOR_MEGABYTES, ROWS_A_BATCH,
    ROWS_A_PROCESSOR_SECOND, SPLIT_SECONDS, TABLE_QUOTA,
};

/// `MemorySize` of `load`, in megabytes.
const LOAD_MEGABYTES: f64 = 512.0;
/// `MaxConcurrency` of the template.
pub(crate) const DEFAULT_CONCURRENCY: u64 = 8;
/// Sets of a stage on a day, in the sample of `lineup-costs`.
const SETS_A_STAGE_DAY: f64 = 24.0;
/// Sets of a performer, in that sample.
const SETS_A_PERFORMER: f64 = 4.0;

/// How the rows of a file are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOrder {
    /// By date, and on a date by stage: as most lineups are.
    Date,
    /// By stage, and on a stage by date.
    Stage,
    /// By performer.
    Performer,
    /// Not at all.
    Random,
}

impl FileOrder {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Date, Self::Stage, Self::Performer, Self::Random];

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Date => "by date and stage",
            Self::Stage => "by stage and date",
            Self::Performer => "by performer",
            Self::Random => "random",
        }
    }
}

/// An import to simulate.
///
/// ```
/// use lineup_scale::{FileOrder, ImportSetting};
///
/// let setting = ImportSetting { order: FileOrder::Random, max_concurrency: 40, ..ImportSetting::new(1_000_000) };
/// assert_eq!((setting.shape()?.chunks, setting.warm_units), (9, 4_000.0));
/// # Ok::<_, lineup_costs::ModelError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImportSetting {
    /// Rows of the file, which are those of [`SampleLineup`].
    pub rows: u64,
    /// Whether they have a popularity, and are in a second index.
    pub popularity: bool,
    /// How they are sorted.
    pub order: FileOrder,
    /// Sets of a stage on a day: rows of a partition key of `ByStageDay`.
    pub sets_a_stage_day: f64,
    /// Bytes of a chunk.
    pub chunk_bytes: u64,
    /// How many chunks load at a time.
    pub max_concurrency: u64,
    /// Write units a second that the table takes at first, and each index.
    pub warm_units: f64,
    /// Write units a second that the table takes at most, and each index.
    pub quota_units: f64,
    /// Executions at a time that the account may have.
    pub lambda_quota: f64,
    /// Seconds within which a table comes to take twice its previous peak.
    pub growth_seconds: f64,
    /// Seconds at its limit after which a partition is split.
    pub heat_seconds: f64,
    /// Whether `load` wrote the rows of its chunk in a random order. It does not.
    pub spread: bool,
}

/// A file as the simulation takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct FileShape {
    /// What the cost depends on.
    pub file: ImportFile,
    /// Chunks.
    pub chunks: u64,
    /// Rows of a chunk.
    pub rows_a_chunk: f64,
    /// Days with rows.
    pub days: f64,
    /// Stage-days.
    pub stage_days: f64,
}

impl ImportSetting {
    /// A file of so many rows by date, without a popularity, in a new stack of an older account: the defaults.
    pub fn new(rows: u64) -> Self {
        Self {
            rows,
            popularity: false,
            order: FileOrder::Date,
            sets_a_stage_day: SETS_A_STAGE_DAY,
            chunk_bytes: DEFAULT_CHUNK_BYTES,
            max_concurrency: DEFAULT_CONCURRENCY,
            warm_units: NEW_TABLE_UNITS,
            quota_units: TABLE_QUOTA,
            lambda_quota: LAMBDA_QUOTA,
            growth_seconds: GROWTH_SECONDS,
            heat_seconds: SPLIT_SECONDS,
            spread: false,
        }
    }

    /// The same with table and indexes warmed to so many units.
    #[must_use]
    pub fn warmed(self, units: f64) -> Self {
        Self { warm_units: units, ..self }
    }

    /// The file of this setting.
    ///
    /// # Errors
    /// None in fact: see [`SampleLineup::measure`].
    pub fn shape(&self) -> Result<FileShape, ModelError> {
        let lineup = SampleLineup::new(self.rows, self.popularity);
        let file = ImportFile::sample(lineup)?;
        let chunks = file.text_bytes.div_ceil(self.chunk_bytes.max(1)).max(1);
        Ok(FileShape {
            chunks,
            rows_a_chunk: file.rows / chunks as f64,
            days: lineup.days() as f64,
            stage_days: file.rows / self.sets_a_stage_day,
            file: ImportFile { chunks, ..file },
        })
    }

    /// How many rows of one partition key follow each other: in the table, and in `ByStageDay`.
    pub(crate) fn rows_a_key(&self) -> [f64; 2] {
        match self.order {
            FileOrder::Date | FileOrder::Stage => [1.0, self.sets_a_stage_day],
            FileOrder::Performer => [SETS_A_PERFORMER, 1.0],
            FileOrder::Random => [1.0, 1.0],
        }
    }

    /// How many partition keys one `load` writes to at a time, where so many rows of a key follow each other.
    pub(crate) fn keys_at_a_time(&self, rows_a_key: f64, rows_a_chunk: f64) -> f64 {
        let window = (BATCHES_IN_FLIGHT * ROWS_A_BATCH).min(rows_a_chunk);
        let in_order = window / rows_a_key;
        // So many random rows of a chunk with so many keys have so many different ones.
        let keys = rows_a_chunk / rows_a_key;
        let spread = keys * -(-window / keys).exp_m1();
        if self.spread { spread.max(in_order) } else { in_order }.max(1.0)
    }

    /// Rows that one `load` writes in a second, where nothing holds it up.
    pub(crate) fn rows_a_function() -> f64 {
        ROWS_A_PROCESSOR_SECOND * LOAD_MEGABYTES / PROCESSOR_MEGABYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_concurrency_are_those_of_the_template() {
        let template = lineup_costs::StackTemplate::parse(include_str!("../../../template.yaml"));
        let memory = template.property("LoadFunction", "MemorySize").unwrap();
        assert_eq!(memory.parse(), Ok(LOAD_MEGABYTES));
        let concurrency = template.default_of("MaxConcurrency").unwrap();
        assert_eq!(concurrency.trim_matches('"').parse(), Ok(DEFAULT_CONCURRENCY));
    }

    #[test]
    fn rows_that_are_spread_have_more_keys_at_a_time_unless_a_chunk_has_one() {
        let sorted = ImportSetting { sets_a_stage_day: 1_000.0, ..ImportSetting::new(1_000_000) };
        let spread = ImportSetting { spread: true, ..sorted };
        assert_eq!(sorted.keys_at_a_time(1_000.0, 120_000.0), 3.2);
        assert!((119.0..=120.0).contains(&spread.keys_at_a_time(1_000.0, 120_000.0)));
        assert_eq!(spread.keys_at_a_time(200_000.0, 120_000.0), 1.0);
        assert_eq!(sorted.keys_at_a_time(1.0, 120_000.0), 3_200.0);
    }
}
