//! Files in the forms that planners have: what is imported, what `check` says, what is asked.

use serde_json::{Value, json};

use crate::command::Lineup;

const CSV: &str = "Performer,Stage,Start,End,Date\n\
    Nova Rye,Dune Stage,20:00,21:30,2025-07-12\nAda Moor,River Tent,18:15,19:00,2025-07-12\n";

/// The first row of [`CSV`], in a file of one stage.
const ONE_STAGE: &str = "Performer,Start,End,Date\nNova Rye,20:00,21:30,2025-07-12\n";

/// The items that a file makes: performer, stage, date, start, end.
fn items_of(name: &str, bytes: Vec<u8>, options: &[&str]) -> Vec<[String; 5]> {
    let lineup = Lineup::new();
    let (report, code) = lineup.import(&lineup.file(name, bytes), options);
    assert_eq!((code, &report["outcome"]), (0, &json!("SUCCEEDED")), "{name}: {report}");
    sets(&lineup)
}

fn sets(lineup: &Lineup) -> Vec<[String; 5]> {
    let exported = lineup.run(["export", "--format", "jsonl"]).succeeded();
    let field = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    let set = |line: &str| {
        let item: Value = serde_json::from_str(line).unwrap();
        ["Performer", "Stage", "Date", "Start", "End"].map(|name| field(&item, name))
    };
    let mut sets: Vec<_> = exported.lines().map(set).collect();
    sets.sort();
    sets
}

#[test]
fn a_lineup_imports_alike_from_every_kind_of_file() {
    let plain = items_of("lineup.csv", CSV.into(), &[]);
    assert_eq!(plain.len(), 2);
    let json = r#"[{"artist": "Nova Rye", "venue": "Dune Stage", "start": "2025-07-12T20:00", "end": "2025-07-12T21:30"},
        {"artist": "Ada Moor", "venue": "River Tent", "start": "2025-07-12 6:15pm", "end": "2025-07-12 7pm"}]"#;
    assert_eq!(items_of("lineup.json", json.into(), &[]), plain);
    let utf16: Vec<u8> = format!("\u{feff}{CSV}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(items_of("lineup.txt", utf16, &[]), plain);
    let titled = format!("Summer Sands;;;;\n\n{}", CSV.replace(',', ";").replace("2025-07-12", "12.07.2025"));
    assert_eq!(items_of("lineup", titled.into(), &[]), plain);
    let either = CSV.replace("2025-07-12", "07/12/2025");
    assert_eq!(items_of("lineup.csv", either.into(), &["--dates", "mdy"]), plain);
    let numbered = CSV.replace("2025-07-12", "Day 1");
    assert_eq!(items_of("lineup.csv", numbered.into(), &["--day", "Day 1=2025-07-12"]), plain);
    let one_stage = items_of("lineup.csv", ONE_STAGE.into(), &["--stage", "Dune Stage"]);
    assert_eq!(one_stage, [plain[1].clone()]);
}

#[test]
fn a_dry_run_says_what_would_be_imported_and_writes_no_row() {
    let lineup = Lineup::new();
    let file = lineup.file("lineup.csv", format!("{CSV}Late,Main,late,21:00,2025-07-12\n"));
    let dry_run = lineup.run(["import", file.to_str().unwrap(), "--dry-run"]);
    assert_eq!(dry_run.code, 3);
    for text in [
        "dry run of lineup.csv: nothing was written",
        "3 read = 2 that can be imported + 1",
        "line 4, Start \"late\"",
    ] {
        assert!(dry_run.stdout.contains(text), "{text}: {}", dry_run.stdout);
    }
    assert_eq!(lineup.items().len(), 0);
    let (report, _) = lineup.import(&file, &["--dry-run"]);
    assert_eq!((&report["dry_run"], &report["rows"]["read"]), (&json!(true), &json!(3)), "{report}");
    let import = report["import_id"].as_str().unwrap();
    let shown = lineup.run(["show", import]).succeeded();
    assert!(
        shown.contains("PARTIAL, a dry run: nothing is written") && !shown.contains("MISSING"),
        "{shown}"
    );
    assert!(lineup.run(["imports"]).succeeded().contains("DRY RUN"));
    let rerun = lineup.run(["rerun", import]);
    assert!(rerun.code == 1 && rerun.to_string().contains("was a dry run"), "{rerun}");
    let (report, _) = lineup.import(&file, &[]);
    assert_eq!((report.get("dry_run"), lineup.items().len()), (None, 2));
}

#[test]
fn what_the_file_does_not_say_is_asked_and_nothing_is_loaded() {
    let lineup = Lineup::new();
    let cases = [
        (CSV.replace("2025-07-12", "07/12/2025"), "--dates dmy"),
        (CSV.replace("2025-07-12", "Saturday"), "--day Saturday=2025-07-12"),
        (CSV.replace("2025-07-12", "12 July"), "--year 2025"),
        (CSV.replace("2025-07-12", "Day 1"), "--day"),
        (ONE_STAGE.to_owned(), "--stage"),
        (CSV.replace(",End,", ",Note,").replace("21:30", "x").replace("19:00", "y"), "--minutes 60"),
        (
            CSV.replace("Stage,Start", "Stage,Artist,Start").replace("Performer", "Band"),
            "--column Performer=Artist",
        ),
    ];
    for (file, asked) in cases {
        let file = lineup.file("lineup.csv", file);
        let (report, code) = lineup.import(&file, &[]);
        let cause = report["cause"].as_str().unwrap();
        assert!(code == 1 && cause.contains(asked), "{asked}: {report}");
        let checked = lineup.run(["check", file.to_str().unwrap()]).failed(1);
        assert!(checked.contains(asked), "{asked}: {checked}");
    }
    assert!(lineup.items().is_empty());
}

