//! What a header without a required column may have meant.

use super::assign::Assigned;
use super::error::{HeaderError, HeaderPlace};
use super::grid::is_row;
use super::known::KnownColumn;
use super::names::{NamedColumns, fold, words};
use super::options::column_option;
use super::synonyms::synonyms_of;

/// How many columns are looked at, and how long their names may be. A planner's header is smaller.
const LOOKED_AT: usize = 200;
const MAX_SUGGESTED_CHARACTERS: usize = 60;

/// The error of a header in which required columns are missing.
pub(super) fn missing_columns(
    line: u64,
    names: &[String],
    assigned: &[Assigned],
    named: &NamedColumns<'_>,
) -> HeaderError {
    let found = names.to_vec();
    if is_row(names) {
        return HeaderError::NoHeader { place: HeaderPlace::on(line), found };
    }
    let is_missing =
        |known: &KnownColumn| named.requires(*known) && !assigned.contains(&Assigned::Known(*known));
    let missing: Vec<KnownColumn> = KnownColumn::ALL.into_iter().filter(is_missing).collect();
    let mut free: Vec<&String> = names
        .iter()
        .zip(assigned)
        .filter(|(name, assigned)| **assigned == Assigned::Extra && is_suggested(name))
        .map(|(name, _)| name)
        .take(LOOKED_AT)
        .collect();
    let likely = missing.iter().filter_map(|known| {
        let index = most_likely(*known, &free)?;
        Some(column_option(*known, free.remove(index)))
    });
    let likely = likely.collect();
    HeaderError::MissingColumns {
        place: HeaderPlace::on(line),
        missing: missing.into_iter().map(KnownColumn::name).collect(),
        found,
        likely,
    }
}

fn is_suggested(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= MAX_SUGGESTED_CHARACTERS && !name.contains(char::is_control)
}

/// The index of the name that is most like a synonym of the column.
fn most_likely(known: KnownColumn, names: &[&String]) -> Option<usize> {
    let synonyms: Vec<String> = synonyms_of(known).map(fold).collect();
    let likeness = |name: &str| {
        let (folded, words) = (fold(name), words(name));
        synonyms.iter().map(|synonym| likeness(&folded, &words, synonym)).max().unwrap_or(0)
    };
    let scored = names.iter().enumerate().map(|(index, name)| (likeness(name), index));
    // The first of several.
    scored
        .filter(|(score, _)| *score > 0)
        .max_by_key(|(score, index)| (*score, usize::MAX - index))
        .map(|best| best.1)
}

/// How like a name is to a synonym: it has the word, it contains it, it is a typing error of it, or 0.
fn likeness(folded: &str, words: &[String], synonym: &str) -> u8 {
    let length = synonym.chars().count();
    let is_near = |allowed: usize| distance_at_most(folded, synonym, allowed);
    if length >= 3 && words.iter().any(|word| word == synonym) {
        3
    } else if length >= 5 && folded.contains(synonym) {
        2
    } else if (length >= 4 && is_near(1)) || (length >= 7 && is_near(2)) {
        1
    } else {
        0
    }
}

/// Whether no more than `allowed` characters must be put in, left out or changed to make one of the other.
fn distance_at_most(one: &str, other: &str, allowed: usize) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > allowed {
        return false;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()] <= allowed
}
