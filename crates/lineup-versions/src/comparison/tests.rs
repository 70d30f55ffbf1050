use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::builder::RunBuilder;
use crate::entry::ItemKey;
use crate::performers::PerformerRange;
use crate::ranges::cut_ranges;
use crate::run::{Index, Tail};
use proptest::prelude::*;

/// The items of a version: by performer and sort key the value and the minutes.
type Items = BTreeMap<(String, String), (u128, u16)>;

fn items(rows: &[(&str, &str, u128, u16)]) -> Items {
    let item = |(performer, performance, value, minutes): &(&str, &str, u128, u16)| {
        (((*performer).to_owned(), (*performance).to_owned()), (*value, *minutes))
    };
    rows.iter().map(item).collect()
}

fn run(items: &Items) -> Vec<u8> {
    let mut builder = RunBuilder::new();
    for (offset, ((performer, performance), (value, minutes))) in items.iter().enumerate() {
        let key = ItemKey::new(performer, performance);
        builder.insert(&RunEntry { key, offset: offset as u64, value: *value, minutes: *minutes }).unwrap();
    }
    builder.finish().unwrap().bytes
}

fn index(run: &[u8]) -> Index {
    match Tail::read(run).unwrap() {
        Tail::Index(index) => index,
        Tail::Needs(bytes) => panic!("all was given, and {bytes} are wanted"),
    }
}

/// What a comparison says of a range, and of each key.
fn compare(
    new: &[u8],
    before: Option<&[u8]>,
    others: &[Vec<u8>],
    range: &PerformerRange,
) -> (Differences, Keys) {
    let merge = |run: &[u8]| Merge::new(vec![index(run)], range);
    let others_merges = others.iter().map(|run| merge(run)).collect();
    let mut comparison = Comparison::new(merge(new), before.map(merge), others_merges);
    let mut keys = Keys::new();
    loop {
        match comparison.step().unwrap() {
            ComparisonStep::Needs { version, run: 0 } => {
                let bytes = match version {
                    ComparedVersion::New => new,
                    ComparedVersion::Before => before.unwrap(),
                    ComparedVersion::Other(number) => &others[number],
                };
                let merge = comparison.merge(version).unwrap();
                let place = merge.next_block(0).unwrap().bytes();
                merge.supply(0, &bytes[place]).unwrap();
            }
            ComparisonStep::Needs { run, .. } => panic!("no version has a run {run}"),
            ComparisonStep::Key(change) => {
                let key = &comparison.entry().key;
                keys.push(((key.performer.clone(), key.performance.clone()), change));
            }
            ComparisonStep::Done => return (comparison.finish(), keys),
        }
    }
}

type Keys = Vec<((String, String), Change)>;

fn compare_all(new: &Items, before: &Items, others: &[Items]) -> (Differences, Keys) {
    let others: Vec<Vec<u8>> = others.iter().map(run).collect();
    compare(&run(new), Some(&run(before)), &others, &PerformerRange::default())
}

const MAIN: &str = "2025-07-12#20:00#Main";

#[test]
fn a_corrected_weekend_is_counted_as_the_planner_corrected_it() {
    let same = ("Ada", MAIN, 1, 60);
    let before =
        items(&[same, ("Bea", MAIN, 1, 60), ("Cy", MAIN, 1, 60), ("Dee", "2025-07-13#18:00#Tent", 1, 60)]);
    let new = items(&[
        same,
        ("Bea", "2025-07-12#20:30#Main", 1, 60),
        ("Cy", MAIN, 2, 60),
        ("Eve", "2025-07-13#18:00#Tent", 1, 60),
    ]);
    let (found, keys) = compare_all(&new, &before, &[]);
    assert_eq!(found.to_string(), "1 added, 1 changed, 1 moved, 1 removed, 1 unchanged");
    assert_eq!((found.gone.of, found.gone.count, found.gone.first), (4, 1, vec!["Dee".to_owned()]));
    let obsolete: Vec<&str> = keys
        .iter()
        .filter(|(_, change)| change.is_obsolete())
        .map(|((performer, _), _)| performer.as_str())
        .collect();
    assert_eq!(obsolete, ["Bea", "Dee"]);
}

#[test]
fn the_first_import_of_a_lineup_only_adds() {
    let new = items(&[("Ada", MAIN, 1, 60), ("Bea", MAIN, 1, 60)]);
    let (found, _) = compare(&run(&new), None, &[], &PerformerRange::default());
    assert_eq!((found.added, found.items(), found.items_before(), found.gone.of), (2, 2, 0, 0));
}

