//! A file that is imported again under its name is a new version of its lineup: it takes the place of the one before.

use serde_json::{Value, json};

use crate::command::Lineup;

const HEADER: &str = "Performer,Stage,Start,End,Date,Genre\n";

/// A lineup with these rows, without their dates.
fn text(rows: &[&str]) -> String {
    rows.iter().fold(HEADER.to_owned(), |text, row| text + row + "\n")
}

/// `Ada 20:00 Main` of every item.
fn sets(lineup: &Lineup) -> Vec<String> {
    let field = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    let set = |item: &Value| {
        format!("{} {} {}", field(item, "Performer"), field(item, "Start"), field(item, "Stage"))
    };
    lineup.items().iter().map(set).collect()
}

/// Imports rows under the name of the festival.
fn import(lineup: &Lineup, rows: &[&str], more: &[&str]) -> (Value, i32) {
    lineup.import(&lineup.file("festival.csv", text(rows)), more)
}

const WEEKEND: [&str; 5] = [
    "Ada,Main,20:00,21:00,2025-07-12,Pop",
    "Bob,Main,21:30,22:30,2025-07-12,Rock",
    "Cy,Tent,20:00,21:00,2025-07-12,Folk",
    "Dee,Tent,22:00,23:00,2025-07-12,Folk",
    "Eve,Tent,23:30,00:30,2025-07-12,Folk",
];

#[test]
fn a_corrected_time_replaces_the_old_set() {
    let lineup = Lineup::new();
    import(&lineup, &["Nova Rye,Dune,20:00,21:30,2025-07-12,"], &[]);
    let (report, code) = import(&lineup, &["Nova Rye,Dune,20:30,22:00,2025-07-12,"], &[]);
    assert_eq!((code, sets(&lineup)), (0, vec!["Nova Rye 20:30 Dune".to_owned()]));
    assert_eq!(report["changes"]["differences"]["moved"], 1, "{report}");
}

#[test]
fn the_report_and_the_message_say_what_moved_what_is_new_what_changed_and_what_is_gone() {
    let lineup = Lineup::new();
    let (first, _) = import(&lineup, &WEEKEND, &[]);
    assert_eq!(first["changes"], Value::Null, "there is no version before: {first}");
    let corrected = [
        "Ada,Main,20:30,21:30,2025-07-12,Pop",
        "Bob,Main,21:30,22:30,2025-07-12,Punk",
        "Cy,Tent,20:00,21:00,2025-07-12,Folk",
        "Dee,Tent,22:00,23:00,2025-07-12,Folk",
        "Fay,Main,23:00,23:30,2025-07-12,Pop",
    ];
    let (report, code) = import(&lineup, &corrected, &[]);
    let differences = &report["changes"]["differences"];
    let count = |name: &str| differences[name].as_u64().unwrap();
    assert_eq!(
        ["moved", "added", "changed", "removed", "unchanged"].map(count),
        [1, 1, 1, 1, 2],
        "{differences}"
    );
    assert_eq!((code, sets(&lineup).len()), (0, 5));
    assert!(!sets(&lineup).iter().any(|set| set.starts_with("Eve") || set == "Ada 20:00 Main"));

    let file = lineup.file("festival.csv", text(&WEEKEND));
    let message = lineup.run(["import", file.to_str().unwrap()]).succeeded();
    assert!(message.contains("1 added, 1 changed, 1 moved, 1 removed, 2 unchanged"), "{message}");
    assert!(message.contains("Not in this file any more: Fay."), "{message}");
}

#[test]
fn half_a_file_removes_nothing_and_says_why_and_what_to_do() {
    let lineup = Lineup::new();
    import(&lineup, &WEEKEND, &[]);
    let (report, code) = import(&lineup, &WEEKEND[..2], &[]);
    assert_eq!((code, &report["outcome"]), (3, &json!("PARTIAL")), "{report}");
    assert_eq!(sets(&lineup).len(), 5, "nothing is removed");

    let file = lineup.file("festival.csv", text(&WEEKEND[..2]));
    let message = lineup.run(["import", file.to_str().unwrap()]);
    for part in ["3 of the 5 performers of the version before", "lineup rerun", "--replace never"] {
        assert!(message.stdout.contains(part), "{part:?} is not in {message}");
    }
    assert_eq!(message.code, 3, "what was kept is guarded again: {message}");
    assert_eq!(sets(&lineup).len(), 5);
    // It goes when the planner says so.
    let (_, code) = import(&lineup, &WEEKEND[..2], &["--replace", "always"]);
    assert_eq!((code, sets(&lineup).len()), (0, 2));
}

