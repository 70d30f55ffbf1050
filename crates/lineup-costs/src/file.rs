//! A file to import, as far as its cost depends on it.

use lineup::header::HeaderError;
use lineup_contracts::options::DEFAULT_CHUNK_BYTES;

use crate::measure::LineupMeasure;
use crate::sample::SampleLineup;

/// The most bytes of rows that `split` surveys itself.
const SURVEYED_BYTES: u64 = 64 << 20;

/// A file to import.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportFile {
    /// Rows that can be read.
    pub rows: f64,
    /// Write units of these rows, without the calendar's.
    pub write_units: f64,
    /// Bytes of the items, once each.
    pub item_bytes: f64,
    /// Entries of the rows that are written to the indexes.
    pub index_entries: f64,
    /// Calendar entries that the file needs, of a write unit each.
    pub calendar_entries: u64,
    /// Days on which the file has rows: `load` asks the calendar about each.
    pub days: u64,
    /// Bytes of the upload.
    pub upload_bytes: u64,
    /// Bytes of the text that is split: the upload, or what it is converted to.
    pub text_bytes: u64,
    /// Chunks.
    pub chunks: u64,
    /// Chunks in which rows are rejected.
    pub chunks_with_rejects: u64,
    /// How often `split` looks through the rows: once, or twice if they are in another order than it takes them for.
    pub surveys: u64,
    /// Whether it is converted first.
    pub is_converted: bool,
    /// Whether it takes the place of an earlier version, with which it is compared.
    pub is_new_version: bool,
    /// Rows of the earlier version that are removed.
    pub removed_rows: f64,
}

impl ImportFile {
    /// A file with the rows that were measured: text of `bytes` in `chunks` chunks, with no rejects.
    pub fn measured(measure: &LineupMeasure, bytes: u64, chunks: u64) -> Self {
        Self {
            rows: measure.rows() as f64,
            write_units: measure.write_units() as f64,
            item_bytes: measure.item_bytes() as f64,
            index_entries: measure.index_entries() as f64,
            calendar_entries: measure.calendar_entries(),
            days: measure.days(),
            upload_bytes: bytes,
            text_bytes: bytes,
            chunks,
            chunks_with_rejects: 0,
            surveys: 1,
            is_converted: false,
            is_new_version: false,
            removed_rows: 0.0,
        }
    }

    /// A file of the sample's rows, in chunks of the usual size.
    ///
    /// # Errors
    /// None in fact: see [`SampleLineup::measure`].
    pub fn sample(lineup: SampleLineup) -> Result<Self, HeaderError> {
        let bytes = lineup.file_bytes();
        let measured = Self::measured(&lineup.measure()?, bytes, bytes.div_ceil(DEFAULT_CHUNK_BYTES));
        let times = lineup.rows() as f64 / lineup.measured_rows() as f64;
        Ok(Self {
            calendar_entries: lineup.calendar_entries(),
            days: lineup.days(),
            ..measured.with_rows_times(times)
        })
    }

    /// A file with `rows` rows like those of this one: as many bytes, write units and calendar entries a row.
    #[must_use]
    pub fn with_rows(&self, rows: u64) -> Self {
        let times = rows as f64 / self.rows.max(1.0);
        let scaled = |count: u64| (count as f64 * times).ceil() as u64;
        let text_bytes = scaled(self.text_bytes);
        Self {
            calendar_entries: scaled(self.calendar_entries),
            days: scaled(self.days),
            upload_bytes: scaled(self.upload_bytes),
            text_bytes,
            chunks: text_bytes.div_ceil(DEFAULT_CHUNK_BYTES).max(1),
            chunks_with_rejects: scaled(self.chunks_with_rejects),
            removed_rows: self.removed_rows * times,
            ..self.with_rows_times(times)
        }
    }

    fn with_rows_times(&self, times: f64) -> Self {
        Self {
            rows: self.rows * times,
            write_units: self.write_units * times,
            item_bytes: self.item_bytes * times,
            index_entries: self.index_entries * times,
            ..self.clone()
        }
    }

    /// The same file with a popularity in every row.
    #[must_use]
    pub fn with_popularity(&self) -> Self {
        // The table has each row once, and two indexes have it then.
        let a_copy = self.write_units / (self.rows + self.index_entries).max(1.0);
        Self { write_units: a_copy * 3.0 * self.rows, index_entries: 2.0 * self.rows, ..self.clone() }
    }

    /// The same file once more: the calendar has its entries already, and an item that is put as it stands there writes to
    /// no index (DynamoDB guide, "Global secondary indexes", "Write capacity units").
    #[must_use]
    pub fn again(&self) -> Self {
        Self {
            calendar_entries: 0,
            write_units: self.table_units(),
            index_entries: 0.0,
            is_new_version: true,
            ..self.clone()
        }
    }

    /// A corrected version of it, as a second one: the rest is as it was. A row with another popularity leaves its place in one index. One
    /// with another time is written anew, and removed where it was; one that is gone is removed. Removing takes a unit where adding does.
    #[must_use]
    pub fn corrected(&self, popularity: f64, moved: f64, gone: f64) -> Self {
        let a_copy = self.write_units / (self.rows + self.index_entries).max(1.0);
        let copies = 1.0 + self.index_entries / self.rows.max(1.0);
        let (same, removed) = (self.again(), moved + gone);
        // Of an index a changed key is a delete and a put.
        let more = popularity * 3.0 + moved * (2.0 * copies - 1.0) + gone * (copies - 1.0);
        Self { write_units: same.write_units + more * a_copy, removed_rows: removed, ..same }
    }

    /// Whether a Distributed Map surveys its rows, because they are more than `split` looks through.
    pub fn is_surveyed_by_map(&self) -> bool {
        self.text_bytes > SURVEYED_BYTES
    }

    /// Write units of its rows in the table alone. An index takes at most as many, and each has a limit of its own.
    pub fn table_units(&self) -> f64 {
        self.write_units * self.rows / (self.rows + self.index_entries).max(1.0)
    }

    /// Write units of rows and calendar.
    pub fn all_write_units(&self) -> f64 {
        self.write_units + self.calendar_entries as f64
    }

    /// Bytes that the table and its indexes keep of it.
    pub fn stored_bytes(&self) -> f64 {
        let a_row = self.item_bytes / self.rows.max(1.0) + crate::assumptions::STORED_BYTES_AN_ITEM;
        a_row * (self.rows + self.index_entries)
    }

    /// Bytes of it that the backup keeps: those of the table, without its indexes.
    pub fn backup_bytes(&self) -> f64 {
        self.item_bytes + self.rows * crate::assumptions::STORED_BYTES_AN_ITEM
    }
}
