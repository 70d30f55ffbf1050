//! What a planner does with a lineup as a whole: take it out, bring a version back, export it, let go what the guard kept.

use serde_json::{Value, json};

use crate::command::served::Served;
use crate::command::{Done, Lineup};

const HEADER: &str = "Performer,Stage,Start,End,Date\n";
const ADA: &str = "Ada,Main,20:00,21:00,2025-07-12\n";
const BOB: &str = "Bob,Main,21:30,22:30,2025-07-12\n";
const CY: &str = "Cy,Tent,20:00,21:00,2025-07-12\n";
const DEE: &str = "Dee,Tent,22:00,23:00,2025-07-12\n";

fn import(lineup: &Lineup, name: &str, rows: &[&str], more: &[&str]) -> (Value, i32) {
    lineup.import(&lineup.file(name, HEADER.to_owned() + &rows.concat()), more)
}

fn id(report: &Value) -> String {
    report["import_id"].as_str().unwrap().to_owned()
}

/// `Ada 20:00` of every item.
fn sets(lineup: &Lineup) -> Vec<String> {
    let set =
        |item: &Value| format!("{} {}", item["Performer"].as_str().unwrap(), item["Start"].as_str().unwrap());
    lineup.items().iter().map(set).collect()
}

fn json_of(lineup: &Lineup, args: &[&str]) -> Value {
    serde_json::from_str(&lineup.run(args).succeeded()).unwrap()
}

#[test]
fn a_lineup_is_taken_out_and_nothing_of_another_one() {
    let lineup = Lineup::new();
    import(&lineup, "festival.csv", &[ADA, BOB, CY], &[]);
    import(&lineup, "other.csv", &[DEE], &[]);
    let message = lineup.run(["remove", "festival.csv", "--yes"]).succeeded();
    assert!(message.contains("what its lineup had before is taken out of the table"), "{message}");
    assert!(message.contains("0 added, 0 changed, 3 removed, 0 unchanged"), "{message}");
    assert_eq!(sets(&lineup), ["Dee 22:00"]);
    assert_eq!(json_of(&lineup, &["query", "stages", "--format", "json"]), json!([{"Stage": "Tent"}]));
    let listed = json_of(&lineup, &["lineups", "--json"]);
    assert_eq!((&listed[0]["name"], &listed[0]["rows"]), (&json!("festival.csv"), &json!(0)));
    // It comes back with an upload, and is taken out again.
    import(&lineup, "festival.csv", &[ADA], &[]);
    let report = json_of(&lineup, &["remove", "festival.csv", "--yes", "--json"]);
    let changes = &report["changes"]["differences"];
    assert_eq!((&report["outcome"], &changes["removed"]), (&json!("SUCCEEDED"), &json!(1)), "{report}");
    assert_eq!(sets(&lineup), ["Dee 22:00"]);
}

/// With a line end behind the header and without one; the second has a version before that is empty.
#[test]
fn a_file_of_a_header_alone_takes_its_lineup_out_where_it_replaces_all() {
    let lineup = Lineup::new();
    import(&lineup, "festival.csv", &[ADA, BOB, CY], &[]);
    for (header, removed) in [(HEADER, 3), (HEADER.trim_end(), 0)] {
        let file = lineup.file("festival.csv", header);
        let planned = lineup.import(&file, &["--replace", "always", "--dry-run"]);
        assert_eq!(planned.0["changes"]["differences"]["removed"], json!(removed), "{}", planned.0);
        let (report, code) = lineup.import(&file, &["--replace", "always"]);
        assert_eq!((code, &report["rows"]["read"]), (0, &json!(0)), "{report}");
        assert_eq!(report["changes"]["differences"]["removed"], json!(removed), "{report}");
        assert!(sets(&lineup).is_empty());
    }
    let (report, code) = import(&lineup, "festival.csv", &[], &[]);
    assert!(code == 1 && report["cause"].as_str().unwrap().contains("--replace always"), "{report}");
}

