//! Blocks of names.

use lz4_flex::block as lz4;

use super::NameKind;
use crate::bytes::{ByteCursor, push_key};
use crate::entry::ItemKey;
use crate::error::RunError;
use crate::run::{BLOCK_BYTES, BlockPlace};

/// What an entry takes besides its key: four lengths of at most two bytes.
const ENTRY_BYTES: usize = 4 * 2;

/// A block that is being filled.
#[derive(Debug, Default)]
pub(super) struct OpenNames {
    keys: Vec<u8>,
    first: ItemKey,
    last: ItemKey,
    entries: usize,
}

impl OpenNames {
    pub(super) fn entries(&self) -> usize {
        self.entries
    }

    /// The key of its first entry.
    pub(super) fn first(&self) -> &ItemKey {
        &self.first
    }

    /// Whether an entry with this key surely fits. One always fits into an empty block. LZ4 may make a block a little longer.
    pub(super) fn has_room(&self, key: &ItemKey) -> bool {
        let held = lz4::get_maximum_output_size(
            self.keys.len() + ENTRY_BYTES + key.performer.len() + key.performance.len(),
        );
        held + size_of::<u32>() <= BLOCK_BYTES
    }

    pub(super) fn push(&mut self, key: &ItemKey) {
        if self.entries == 0 {
            self.first.set(&key.performer, &key.performance);
        }
        push_key(&mut self.keys, &mut self.last, key);
        self.entries += 1;
    }

    /// Appends the block to `out` and empties it.
    pub(super) fn take(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(&lz4::compress_prepend_size(&self.keys));
        self.keys.clear();
        self.last.set("", "");
        self.entries = 0;
    }
}

/// Calls `each` with every name of a block, which is at `place` in its list.
///
/// # Errors
/// The block is cut or damaged.
pub fn read_names(
    place: &BlockPlace,
    block: &[u8],
    mut each: impl FnMut(NameKind, &str),
) -> Result<(), RunError> {
    let mut kinds_are_known = true;
    read_keys(place, block, |key| match key.performer.bytes().next() {
        Some(b'p') => each(NameKind::Performer, &key.performance),
        Some(b's') => each(NameKind::Stage, &key.performance),
        _ => kinds_are_known = false,
    })?;
    if kinds_are_known { Ok(()) } else { Err(RunError::Damaged("a name of no kind")) }
}

/// The same with the keys of the names.
pub(super) fn read_keys(
    place: &BlockPlace,
    block: &[u8],
    mut each: impl FnMut(&ItemKey),
) -> Result<(), RunError> {
    place.check(block)?;
    let (length, packed) = lz4::uncompressed_size(block).map_err(|_| RunError::Cut)?;
    if length > BLOCK_BYTES {
        return Err(RunError::Damaged("a block of names is too long"));
    }
    let keys = lz4::decompress(packed, length).map_err(|_| RunError::Damaged("a block of names"))?;
    let (mut rest, mut key) = (ByteCursor(&keys), ItemKey::default());
    for _ in 0..place.entries {
        rest.key(&mut key)?;
        each(&key);
    }
    Ok(())
}
