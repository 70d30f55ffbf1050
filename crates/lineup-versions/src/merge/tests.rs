use std::collections::BTreeMap;

use super::*;
use crate::builder::RunBuilder;
use crate::entry::ItemKey;
use crate::run::{RunWriter, Tail};
use proptest::prelude::*;

fn index(run: &[u8]) -> Index {
    match Tail::read(run).unwrap() {
        Tail::Index(index) => index,
        Tail::Needs(bytes) => panic!("all was given, and {bytes} are wanted"),
    }
}

/// All entries of a merge, each with its run and its losers.
fn merged(runs: &[Vec<u8>], range: &PerformerRange) -> Vec<(RunEntry, usize, Vec<Loser>)> {
    let mut merge = Merge::new(runs.iter().map(|run| index(run)).collect(), range);
    let mut entries = Vec::new();
    loop {
        match merge.step().unwrap() {
            MergeStep::Needs(run) => {
                let place = merge.next_block(run).unwrap().bytes();
                merge.supply(run, &runs[run][place]).unwrap();
            }
            MergeStep::Entry => {
                let mut losers = merge.losers().to_vec();
                losers.sort_unstable();
                entries.push((merge.entry().clone(), merge.run(), losers));
            }
            MergeStep::Done => return entries,
        }
    }
}

/// A row of key `key`: keys are long, so that a run has many blocks.
fn row(key: u8, offset: u64) -> RunEntry {
    let key = ItemKey::new(format!("{key:03}{}", "x".repeat(990)), "2025-07-12#20:00#Main");
    RunEntry { key, offset, value: offset.into(), minutes: 60 }
}

/// The runs of chunks; rows stand in the file one behind the other.
fn runs(chunks: &[Vec<u8>]) -> (Vec<Vec<u8>>, Vec<Vec<u64>>, Vec<RunEntry>) {
    let mut rows = Vec::new();
    let mut run = |chunk: &Vec<u8>| {
        let mut builder = RunBuilder::new();
        for key in chunk {
            let row = row(*key, rows.len() as u64 * 10);
            builder.insert(&row).unwrap();
            rows.push(row);
        }
        builder.finish().map(|run| (run.bytes, run.replaced)).unwrap()
    };
    let (runs, replaced) = chunks.iter().map(&mut run).unzip();
    (runs, replaced, rows)
}