#[test]
fn what_the_guard_kept_of_a_lineup_goes_with_it() {
    let lineup = Lineup::new();
    import(&lineup, "festival.csv", &[ADA, BOB, CY], &[]);
    assert_eq!(import(&lineup, "festival.csv", &[ADA], &[]).1, 3);
    assert_eq!(json_of(&lineup, &["lineups", "--json"])[0]["rows"], json!(3));
    lineup.run(["remove", "festival.csv", "--yes"]).succeeded();
    assert!(sets(&lineup).is_empty());
}

#[test]
fn nothing_is_removed_where_nobody_can_be_asked_or_there_is_no_such_lineup() {
    let lineup = Lineup::new();
    import(&lineup, "festival.csv", &[ADA], &[]);
    let refused = lineup.run(["remove", "festival.csv"]).failed(2);
    assert_eq!(refused, "error: there is no terminal to ask on, so nothing was done: say --yes\n");
    let none = lineup.run(["remove", "none.csv", "--yes"]).failed(4);
    assert!(none.contains("there is no lineup \"none.csv\"; `lineup lineups` lists them"), "{none}");
    // A file without rows is no removal, unless that is said.
    let (report, code) = import(&lineup, "festival.csv", &[",,,,\n"], &[]);
    assert!(code == 1 && report["cause"].as_str().unwrap().contains("lineup remove NAME"), "{report}");
    assert_eq!(sets(&lineup), ["Ada 20:00"]);
}

#[test]
fn an_earlier_version_is_listed_and_comes_back_as_it_was() {
    let lineup = Lineup::new();
    let (first, _) =
        import(&lineup, "festival.csv", &["Ada,Main,20:00,21:00,12/07/2025\n", BOB], &["--dates", "dmy"]);
    let (second, _) = import(&lineup, "festival.csv", &["Ada,Main,20:30,21:30,2025-07-12\n", CY], &[]);
    let versions = json_of(&lineup, &["lineups", "festival.csv", "--json"]);
    let field = |name: &str| [&versions[0][name], &versions[1][name]];
    assert_eq!(field("import_id"), [&second["import_id"], &first["import_id"]], "newest first: {versions}");
    assert_eq!(field("current"), [&json!(true), &json!(false)]);
    assert_eq!(field("restorable"), [&json!(false), &json!(true)]);
    assert!(lineup.run(["lineups", "festival.csv"]).succeeded().contains("can be restored"));

    let restored = json_of(&lineup, &["restore", "festival.csv", "--version", &id(&first)[..8], "--json"]);
    assert_eq!(restored["outcome"], json!("SUCCEEDED"), "{restored}");
    assert_eq!(sets(&lineup), ["Ada 20:00", "Bob 21:30"]);
    // So does one after a removal.
    lineup.run(["remove", "festival.csv", "--yes"]).succeeded();
    let message = lineup.run(["restore", "festival.csv", "--version", &id(&second)]).succeeded();
    assert!(message.contains("2 added"), "{message}");
    assert_eq!(sets(&lineup), ["Ada 20:30", "Cy 20:00"]);
}

#[tokio::test]
async fn what_cannot_be_restored_is_refused_in_one_sentence() {
    let lineup = Lineup::new();
    let (first, _) = import(&lineup, "festival.csv", &[ADA], &[]);
    let (second, _) = import(&lineup, "festival.csv", &[ADA, BOB], &[]);
    let (other, _) = import(&lineup, "other.csv", &[DEE], &[]);
    let restore = |version: &str| lineup.run(["restore", "festival.csv", "--version", version]);
    let current = restore(&id(&second)).failed(2);
    assert_eq!(current, format!("error: import {} is the current version of festival.csv\n", id(&second)));
    let of_other = restore(&id(&other)).failed(2);
    assert!(of_other.contains("is no version of festival.csv, but of other.csv"), "{of_other}");
    restore("00000000").failed(4);
    lineup.run(["restore", "none.csv", "--version", &id(&first)]).failed(4);
    // The lifecycle of a stack's bucket removes versions.
    let served = Served::start(&lineup);
    let head = served.s3().head_object().bucket("lineup-uploads").key("festival.csv").send().await.unwrap();
    let current = head.version_id().unwrap().to_owned();
    let shown = lineup_of(&served, &id(&first)).await;
    assert_ne!(shown, current);
    let delete = served.s3().delete_object().bucket("lineup-uploads").key("festival.csv").version_id(shown);
    delete.send().await.unwrap();
    drop(served);
    let gone = restore(&id(&first)).failed(1);
    assert_eq!(gone.lines().count(), 1, "{gone}");
    assert!(gone.contains("does not have that version of festival.csv any more"), "{gone}");
    assert_eq!(sets(&lineup), ["Ada 20:00", "Bob 21:30", "Dee 22:00"]);
}

