//! Which rows `load` leaves out.

use twox_hash::XxHash3_64;

use crate::bytes::{ByteCursor, push_varint};
use crate::error::RunError;

/// The offsets of rows that are not written, because another row of the file has their key, in their order. `load` reads
/// a chunk's part of them and skips a record whose offset it finds.
///
/// As bytes: XXH3-64 of what follows; then the differences of the offsets, each with seven bits a byte, lowest first.
/// Memory: 8 bytes an offset.
///
/// ```
/// use lineup_versions::SkippedOffsets;
///
/// let skipped = SkippedOffsets::new(vec![400, 40, 9_000]);
/// let read = SkippedOffsets::read(&skipped.bytes())?;
/// assert!(read.has(400) && !read.has(401));
/// assert_eq!(read.within(0..1_000).as_slice(), [40, 400]);
/// # Ok::<_, lineup_versions::RunError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SkippedOffsets(Vec<u64>);

impl SkippedOffsets {
    /// These offsets, in any order.
    pub fn new(mut offsets: Vec<u64>) -> Self {
        offsets.sort_unstable();
        offsets.dedup();
        Self(offsets)
    }

    /// All offsets, in their order.
    pub fn as_slice(&self) -> &[u64] {
        &self.0
    }

    /// Whether the row at this offset is not written.
    pub fn has(&self, offset: u64) -> bool {
        self.0.binary_search(&offset).is_ok()
    }

    /// Those in a part of the text, such as a chunk.
    pub fn within(&self, part: std::ops::Range<u64>) -> Self {
        let from = self.0.partition_point(|offset| *offset < part.start);
        let until = self.0.partition_point(|offset| *offset < part.end);
        Self(self.0.get(from..until).unwrap_or_default().to_vec())
    }

    /// Adds those of another range of keys or another chunk.
    pub fn fold(&mut self, other: Self) {
        self.0.extend(other.0);
        self.0.sort_unstable();
        self.0.dedup();
    }

    /// The offsets as an object.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; CHECKSUM_BYTES];
        let mut last = 0;
        for offset in &self.0 {
            push_varint(&mut bytes, offset - last);
            last = *offset;
        }
        let checksum = XxHash3_64::oneshot(&bytes[CHECKSUM_BYTES..]);
        bytes[..CHECKSUM_BYTES].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads an object.
    ///
    /// # Errors
    /// If it is cut or damaged.
    pub fn read(bytes: &[u8]) -> Result<Self, RunError> {
        let mut rest = ByteCursor(bytes);
        if rest.u64()? != XxHash3_64::oneshot(rest.0) {
            return Err(RunError::Damaged("the list of skipped rows has another checksum"));
        }
        let (mut offsets, mut last) = (Vec::new(), 0u64);
        while !rest.0.is_empty() {
            last = last.saturating_add(rest.varint()?);
            offsets.push(last);
        }
        Ok(Self(offsets))
    }
}

const CHECKSUM_BYTES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn offsets_read_back(offsets in proptest::collection::vec(prop_oneof![0u64..500, any::<u64>()], 0..40)) {
            let skipped = SkippedOffsets::new(offsets.clone());
            prop_assert_eq!(&SkippedOffsets::read(&skipped.bytes()).unwrap(), &skipped);
            prop_assert!(offsets.iter().all(|offset| skipped.has(*offset)));
            let mut halves = skipped.within(0..250);
            halves.fold(skipped.within(250..u64::MAX));
            let all_but_the_last = skipped.as_slice().iter().filter(|offset| **offset < u64::MAX);
            prop_assert!(halves.as_slice().iter().eq(all_but_the_last));
        }

        #[test]
        fn a_byte_that_is_another_or_missing_is_found(
            offsets in proptest::collection::vec(any::<u64>(), 1..40), at in any::<prop::sample::Index>(), flip in 1u8..,
        ) {
            let mut bytes = SkippedOffsets::new(offsets).bytes();
            let at = at.index(bytes.len());
            prop_assert!(SkippedOffsets::read(&bytes[..at]).is_err());
            bytes[at] ^= flip;
            prop_assert!(SkippedOffsets::read(&bytes).is_err());
        }
    }
}
