//! docs/costs.md and docs/costs.svg are what this crate counts. `UPDATE_SAMPLES=1` writes them anew.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

use lineup_costs::{CostModel, Prices, chart, tables};

fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

/// The page with this text between `<!-- name -->` and `<!-- end of name -->`.
fn with_part(page: &str, name: &str, part: &str) -> String {
    let missing = || panic!("docs/costs.md has no place for {name:?}");
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
fn the_page_on_costs_has_the_tables_that_are_counted() {
    let (model, prices) = (CostModel::of_this_version().unwrap(), Prices::list());
    let mut page = fs::read_to_string(docs("costs.md")).unwrap();
    for (name, part) in tables(&model, &prices).unwrap() {
        page = with_part(&page, name, &part);
    }
    compare("costs.md", &page);
}

#[test]
fn the_runbook_says_what_the_stack_costs_before_it_is_deployed() {
    let runbook = fs::read_to_string(docs("../RUNBOOK.md")).unwrap();
    let costs = fs::read_to_string(docs("costs.md")).unwrap();
    let row = |name: &str| {
        let line = costs.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().filter(|word| word.starts_with('$')).map(str::to_owned).collect::<Vec<_>>()
    };
    let (fixed, variable) = (row("fixed "), row("variable "));
    let (cost, deploy) = (runbook.find("## What it costs").unwrap(), runbook.find("## Deploy").unwrap());
    assert!(cost < deploy);
    for figure in [&fixed[0], &variable[0], &variable[1], &variable[2]] {
        assert!(runbook[cost..deploy].contains(figure.as_str()), "RUNBOOK.md does not say {figure}");
    }
}

#[test]
fn the_chart_on_the_page_is_the_one_that_is_drawn() {
    let (model, prices) = (CostModel::of_this_version().unwrap(), Prices::list());
    compare("costs.svg", &chart(&model, &prices).unwrap());
}
