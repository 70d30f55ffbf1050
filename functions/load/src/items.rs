//! The first stages: bytes → records → rows → items, without I/O.
//!
//! A row that cannot be read goes to the rejects, and one that another chunk replaces nowhere. Both are counted.

use delimited::Chunk;
use delimited::records::{Next, Records};
use lineup::reject::{Reason, Reject};
use lineup_contracts::layout::Layout;
use lineup_contracts::{Manifest, RowCounts};
use lineup_table::{Item, ItemReader};
use lineup_versions::SkippedOffsets;

use crate::Error;
use crate::rejects::Rejects;

/// A place in the chunk, at a record or behind the last one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The byte at which the record begins.
    pub(crate) start: u64,
    /// The line of that byte.
    pub(crate) line: u64,
    /// The counts of the chunk's rows before that byte.
    pub(crate) rows: RowCounts,
}

impl Mark {
    /// The same place, where `replaced` of the rows that count as written were replaced by later ones.
    pub(crate) fn with_replaced(mut self, replaced: u64) -> Self {
        self.rows.written -= replaced;
        self.rows.replaced += replaced;
        self
    }
}

/// Reads the items of a chunk.
pub(crate) struct ChunkItems {
    chunk: u32,
    records: Records,
    reader: ItemReader,
    /// The rows that are not written, because another chunk has their keys further down the file.
    skips: SkippedOffsets,
    /// The rows that could not be read.
    pub(crate) rejects: Rejects,
    /// The rows so far. An item counts as written.
    rows: RowCounts,
}

impl ChunkItems {
    /// Starts at the beginning of `chunk`.
    pub(crate) fn new(manifest: &Manifest, chunk: Chunk, skips: SkippedOffsets) -> Self {
        let above = manifest.above.get(&chunk.chunk).cloned().unwrap_or_default();
        Self {
            chunk: chunk.chunk,
            records: Records::new(manifest.dialect, chunk.start, chunk.first_line),
            reader: ItemReader::new(&manifest.columns, &manifest.reading).with_above(above),
            skips,
            rejects: Rejects::new(Layout(manifest.import_id), chunk),
            rows: RowCounts::default(),
        }
    }

    /// Adds the next bytes of the chunk, or marks its end. Take all items before you add more.
    pub(crate) fn push(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.records.push(bytes),
            None => self.records.finish(),
        }
    }

    /// The next item, with the place of its record; `None` if more bytes are needed, or at the end.
    pub(crate) fn next_item(&mut self) -> Result<Option<(Mark, &Item)>, Error> {
        while let Some(next) = self.records.next_record() {
            let rows = self.rows;
            match next {
                Next::Record(record) => match self.reader.read_record(&record).map(|item| item.is_some()) {
                    Ok(false) => continue,
                    Ok(true) if self.skips.has(record.start) => self.rows.replaced += 1,
                    Ok(true) => {
                        self.rows.read += 1;
                        self.rows.written += 1;
                        let mark = Mark { start: record.start, line: record.line, rows };
                        return Ok(Some((mark, self.reader.item())));
                    }
                    Err(reject) => {
                        self.rejects.add(record.start, record.line, &reject, record.raw)?;
                        self.rows.rejected += 1;
                    }
                },
                Next::TooLong(record) => {
                    let reject = Reject::whole_row(Reason::RecordTooLong);
                    self.rejects.add(record.start, record.line, &reject, record.head)?;
                    self.rows.rejected += 1;
                }
                Next::UnclosedQuote { line } => return Err(Error::NotOnRecords { chunk: self.chunk, line }),
            }
            self.rows.read += 1;
        }
        Ok(None)
    }

    /// The place behind the records so far.
    pub(crate) fn end(&self) -> Mark {
        Mark { start: self.records.next_start(), line: self.records.next_line(), rows: self.rows }
    }
}
