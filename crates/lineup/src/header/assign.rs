//! Which column of a header is which.

use super::error::HeaderError;
use super::known::KnownColumn;
use super::names::{NameMeaning, NamedColumns, columns_called, fold};
use super::synonyms::Rank;

/// What a column of a header is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assigned {
    /// A known column.
    Known(KnownColumn),
    /// The weekday, beside the column that is the date.
    Weekday,
    /// Any other.
    Extra,
}

/// What each column is. Those that the planner named are that, whatever else is there. Of the others the
/// best rank wins, down to `lowest`.
///
/// # Errors
/// [`HeaderError`] if two of the best rank could be one column, or if a named one is not there.
pub(super) fn assign(
    line: u64,
    names: &[String],
    named: &NamedColumns<'_>,
    lowest: Rank,
) -> Result<Vec<Assigned>, HeaderError> {
    let mut assignment = Assignment::new(line, names, lowest);
    for (known, name) in named.iter() {
        assignment.take_named(known, name)?;
    }
    assignment.read_dates_as_times();
    for known in KnownColumn::ALL {
        assignment.take_best(known)?;
    }
    Ok(assignment.finish())
}

/// How many of the columns that the header must have these names could be. Two for one column count as one.
pub(super) fn count_required<'n>(names: impl Iterator<Item = &'n str>, named: &NamedColumns<'_>) -> usize {
    let mut found = [false; KnownColumn::ALL.len()];
    for name in names {
        let known = named.find(name).or_else(|| match NameMeaning::of(name)? {
            NameMeaning::Column(known, _) => Some(known),
            NameMeaning::StartDate => Some(KnownColumn::Start),
            NameMeaning::EndDate => None,
        });
        if let Some(known) = known {
            found[known as usize] = true;
        }
    }
    KnownColumn::ALL.into_iter().filter(|known| named.requires(*known) && found[*known as usize]).count()
}

struct Assignment<'n> {
    line: u64,
    names: &'n [String],
    /// What the columns that are not taken could be.
    meanings: Vec<Option<NameMeaning>>,
    assigned: Vec<Assigned>,
}

impl<'n> Assignment<'n> {
    fn new(line: u64, names: &'n [String], lowest: Rank) -> Self {
        let meaning = |name: &String| match NameMeaning::of(name) {
            Some(NameMeaning::Column(_, rank)) if rank > lowest => None,
            Some(NameMeaning::StartDate | NameMeaning::EndDate) if lowest == Rank::Exact => None,
            meaning => meaning,
        };
        let meanings = names.iter().map(meaning).collect();
        Self { line, names, meanings, assigned: vec![Assigned::Extra; names.len()] }
    }

    fn has(&self, known: KnownColumn) -> bool {
        self.assigned.contains(&Assigned::Known(known))
    }

    fn take(&mut self, index: usize, known: KnownColumn) {
        self.assigned[index] = Assigned::Known(known);
        self.meanings[index] = None;
    }

    fn take_named(&mut self, known: KnownColumn, name: &str) -> Result<(), HeaderError> {
        let found = columns_called(self.names, name);
        let index = match found[..] {
            [(index, _)] => index,
            [] => return Err(HeaderError::unknown_name(self.line, known, name, self.names)),
            _ => return Err(HeaderError::repeated(self.line, name, found.len())),
        };
        if self.has(known) || self.assigned[index] != Assigned::Extra {
            return Err(HeaderError::NamedTwice { column: known.name(), name: name.to_owned() });
        }
        self.take(index, known);
        Ok(())
    }

    /// A start date is the date where another column is the start. Otherwise it is the start, with the time in
    /// it, and an end date is the end.
    fn read_dates_as_times(&mut self) {
        let could_be = |known: KnownColumn| move |meaning: &Option<NameMeaning>| matches!(meaning, Some(NameMeaning::Column(column, _)) if *column == known);
        let has_start =
            self.has(KnownColumn::Start) || self.meanings.iter().any(could_be(KnownColumn::Start));
        let has_end = self.has(KnownColumn::End) || self.meanings.iter().any(could_be(KnownColumn::End));
        let column = |known: KnownColumn| Some(NameMeaning::Column(known, Rank::Specific));
        for meaning in &mut self.meanings {
            *meaning = match *meaning {
                Some(NameMeaning::StartDate) if has_start => column(KnownColumn::Date),
                Some(NameMeaning::StartDate) => column(KnownColumn::Start),
                Some(NameMeaning::EndDate) if has_start || has_end => None,
                Some(NameMeaning::EndDate) => column(KnownColumn::End),
                other => other,
            };
        }
    }

    /// Takes the column that is `known` by the best rank, if one is.
    fn take_best(&mut self, known: KnownColumn) -> Result<(), HeaderError> {
        let is_extra = known == KnownColumn::Duration && self.has(KnownColumn::End);
        if self.has(known) || is_extra {
            return Ok(());
        }
        let ranks = self.meanings.iter().enumerate().filter_map(|(index, meaning)| match meaning {
            Some(NameMeaning::Column(column, rank)) if *column == known => Some((*rank, index)),
            _ => None,
        });
        let Some(best) = ranks.clone().map(|(rank, _)| rank).min() else { return Ok(()) };
        let found: Vec<usize> = ranks.filter(|(rank, _)| *rank == best).map(|(_, index)| index).collect();
        match found[..] {
            [index] => self.take(index, known),
            _ => return Err(self.not_one(known, &found)),
        }
        Ok(())
    }

    /// An option can say which is meant only if their names differ.
    fn not_one(&self, known: KnownColumn, found: &[usize]) -> HeaderError {
        let names: Vec<&String> = found.iter().map(|index| &self.names[*index]).collect();
        let first = fold(names[0]);
        if names.iter().all(|name| fold(name) == first) {
            return HeaderError::repeated(self.line, names[0], names.len());
        }
        HeaderError::ambiguous(self.line, known, &names)
    }

    fn finish(mut self) -> Vec<Assigned> {
        if self.has(KnownColumn::Date) {
            for (assigned, meaning) in self.assigned.iter_mut().zip(&self.meanings) {
                if matches!(meaning, Some(NameMeaning::Column(KnownColumn::Date, Rank::Generic | Rank::Last)))
                {
                    *assigned = Assigned::Weekday;
                }
            }
        }
        self.assigned
    }
}
