//! Places in a file that a message can name.

use serde::{Deserialize, Serialize};

use crate::origin::Origin;

/// How many places a message names.
pub const SHOWN: usize = 5;

/// How much of a value is kept, in characters.
const CHARACTERS: usize = 60;

/// A value and the line on which its record begins, from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sighting {
    /// The line.
    pub line: u64,
    /// The value, cut after some 60 characters.
    pub text: String,
}

/// A value, and where it stands in the file that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedValue {
    /// `line 4`, or `sheet Friday, row 7`.
    pub place: String,
    /// The value, cut after some 60 characters.
    pub text: String,
}

impl Sighting {
    /// The value `text` on `line`.
    pub fn new(line: u64, text: &str) -> Self {
        Self { line, text: text.chars().take(CHARACTERS).collect() }
    }

    /// The value at its place in the file that was uploaded.
    pub(super) fn at(&self, origin: &Origin) -> PlacedValue {
        PlacedValue { place: origin.place(self.line), text: self.text.clone() }
    }

    /// Keeps the one on the lower line.
    pub(super) fn keep_first(first: &mut Option<Self>, line: u64, text: &str) {
        if first.as_ref().is_none_or(|first| line < first.line) {
            *first = Some(Self::new(line, text));
        }
    }

    /// The one on the lower line of two.
    pub(super) fn first_of(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }
}

/// The values that stand in place of something, each at its first place: the [`MOST_VALUES`] that come first. Those of
/// several chunks fold in any grouping.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstValues(Vec<Sighting>);

/// How many different values [`FirstValues`] keeps.
pub(super) const MOST_VALUES: usize = 20;

impl FirstValues {
    /// Each value with its first line, in the order of lines.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Sighting> {
        self.0.iter()
    }

    pub(super) fn add(&mut self, line: u64, text: &str) {
        self.keep(Sighting::new(line, text));
    }

    pub(super) fn merge(&mut self, other: Self) {
        other.0.into_iter().for_each(|sighting| self.keep(sighting));
    }

    fn keep(&mut self, new: Sighting) {
        match self.0.iter_mut().find(|own| own.text == new.text) {
            Some(own) => own.line = own.line.min(new.line),
            None => self.0.push(new),
        }
        self.0.sort();
        self.0.truncate(MOST_VALUES);
    }
}

/// How often something stands in a file, and where first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sightings {
    /// How often.
    pub count: u64,
    /// The first [`SHOWN`], by line.
    pub first: Vec<Sighting>,
}

impl Sightings {
    pub(super) fn add(&mut self, line: u64, text: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < SHOWN || self.first.last().is_some_and(|last| line < last.line) {
            self.first.push(Sighting::new(line, &text()));
            self.first.sort();
            self.first.truncate(SHOWN);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.first.extend(other.first);
        self.first.sort();
        self.first.truncate(SHOWN);
    }
}
