//! Writing a run in the order of its keys.

use lineup_table::{PARTITION_KEY_BYTES, SORT_KEY_BYTES};

use super::block::OpenBlock;
use super::index::OpenIndex;
use crate::entry::{ItemKey, RunEntry};
use crate::error::RunError;

/// Writes a run whose entries come in the order of their keys, for example out of a [`Merge`](crate::Merge).
/// Blocks are appended to a buffer of the caller as they fill, so that he can send what is there at any time.
///
/// Memory: two blocks, and some 50 bytes for each block that was written: 100 MB for a billion entries.
///
/// ```
/// use lineup_versions::{ItemKey, RunEntry, RunWriter, Tail};
///
/// let (mut writer, mut out) = (RunWriter::new(), Vec::new());
/// for (performer, offset) in [("Ada", 70), ("Stormzy", 40)] {
///     let key = ItemKey::new(performer, "2025-07-12#20:00#Main Stage");
///     writer.push(&RunEntry { key, offset, value: 1, minutes: 60 }, &mut out)?;
/// }
/// assert_eq!(writer.finish(&mut out)?, 2);
/// assert!(matches!(Tail::read(&out)?, Tail::Index(index) if index.entries() == 2));
/// # Ok::<_, lineup_versions::RunError>(())
/// ```
#[derive(Debug, Default)]
pub struct RunWriter {
    block: OpenBlock,
    index: OpenIndex,
    /// The first key of the open block, and the last.
    first: ItemKey,
    last: ItemKey,
}

impl RunWriter {
    /// A writer of one run.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry. If it begins a block, the one before is appended to `out`.
    ///
    /// # Errors
    /// If its key is not behind that of the entry before, or empty, or longer than the table takes.
    pub fn push(&mut self, entry: &RunEntry, out: &mut Vec<u8>) -> Result<(), RunError> {
        let ItemKey { performer, performance } = &entry.key;
        let fits = performer.len() <= PARTITION_KEY_BYTES && performance.len() <= SORT_KEY_BYTES;
        if !fits {
            return Err(RunError::KeyTooLong { bytes: performer.len().max(performance.len()) });
        }
        if entry.key <= self.last {
            return Err(RunError::NotSorted { key: performance.clone() });
        }
        if !self.block.has_room(&entry.key) {
            self.end_block(out);
        }
        if self.block.entries() == 0 {
            self.first.set(performer, performance);
        }
        self.block.push(entry);
        self.last.set(performer, performance);
        Ok(())
    }

    /// Appends what is left, the index and the trailer to `out`. Returns how many entries the run has.
    ///
    /// # Errors
    /// If there are more than some 80 million blocks.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<u64, RunError> {
        if self.block.entries() > 0 {
            self.end_block(out);
        }
        self.index.finish(out)
    }

    fn end_block(&mut self, out: &mut Vec<u8>) {
        let (start, entries) = (out.len(), self.block.entries());
        self.block.take(out);
        self.index.push(&self.first, entries, &out[start..]);
    }
}
