//! Blocks: what a reader fetches and holds of a run.

use std::cmp::Ordering;

use lz4_flex::block as lz4;

use super::place::{BLOCK_BYTES, BlockPlace};
use crate::bytes::{ByteCursor, push_key, push_varint, width};
use crate::entry::{ItemKey, RunEntry};
use crate::error::RunError;

/// Lengths, lowest offset and width.
const HEAD_BYTES: usize = 25;
/// What an entry takes besides its key: four lengths of at most two bytes, minutes, offset, value.
const ENTRY_BYTES: usize = 4 * 2 + 2 + 8 + 16;

/// A block that is being filled. Memory: what it holds, at most [`BLOCK_BYTES`], and as much for what it gives.
#[derive(Debug, Default)]
pub(super) struct OpenBlock {
    keys: Vec<u8>,
    minutes: Vec<u8>,
    values: Vec<u8>,
    offsets: Vec<u64>,
    last: ItemKey,
}

impl OpenBlock {
    pub(super) fn entries(&self) -> usize {
        self.offsets.len()
    }

    /// Whether an entry with this key surely fits. One always fits into an empty block.
    pub(super) fn has_room(&self, key: &ItemKey) -> bool {
        let held = self.keys.len() + self.minutes.len() + self.entries() * (8 + 16);
        HEAD_BYTES + held + ENTRY_BYTES + key.performer.len() + key.performance.len() <= BLOCK_BYTES
    }

    /// Adds an entry whose key is behind all others.
    pub(super) fn push(&mut self, entry: &RunEntry) {
        push_key(&mut self.keys, &mut self.last, &entry.key);
        push_varint(&mut self.minutes, entry.minutes.into());
        self.values.extend_from_slice(&entry.value.to_le_bytes());
        self.offsets.push(entry.offset);
    }

    /// Appends the block to `out` and empties it.
    pub(super) fn take(&mut self, out: &mut Vec<u8>) {
        let keys = self.keys.len();
        self.keys.append(&mut self.minutes);
        let packed = lz4::compress(&self.keys);
        let packed = if packed.len() < self.keys.len() { &packed } else { &self.keys };
        let lowest = self.offsets.iter().min().copied().unwrap_or_default();
        let highest = self.offsets.iter().max().copied().unwrap_or_default();
        let width = width(highest - lowest);
        // All are lengths within a block.
        for number in [self.offsets.len(), keys, self.keys.len(), packed.len()] {
            out.extend_from_slice(&(number as u32).to_le_bytes());
        }
        out.extend_from_slice(&lowest.to_le_bytes());
        out.push(width as u8);
        out.extend_from_slice(packed);
        for offset in self.offsets.drain(..) {
            out.extend_from_slice(&(offset - lowest).to_le_bytes()[..width]);
        }
        out.append(&mut self.values);
        self.keys.clear();
        self.last.set("", "");
    }
}

/// The entries of a block, one after the other. Memory: the block decompressed, and two keys.
#[derive(Debug, Default)]
pub(crate) struct BlockEntries {
    /// The text, then offsets and values as they are in the block.
    bytes: Vec<u8>,
    /// Where the next of each is in `bytes`; the keys end where the minutes began.
    keys: usize,
    keys_end: usize,
    minutes: usize,
    offsets: usize,
    values: usize,
    lowest: u64,
    width: usize,
    left: u32,
    entry: RunEntry,
}

impl BlockEntries {
    /// Opens the block at `place`, in the buffers of the one before.
    pub(crate) fn open(&mut self, place: &BlockPlace, block: &[u8]) -> Result<(), RunError> {
        self.left = 0;
        place.check(block)?;
        let mut rest = ByteCursor(block);
        let [entries, keys, text, packed] = [rest.u32()?, rest.u32()?, rest.u32()?, rest.u32()?];
        let (lowest, width) = (rest.u64()?, rest.number(1)? as usize);
        let packed = rest.take(packed as usize)?;
        if entries != place.entries || keys > text || text as usize > BLOCK_BYTES || width > 8 {
            return Err(RunError::Damaged("a block is not as its index says"));
        }
        self.bytes.clear();
        self.bytes.reserve_exact(text as usize + rest.0.len());
        self.unpack(packed, text as usize)?;
        self.bytes.extend_from_slice(rest.0);
        (self.keys, self.keys_end, self.minutes) = (0, keys as usize, keys as usize);
        self.offsets = text as usize;
        self.values = self.offsets + entries as usize * width;
        (self.lowest, self.width, self.left) = (lowest, width, entries);
        self.entry.key.set("", "");
        Ok(())
    }

    fn unpack(&mut self, packed: &[u8], text: usize) -> Result<(), RunError> {
        if packed.len() == text {
            self.bytes.extend_from_slice(packed);
            return Ok(());
        }
        self.bytes.resize(text, 0);
        match lz4::decompress_into(packed, &mut self.bytes) {
            Ok(length) if length == text => Ok(()),
            _ => Err(RunError::Damaged("a block does not decompress")),
        }
    }

    /// Whether there is no next entry.
    pub(crate) fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Goes on to the next entry. Returns whether there is one.
    pub(crate) fn advance(&mut self) -> Result<bool, RunError> {
        if self.left == 0 {
            return Ok(false);
        }
        self.left -= 1;
        let from = |at: usize| ByteCursor(self.bytes.get(at..).unwrap_or_default());
        let mut keys = ByteCursor(self.bytes.get(self.keys..self.keys_end).unwrap_or_default());
        if keys.key(&mut self.entry.key)? != Ordering::Greater {
            return Err(RunError::Damaged("its keys are not in their order"));
        }
        let mut minutes = from(self.minutes);
        self.entry.minutes = minutes.small()?;
        self.entry.offset = self.lowest.wrapping_add(from(self.offsets).number(self.width)?);
        self.entry.value = from(self.values).u128()?;
        (self.keys, self.minutes) = (self.keys_end - keys.0.len(), self.bytes.len() - minutes.0.len());
        self.offsets += self.width;
        self.values += size_of::<u128>();
        Ok(true)
    }

    /// The entry to which [`BlockEntries::advance`] went.
    pub(crate) fn entry(&self) -> &RunEntry {
        &self.entry
    }
}
