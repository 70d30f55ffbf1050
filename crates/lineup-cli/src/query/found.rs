//! What questions find, as rows.

use std::borrow::Cow;
use std::io::Write;

use jiff::civil::DateTime;
use lineup::clash::{Clash, StageGap};
use lineup::row::Performance;
use lineup_aws::query::{FoundName, Note};
use lineup_table::attribute;
use lineup_versions::NameKind;

use crate::args::Format;
use crate::render::{self, Cell, OutputRow};

/// The answer to a question.
#[derive(Debug)]
pub(super) struct QueryResult {
    pub(super) rows: FoundRows,
    /// What is to be said of the names in the question.
    pub(super) notes: Vec<Note>,
    /// What else is to be said.
    pub(super) said: Option<String>,
    /// For `query at`: how many of the rows are on at the moment. The others are next.
    pub(super) on: Option<usize>,
}

#[derive(Debug)]
pub(super) enum FoundRows {
    Performances(Vec<Performance>),
    /// Rows with these columns.
    Rows(&'static [&'static str], Vec<OutputRow<'static>>),
}

impl QueryResult {
    pub(super) fn of(rows: FoundRows, note: Option<Note>) -> Self {
        Self { rows, notes: note.into_iter().collect(), said: None, on: None }
    }

    pub(super) fn write(&self, output: &mut impl Write, format: Format) -> anyhow::Result<()> {
        match &self.rows {
            FoundRows::Performances(found) => render::performances(output, format, found),
            FoundRows::Rows(columns, found) => render::rows(output, format, columns, found),
        }
    }

    pub(super) fn len(&self) -> usize {
        match &self.rows {
            FoundRows::Performances(found) => found.len(),
            FoundRows::Rows(_, found) => found.len(),
        }
    }
}

/// Values under one name.
pub(super) fn values(column: &'static [&'static str; 1], found: Vec<String>) -> FoundRows {
    let [name] = *column;
    FoundRows::Rows(column, found.into_iter().map(|value| OutputRow::single(name, value)).collect())
}

const NAME_COLUMNS: &[&str] = &["Kind", "Name"];

/// Names that were found.
pub(super) fn names(found: Vec<FoundName>) -> FoundRows {
    let row = |FoundName { kind, name }| {
        let kind = match kind {
            NameKind::Performer => "performer",
            NameKind::Stage => "stage",
        };
        OutputRow(vec![text("Kind", kind.to_owned()), text("Name", name)])
    };
    FoundRows::Rows(NAME_COLUMNS, found.into_iter().map(row).collect())
}

const CLASH_COLUMNS: &[&str] =
    &["From", "To", "Minutes", attribute::PERFORMER, attribute::STAGE, "OtherPerformer", "OtherStage"];

/// Sets that overlap.
pub(super) fn clashes(found: &[Clash]) -> FoundRows {
    let row = |clash: &Clash| {
        OutputRow(vec![
            text("From", moment(clash.from)),
            text("To", moment(clash.to)),
            number("Minutes", clash.minutes()),
            text(attribute::PERFORMER, clash.first.performer.clone()),
            text(attribute::STAGE, clash.first.stage.clone()),
            text("OtherPerformer", clash.second.performer.clone()),
            text("OtherStage", clash.second.stage.clone()),
        ])
    };
    FoundRows::Rows(CLASH_COLUMNS, found.iter().map(row).collect())
}

const GAP_COLUMNS: &[&str] = &["FestivalDay", "From", "To", "Minutes"];

/// When a stage is free.
pub(super) fn gaps(found: &[StageGap]) -> FoundRows {
    let row = |gap: &StageGap| {
        OutputRow(vec![
            text("FestivalDay", gap.day.to_string()),
            text("From", moment(gap.from)),
            text("To", moment(gap.to)),
            number("Minutes", gap.minutes()),
        ])
    };
    FoundRows::Rows(GAP_COLUMNS, found.iter().map(row).collect())
}

fn text(name: &'static str, text: String) -> (Cow<'static, str>, Cell<'static>) {
    (Cow::Borrowed(name), Cell::Text(Cow::Owned(text)))
}

fn number(name: &'static str, number: u32) -> (Cow<'static, str>, Cell<'static>) {
    (Cow::Borrowed(name), Cell::Number(number))
}

/// `2025-07-12 20:30`, as questions take it.
fn moment(at: DateTime) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}
