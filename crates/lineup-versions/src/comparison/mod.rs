//! Comparing a file with what the table may have of the files before it.

mod change;
mod differences;
mod performer;
mod sets;
#[cfg(test)]
mod tests;

use performer::OpenPerformer;

pub use change::Change;
pub use differences::{Differences, DoubleBooking, DoubleBookings, GonePerformers};
pub use sets::DoubleBookingFinder;

use crate::entry::RunEntry;
use crate::error::RunError;
use crate::merge::{Loser, Merge, MergeStep};

/// One of the versions that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparedVersion {
    /// The file that is imported.
    New,
    /// The version before: the last import of the lineup that ended well.
    Before,
    /// An import since or before then, of which rows may be in the table: it failed, or its rows were kept.
    Other(usize),
}

/// What a comparison came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparisonStep {
    /// It needs the next block of a run: fetch it, and supply it to the [merge](Comparison::merge) of that version.
    Needs {
        /// The version.
        version: ComparedVersion,
        /// The number of its run.
        run: usize,
    },
    /// The next key is there: [`Comparison::entry`], [`Comparison::losers`].
    Key(Change),
    /// There are no more keys. [`Comparison::finish`] has what was found.
    Done,
}

/// Compares a new file with the version before and with other imports whose rows may be in the table, in one pass over
/// their keys, or over those of a range of performers. It reads nothing itself, as [`Merge`] does not.
///
/// Memory: that of the merges, and [`Differences`], which do not grow.
///
/// ```
/// use lineup_versions::{ComparedVersion, Comparison, ComparisonStep, ItemKey, Merge, PerformerRange};
/// use lineup_versions::{RunBuilder, RunEntry, Tail};
///
/// let run = |rows: &[(&str, &str, u128)]| {
///     let mut builder = RunBuilder::new();
///     for (offset, (performer, start, value)) in rows.iter().enumerate() {
///         let key = ItemKey::new(*performer, format!("2025-07-12#{start}#Main Stage"));
///         builder.insert(&RunEntry { key, offset: offset as u64, value: *value, minutes: 60 })?;
///     }
///     builder.finish().map(|run| run.bytes)
/// };
/// let merge = |run: &[u8]| match Tail::read(run) {
///     Ok(Tail::Index(index)) => Merge::new(vec![index], &PerformerRange::default()),
///     _ => unreachable!("all of it was given"),
/// };
/// let new = run(&[("Ada", "18:00", 1), ("Stormzy", "20:30", 2)])?;
/// let before = run(&[("Ada", "18:00", 1), ("Stormzy", "20:00", 2)])?;
/// let mut comparison = Comparison::new(merge(&new), Some(merge(&before)), Vec::new());
/// let mut obsolete = Vec::new();
/// loop {
///     match comparison.step()? {
///         ComparisonStep::Needs { version, run } => {
///             let bytes = if version == ComparedVersion::New { &new } else { &before };
///             let merge = comparison.merge(version).expect("it asked for it");
///             let place = merge.next_block(run).expect("it asked for it").bytes();
///             merge.supply(run, &bytes[place])?;
///         }
///         ComparisonStep::Key(change) if change.is_obsolete() => obsolete.push(comparison.entry().key.clone()),
///         ComparisonStep::Key(_) => {}
///         ComparisonStep::Done => break,
///     }
/// }
/// assert_eq!(obsolete, [ItemKey::new("Stormzy", "2025-07-12#20:00#Main Stage")]);
/// let found = comparison.finish();
/// assert_eq!((found.unchanged, found.moved, found.added, found.removed), (1, 1, 0, 0));
/// # Ok::<_, lineup_versions::RunError>(())
/// ```
#[derive(Debug)]
pub struct Comparison {
    /// The new file, the version before, the others.
    versions: Vec<CountedMerge>,
    performer: OpenPerformer,
    differences: Differences,
    /// The version that has the entry of the last step.
    entry: usize,
}

/// A version and how far it was read.
#[derive(Debug)]
struct CountedMerge {
    merge: Merge,
    at: EntryState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EntryState {
    /// Its next entry is not known.
    Unknown,
    /// It has an entry.
    Entry,
    /// Its entry is the one of the last step.
    Given,
    /// It has no more.
    End,
}

const NEW: usize = 0;
const BEFORE: usize = 1;
const OTHERS: usize = 2;

impl ComparedVersion {
    fn number(self) -> usize {
        match self {
            Self::New => NEW,
            Self::Before => BEFORE,
            Self::Other(number) => number.saturating_add(OTHERS),
        }
    }