#[test]
fn what_a_failed_import_left_is_obsolete_and_counts_for_nothing_else() {
    let before = items(&[("Ada", MAIN, 1, 60)]);
    let failed = items(&[("Ada", MAIN, 2, 60), ("Bea", MAIN, 1, 60), ("Cy", MAIN, 1, 60)]);
    let new = items(&[("Ada", MAIN, 1, 60), ("Bea", MAIN, 1, 60)]);
    let (found, keys) = compare_all(&new, &before, &[failed]);
    assert_eq!((found.unchanged, found.added, found.left_over, found.removed), (1, 1, 1, 0));
    assert_eq!((found.gone.of, found.gone.count), (1, 0));
    assert_eq!(keys[2], (("Cy".to_owned(), MAIN.to_owned()), Change::LeftOver));
}

#[test]
fn one_performer_on_two_stages_at_once_is_found_also_over_midnight() {
    let on = |rows: &[(&str, u16)]| {
        let rows: Vec<_> =
            rows.iter().map(|(performance, minutes)| ("Ada", *performance, 1, *minutes)).collect();
        let found = compare_all(&items(&rows), &Items::new(), &[]).0.double_bookings;
        found.first.into_iter().map(|one| format!("{} {}", one.on, one.starts)).collect::<Vec<_>>()
    };
    let (main, late, night) = ("2025-07-12#20:00#Main", "2025-07-12#23:30#Main", "2025-07-13#00:15#Tent");
    assert_eq!(on(&[(main, 60), ("2025-07-12#21:00#Tent", 60)]), [] as [String; 0]);
    assert_eq!(on(&[(main, 61), ("2025-07-12#21:00#Tent", 60)]), [format!("{main} 2025-07-12#21:00#Tent")]);
    assert_eq!(on(&[(late, 60), (night, 60)]), [format!("{late} {night}")]);
    assert_eq!(on(&[(late, 45), (night, 60)]), [] as [String; 0]);
    assert_eq!(on(&[(main, 90), ("2025-07-12#21:00#Main", 60)]), [] as [String; 0], "one stage is no other");
    // Over the end of a month; and a long set behind a short one on its own stage.
    assert_eq!(on(&[("2024-02-29#23:59#Main", 1440), ("2024-03-01#23:58#Tent", 5)]).len(), 1);
    assert_eq!(on(&[(main, 600), ("2025-07-12#20:05#Tent", 10), ("2025-07-12#20:30#Main", 5)]).len(), 1);
    assert_eq!(on(&[(main, 600), ("2025-07-12#20:05#Tent", 100), ("2025-07-12#20:30#Main", 5)]).len(), 2);
}

#[test]
fn what_a_range_finds_does_not_grow_with_it_and_reads_back() {
    let mut rows = Items::new();
    for number in 0..100 {
        for stage in ["Main", "Tent"] {
            let key = (format!("Performer {number:03}"), format!("2025-07-12#20:00#{stage}"));
            rows.insert(key, (1, 60));
        }
    }
    let (found, _) = compare_all(&rows, &Items::new(), &[]);
    assert_eq!(
        (found.double_bookings.count, found.double_bookings.first.len()),
        (100, lineup::survey::SHOWN)
    );
    let (found, _) = compare_all(&Items::new(), &rows, &[]);
    assert_eq!((found.gone.count, found.gone.first.len()), (100, lineup::survey::SHOWN));
    let json = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Differences>(&json).unwrap(), found);
}

/// A key that no `load` wrote must not be taken for one without a time.
#[test]
fn an_entry_without_a_date_in_its_key_is_an_error() {
    let new = run(&items(&[("Ada", "tomorrow", 1, 60)]));
    let merge = Merge::new(vec![index(&new)], &PerformerRange::default());
    let mut comparison = Comparison::new(merge, None, Vec::new());
    assert_eq!(comparison.step(), Ok(ComparisonStep::Needs { version: ComparedVersion::New, run: 0 }));
    let merge = comparison.merge(ComparedVersion::New).unwrap();
    let place = merge.next_block(0).unwrap().bytes();
    merge.supply(0, &new[place]).unwrap();
    assert!(matches!(comparison.step(), Err(RunError::Damaged(_))));
}

