//! Where the blocks of a run are.

use std::ops::Range;

use twox_hash::XxHash3_64;

use crate::entry::ItemKey;
use crate::error::RunError;

/// The most bytes of a block, decompressed and as it is stored. A reader of 1,000 runs holds 32 MiB of them. Blocks of
/// 64 KiB would be 2 % smaller for an entry.
pub const BLOCK_BYTES: usize = 32 << 10;

/// The checksum of blocks, index and trailer.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot(bytes)
}

/// Where a block is, and what begins there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockPlace {
    /// The key of its first entry.
    pub first: ItemKey,
    /// Its first byte in the run.
    pub offset: u64,
    /// Its length in bytes, at most [`BLOCK_BYTES`].
    pub length: u32,
    /// How many entries it has, at least one.
    pub entries: u32,
    /// Its XXH3-64.
    pub(super) checksum: u64,
}

impl BlockPlace {
    /// Fails if these are not the bytes of the block.
    pub(crate) fn check(&self, block: &[u8]) -> Result<(), RunError> {
        if block.len() != self.length as usize {
            return Err(RunError::Cut);
        }
        match checksum(block) == self.checksum {
            true => Ok(()),
            false => Err(RunError::Damaged("a block has another checksum")),
        }
    }

    /// Its bytes in a run that is in memory.
    pub fn bytes(&self) -> Range<usize> {
        let start = self.offset as usize;
        start..start.saturating_add(self.length as usize)
    }
}
