//! From bytes to batches and rejects, without I/O.

use lineup::batch::{Batch, Batcher};
use lineup::contract::{Chunk, Manifest, RowCounts};
use lineup::layout::Layout;
use lineup::records::{Next, Records};
use lineup::reject::{Reason, Reject};
use lineup::row::RowReader;
use lineup::table::Item;

use crate::Error;
use crate::rejects::{Rejects, RejectsFile};

/// A place between two records, and the rows before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The byte from which to go on.
    pub(crate) start: u64,
    /// Its line.
    pub(crate) line: u64,
    /// The rows of the chunk before it.
    pub(crate) rows: RowCounts,
}

/// What is to be done next.
#[derive(Debug)]
pub(crate) enum Step {
    /// Write these items. When they and all before them are written, so are the rows before the mark.
    Write(Batch, Mark),
    /// Keep these rejects.
    Keep(RejectsFile),
}

/// The rows of a chunk.
pub(crate) struct Rows {
    chunk: Chunk,
    records: Records,
    reader: RowReader,
    batcher: Batcher,
    rejects: Rejects,
    read: u64,
    rejected: u64,
    /// Where an earlier invocation came to: the rows before are written.
    resume_at: u64,
    resumed: bool,
}

impl Rows {
    /// The rows of `chunk`, of which those before the byte `resume_at` are written already.
    pub(crate) fn new(manifest: &Manifest, chunk: Chunk, resume_at: u64) -> Result<Self, Error> {
        Ok(Self {
            chunk,
            records: Records::new(manifest.dialect, chunk.start, chunk.first_line),
            reader: RowReader::new(&manifest.columns)?,
            batcher: Batcher::new(),
            rejects: Rejects::new(Layout(manifest.import_id), chunk),
            read: 0,
            rejected: 0,
            resume_at,
            resumed: false,
        })
    }

    /// Takes the next bytes of the chunk; take every step before the next ones.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.records.push(bytes);
    }

    /// Says that the chunk ends here.
    pub(crate) fn finish(&mut self) {
        self.records.finish();
    }

    /// The place before the next record.
    pub(crate) fn mark(&self) -> Mark {
        let replaced = self.batcher.replaced();
        let written = self.read - self.rejected - replaced;
        Mark {
            start: self.records.next_start(),
            line: self.records.next_line(),
            rows: RowCounts { read: self.read, written, rejected: self.rejected, replaced },
        }
    }

    /// The next step; `None` if it needs more bytes, or at the end.
    pub(crate) fn step(&mut self) -> Result<Option<Step>, Error> {
        loop {
            let before = self.mark();
            let item = match self.records.next_record() {
                None => return Ok(None),
                Some(Next::Record(record)) => match self.reader.read_item(record.fields.iter()) {
                    Ok(item) => Ok((record.start, item)),
                    Err(reject) => Err(self.rejects.add(record.start, record.line, &reject, record.raw)?),
                },
                Some(Next::TooLong(record)) => {
                    let reject = Reject::whole_row(Reason::RecordTooLong);
                    Err(self.rejects.add(record.start, record.line, &reject, record.head)?)
                }
                Some(Next::UnclosedQuote { line }) => {
                    return Err(Error::NotOnRecords { chunk: self.chunk.chunk, line });
                }
            };
            self.read += 1;
            let step = match item {
                Ok((start, item)) => self.pack(start, item).map(|batch| Step::Write(batch, before)),
                Err(file) => {
                    self.rejected += 1;
                    file.map(Step::Keep)
                }
            };
            if step.is_some() {
                return Ok(step);
            }
        }
    }

    /// A batch, if the item makes one full. Rows that are written already only
    /// go through the batcher so that it knows their keys.
    fn pack(&mut self, start: u64, item: Item) -> Option<Batch> {
        if !self.resumed && start >= self.resume_at {
            self.resumed = true;
            drop(self.batcher.finish());
        }
        let batch = self.batcher.push(item);
        batch.filter(|_| self.resumed)
    }

    /// The items that are left at the end of the chunk.
    pub(crate) fn last_batch(&mut self) -> Option<(Batch, Mark)> {
        let batch = self.batcher.finish().filter(|_| self.resumed)?;
        Some((batch, self.mark()))
    }

    /// The rejects that are left at the end of the chunk.
    pub(crate) fn last_rejects(&mut self) -> Result<Option<RejectsFile>, Error> {
        self.rejects.finish()
    }
}