fn any_items(most: usize) -> impl Strategy<Value = Items> {
    let key = (0u8..8, 12u8..15, 0u8..12, 0u8..3).prop_map(|(performer, day, hour, stage)| {
        (format!("Performer {performer}"), format!("2025-07-{day}#{:02}:00#Stage {stage}", 2 * hour))
    });
    proptest::collection::btree_map(key, (0u128..2, 1u16..=400), 0..most)
}

/// The same by the definitions, with everything in memory.
fn expected(new: &Items, before: &Items, others: &[Items]) -> Differences {
    let mut found = Differences::default();
    let mut moves: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for (key, value) in new {
        match before.get(key) {
            Some(other) if other.0 == value.0 => found.unchanged += 1,
            Some(_) => found.changed += 1,
            None => moves.entry((&key.0, &key.1[..10])).or_default().0 += 1,
        }
    }
    for key in before.keys().filter(|key| !new.contains_key(*key)) {
        moves.entry((&key.0, &key.1[..10])).or_default().1 += 1;
    }
    for (added, removed) in moves.into_values() {
        let moved = added.min(removed);
        found.moved += moved;
        found.added += added - moved;
        found.removed += removed - moved;
    }
    let left: BTreeSet<_> = others.iter().flat_map(|other| other.keys()).collect();
    found.left_over =
        left.iter().filter(|key| !new.contains_key(**key) && !before.contains_key(**key)).count() as u64;
    let performers = |of: &Items| of.keys().map(|key| key.0.clone()).collect::<BTreeSet<_>>();
    let gone: Vec<String> = performers(before).difference(&performers(new)).cloned().collect();
    found.gone =
        GonePerformers { of: performers(before).len() as u64, count: gone.len() as u64, first: gone };
    found.gone.first.truncate(lineup::survey::SHOWN);
    found
}

/// How many sets start while an earlier set of their performer is on at another stage, by comparing all pairs.
fn double_bookings(new: &Items) -> u64 {
    let minutes = |key: &str| {
        let number = |from: usize| key[from..from + 2].parse::<u64>().unwrap();
        (number(8) * 24 + number(11)) * 60 + number(14)
    };
    let clashes = |(starts, _): &(&(String, String), &(u128, u16))| {
        new.iter().any(|(on, (_, length))| {
            on.0 == starts.0
                && *on < **starts
                && on.1[17..] != starts.1[17..]
                && minutes(&on.1) + u64::from(*length) > minutes(&starts.1)
        })
    };
    new.iter().filter(clashes).count() as u64
}

proptest! {
    #[test]
    fn a_comparison_finds_what_the_definitions_say(
        new in any_items(60), before in any_items(60), others in proptest::collection::vec(any_items(20), 0..3),
    ) {
        let (mut found, keys) = compare_all(&new, &before, &others);
        prop_assert_eq!(found.double_bookings.count, double_bookings(&new));
        found.double_bookings = DoubleBookings::default();
        prop_assert_eq!(&found, &expected(&new, &before, &others));
        prop_assert_eq!(found.items(), new.len() as u64);
        prop_assert_eq!(found.items_before(), before.len() as u64);

        // Every key once and in order, and obsolete are all that the new file does not have.
        prop_assert!(keys.is_sorted_by(|one, other| one.0 < other.0));
        let all: BTreeSet<_> = new.keys().chain(before.keys()).chain(others.iter().flat_map(|other| other.keys())).collect();
        prop_assert!(keys.iter().map(|(key, _)| key).eq(all));
        for (key, change) in &keys {
            prop_assert_eq!(change.is_obsolete(), !new.contains_key(key));
        }
        prop_assert_eq!(found.obsolete(), keys.iter().filter(|(_, change)| change.is_obsolete()).count() as u64);
    }

    #[test]
    fn ranges_add_up_to_the_whole(
        new in any_items(80), before in any_items(80), cuts in proptest::collection::btree_set("Performer [0-9]", 0..4),
    ) {
        let (new, before) = (run(&new), run(&before));
        let bounds: Vec<Option<String>> = std::iter::once(None).chain(cuts.into_iter().map(Some)).chain([None]).collect();
        let mut sum = Differences::default();
        let mut keys = Keys::new();
        for ends in bounds.windows(2) {
            let range = PerformerRange { from: ends[0].clone(), until: ends[1].clone() };
            let (found, more) = compare(&new, Some(&before), &[], &range);
            sum.fold(found);
            keys.extend(more);
        }
        prop_assert_eq!((sum, keys), compare(&new, Some(&before), &[], &PerformerRange::default()));
        prop_assert_eq!(cut_ranges([&index(&new), &index(&before)], 1_000).len(), 1);
    }
}
