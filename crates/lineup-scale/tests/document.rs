//! docs/scale.md and its charts are what this crate simulates. `UPDATE_SAMPLES=1` writes them anew.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

use lineup_scale::{charts, tables};

fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

/// The page with this text between `<!-- name -->` and `<!-- end of name -->`.
fn with_part(page: &str, name: &str, part: &str) -> String {
    let missing = || panic!("docs/scale.md has no place for {name:?}");
    let (before, rest) = page.split_once(&format!("<!-- {name} -->\n")).unwrap_or_else(missing);
    let (_, after) = rest.split_once(&format!("<!-- end of {name} -->")).unwrap_or_else(missing);
    format!("{before}<!-- {name} -->\n{part}<!-- end of {name} -->{after}")
}

fn compare(name: &str, made: &str) {
    if std::env::var_os("UPDATE_SAMPLES").is_some() {
        fs::write(docs(name), made).unwrap();
    }
    let written = fs::read_to_string(docs(name)).unwrap_or_default();
    assert!(written == made, "docs/{name} is behind the code: UPDATE_SAMPLES=1 writes it anew");
}

#[test]
fn the_page_on_scale_has_the_tables_that_are_simulated() {
    let mut page = fs::read_to_string(docs("scale.md")).unwrap();
    for (name, part) in tables().unwrap() {
        page = with_part(&page, name, &part);
    }
    compare("scale.md", &page);
}

#[test]
fn the_charts_on_the_page_are_those_that_are_drawn() {
    let page = fs::read_to_string(docs("scale.md")).unwrap();
    for (name, chart) in charts().unwrap() {
        assert!(page.contains(&format!("]({name})")), "docs/scale.md does not show {name}");
        compare(name, &chart);
    }
}
