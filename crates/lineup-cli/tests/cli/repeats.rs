//! Rows of one key in several chunks: the last row of the file wins, however the file is cut and loaded.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::command::Lineup;

const ROWS: usize = 1500;

/// A lineup in which a fifth of the keys stands again further down, some of them more than once. Its notes differ.
fn text() -> String {
    let key = |n: usize| if n % 5 == 4 { n * 7 % 600 } else { n };
    let row =
        |n: usize| format!("Performer {},Stage {},20:00,21:00,2025-07-12,row {n}\n", key(n), key(n) % 7);
    (0..ROWS).map(row).fold("Performer,Stage,Start,End,Date,Note\n".to_owned(), |text, row| text + &row)
}

/// The note of each performer, from reading the file from top to bottom.
fn expected() -> BTreeMap<String, String> {
    let rows = text();
    let fields = |row: &str| row.split(',').map(str::to_owned).collect::<Vec<_>>();
    rows.lines().skip(1).map(fields).map(|row| (row[0].clone(), row[5].clone())).collect()
}

fn table(lineup: &Lineup) -> BTreeMap<String, String> {
    let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    lineup.items().iter().map(|item| (text(item, "Performer"), text(item, "Note"))).collect()
}

#[test]
fn however_a_file_is_cut_the_last_row_of_a_key_stays_and_every_count_is_exact() {
    let expected = expected();
    let replaced = ROWS - expected.len();
    assert!(replaced > ROWS / 10, "{replaced} rows are repeated");
    for (chunk_bytes, concurrency) in
        [("16384", "1"), ("16384", "4"), ("20001", "8"), ("32768", "2"), ("65536", "3")]
    {
        let lineup = Lineup::new();
        let file = lineup.file("repeats.csv", text());
        let options = ["--chunk-bytes", chunk_bytes, "--concurrency", concurrency];
        let (report, _) = lineup.import(&file, &options);
        let rows = json!({"read": ROWS, "written": expected.len(), "rejected": 0, "replaced": replaced});
        assert_eq!(report["rows"], rows, "chunks of {chunk_bytes}: {report}");
        assert_eq!(table(&lineup), expected, "chunks of {chunk_bytes}, {concurrency} at a time");
        // A chunk that is loaded again writes none of the rows that another one replaces.
        let import = report["import_id"].as_str().unwrap();
        lineup.run(["rerun", import, "--chunk", "1"]).succeeded();
        assert_eq!(table(&lineup), expected, "after chunk 1 was loaded again");
    }
}