    fn of(number: usize) -> Self {
        match number {
            NEW => Self::New,
            BEFORE => Self::Before,
            other => Self::Other(other - OTHERS),
        }
    }
}

impl Comparison {
    /// A comparison of `new` with the version before, if there is one, and with other imports. All merges must
    /// have the same range.
    pub fn new(new: Merge, before: Option<Merge>, others: Vec<Merge>) -> Self {
        let none = || Merge::new(Vec::new(), &crate::performers::PerformerRange::default());
        let merges = [new, before.unwrap_or_else(none)].into_iter().chain(others);
        Self {
            versions: merges.map(|merge| CountedMerge { merge, at: EntryState::Unknown }).collect(),
            performer: OpenPerformer::default(),
            differences: Differences::default(),
            entry: NEW,
        }
    }

    /// Goes on to the next key, or to where a block is needed.
    ///
    /// # Errors
    /// If a block is not as it was written, or an entry has a sort key that is none.
    pub fn step(&mut self) -> Result<ComparisonStep, RunError> {
        for number in 0..self.versions.len() {
            if let Some(run) = self.versions[number].advance()? {
                return Ok(ComparisonStep::Needs { version: ComparedVersion::of(number), run });
            }
        }
        let Some(first) = self.first() else { return Ok(ComparisonStep::Done) };
        self.give(first);
        let change = self.change();
        self.differences.replaced += self.losers().len() as u64;
        self.performer.add(change, self.versions[first].merge.entry(), &mut self.differences)?;
        Ok(ComparisonStep::Key(change))
    }

    /// The merge of a version, to look up and supply blocks; `None` if there is no such version.
    pub fn merge(&mut self, version: ComparedVersion) -> Option<&mut Merge> {
        self.versions.get_mut(version.number()).map(|version| &mut version.merge)
    }

    /// The entry of the last key: of the new file if it has it, or else of the version before if that does.
    pub fn entry(&self) -> &RunEntry {
        self.versions[self.entry].merge.entry()
    }

    /// What the version before has under that key.
    pub fn entry_before(&self) -> Option<&RunEntry> {
        self.given(BEFORE)
    }

    /// The rows of the new file that another of its rows with that key replaces.
    pub fn losers(&self) -> &[Loser] {
        if self.entry == NEW && self.versions[NEW].at == EntryState::Given {
            self.versions[NEW].merge.losers()
        } else {
            &[]
        }
    }

    /// What was found.
    pub fn finish(mut self) -> Differences {
        self.performer.close(&mut self.differences);
        self.differences
    }

    /// The version with the first of all keys; of several the first version.
    fn first(&self) -> Option<usize> {
        let with_entry =
            (0..self.versions.len()).filter(|number| self.versions[*number].at == EntryState::Entry);
        with_entry.min_by_key(|number| &self.versions[*number].merge.entry().key)
    }

    /// Gives the entry of a version, and those of all others with its key.
    fn give(&mut self, first: usize) {
        self.entry = first;
        for number in first..self.versions.len() {
            let same = self.versions[number].merge.entry().key == self.versions[first].merge.entry().key;
            if self.versions[number].at == EntryState::Entry && same {
                self.versions[number].at = EntryState::Given;
            }
        }
    }

    fn given(&self, number: usize) -> Option<&RunEntry> {
        let version = self.versions.get(number).filter(|version| version.at == EntryState::Given)?;
        Some(version.merge.entry())
    }

    fn change(&self) -> Change {
        match (self.given(NEW), self.given(BEFORE)) {
            (Some(_), None) => Change::Added,
            (Some(new), Some(before)) if new.value == before.value => Change::Unchanged,
            (Some(_), Some(_)) => Change::Changed,
            (None, Some(_)) => Change::Removed,
            (None, None) => Change::LeftOver,
        }
    }
}

impl CountedMerge {
    /// Finds the next entry, if it is not known. Returns the run that needs a block for it.
    fn advance(&mut self) -> Result<Option<usize>, RunError> {
        if matches!(self.at, EntryState::Entry | EntryState::End) {
            return Ok(None);
        }
        self.at = match self.merge.step()? {
            MergeStep::Needs(run) => {
                self.at = EntryState::Unknown;
                return Ok(Some(run));
            }
            MergeStep::Entry => EntryState::Entry,
            MergeStep::Done => EntryState::End,
        };
        Ok(None)
    }
}
