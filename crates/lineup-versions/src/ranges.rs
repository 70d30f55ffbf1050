//! Cutting the keys of several runs into ranges.

use crate::performers::PerformerRange;
use crate::run::Index;

/// Cuts all performers into ranges, by the indexes of all runs that are to be read side by side. They are in order, and
/// together they have every performer. Nothing is cut where all runs have at most `entries` entries.
///
/// A range has at most `entries` entries, and more in two cases: a block of each run in which it begins, because
/// only the first key of a block is known without reading it; and all sets of its first performer. (DynamoDB writes
/// 1,000 rows a second of one performer, so one with millions of sets cannot be loaded in time anyway.)
///
/// Memory: 24 bytes for each block, besides the indexes.
pub fn cut_ranges<'i>(indexes: impl IntoIterator<Item = &'i Index>, entries: u64) -> Vec<PerformerRange> {
    let blocks = indexes.into_iter().flat_map(Index::blocks);
    let mut begins: Vec<(&str, u64)> =
        blocks.map(|block| (block.first.performer.as_str(), u64::from(block.entries))).collect();
    begins.sort_unstable();
    let mut cuts = Vec::new();
    let mut held = 0;
    for begin in begins.chunk_by(|one, other| one.0 == other.0) {
        let more: u64 = begin.iter().map(|(_, entries)| entries).sum();
        if held > 0 && held + more > entries {
            cuts.push(begin[0].0.to_owned());
            held = 0;
        }
        held += more;
    }
    ranges_between(cuts)
}

fn ranges_between(cuts: Vec<String>) -> Vec<PerformerRange> {
    let begins = std::iter::once(None).chain(cuts.iter().cloned().map(Some));
    let ends = cuts.iter().cloned().map(Some).chain([None]);
    begins.zip(ends).map(|(from, until)| PerformerRange { from, until }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{ItemKey, RunEntry};
    use crate::run::{RunWriter, Tail};
    use proptest::prelude::*;

    /// A run with these performers, each with sets of an hour and a key long enough that blocks have some 16 entries.
    fn run(performers: &[u16]) -> Index {
        let (mut writer, mut out) = (RunWriter::new(), Vec::new());
        for (number, performer) in performers.iter().enumerate() {
            let stage = "s".repeat(900) + &number.to_string();
            let key =
                ItemKey::new(format!("{performer:03}{}", "x".repeat(900)), format!("{number:05}#{stage}"));
            let entry = RunEntry { key, offset: number as u64, value: 1, minutes: 60 };
            writer.push(&entry, &mut out).unwrap();
        }
        writer.finish(&mut out).unwrap();
        match Tail::read(&out).unwrap() {
            Tail::Index(index) => index,
            Tail::Needs(bytes) => panic!("all bytes were given, and {bytes} are wanted"),
        }
    }

    #[test]
    fn small_runs_are_one_range() {
        let indexes = [run(&[1, 2, 3]), run(&[2, 2]), run(&[])];
        assert_eq!(cut_ranges(&indexes, 5), [PerformerRange::default()]);
        assert_eq!(cut_ranges(&[], 5), [PerformerRange::default()]);
    }

    proptest! {
        #[test]
        fn ranges_have_every_performer_once_and_no_more_entries_than_they_may(
            runs in proptest::collection::vec(proptest::collection::vec(0u16..200, 0..150), 1..5),
            limit in 1u64..200,
        ) {
            let runs: Vec<Vec<u16>> = runs.into_iter().map(|mut run| { run.sort_unstable(); run }).collect();
            let indexes: Vec<Index> = runs.iter().map(|performers| run(performers)).collect();
            let ranges = cut_ranges(&indexes, limit);
            let block = indexes.iter().flat_map(Index::blocks).map(|block| block.entries).max().unwrap_or(0);
            let mut all = 0;
            for range in &ranges {
                let inside = |performer: &&u16| range.contains(&format!("{performer:03}{}", "x".repeat(900)));
                let held: Vec<&u16> = runs.iter().flatten().filter(inside).collect();
                let of_one = held.chunk_by(|one, other| one == other).map(<[_]>::len).max().unwrap_or(0);
                let most = limit + u64::from(block) * runs.len() as u64 + of_one as u64 * runs.len() as u64;
                prop_assert!(held.len() as u64 <= most, "{} of {most}", held.len());
                all += held.len();
            }
            prop_assert_eq!(all, runs.iter().map(Vec::len).sum::<usize>());
        }

        #[test]
        fn an_index_within_a_range_has_the_blocks_of_the_range(
            performers in proptest::collection::vec(0u16..50, 0..150), from in 0u16..50, length in 0u16..50,
        ) {
            let mut performers = performers;
            performers.sort_unstable();
            let index = run(&performers);
            let range = PerformerRange { from: Some(format!("{from:03}")), until: Some(format!("{:03}", from + length)) };
            let within = index.clone().within(&range);
            let held = performers.iter().filter(|performer| (from..from + length).contains(performer)).count() as u64;
            prop_assert!(within.entries() >= held);
            // Of every block outside of it, all entries are before or behind the range.
            let left_out = index.blocks().iter().filter(|block| !within.blocks().contains(block));
            let first_of_next = |block: &crate::run::BlockPlace| {
                index.blocks().iter().find(|next| next.offset > block.offset).map(|next| next.first.performer.clone())
            };
            for block in left_out {
                let ends_before = first_of_next(block).is_some_and(|next| range.is_before(&next));
                prop_assert!(range.is_behind(&block.first.performer) || ends_before);
            }
        }

        #[test]
        fn parts_have_every_block_once(performers in proptest::collection::vec(0u16..50, 0..150), limit in 1u64..60) {
            let mut performers = performers;
            performers.sort_unstable();
            let index = run(&performers);
            let parts = index.parts(limit);
            let all: Vec<usize> = parts.iter().cloned().flatten().collect();
            prop_assert_eq!(all, (0..index.blocks().len()).collect::<Vec<_>>());
            for part in parts {
                let cut = index.clone().part(part.clone());
                prop_assert!(cut.entries() <= limit || part.len() == 1);
            }
        }
    }
}
