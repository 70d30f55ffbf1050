//! Turns the bytes of a chunk into batches and rejects, without I/O.

use delimited::Chunk;
use delimited::records::{Next, Records};
use lineup::reject::{Reason, Reject};
use lineup_contracts::layout::Layout;
use lineup_contracts::{Manifest, RowCounts};
use lineup_table::ItemReader;
use lineup_versions::SkippedOffsets;

use crate::Error;
use crate::packer::{Mark, Pack, Packer};
use crate::rejects::{Rejects, RejectsFile};

/// What the caller has to do next.
#[derive(Debug)]
pub(crate) enum Step {
    /// Write these items.
    Write(Pack),
    /// Write this file of rejects.
    Keep(RejectsFile),
}

/// Reads the rows of a chunk.
pub(crate) struct ChunkRows {
    chunk: Chunk,
    records: Records,
    reader: ItemReader,
    packer: Packer,
    rejects: Rejects,
    /// The rows that are not written, because another chunk has their keys further down the file.
    skips: SkippedOffsets,
    read: u64,
    rejected: u64,
    skipped: u64,
}

impl ChunkRows {
    /// Starts at the beginning of `chunk`. The rows before byte `resume_at` are written already.
    pub(crate) fn new(manifest: &Manifest, chunk: Chunk, skips: SkippedOffsets, resume_at: u64) -> Self {
        // Rows of an import that keeps no version can be told from those of one that does.
        let lineup = manifest.version.as_ref().map(|_| manifest.lineup_id().as_str().to_owned());
        let above = manifest.above.get(&chunk.chunk).cloned().unwrap_or_default();
        Self {
            chunk,
            records: Records::new(manifest.dialect, chunk.start, chunk.first_line),
            reader: ItemReader::new(&manifest.columns, &manifest.reading).with_above(above),
            packer: Packer::new(lineup, resume_at),
            rejects: Rejects::new(Layout(manifest.import_id), chunk),
            skips,
            read: 0,
            rejected: 0,
            skipped: 0,
        }
    }

    /// Adds the next bytes of the chunk. Take all steps before you add more.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.records.push(bytes);
    }

    /// Marks the end of the chunk.
    pub(crate) fn finish(&mut self) {
        self.records.finish();
    }

    /// The position before the next record.
    pub(crate) fn mark(&self) -> Mark {
        let replaced = self.packer.replaced() + self.skipped;
        let written = self.read - self.rejected - replaced;
        Mark {
            start: self.records.next_start(),
            line: self.records.next_line(),
            rows: RowCounts { read: self.read, written, rejected: self.rejected, replaced },
        }
    }

    /// The next step; `None` if more bytes are needed, or at the end.
    pub(crate) fn step(&mut self) -> Result<Option<Step>, Error> {
        loop {
            let before = self.mark();
            let Some(next) = self.records.next_record() else { return Ok(None) };
            self.read += 1;
            let step = match next {
                Next::Record(record) => match self.reader.read_record(&record) {
                    Ok(Some(_)) if self.skips.has(record.start) => {
                        self.skipped += 1;
                        None
                    }
                    Ok(Some(item)) => self.packer.push(record.start, item, before).map(Step::Write),
                    Ok(None) => {
                        self.read -= 1;
                        None
                    }
                    Err(reject) => {
                        self.rejected += 1;
                        self.rejects.add(record.start, record.line, &reject, record.raw)?.map(Step::Keep)
                    }
                },
                Next::TooLong(record) => {
                    self.rejected += 1;
                    let reject = Reject::whole_row(Reason::RecordTooLong);
                    self.rejects.add(record.start, record.line, &reject, record.head)?.map(Step::Keep)
                }
                Next::UnclosedQuote { line } => {
                    return Err(Error::NotOnRecords { chunk: self.chunk.chunk, line });
                }
            };
            if step.is_some() {
                return Ok(step);
            }
        }
    }

    /// The last batch of the chunk.
    pub(crate) fn last_pack(&mut self) -> Option<Pack> {
        let end = self.mark();
        self.packer.finish(end)
    }

    /// The last file of rejects of the chunk.
    pub(crate) fn last_rejects(&mut self) -> Result<Option<RejectsFile>, Error> {
        self.rejects.finish()
    }
}
