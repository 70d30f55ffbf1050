//! Finds the rows that are not to be written, because a row further down the file has their key.
//!
//! Chunks load side by side, so that without it chance would decide which of two rows stays. Rows of one
//! chunk `load` puts into their order itself.

use std::collections::BTreeMap;

use bytes::Bytes;
use lineup_versions::{RunError, SkippedOffsets, merge_in_memory};

/// The run of a chunk, in memory.
pub(crate) struct ChunkRun {
    /// The chunk's number.
    pub(crate) chunk: u32,
    /// The run.
    pub(crate) bytes: Bytes,
    /// The offsets of the rows that a later row of the chunk replaces.
    pub(crate) replaced: Vec<u64>,
}

/// The rows that are not to be written, by their chunk. Chunks that lose no key to another one are not among them.
///
/// Where a key goes to another chunk, the earlier rows of this chunk that have it are not to be written either. They
/// are among those that the chunk itself replaced, so all of these are left out.
///
/// # Errors
/// A run is damaged.
pub(crate) fn find(runs: &[ChunkRun]) -> Result<BTreeMap<u32, SkippedOffsets>, RunError> {
    let mut losers = losers(runs)?;
    let with_replaced = |run: &ChunkRun| {
        let mut offsets = losers.remove(&run.chunk)?;
        offsets.extend_from_slice(&run.replaced);
        Some((run.chunk, SkippedOffsets::new(offsets)))
    };
    Ok(runs.iter().filter_map(with_replaced).collect())
}

/// The rows that lose their key to another chunk, by their chunk.
fn losers(runs: &[ChunkRun]) -> Result<BTreeMap<u32, Vec<u64>>, RunError> {
    let mut losers: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    let bytes: Vec<_> = runs.iter().map(|run| &run.bytes).collect();
    merge_in_memory(&bytes, |_, lost| {
        for loser in lost {
            losers.entry(runs[loser.run].chunk).or_default().push(loser.offset);
        }
        Ok(())
    })?;
    Ok(losers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lineup_versions::{ItemKey, RunBuilder, RunEntry};

    /// A run of rows: performer and offset.
    fn run(chunk: u32, rows: &[(&str, u64)]) -> ChunkRun {
        let mut builder = RunBuilder::new();
        for (performer, offset) in rows {
            let key = ItemKey::new(*performer, "2025-07-12#20:00#Main");
            builder.insert(&RunEntry { key, offset: *offset, value: 0, minutes: 60 }).unwrap();
        }
        let finished = builder.finish().unwrap();
        ChunkRun { chunk, bytes: finished.bytes.into(), replaced: finished.replaced }
    }

    #[test]
    fn the_row_furthest_down_stays_and_all_before_it_are_left_out() {
        let runs = [
            run(1, &[("Ada", 0), ("Ada", 10), ("Bob", 20), ("Cy", 30), ("Cy", 40)]),
            run(2, &[("Ada", 50), ("Dee", 60), ("Dee", 70)]),
            run(3, &[("Ada", 80)]),
        ];
        let found = find(&runs).unwrap();
        // Chunk 1 leaves out its own repeat of Cy, too: `load` would replace it anyway.
        let offsets: Vec<_> = found.iter().map(|(chunk, skips)| (*chunk, skips.as_slice())).collect();
        assert_eq!(offsets, [(1, &[0, 10, 30][..]), (2, &[50, 60][..])]);
    }

    #[test]
    fn chunks_that_share_no_key_leave_nothing_out() {
        assert!(find(&[run(1, &[("Ada", 0), ("Ada", 10)]), run(2, &[("Bob", 20)])]).unwrap().is_empty());
        assert!(find(&[]).unwrap().is_empty());
    }
}
