//! The stage items → batches, without I/O, from the byte on where an earlier invocation stopped.

use lineup_contracts::options::MAX_CHUNK_BYTES;
use lineup_table::batch::{Batch, Batcher};

use crate::Error;
use crate::items::{ChunkItems, Mark};

/// A chunk never has more keys than the batcher remembers. The shortest row that becomes an item is
/// `a,b,1am,2am,2025-07-12` with its line break, 23 bytes. One row may lie beyond the chunk's size.
const _: () = assert!(MAX_CHUNK_BYTES / 23 < Batcher::REMEMBERED_KEYS as u64);

/// The batches of a chunk: an iterator over those of the bytes that were pushed so far. After `None` it goes on
/// with the next bytes.
pub(crate) struct Batches {
    pub(crate) items: ChunkItems,
    batcher: Batcher,
    /// The byte at which an earlier invocation stopped. The rows before it are written: only their keys count.
    resume_at: u64,
    is_whole: bool,
}

impl Batches {
    pub(crate) fn new(items: ChunkItems, batcher: Batcher, resume_at: u64) -> Self {
        Self { items, batcher, resume_at, is_whole: false }
    }

    /// Adds the next bytes of the chunk, or marks its end. Take all batches before you add more.
    pub(crate) fn push(&mut self, bytes: Option<&[u8]>) {
        self.items.push(bytes);
        self.is_whole = bytes.is_none();
    }

    /// The place behind the records so far.
    pub(crate) fn end(&self) -> Mark {
        self.items.end().with_replaced(self.batcher.replaced())
    }

    fn next_batch(&mut self) -> Result<Option<Batch<Mark>>, Error> {
        while let Some((mark, item)) = self.items.next_item()? {
            if mark.start < self.resume_at {
                self.batcher.remember(item);
                continue;
            }
            let before = mark.with_replaced(self.batcher.replaced());
            if let Some(batch) = self.batcher.push(item, before) {
                return Ok(Some(batch));
            }
        }
        let end = self.end();
        Ok(if self.is_whole { self.batcher.finish(end) } else { None })
    }
}

impl Iterator for Batches {
    type Item = Result<Batch<Mark>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().transpose()
    }
}