/// The version of the object that an import had read.
async fn lineup_of(served: &Served, import_id: &str) -> String {
    let key = format!("imports/{import_id}/manifest.json");
    let manifest = served.s3().get_object().bucket("lineup-imports").key(key).send().await.unwrap();
    let manifest: Value = serde_json::from_slice(&manifest.body.collect().await.unwrap().to_vec()).unwrap();
    manifest["source"]["version_id"].as_str().unwrap().to_owned()
}

#[test]
fn an_export_of_a_lineup_has_what_was_imported_under_its_name_last() {
    let lineup = Lineup::new();
    import(&lineup, "festival.csv", &[ADA, BOB], &[]);
    import(&lineup, "other.csv", &[BOB, DEE], &[]);
    let export = |name: &str| {
        let done = lineup.run(["export", "--lineup", name]).succeeded();
        let mut rows: Vec<_> =
            done.lines().skip(1).map(|row| row.split(',').next().unwrap().to_owned()).collect();
        rows.sort();
        rows
    };
    assert_eq!(
        (export("festival.csv"), export("other.csv")),
        (vec!["Ada".to_owned()], vec!["Bob".to_owned(), "Dee".to_owned()])
    );
    assert_eq!(lineup.items().len(), 3);
    let none = lineup.run(["export", "--lineup", "none.csv"]).failed(4);
    assert!(none.contains("there is no lineup \"none.csv\""), "{none}");
}

