//! A file from its rows to the table, cut into chunks in any way and loaded in any order.

use std::collections::BTreeMap;

use lineup::row::Performance;
use lineup_table::Item;
use lineup_versions::{ItemKey, RunBuilder, RunEntry, SkippedOffsets, merge_in_memory};
use proptest::prelude::*;

fn item(performer: u8, hour: u8, note: u16) -> Item {
    let mut performance = Performance::blank();
    performance.performer = format!("Performer {performer}");
    performance.stage = "Main Stage".to_owned();
    performance.date = lineup::date::parse("2025-07-12").unwrap();
    performance.start = lineup::clock_time::ClockTime::new(hour, 0).unwrap();
    performance.end = lineup::clock_time::ClockTime::new(hour, 45).unwrap();
    performance.extras = vec![("Note".into(), note.to_string())];
    Item::new(performance).unwrap()
}

/// The winners of all chunks, and what is skipped.
fn survey(chunks: &[Vec<(u64, Item)>]) -> (BTreeMap<ItemKey, RunEntry>, SkippedOffsets) {
    let (mut runs, mut skipped) = (Vec::new(), Vec::new());
    for chunk in chunks {
        let (mut builder, mut entry) = (RunBuilder::new(), RunEntry::default());
        for (offset, item) in chunk {
            entry.set(item, *offset);
            builder.insert(&entry).unwrap();
        }
        let run = builder.finish().unwrap();
        skipped.extend(run.replaced);
        runs.push(run.bytes);
    }
    let mut winners = BTreeMap::new();
    merge_in_memory(&runs, |entry, losers| {
        skipped.extend(losers.iter().map(|loser| loser.offset));
        winners.insert(entry.key.clone(), entry.clone());
        Ok(())
    })
    .unwrap();
    (winners, SkippedOffsets::new(skipped))
}

proptest! {
    #[test]
    fn the_table_is_the_file_read_from_top_to_bottom_however_it_is_cut_and_in_whatever_order_it_loads(
        rows in proptest::collection::vec((0u8..6, 0u8..4, any::<u16>()), 0..60),
        cuts in proptest::collection::vec(1usize..9, 1..8),
        order in any::<u64>(),
    ) {
        let file: Vec<(u64, Item)> = rows.iter().enumerate()
            .map(|(number, (performer, hour, note))| (number as u64 * 50, item(*performer, *hour, *note)))
            .collect();
        let mut expected = BTreeMap::new();
        for (_, item) in &file {
            let (performer, performance) = item.key();
            expected.insert(ItemKey::new(performer, performance), item.clone());
        }

        let mut chunks: Vec<Vec<(u64, Item)>> = Vec::new();
        let (mut rest, mut cuts) = (file.as_slice(), cuts.iter().cycle());
        while let (false, Some(cut)) = (rest.is_empty(), cuts.next()) {
            let (chunk, more) = rest.split_at((*cut).min(rest.len()));
            chunks.push(chunk.to_vec());
            rest = more;
        }
        let (winners, skipped) = survey(&chunks);
        let skipped = SkippedOffsets::read(&skipped.bytes()).unwrap();

        // Chunks load in any order, and rows of a chunk too: no barrier is needed any more.
        let mut loaded: Vec<&(u64, Item)> = chunks.iter().flatten().collect();
        fastrand::Rng::with_seed(order).shuffle(&mut loaded);
        let mut table = BTreeMap::new();
        let mut written = 0;
        for (_, item) in loaded.into_iter().filter(|(offset, _)| !skipped.has(*offset)) {
            let (performer, performance) = item.key();
            table.insert(ItemKey::new(performer, performance), item.clone());
            written += 1;
        }
        prop_assert_eq!(&table, &expected);
        prop_assert_eq!(written, expected.len(), "rows.written is exactly the items that the file has");
        prop_assert_eq!(written + skipped.as_slice().len(), file.len());
        for (key, item) in &expected {
            let expected = RunEntry::of(item, winners[key].offset);
            prop_assert_eq!(&winners[key], &expected);
        }
    }
}