proptest! {
    #[test]
    fn however_a_file_is_cut_the_last_row_of_each_key_stays_and_all_others_are_skipped(
        chunks in proptest::collection::vec(proptest::collection::vec(0u8..60, 0..90), 1..9),
    ) {
        let (runs, replaced, rows) = runs(&chunks);
        let entries = merged(&runs, &PerformerRange::default());
        let last: BTreeMap<ItemKey, RunEntry> = rows.iter().map(|row| (row.key.clone(), row.clone())).collect();
        prop_assert!(entries.iter().map(|(entry, ..)| entry).eq(last.values()));

        let mut skipped: Vec<u64> = replaced.concat();
        skipped.extend(entries.iter().flat_map(|(_, _, losers)| losers.iter().map(|loser| loser.offset)));
        skipped.sort_unstable();
        let stays = |row: &&RunEntry| last[&row.key].offset != row.offset;
        let expected: Vec<u64> = rows.iter().filter(stays).map(|row| row.offset).collect();
        prop_assert_eq!(skipped, expected);
    }

    #[test]
    fn losers_and_winners_are_in_the_runs_that_are_named(
        chunks in proptest::collection::vec(proptest::collection::vec(0u8..20, 0..30), 1..9),
    ) {
        let (runs, _, rows) = runs(&chunks);
        let mut ends = Vec::new();
        for chunk in &chunks {
            ends.push(ends.last().unwrap_or(&0) + chunk.len());
        }
        let chunk_of = |offset: u64| ends.partition_point(|end| *end as u64 * 10 <= offset);
        for (entry, run, losers) in merged(&runs, &PerformerRange::default()) {
            prop_assert_eq!(run, chunk_of(entry.offset));
            for loser in losers {
                prop_assert_eq!(loser.run, chunk_of(loser.offset));
                prop_assert_eq!(&rows[loser.offset as usize / 10].key, &entry.key);
            }
        }
    }

    #[test]
    fn runs_that_were_gathered_in_groups_give_the_same_list(
        chunks in proptest::collection::vec(proptest::collection::vec(0u8..60, 0..40), 1..9), group in 1usize..4,
    ) {
        let (runs, ..) = runs(&chunks);
        let gather = |group: &[Vec<u8>]| {
            let (mut writer, mut out) = (RunWriter::new(), Vec::new());
            for (entry, ..) in merged(group, &PerformerRange::default()) {
                writer.push(&entry, &mut out).unwrap();
            }
            writer.finish(&mut out).unwrap();
            out
        };
        let gathered: Vec<Vec<u8>> = runs.chunks(group).map(gather).collect();
        let entries = |runs: &[Vec<u8>]| -> Vec<RunEntry> {
            merged(runs, &PerformerRange::default()).into_iter().map(|(entry, ..)| entry).collect()
        };
        prop_assert_eq!(entries(&gathered), entries(&runs));
    }

    #[test]
    fn ranges_one_after_the_other_give_the_same_list(
        chunks in proptest::collection::vec(proptest::collection::vec(0u8..60, 0..90), 1..6),
        cuts in proptest::collection::btree_set(0u8..60, 0..5),
    ) {
        let (runs, ..) = runs(&chunks);
        let cuts: Vec<Option<String>> = cuts.into_iter().map(|cut| Some(format!("{cut:03}"))).collect();
        let bounds = [vec![None], cuts, vec![None]].concat();
        let ranges = bounds.windows(2).map(|ends| PerformerRange { from: ends[0].clone(), until: ends[1].clone() });
        let parts: Vec<_> = ranges.flat_map(|range| merged(&runs, &range)).collect();
        prop_assert_eq!(parts, merged(&runs, &PerformerRange::default()));
    }
}

#[test]
fn a_block_of_another_run_is_an_error_and_so_is_one_that_nobody_asked_for() {
    let runs = [runs(&[vec![1, 2, 3]]).0.concat(), runs(&[vec![4, 5, 6]]).0.concat()];
    let mut merge = Merge::new(runs.iter().map(|run| index(run)).collect(), &PerformerRange::default());
    assert_eq!(merge.step(), Ok(MergeStep::Needs(0)));
    let place = merge.next_block(0).unwrap().bytes();
    assert_eq!(
        merge.supply(0, &runs[1][place.clone()]),
        Err(RunError::Damaged("a block has another checksum"))
    );
    assert_eq!(merge.supply(0, &runs[0][..place.len() - 1]), Err(RunError::Cut));
    assert_eq!(merge.supply(2, &runs[0]), Err(RunError::NotAsked));
    assert_eq!(merge.step(), Ok(MergeStep::Needs(0)));
    assert_eq!(merge.supply(0, &runs[0][place.clone()]), Ok(()));
    assert_eq!(merge.supply(0, &runs[0][place]), Err(RunError::NotAsked));
}

/// As after a gather that was repeated: no row may be skipped as its own repeat.
#[test]
fn a_row_that_two_runs_have_is_one_row_and_no_loser() {
    let run = runs(&[vec![1, 2]]).0.concat();
    let entries = merged(&[run.clone(), run], &PerformerRange::default());
    assert!(entries.len() == 2 && entries.iter().all(|(_, _, losers)| losers.is_empty()));
}

#[test]
fn no_runs_are_an_empty_list() {
    assert_eq!(merged(&[], &PerformerRange::default()), []);
    assert_eq!(merged(&runs(&[vec![], vec![]]).0, &PerformerRange::default()), []);
}