#[test]
fn with_never_a_file_adds_to_its_lineup_and_the_next_version_replaces_both() {
    let lineup = Lineup::new();
    import(&lineup, &WEEKEND[..2], &[]);
    let (report, code) = import(&lineup, &WEEKEND[2..4], &["--replace", "never"]);
    assert_eq!((code, sets(&lineup).len()), (0, 4), "{report}");
    let (_, code) = import(&lineup, &[WEEKEND[0], WEEKEND[2], WEEKEND[3]], &[]);
    assert_eq!((code, sets(&lineup).len()), (0, 3));
}

#[test]
fn a_typing_error_in_a_row_deletes_no_set_of_its_performer() {
    let lineup = Lineup::new();
    import(&lineup, &WEEKEND, &[]);
    let typo = [WEEKEND[0], WEEKEND[1], WEEKEND[2], "Dee,Tent,late,23:00,2025-07-12,Folk", WEEKEND[4]];
    let (report, code) = import(&lineup, &typo, &[]);
    assert_eq!((code, &report["changes"]["spared"]), (3, &json!(1)), "{report}");
    assert!(sets(&lineup).contains(&"Dee 22:00 Tent".to_owned()));
    // A row without a performer may be of any set.
    let (report, code) =
        import(&lineup, &[WEEKEND[0], WEEKEND[1], WEEKEND[2], ",Tent,22:00,23:00,2025-07-12,"], &[]);
    assert_eq!((code, &report["changes"]["kept"]), (3, &json!({"unreadable-performers": 1})), "{report}");
    assert_eq!(sets(&lineup).len(), 5);
}

#[test]
fn a_file_of_another_name_removes_nothing_of_this_one_and_as_names_the_lineup() {
    let lineup = Lineup::new();
    import(&lineup, &WEEKEND, &[]);
    // Both files have Ada's set. The one that was imported last owns it.
    let other = lineup.file("other.csv", text(&[WEEKEND[0], "Gus,Main,19:00,19:30,2025-07-12,Pop"]));
    lineup.import(&other, &[]);
    assert_eq!(sets(&lineup).len(), 6);
    import(&lineup, &WEEKEND[1..], &[]);
    assert!(sets(&lineup).contains(&"Ada 20:00 Main".to_owned()), "it is a part of other.csv");
    let corrected = lineup.file("corrected.csv", text(&[WEEKEND[1], WEEKEND[2], WEEKEND[3]]));
    let (report, code) = lineup.import(&corrected, &["--as", "festival.csv"]);
    assert_eq!((code, &report["changes"]["differences"]["removed"]), (0, &json!(1)), "{report}");
    assert_eq!(sets(&lineup).len(), 5);
}

#[test]
fn a_stage_and_a_day_that_lost_all_their_sets_are_listed_no_more() {
    let lineup = Lineup::new();
    let row =
        |performer: &str, stage: &str, day: u8| format!("{performer},{stage},20:00,21:00,2025-07-{day},");
    let rows = |stage: &str, day: u8| text(&[&row("Ada", stage, 12), &row("Bob", "Tent", day)]);
    lineup.import(&lineup.file("festival.csv", rows("Mian", 13)), &[]);
    lineup.import(&lineup.file("festival.csv", rows("Main", 12)), &[]);
    let asked = |args: &[&str]| -> Value {
        serde_json::from_str(&lineup.run([args, &["--format", "json"]].concat()).succeeded()).unwrap()
    };
    assert_eq!(asked(&["query", "stages"]), json!([{"Stage": "Main"}, {"Stage": "Tent"}]));
    assert_eq!(asked(&["query", "days"]), json!([{"Date": "2025-07-12"}]));
    // They come back with their sets.
    lineup.import(&lineup.file("festival.csv", rows("Mian", 13)), &[]);
    assert_eq!(asked(&["query", "stages"]), json!([{"Stage": "Mian"}, {"Stage": "Tent"}]));
    assert_eq!(asked(&["query", "days"]), json!([{"Date": "2025-07-12"}, {"Date": "2025-07-13"}]));
}

