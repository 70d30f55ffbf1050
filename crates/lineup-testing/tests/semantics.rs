#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
//! docs/semantics.md names a test for each cell of its fault matrix. Those tests must exist.

use std::collections::BTreeMap;
use std::path::PathBuf;

fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

fn document() -> String {
    std::fs::read_to_string(docs().join("semantics.md")).unwrap()
}

/// The tests that are named, with the references of their links: ``[`name`][reference]``.
fn citations(text: &str) -> Vec<(&str, &str)> {
    text.split("[`")
        .skip(1)
        .filter_map(|rest| {
            let (name, rest) = rest.split_once("`][")?;
            let (reference, _) = rest.split_once(']')?;
            // The others are files.
            (!name.contains('.')).then_some((name, reference))
        })
        .collect()
}

/// The files that the references stand for: `[reference]: path`.
fn files(text: &str) -> BTreeMap<&str, String> {
    let definitions = text.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
    definitions
        .map(|(reference, path)| (reference, std::fs::read_to_string(docs().join(path)).expect(path)))
        .collect()
}

/// Whether the file has the test: as a function, or as a line of a macro that makes one.
fn has(file: &str, test: &str) -> bool {
    file.contains(&format!("fn {test}("))
        || file
            .lines()
            .any(|line| line.trim_start().strip_prefix(test).is_some_and(|rest| rest.starts_with(": ")))
}

/// The rows of the tables whose last column is `test`.
fn matrix(text: &str) -> Vec<&str> {
    let mut rows = Vec::new();
    let mut in_matrix = false;
    for line in text.lines() {
        let is_row = line.starts_with('|');
        if in_matrix && is_row && !line.starts_with("|---") {
            rows.push(line);
        }
        in_matrix = is_row && (in_matrix || line.ends_with("| test |"));
    }
    rows
}

#[test]
fn every_test_that_is_cited_exists() {
    let text = document();
    let files = files(&text);
    let missing: Vec<_> = citations(&text)
        .into_iter()
        .filter(|(test, reference)| !files.get(reference).is_some_and(|file| has(file, test)))
        .collect();
    assert!(missing.is_empty(), "docs/semantics.md cites tests that do not exist: {missing:#?}");
}

#[test]
fn every_cell_of_the_matrix_cites_a_test_or_says_that_there_is_nothing_to_go_wrong() {
    let text = document();
    let rows = matrix(&text);
    assert!(rows.len() > 60, "the matrix is not found");
    let bare: Vec<_> =
        rows.into_iter().filter(|row| citations(row).is_empty() && !row.ends_with("| – | – |")).collect();
    assert!(bare.is_empty(), "{bare:#?}");
}