#[test]
fn what_the_guard_kept_is_removed_by_a_rerun_that_loads_nothing() {
    let lineup = Lineup::new();
    import(&lineup, "festival.csv", &[ADA, BOB, CY, DEE], &[]);
    // Of a performer with a rejected row nothing is removed, whatever is said.
    let half = [ADA, "Dee,Tent,late,23:00,2025-07-12\n"];
    let (guarded, code) = import(&lineup, "festival.csv", &half, &["--replace", "never"]);
    assert_eq!(code, 3, "{guarded}");
    let (guarded, code) = import(&lineup, "festival.csv", &[ADA], &[]);
    assert_eq!((code, &guarded["outcome"]), (3, &json!("PARTIAL")), "{guarded}");
    let file = lineup.file("festival.csv", HEADER.to_owned() + &half.concat());
    let message = lineup.run(["import", file.to_str().unwrap()]);
    let command = message.stdout.lines().find(|line| line.trim().starts_with("lineup rerun")).unwrap();
    let args: Vec<&str> = command.split_whitespace().skip(1).collect();
    assert_eq!((args.len(), args[2], message.code), (3, "--replace", 3), "{message}");
    assert!(message.stdout.contains(r#""replace":true"#), "the aws command as well: {message}");

    let done = lineup.run(&args);
    assert_eq!(done.code, 3, "a row is rejected still: {done}");
    assert_eq!(sets(&lineup), ["Ada 20:00", "Dee 22:00"]);
    assert!(
        done.stdout.contains("stayed in the table, because a row of the same performer was rejected"),
        "{done}"
    );
    assert!(!done.stdout.contains("Nothing of the version before was removed"), "{done}");
    let again = lineup.run(&args).failed(2);
    assert!(again.contains("kept nothing of a version before"), "{again}");
    // What is left is compared with the next version; what is gone is not.
    let (report, code) = import(&lineup, "festival.csv", &[ADA], &[]);
    let differences = &report["changes"]["differences"];
    assert_eq!(
        (code, &differences["removed"], &differences["unchanged"]),
        (0, &json!(1), &json!(1)),
        "{report}"
    );
    assert_eq!(sets(&lineup), ["Ada 20:00"]);
}

#[test]
fn a_file_that_was_to_add_can_be_the_whole_lineup_after_all() {
    let lineup = Lineup::new();
    let (first, _) = import(&lineup, "festival.csv", &[ADA, BOB], &[]);
    let none = lineup.run(["rerun", &id(&first), "--replace"]).failed(2);
    assert!(none.contains("kept nothing of a version before"), "{none}");
    let (added, _) = import(&lineup, "festival.csv", &[CY], &["--replace", "never"]);
    assert_eq!(sets(&lineup).len(), 3);
    let report = json_of(&lineup, &["rerun", &id(&added), "--replace", "--json"]);
    assert_eq!(report["changes"]["obsolete"], json!(2), "{report}");
    assert_eq!(sets(&lineup), ["Cy 20:00"]);
    lineup.run(["rerun", &id(&added), "--replace", "--chunk", "1"]).failed(2);
}

#[test]
fn corrected_rows_are_added_to_their_lineup_by_the_command_that_is_printed() {
    let lineup = Lineup::new();
    let (report, _) =
        import(&lineup, "Saturday's lineup.csv", &[ADA, BOB, "Cy,Tent,late,21:00,2025-07-12\n"], &[]);
    let done = lineup.run(["rejects", &id(&report), "--fix"]);
    let command = r"then: lineup import fix.csv --as 'Saturday'\''s lineup.csv' --replace never";
    assert!(done.stderr.contains(command), "{done}");
    let fix = lineup.file("fix.csv", done.stdout.replace("late", "20:00"));
    let (report, code) = lineup.import(&fix, &["--as", "Saturday's lineup.csv", "--replace", "never"]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(sets(&lineup), ["Ada 20:00", "Bob 21:30", "Cy 20:00"]);
    assert_eq!(json_of(&lineup, &["lineups", "--json"])[0]["rows"], json!(3));
}

#[test]
fn what_comes_from_stdin_is_imported_under_a_name() {
    let lineup = Lineup::new();
    let file = lineup.file("any", HEADER.to_owned() + ADA);
    let import = |more: &[&str]| {
        let mut command = lineup.command([&["import", "-"], more].concat());
        Done::of(command.stdin(std::fs::File::open(&file).unwrap()).output().unwrap())
    };
    let unnamed = import(&[]).failed(2);
    assert!(unnamed.contains("--as NAME") && !lineup.data().exists(), "{unnamed}");
    let message = import(&["--as", "festival.csv"]).succeeded();
    assert!(message.contains("festival.csv is imported"), "{message}");
    assert_eq!(sets(&lineup), ["Ada 20:00"]);
}

#[test]
fn a_dry_run_says_what_an_import_would_change_and_takes_no_hold() {
    let lineup = Lineup::new();
    let (first, _) = import(&lineup, "festival.csv", &[ADA, BOB, CY], &[]);
    let corrected = ["Ada,Main,20:30,21:30,2025-07-12\n", BOB, DEE];
    let (report, code) = import(&lineup, "festival.csv", &corrected, &["--dry-run"]);
    let changes = &report["changes"];
    let count = |name: &str| changes["differences"][name].as_u64().unwrap();
    assert_eq!(["moved", "added", "removed", "unchanged"].map(count), [1, 1, 1, 1], "{report}");
    assert_eq!(
        (code, &changes["before"], &changes["obsolete"]),
        (0, &first["import_id"], &json!(2)),
        "{report}"
    );
    // What the guard would keep is said, too.
    let file = lineup.file("festival.csv", HEADER.to_owned() + ADA);
    let message = lineup.run(["import", file.to_str().unwrap(), "--dry-run"]).succeeded();
    assert!(message.contains("Would be    0 added, 0 changed, 2 removed, 1 unchanged"), "{message}");
    assert!(
        message.contains("Nothing of the version before would be removed: 2 of the 3 performers"),
        "{message}"
    );
    assert_eq!(sets(&lineup), ["Ada 20:00", "Bob 21:30", "Cy 20:00"]);
    let listed = json_of(&lineup, &["lineups", "--json"]);
    assert_eq!((&listed[0]["current"], &listed[0]["writing"]), (&first["import_id"], &Value::Null));
    // The first version of a lineup is compared with nothing.
    let (report, code) = import(&lineup, "other.csv", &[ADA], &["--dry-run"]);
    assert_eq!((code, report.get("changes")), (0, None), "{report}");
}

#[test]
fn a_performer_on_two_stages_at_once_is_a_warning_of_a_first_version_too() {
    let lineup = Lineup::new();
    let twice = ["Ada,Main,20:00,21:00,2025-07-12\n", "Ada,Tent,20:30,21:30,2025-07-12\n", BOB];
    let expected = json!({
        "kind": "double-bookings", "count": 1,
        "text": "1 set starts while the performer is still on at another stage",
        "first": ["Ada: 2025-07-12 20:00 Main and 2025-07-12 20:30 Tent"]
    });
    let file = lineup.file("festival.csv", HEADER.to_owned() + &twice.concat());
    let checked = json_of(&lineup, &["check", file.to_str().unwrap(), "--json"]);
    assert_eq!(checked["warnings"], json!([expected]), "{checked}");
    for more in [&["--dry-run"][..], &[], &[]] {
        let (report, code) = lineup.import(&file, more);
        assert_eq!((code, &report["warnings"]), (0, &json!([expected])), "{report}");
    }
    let message = lineup.run(["import", file.to_str().unwrap()]).succeeded();
    assert_eq!(message.matches("still on at another stage").count(), 1, "once: {message}");
}

#[test]
fn replaced_rows_are_listed_with_the_row_that_took_their_place() {
    let lineup = Lineup::new();
    let filler: String = (0..900).map(|n| format!("Performer {n},Main,20:00,21:00,2025-07-12\n")).collect();
    // Ada stands twice in the first chunk, and again in the last; Bob twice in the last.
    let last =
        "Bob,Main,21:30,22:30,2025-07-12\nAda,Main,20:00,21:45,2025-07-12\nBob,Main,21:30,22:45,2025-07-12\n";
    let text = [HEADER, ADA, "Ada,Main,20:00,21:30,2025-07-12\n", &filler, last].concat();
    let (report, _) = lineup.import(&lineup.file("festival.csv", &text), &["--chunk-bytes", "16384"]);
    assert!(report["chunks"]["total"].as_u64().unwrap() > 2, "{report}");
    assert_eq!(report["rows"]["replaced"], json!(3), "{report}");
    let shown = json_of(&lineup, &["show", &id(&report), "--replaced", "--json"]);
    let row = |row: u32, by: u32, performer: &str, start: &str| {
        json!({
            "row": format!("line {row}"), "replaced_by": format!("line {by}"), "performer": performer,
            "date": "2025-07-12", "start": start, "stage": "Main"
        })
    };
    let expected = [row(2, 905, "Ada", "20:00"), row(3, 905, "Ada", "20:00"), row(904, 906, "Bob", "21:30")];
    assert_eq!(shown["replaced_rows"], json!(expected), "{shown}");
    let text = lineup.run(["show", &id(&report), "--replaced"]).succeeded();
    assert!(text.contains("REPLACED BY") && text.contains("2025-07-12 21:30 Main"), "{text}");
    let plain = json_of(&lineup, &["show", &id(&report), "--json"]);
    assert_eq!(plain.get("replaced_rows"), None);
}

#[test]
fn pruning_frees_the_disk_of_what_no_lineup_needs() {
    let lineup = Lineup::new();
    let rows = |minute: usize| {
        let row = |n: usize| format!("Performer {n},Main,20:{minute:02},21:00,2025-07-12\n");
        (0..2000).map(row).collect::<String>()
    };
    let imported: Vec<String> =
        (0..4).map(|version| id(&import(&lineup, "festival.csv", &[&rows(version)], &[]).0)).collect();
    import(&lineup, "festival.csv", &[ADA], &["--dry-run"]);
    let (other, _) = import(&lineup, "other.csv", &[DEE], &[]);
    let disk = || bytes_in(&lineup.data().join("s3"));
    let refused = lineup.run(["prune"]).failed(2);
    assert!(refused.contains("say --yes"), "{refused}");
    let before = (disk(), lineup.items());

    let pruned = json_of(&lineup, &["prune", "--keep", "1", "--yes", "--json"]);
    assert_eq!(pruned["imports"].as_array().unwrap().len(), 3, "a dry run and two versions: {pruned}");
    let listed = json_of(&lineup, &["imports", "--json"]);
    let left: Vec<&str> =
        listed.as_array().unwrap().iter().map(|import| import["import_id"].as_str().unwrap()).collect();
    assert_eq!(left, [&id(&other), &imported[3], &imported[2]]);
    let after = (disk(), lineup.items());
    let two_files = 2 * rows(0).len() as u64;
    assert!(after.0 + two_files <= before.0, "{} of {} bytes are left", after.0, before.0);
    assert_eq!(after.1, before.1);
    let disk = &pruned["disk"];
    assert_eq!(disk["rows"], json!(2001), "{disk}");
    let (bytes, tables) = (disk["bytes"].as_u64().unwrap(), disk["table_bytes"].as_u64().unwrap());
    assert!(bytes > tables && tables > 2001 * 100, "{disk}");
    assert_eq!(disk["bytes_a_row"], json!(bytes / 2001));

    // The one that was kept comes back, and what is current is compared with.
    lineup.run(["restore", "festival.csv", "--version", &imported[2]]).succeeded();
    let said = lineup.run(["prune", "--yes"]).succeeded();
    assert!(said.contains("The data folder takes ") && said.contains(" bytes a row."), "{said}");
    let (report, code) = import(&lineup, "festival.csv", &[&rows(2)], &[]);
    assert_eq!((code, &report["changes"]["differences"]["unchanged"]), (0, &json!(2000)), "{report}");
    let again = lineup.run(["--stack", "festival", "prune", "--yes"]).failed(2);
    assert!(again.contains("ImportRetentionDays"), "{again}");
}

/// `earlier-folder.zip` is the data folder that an earlier release left (2026-11-21, before there were lineups) when it had imported three
/// rows, one of which was rejected.
#[test]
fn a_data_folder_of_an_earlier_release_opens() {
    let lineup = Lineup::new();
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(include_bytes!("earlier-folder.zip"))).unwrap();
    zip.extract(lineup.data()).unwrap();
    let imports = json_of(&lineup, &["imports", "--json"]);
    let earlier = imports[0]["import_id"].as_str().unwrap();
    assert_eq!(
        (&imports[0]["state"], &imports[0]["rows"]["read"]),
        (&json!("PARTIAL"), &json!(3)),
        "{imports}"
    );
    assert!(lineup.run(["show", earlier, "--replaced"]).succeeded().contains("LOADED"));
    assert!(lineup.run(["rejects", earlier]).succeeded().contains("not a time"));
    assert_eq!(sets(&lineup), ["Ada 20:00", "Bob 21:30"]);
    assert!(lineup.run(["query", "performer", "Ada"]).succeeded().contains("20:00"));
    assert_eq!(lineup.run(["rerun", earlier, "--chunk", "1"]).code, 3, "a row is rejected");
    // Its rows say no lineup, and it is said.
    lineup.run(["lineups"]).failed(4);
    let name = imports[0]["source"]["key"].as_str().unwrap();
    let export = lineup.run(["export", "--lineup", name]);
    assert!(export.stderr.contains(&format!("Not here: what only import {earlier}")), "{export}");
    assert_eq!(export.succeeded().lines().count(), 1);
    assert_eq!(json_of(&lineup, &["prune", "--yes", "--json"])["imports"], json!([]));
    // What is imported from now on has versions.
    import(&lineup, "f.csv", &[ADA, CY], &[]);
    let (report, _) = import(&lineup, "f.csv", &[ADA], &["--replace", "always"]);
    assert_eq!(report["changes"]["differences"]["removed"], json!(1), "{report}");
    assert_eq!(sets(&lineup), ["Ada 20:00", "Bob 21:30"]);
}

/// How many bytes the files in a folder have.
fn bytes_in(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| match entry.file_type().unwrap().is_dir() {
            true => bytes_in(&entry.path()),
            false => entry.metadata().unwrap().len(),
        })
        .sum()
}