#[test]
fn what_a_failed_version_wrote_is_removed_by_the_next_one() {
    let lineup = Lineup::new();
    import(&lineup, &WEEKEND, &[]);
    // Nothing of a file that cannot be read is written, and it supersedes nothing.
    let (report, code) =
        lineup.import(&lineup.file("festival.csv", "<html><body>no lineup</body></html>"), &[]);
    assert_eq!(code, 1, "{report}");
    let (report, code) = import(&lineup, &WEEKEND[..4], &[]);
    assert_eq!((code, &report["changes"]["differences"]["removed"]), (0, &json!(1)), "{report}");
    assert_eq!(sets(&lineup).len(), 4);
}

#[test]
fn a_rerun_of_the_current_version_is_allowed_and_one_of_an_older_version_is_superseded() {
    let lineup = Lineup::new();
    let (first, _) = import(&lineup, &WEEKEND, &[]);
    let (second, _) = import(&lineup, &WEEKEND[..4], &[]);
    let id = |report: &Value| report["import_id"].as_str().unwrap().to_owned();
    lineup.run(["rerun", &id(&second), "--chunk", "1"]).succeeded();
    assert_eq!(sets(&lineup).len(), 4);
    let done = lineup.run(["rerun", &id(&first), "--chunk", "1", "--json"]);
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((done.code, &report["outcome"]), (1, &json!("SUPERSEDED")), "{report}");
    assert_eq!(sets(&lineup).len(), 4, "the older version wrote nothing");
}

#[test]
fn diff_says_what_an_import_would_change_and_changes_nothing() {
    let lineup = Lineup::new();
    import(&lineup, &WEEKEND, &[]);
    let corrected = text(&[
        "Ada,Main,20:30,21:30,2025-07-12,Pop",
        "Bob,Main,21:30,22:30,2025-07-12,Punk",
        WEEKEND[2],
        WEEKEND[3],
        "Fay,Main,23:00,23:30,2025-07-12,Pop",
    ]);
    let file = lineup.file("corrected.csv", corrected);
    let diff = ["diff", file.to_str().unwrap(), "--as", "festival.csv"];
    let done = lineup.run(diff);
    assert_eq!(done.code, 3, "{done}");
    let lines: Vec<String> =
        done.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        lines,
        [
            "CHANGE PERFORMER SET",
            "moved Ada 2025-07-12 20:00 Main -> 2025-07-12 20:30 Main",
            "added Fay 2025-07-12 23:00 Main",
            "removed Eve 2025-07-12 23:30 Tent",
            "changed Bob 2025-07-12 21:30 Main",
            "1 added, 1 changed, 1 moved, 1 removed, 2 unchanged",
        ]
    );
    assert_eq!(sets(&lineup).len(), 5, "nothing is written");
    lineup.import(&file, &["--as", "festival.csv"]);
    let same = lineup.run([&diff[..], &["--json"]].concat());
    let report: Value = serde_json::from_str(&same.stdout).unwrap();
    assert_eq!((same.code, &report["differences"]["unchanged"]), (0, &json!(5)), "{report}");
}

#[test]
fn lineups_are_listed_with_their_current_version() {
    let lineup = Lineup::new();
    import(&lineup, &WEEKEND, &[]);
    let (second, _) = import(&lineup, &WEEKEND[..4], &[]);
    lineup.import(&lineup.file("other.csv", text(&WEEKEND[..1])), &[]);
    let listed: Value = serde_json::from_str(&lineup.run(["lineups", "--json"]).succeeded()).unwrap();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["festival.csv", "other.csv"]);
    assert_eq!((&listed[0]["current"], &listed[0]["rows"]), (&second["import_id"], &json!(4)));
    assert!(lineup.run(["lineups"]).succeeded().contains("festival.csv"));
}