/// Two good rows, a reject, and a popularity that cannot be read.
fn mixed() -> String {
    CSV.replace("Date\n", "Date,Popularity\n")
        + "Cy Dow,Dune Stage,late,19:00,2025-07-12,9\nBea Ash,Dune Stage,22:00,23:00,2025-07-12,many\n"
}

#[test]
fn check_says_what_an_import_would_read_and_writes_nothing() {
    let lineup = Lineup::new();
    let file = lineup.file("mixed.csv", mixed());
    let path = file.to_str().unwrap();
    let done = lineup.run(["check", path, "--json"]);
    assert_eq!(done.code, 3, "{done}");
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(report["rows"], json!({"read": 4, "rejected": 1, "repeated": 0}));
    assert_eq!(report["warnings"][0]["kind"], json!("popularity"));
    assert!(report["rejects"][0].as_str().unwrap().starts_with("line 4, Start \"late\": "), "{report}");
    let text = lineup.run(["check", path]);
    assert!(
        text.stdout.contains("4 read = 3 readable + 1 rejected") && text.stdout.contains("Warning: "),
        "{text}"
    );
    assert!(
        lineup
            .run(["check", lineup.file("lineup.csv", CSV).to_str().unwrap()])
            .succeeded()
            .contains("2 read")
    );
    let json = r#"[{"artist": "Nova Rye", "venue": "Dune Stage", "start": "late", "end": "21:30", "date": "2025-07-12"}]"#;
    let done = lineup.run(["check", lineup.file("lineup.json", json).to_str().unwrap()]);
    assert!(
        done.code == 3 && done.stdout.contains("Form        JSON") && done.stdout.contains("object 1, start"),
        "{done}"
    );
    assert!(!lineup.data().exists());
    let twice = lineup.file("twice.csv", CSV.to_owned() + &CSV[CSV.find('\n').unwrap() + 1..]);
    assert!(
        lineup
            .run(["check", twice.to_str().unwrap()])
            .succeeded()
            .contains("2 rows have the key of another row")
    );
}

#[test]
fn warnings_and_notes_are_in_the_message_in_json_and_shown() {
    let lineup = Lineup::new();
    let file = lineup.file("mixed.csv", mixed().replace("Performer", "Artist"));
    let (report, code) = lineup.import(&file, &[]);
    assert_eq!((code, &report["warnings"][0]["kind"]), (3, &json!("popularity")), "{report}");
    assert!(report["notes"].to_string().contains("Artist"), "{report}");
    let shown = lineup.run(["show", report["import_id"].as_str().unwrap()]).succeeded();
    assert!(shown.contains("warning    ") && shown.contains("\"Artist\" as Performer"), "{shown}");
    let message = lineup.run(["import", file.to_str().unwrap()]);
    assert!(message.stdout.contains("Warning: 1 row has a Popularity"), "{message}");
}

#[test]
fn rejected_rows_are_corrected_and_imported_with_what_the_file_showed() {
    let lineup = Lineup::new();
    let file =
        "Artist;Stage;Start;End;Date\nNova;Dune;20:00;21:00;25/07/2025\nAda;Dune;late;22:00;12/07/2025\n";
    let (report, code) = lineup.import(&lineup.file("lineup.csv", file), &[]);
    assert_eq!(code, 3, "{report}");
    let done = lineup.run(["rejects", report["import_id"].as_str().unwrap(), "--fix"]);
    assert_eq!(done.stdout, "Artist;Stage;Start;End;Date\nAda;Dune;late;22:00;12/07/2025\n", "{done}");
    assert!(done.stderr.contains("--dates dmy"), "{done}");
    let fixed = lineup.file("fix.csv", done.stdout.replace("late", "21:00"));
    assert_eq!(lineup.import(&fixed, &["--dates", "dmy"]).1, 0);
    let ada = ["Ada", "Dune", "2025-07-12", "21:00", "22:00"].map(str::to_owned);
    assert!(sets(&lineup).contains(&ada), "{:?}", sets(&lineup));
}

#[test]
fn a_file_of_which_no_row_can_be_read_is_not_called_imported() {
    let lineup = Lineup::new();
    let file = lineup.file("lineup.csv", "Performer,Stage,Start,End,Date\nNova,Dune,late,21:00,2025-07-12\n");
    let done = lineup.run(["import", file.to_str().unwrap()]);
    assert_eq!(done.code, 3, "{done}");
    assert!(
        done.stdout.contains("No row of lineup.csv could be read") && !done.stdout.contains("is imported"),
        "{done}"
    );
}

#[test]
fn an_option_that_cannot_be_used_is_a_usage_error() {
    let lineup = Lineup::new();
    let file = lineup.file("lineup.csv", CSV);
    for (option, value, expected) in [
        ("--dates", "ymd", "dmy"),
        ("--day", "Saturday=2025-07-13", "Sunday"),
        ("--minutes", "0", "1440"),
        ("--stage", " ", "a name"),
    ] {
        let stderr = lineup.run(["check", file.to_str().unwrap(), option, value]).failed(2);
        assert!(stderr.contains(option) && stderr.contains(expected), "{stderr}");
    }
}
