//! Merges the keys of all chunks: which keys the file has, and which rows are not to be written, because a row further down the
//! file has their key.
//!
//! Chunks load side by side, so that without it chance would decide which of two rows stays. Rows of one
//! chunk `load` puts into their order itself.

use std::collections::BTreeMap;

use bytes::Bytes;
use lineup_aws::object_writer::ObjectWriter;
use lineup_versions::{
    DoubleBookingFinder, DoubleBookings, Index, Merge, MergeStep, NameListBuilder, PerformerRange, RunWriter,
    SkippedOffsets,
};

use crate::error::Error;

/// How many bytes of the list are held before they are given to its writer.
const HELD_BYTES: usize = 1 << 20;

/// The run of a chunk, in memory.
pub(crate) struct ChunkRun {
    /// The chunk's number.
    pub(crate) chunk: u32,
    /// The run.
    pub(crate) bytes: Bytes,
    /// The offsets of the rows that a later row of the chunk replaces.
    pub(crate) replaced: Vec<u64>,
}

/// What the keys of a file say, besides their list.
#[derive(Debug, Default)]
pub(crate) struct FileKeys {
    /// The rows that are not to be written, by their chunk. Chunks that lose no key to another one are not among them.
    pub(crate) skips: BTreeMap<u32, SkippedOffsets>,
    /// Performers that are on two stages at once.
    pub(crate) double_bookings: DoubleBookings,
    /// The list of its performers and stages; `None` if there are too many.
    pub(crate) names: Option<Vec<u8>>,
}

/// Writes the list of all keys.
///
/// Where a key goes to another chunk, the earlier rows of this chunk that have it are not to be written either. They
/// are among those that the chunk itself replaced, so all of these are left out.
///
/// # Errors
/// A run is damaged; or the list cannot be written.
pub(crate) async fn write(runs: &[ChunkRun], mut list: ObjectWriter) -> Result<FileKeys, Error> {
    let indexes = runs.iter().map(|run| Index::of_run(&run.bytes)).collect::<Result<_, _>>()?;
    let mut merge = Merge::new(indexes, &PerformerRange::default());
    let (mut writer, mut held) = (RunWriter::new(), Vec::new());
    let mut losers: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    let (mut finder, mut names) = (DoubleBookingFinder::default(), NameListBuilder::default());
    loop {
        match merge.step()? {
            MergeStep::Needs(run) => merge.supply_from(run, &runs[run].bytes)?,
            MergeStep::Entry => {
                for loser in merge.losers() {
                    losers.entry(runs[loser.run].chunk).or_default().push(loser.offset);
                }
                finder.add(merge.entry())?;
                names.add(&merge.entry().key);
                writer.push(merge.entry(), &mut held)?;
                if held.len() >= HELD_BYTES {
                    list.write(&held).await?;
                    held.clear();
                }
            }
            MergeStep::Done => break,
        }
    }
    writer.finish(&mut held)?;
    list.write(&held).await?;
    list.finish().await?;
    Ok(FileKeys {
        skips: with_replaced(runs, losers),
        double_bookings: finder.finish(),
        names: names.finish()?,
    })
}

fn with_replaced(runs: &[ChunkRun], mut losers: BTreeMap<u32, Vec<u64>>) -> BTreeMap<u32, SkippedOffsets> {
    let with_replaced = |run: &ChunkRun| {
        let mut offsets = losers.remove(&run.chunk)?;
        offsets.extend_from_slice(&run.replaced);
        Some((run.chunk, SkippedOffsets::new(offsets)))
    };
    runs.iter().filter_map(with_replaced).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use lineup_aws::key_list::KeyList;
    use lineup_aws::objects::Objects;
    use lineup_testing::MemoryStore;
    use lineup_versions::{ItemKey, NameIndex, NameKind, RunBuilder, RunEntry, read_names};

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

    /// The rows that are left out, and how many keys the list has.
    async fn written(runs: &[ChunkRun]) -> (Vec<(u32, Vec<u64>)>, u64) {
        let objects = Objects::new(MemoryStore::default());
        let skips = write(runs, objects.writer("imports", "keys.run", "text/plain")).await.unwrap().skips;
        let list = KeyList::open(&objects, "imports", "keys.run").await.unwrap().unwrap();
        let skips = skips.into_iter().map(|(chunk, skips)| (chunk, skips.as_slice().to_vec()));
        (skips.collect(), list.index().entries())
    }

    #[tokio::test]
    async fn the_row_furthest_down_stays_and_all_before_it_are_left_out() {
        let runs = [
            run(1, &[("Ada", 0), ("Ada", 10), ("Bob", 20), ("Cy", 30), ("Cy", 40)]),
            run(2, &[("Ada", 50), ("Dee", 60), ("Dee", 70)]),
            run(3, &[("Ada", 80)]),
        ];
        // Chunk 1 leaves out its own repeat of Cy, too: `load` would replace it anyway.
        assert_eq!(written(&runs).await, (vec![(1, vec![0, 10, 30]), (2, vec![50, 60])], 4));
    }

    #[tokio::test]
    async fn the_names_of_all_chunks_are_in_one_list_and_each_once() {
        let runs = [run(1, &[("Ada", 0), ("Bob", 20)]), run(2, &[("Ada", 50)])];
        let objects = Objects::new(MemoryStore::default());
        let found = write(&runs, objects.writer("imports", "keys.run", "text/plain")).await.unwrap();
        let list = found.names.unwrap();
        let index = NameIndex::of_list(&list).unwrap();
        let mut names = Vec::new();
        for place in index.of_kind(NameKind::Performer) {
            read_names(place, &list[place.bytes()], |_, name| names.push(name.to_owned())).unwrap();
        }
        assert_eq!(names, ["Ada", "Bob", "Main"]);
    }

    #[tokio::test]
    async fn chunks_that_share_no_key_leave_nothing_out() {
        let runs = [run(1, &[("Ada", 0), ("Ada", 10)]), run(2, &[("Bob", 20)])];
        assert_eq!(written(&runs).await, (vec![], 2));
        assert_eq!(written(&[]).await, (vec![], 0));
    }
}
