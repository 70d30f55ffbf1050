//! Many uploads at once in a new account, where ten functions run at a time: every import waits its turn and ends well.

use std::collections::{BTreeMap, BTreeSet};

use lineup_model::burst::{BurstFile, BurstOutcome, upload};

const HEADER: &str = "Performer,Stage,Start,End,Date\n";
/// The rows of some files are more, so that these have several chunks.
const CHUNK_BYTES: u64 = 250;

/// A set, as the file has it and as the key of its row.
struct Set {
    performer: String,
    stage: String,
    start: String,
}

impl Set {
    fn line(&self) -> String {
        format!("{},{},{},23:30,2025-07-12\n", self.performer, self.stage, self.start)
    }

    fn row(&self) -> (String, String) {
        (self.performer.clone(), format!("2025-07-12#{}#{}", self.start, self.stage))
    }
}

fn file(key: &str, sets: &[Set]) -> BurstFile {
    let text = [HEADER.to_owned()].into_iter().chain(sets.iter().map(Set::line)).collect();
    BurstFile { key: key.to_owned(), text }
}

fn ends(outcome: &BurstOutcome) -> BTreeMap<&str, usize> {
    let mut ends = BTreeMap::new();
    for import in &outcome.imports {
        *ends.entry(import.ended_in.as_str()).or_default() += 1;
    }
    ends
}

/// How long the last import took, for people who run the test with `--nocapture`.
fn report(outcome: &BurstOutcome) {
    let longest = outcome.imports.iter().map(|import| import.took).max().unwrap();
    let in_a_row = outcome.imports.iter().map(|import| import.refused_in_a_row).max().unwrap();
    println!("{:?}; the last one took {longest:#}", ends(outcome));
    println!("{} invocations refused, at most {in_a_row} in a row", outcome.refused);
}

#[test]
fn three_hundred_uploads_at_once_are_all_imported_by_ten_functions() {
    let sets = |upload: usize| {
        let set = |act: usize| Set {
            performer: format!("Act {act} of {upload}"),
            stage: format!("Stage {}", upload % 7),
            start: format!("{:02}:{:02}", 10 + act, upload % 60),
        };
        let acts = if upload.is_multiple_of(30) { 12 } else { 3 };
        (0..acts).map(set).collect::<Vec<_>>()
    };
    let files: Vec<_> = (0..300).map(|upload| file(&format!("{upload}.csv"), &sets(upload))).collect();
    let outcome = upload(1, &files, CHUNK_BYTES);
    report(&outcome);
    assert!(outcome.refused > 300, "ten functions are too few for all of them at once");
    assert_eq!(ends(&outcome), BTreeMap::from([("Imported", 300)]));
    for import in &outcome.imports {
        let [message] = &import.messages[..] else { panic!("{import:?}") };
        assert!(message.body.contains(&format!("{} is imported.", import.key)), "{message:?}");
    }
    let expected: BTreeSet<_> = (0..300).flat_map(sets).map(|set| set.row()).collect();
    assert_eq!(outcome.table, expected);
}

#[test]
fn of_fifty_uploads_of_one_key_the_newest_is_the_table_and_the_others_are_imported_or_superseded() {
    // Nine acts move with every version, and a guest is only in one.
    let sets = |version: usize| {
        let act = |performer: String, start: String| Set { performer, stage: "Main".into(), start };
        let acts =
            (0..9).map(|number| act(format!("Act {number}"), format!("{:02}:{version:02}", 10 + number)));
        acts.chain([act(format!("Guest {version}"), "22:00".into())]).collect::<Vec<_>>()
    };
    for seed in [0, 2] {
        let files: Vec<_> = (0..50).map(|version| file("festival.csv", &sets(version))).collect();
        let outcome = upload(seed, &files, CHUNK_BYTES);
        report(&outcome);
        assert!(outcome.refused > 0);
        let ends = ends(&outcome);
        let well = ["Imported", "Superseded"].map(|state| ends.get(state).copied().unwrap_or(0));
        assert_eq!(well.iter().sum::<usize>(), 50, "{ends:?}");
        assert_eq!(outcome.imports[49].ended_in, "Imported");
        for import in &outcome.imports {
            assert_eq!(import.messages.len(), 1, "{import:?}");
        }
        let expected: BTreeSet<_> = sets(49).iter().map(Set::row).collect();
        assert_eq!(outcome.table, expected);
    }
}
