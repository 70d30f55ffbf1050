//! A file that S3 copies in parts.

use serde_json::Value;

use crate::command::Lineup;

const HEADER: &str = "Performer,Stage,Start,End,Date,Note\n";
/// A little more than 64 MiB, which is copied in two parts, in rows that a table takes (400 KB an item).
const ROWS: usize = 230;
const NOTE_BYTES: usize = 300_000;

#[test]
fn a_large_file_comes_back_byte_for_byte_and_is_read_as_it_was() {
    let lineup = Lineup::new();
    let row = |number: usize| {
        let digit = char::from_digit(number as u32 % 10, 10).unwrap();
        format!("Act {number},Main,20:00,21:00,12/07/2025,{}\n", String::from(digit).repeat(NOTE_BYTES))
    };
    let text = HEADER.to_owned() + &(0..ROWS).map(row).collect::<String>();
    assert!(text.len() > 64 << 20, "two parts");
    let (first, code) = lineup.import(&lineup.file("festival.csv", text), &["--dates", "dmy"]);
    assert_eq!(code, 0, "{first}");
    let small = format!("{HEADER}Act 1,Main,20:30,21:30,2025-07-12,\n");
    let (second, code) = lineup.import(&lineup.file("festival.csv", small), &["--replace", "always"]);
    assert_eq!(code, 0, "{second}");

    let version = first["import_id"].as_str().unwrap();
    let restored = lineup.run(["restore", "festival.csv", "--version", version, "--json"]).succeeded();
    let restored: Value = serde_json::from_str(&restored).unwrap();
    assert_eq!(restored["rows"], first["rows"], "{restored}");
    let exported = lineup.run(["export", "--format", "jsonl"]).succeeded();
    let notes: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(notes.len(), ROWS);
    for set in notes {
        let number: usize = set["Performer"].as_str().unwrap()[4..].parse().unwrap();
        let note = set["Note"].as_str().unwrap();
        let digit = b'0' + (number % 10) as u8;
        assert!(note.len() == NOTE_BYTES && note.bytes().all(|byte| byte == digit), "{number}");
        assert_eq!((&set["Date"], &set["Start"]), (&"2025-07-12".into(), &"20:00".into()));
    }
}
