//! Records that are no header of a lineup: a row, and the head of a grid.

use super::known::KnownColumn;
use super::names::{NameMeaning, NamedColumns, fold, words};
use crate::{clock_time, date};

/// Names of columns that stages have, too, folded: `Time,Arena,Tent` is the head of a grid.
#[rustfmt::skip]
const STAGE_NAMES: [&str; 22] = [
    "hall", "floor", "dancefloor", "tent", "arena", "theatre", "theater", "auditorium", "saal", "zelt", "halle", "salle",
    "chapiteau", "sala", "carpa", "palco", "tenda", "podium", "zaal", "sal", "telt", "talt",
];

/// Whether it is the head of a grid: it has a column for each stage, or one for each time.
pub(super) fn is_grid(names: &[String], named: &NamedColumns<'_>) -> bool {
    has_times_for_columns(names) || (!is_row(names) && has_stages_for_columns(names, named))
}

/// Whether it is a row: it has a time of day and names of no column that is read.
pub(super) fn is_row(names: &[String]) -> bool {
    names.len() > 1
        && names.iter().any(|name| is_time(name))
        && names.iter().all(|name| NameMeaning::of(name).is_none())
}

/// Whether every column is a time, but for one or two in front that say of which stage, or what: `Stage,20:00,21:00`. Where
/// these are no names of columns, there must be more times than a row has.
fn has_times_for_columns(names: &[String]) -> bool {
    let labels = names.iter().take_while(|name| !is_time(name)).count();
    let (labels, times) = names.split_at(labels);
    let mut times = times.iter().filter(|name| !name.is_empty());
    let count = times.clone().count();
    let is_label = |name: &String| name.is_empty() || NameMeaning::of(name).is_some() || is_time_or_day(name);
    let enough = if labels.iter().all(is_label) { 2 } else { 4 };
    labels.len() <= 2 && count >= enough && times.all(|name| is_time(name))
}

/// Whether the first column is a time, a day or nothing, and two or more others are names of no column, as
/// those of stages are. Where times stand among the others, it is a row without a header.
fn has_stages_for_columns(names: &[String], named: &NamedColumns<'_>) -> bool {
    let Some((first, others)) = names.split_first() else { return false };
    let is_stage_name = |name: &str| STAGE_NAMES.contains(&fold(name).as_str());
    let is_column = |name: &String| match NameMeaning::of(name) {
        Some(NameMeaning::Column(KnownColumn::Stage, _)) => !is_stage_name(name),
        Some(NameMeaning::Column(KnownColumn::Performer, _)) => true,
        _ => named.find(name).is_some(),
    };
    let may_be_stage = |name: &&String| {
        let is_free = NameMeaning::of(name).is_none() && !is_reference(name);
        !name.is_empty() && (is_free || is_stage_name(name))
    };
    !names.iter().any(is_column)
        && others.iter().filter(may_be_stage).count() >= 2
        && is_time_or_day(first)
        && !others.iter().any(|name| is_value(name))
}

/// Whether it is the name of a column with the keys of another table: `artist_id`.
fn is_reference(name: &str) -> bool {
    const KEYS: [&str; 7] = ["id", "ids", "uid", "uuid", "key", "slug", "code"];
    words(name).last().is_some_and(|word| KEYS.contains(&word.as_str()))
}

fn is_time_or_day(name: &str) -> bool {
    use KnownColumn::{Date, End, Start};
    let is_one = |name: &str| {
        matches!(
            NameMeaning::of(name),
            Some(NameMeaning::Column(Start | End | Date, _) | NameMeaning::StartDate | NameMeaning::EndDate)
        )
    };
    let is_word = |word: &String| {
        is_one(word)
            || matches!(word.as_str(), "uhr" | "h")
            || (word.len() >= 3 && date::weekday(word).is_some())
    };
    name.is_empty() || is_value(name) || is_one(name) || words(name).iter().any(is_word)
}

/// A time of day, or a range of them, or a date with one.
fn is_time(name: &str) -> bool {
    let is_range = || clock_time::read_range(name).is_some_and(|range| range.is_ok());
    let reads = || clock_time::read(name).is_ok() || is_range() || date::split_moment(name).is_some();
    (is_value(name) || name.ends_with(|c: char| c.is_alphabetic())) && has_digit(name) && reads()
}

fn has_digit(name: &str) -> bool {
    name.contains(|c: char| c.is_ascii_digit())
}

/// Whether a time or a date stands in it, by digits on both sides of what separates their parts.
fn is_value(name: &str) -> bool {
    name.as_bytes().windows(3).any(|three| {
        let [first, separator, last] = three else { return false };
        first.is_ascii_digit() && b":./-h".contains(separator) && last.is_ascii_digit()
    })
}
