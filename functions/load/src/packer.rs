//! Packs items into batches, from the byte on where an earlier invocation stopped.

use lineup_contracts::RowCounts;
use lineup_contracts::options::MAX_CHUNK_BYTES;
use lineup_table::batch::{Batch, Batcher};
use lineup_table::{Item, StageDay, StageDays};

/// A chunk never has more keys than the batcher remembers. The shortest row that becomes an item is
/// `a,b,1am,2am,2025-07-12` with its line break, 23 bytes. One row may lie beyond the chunk's size.
const _: () = assert!(MAX_CHUNK_BYTES / 23 < Batcher::REMEMBERED_KEYS as u64);

/// A position between two records, with the counts of the rows before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The byte at which the next record begins.
    pub(crate) start: u64,
    /// The line of that byte.
    pub(crate) line: u64,
    /// The counts of the chunk's rows before that byte.
    pub(crate) rows: RowCounts,
}

/// A batch of items with what must be written before it.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) batch: Batch,
    /// The stage-days that are new in the chunk. Their calendar entries must be written before the items.
    pub(crate) stage_days: Vec<StageDay>,
    /// Once this batch and all earlier ones are written, all rows before this position are.
    pub(crate) mark: Mark,
}

/// Packs the items of a chunk.
pub(crate) struct Packer {
    batcher: Batcher,
    stage_days: StageDays,
    /// The byte at which an earlier invocation stopped. The rows before it are written.
    resume_at: u64,
    resumed: bool,
}

impl Packer {
    pub(crate) fn new(lineup: Option<String>, resume_at: u64) -> Self {
        let batcher = Batcher::new().of_lineup(lineup);
        Self { batcher, stage_days: StageDays::default(), resume_at, resumed: false }
    }

    /// Adds the item of the record that begins at byte `start`; `before` is the position before that
    /// record. Returns a pack when one is full. Rows that are written already pass through the batcher
    /// too, so that it knows their keys, but make no pack.
    pub(crate) fn push(&mut self, start: u64, item: &Item, before: Mark) -> Option<Pack> {
        if !self.resumed && start >= self.resume_at {
            self.resumed = true;
            drop(self.batcher.finish());
        }
        if self.resumed {
            self.stage_days.add(item);
        }
        let batch = self.batcher.push(item)?;
        self.pack(batch, before)
    }

    /// The last pack of the chunk, which ends at `end`; `None` if no items remain.
    pub(crate) fn finish(&mut self, end: Mark) -> Option<Pack> {
        let batch = self.batcher.finish()?;
        self.pack(batch, end)
    }

    /// How many rows were replaced by a later row with the same key.
    pub(crate) fn replaced(&self) -> u64 {
        self.batcher.replaced()
    }

    fn pack(&mut self, batch: Batch, mark: Mark) -> Option<Pack> {
        self.resumed.then(|| Pack { batch, stage_days: self.stage_days.take_new(), mark })
    }
}
