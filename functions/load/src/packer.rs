//! From items to batches, from where an earlier invocation came to.

use lineup_contracts::RowCounts;
use lineup_contracts::options::MAX_CHUNK_BYTES;
use lineup_table::batch::{Batch, Batcher};
use lineup_table::{Item, StageDay, StageDays};

/// A chunk never has more keys than the batcher remembers: the shortest row that becomes an item is
/// `a,b,1am,2am,2025-07-12` with its line break, 23 bytes, and one row may lie beyond the chunk's size.
const _: () = assert!(MAX_CHUNK_BYTES / 23 < Batcher::REMEMBERED_KEYS as u64);

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

/// Items to write.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) batch: Batch,
    /// The stage-days that came for the first time: their calendar entries go before the items.
    pub(crate) stage_days: Vec<StageDay>,
    /// When the items and all before them are written, so are the rows before this.
    pub(crate) mark: Mark,
}

/// Packs the items of a chunk.
pub(crate) struct Packer {
    batcher: Batcher,
    stage_days: StageDays,
    /// Where an earlier invocation came to: the rows before are written.
    resume_at: u64,
    resumed: bool,
}

impl Packer {
    pub(crate) fn new(resume_at: u64) -> Self {
        Self { batcher: Batcher::new(), stage_days: StageDays::default(), resume_at, resumed: false }
    }

    /// Takes the item of the record that begins at byte `start`, before which is `before`; gives
    /// a pack if one is full. Rows that are written already only go through the batcher so
    /// that it knows their keys.
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

    /// What is left at the end of the chunk, which is `end`.
    pub(crate) fn finish(&mut self, end: Mark) -> Option<Pack> {
        let batch = self.batcher.finish()?;
        self.pack(batch, end)
    }

    /// How many rows a later one replaced.
    pub(crate) fn replaced(&self) -> u64 {
        self.batcher.replaced()
    }

    fn pack(&mut self, batch: Batch, mark: Mark) -> Option<Pack> {
        self.resumed.then(|| Pack { batch, stage_days: self.stage_days.take_new(), mark })
    }
}
