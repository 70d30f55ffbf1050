use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// The list of these performers and stages.
fn list(rows: &BTreeSet<(String, String)>) -> Vec<u8> {
    list_by(NameListBuilder::default(), rows)
}

fn list_by(mut builder: NameListBuilder, rows: &BTreeSet<(String, String)>) -> Vec<u8> {
    for (performer, stage) in rows {
        builder.add(&ItemKey::new(performer.as_str(), format!("2025-07-12#20:00#{stage}")));
    }
    builder.finish().unwrap().unwrap()
}

fn names_in(list: &[u8], places: &[crate::BlockPlace]) -> BTreeSet<(NameKind, String)> {
    let mut names = BTreeSet::new();
    for place in places {
        let insert = |kind, name: &str| assert!(names.insert((kind, name.to_owned())), "{name} stands twice");
        read_names(place, &list[place.bytes()], insert).unwrap();
    }
    names
}

fn of_kind(list: &[u8], kind: NameKind) -> BTreeSet<String> {
    let index = NameIndex::of_list(list).unwrap();
    let all = names_in(list, index.of_kind(kind)).into_iter();
    all.filter(|(of, _)| *of == kind).map(|(_, name)| name).collect()
}

#[test]
fn a_name_is_found_in_one_or_two_blocks_of_many() {
    let rows = (0..60_000).map(|number| (format!("Performer {number}"), format!("Stage {}", number % 40)));
    let rows: BTreeSet<_> = rows.chain([("Björk".to_owned(), "Café".to_owned())]).collect();
    let list = list(&rows);
    let index = NameIndex::of_list(&list).unwrap();
    assert_eq!(index.names(), 60_001 + 41);
    assert!(index.of_kind(NameKind::Performer).len() > 2);
    for (kind, asked, name) in [
        (NameKind::Performer, "bjork", "Björk"),
        (NameKind::Performer, "PERFORMER 19999", "Performer 19999"),
        (NameKind::Performer, "performer 0", "Performer 0"),
        (NameKind::Stage, "cafe", "Café"),
        (NameKind::Stage, "stage 39", "Stage 39"),
    ] {
        let places = index.equal(kind, asked);
        assert!((1..=2).contains(&places.len()), "{asked}: {}", places.len());
        assert!(names_in(&list, places).contains(&(kind, name.to_owned())), "{asked}");
    }
}

#[test]
fn a_list_that_is_damaged_is_an_error() {
    let list = list(&BTreeSet::from([("Ada".to_owned(), "Tent".to_owned())]));
    for at in 0..list.len() {
        let mut damaged = list.clone();
        damaged[at] ^= 1;
        let read = NameIndex::of_list(&damaged).and_then(|index| {
            let places = index.of_kind(NameKind::Performer);
            places.iter().try_for_each(|place| read_names(place, &damaged[place.bytes()], |_, _| {}))
        });
        assert!(read.is_err(), "byte {at}");
    }
    assert!(NameIndex::of_list(&list[..list.len() - 1]).is_err() && NameIndex::of_list(&[]).is_err());
}

#[test]
fn a_list_of_keys_is_no_list_of_names() {
    let run = crate::RunBuilder::new().finish().unwrap().bytes;
    assert!(NameIndex::of_list(&run).is_err());
    assert_eq!(NameIndex::of_list(&list(&BTreeSet::new())).unwrap().names(), 0);
}

/// Two names fold to one text, and the last name is as long as a key can be.
#[test]
fn a_list_that_is_sorted_in_many_parts_is_the_list() {
    let rows = (0..20_000).map(|number| (format!("Performer {number}"), format!("Stage {}", number % 40)));
    let more = [("Björk", "Café"), ("BJORK", "cafe"), (&"z".repeat(2048), "Tent")];
    let more = more.map(|(performer, stage)| (performer.to_owned(), stage.to_owned()));
    let rows: BTreeSet<_> = rows.chain(more).collect();
    let whole = list(&rows);
    for held_bytes in [1, 1000, 100_000] {
        assert!(list_by(NameListBuilder::with_held_bytes(held_bytes), &rows) == whole, "{held_bytes}");
    }
}

proptest! {
    #[test]
    fn every_name_is_in_the_list_once_and_found_by_any_spelling(
        rows in proptest::collection::btree_set(("\\PC{1,20}|[aAáb]{1,3}", "[aAb #]{1,3}|\u{fdfa}{1,300}"), 0..60),
    ) {
        let list = list(&rows);
        let performers: BTreeSet<String> = rows.iter().map(|(performer, _)| performer.clone()).collect();
        let stages: BTreeSet<String> = rows.iter().map(|(_, stage)| stage.clone()).collect();
        prop_assert_eq!(of_kind(&list, NameKind::Performer), performers.clone());
        prop_assert_eq!(of_kind(&list, NameKind::Stage), stages);
        let index = NameIndex::of_list(&list).unwrap();
        for name in &performers {
            let found = names_in(&list, index.equal(NameKind::Performer, &name.to_uppercase()));
            let equal = performers.iter().filter(|other| fold(other) == fold(&name.to_uppercase()));
            for other in equal {
                prop_assert!(found.contains(&(NameKind::Performer, other.clone())), "{} {}", name, other);
            }
        }
    }
}
