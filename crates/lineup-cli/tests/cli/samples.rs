//! Imports every file of `samples/` and compares the result with the expected file beside it.
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::command::{Lineup, workspace};

/// The part of an import that is the same in every run.
fn came_of(file: &Path) -> Value {
    let lineup = Lineup::new();
    let (report, code) = lineup.import(file, &[]);
    let id = report["import_id"].as_str().unwrap();
    let rejects = lineup.run(["rejects", id]).succeeded();
    json!({
        "exit_code": code,
        "outcome": report["outcome"],
        "rows": report["rows"],
        "chunks": report["chunks"],
        "write_units": report["write_units"],
        "rejects": rejects_as_json(&rejects),
    })
}

fn rejects_as_json(csv: &str) -> Vec<Value> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(reader.headers().unwrap(), &vec!["line", "column", "value", "reason", "row"]);
    let records = reader.records().map(|record| record.unwrap());
    records
        .map(|record| {
            let line: u64 = record[0].parse().unwrap();
            json!({"line": line, "column": record[1], "value": record[2], "reason": record[3]})
        })
        .collect()
}

fn samples() -> Vec<PathBuf> {
    let files = std::fs::read_dir(workspace().join("samples")).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "csv"));
    files.sort();
    files
}

/// `UPDATE_SAMPLES=1` rewrites the expected files. Read the difference before you commit it.
#[test]
fn every_sample_gives_its_expected_summary() {
    let samples = samples();
    assert_eq!(samples.len(), 3, "{samples:?}");
    for file in samples {
        let came = came_of(&file);
        let expected = file.with_extension("expected.json");
        if std::env::var_os("UPDATE_SAMPLES").is_some() {
            std::fs::write(&expected, serde_json::to_string_pretty(&came).unwrap() + "\n").unwrap();
        }
        let expected: Value = serde_json::from_slice(&std::fs::read(&expected).unwrap()).unwrap();
        assert_eq!(came, expected, "{}", file.display());
    }
}
