//! The performer whose keys are being compared.

use lineup::survey::SHOWN;

use super::change::Change;
use super::differences::Differences;
use super::sets::OpenSets;
use crate::entry::RunEntry;
use crate::error::RunError;

/// The performer whose keys are being compared, and his day.
#[derive(Debug, Default)]
pub(super) struct OpenPerformer {
    /// Empty at the beginning: no performer has an empty name.
    name: String,
    is_new: bool,
    was_before: bool,
    /// `2025-07-12`: the keys of a day are neighbours.
    day: String,
    added: u64,
    removed: u64,
    sets: OpenSets,
}

impl OpenPerformer {
    /// Adds a key.
    pub(super) fn add(
        &mut self,
        change: Change,
        entry: &RunEntry,
        differences: &mut Differences,
    ) -> Result<(), RunError> {
        const DATE: usize = "2025-07-12".len();
        let day = entry.key.performance.get(..DATE).unwrap_or(&entry.key.performance);
        if self.name != entry.key.performer {
            self.close(differences);
            self.name.push_str(&entry.key.performer);
            self.day.push_str(day);
        } else if self.day != day {
            self.close_day(differences);
            self.day.push_str(day);
        }
        self.is_new |= !change.is_obsolete();
        self.was_before |= matches!(change, Change::Changed | Change::Unchanged | Change::Removed);
        match change {
            Change::Added => self.added += 1,
            Change::Removed => self.removed += 1,
            Change::Changed => differences.changed += 1,
            Change::Unchanged => differences.unchanged += 1,
            Change::LeftOver => differences.left_over += 1,
        }
        if change.is_obsolete() { Ok(()) } else { self.sets.add(entry, &mut differences.double_bookings) }
    }

    /// Adds what is known of the performer, and forgets him.
    pub(super) fn close(&mut self, differences: &mut Differences) {
        self.close_day(differences);
        if self.was_before {
            differences.gone.of += 1;
            if !self.is_new {
                differences.gone.count += 1;
                if differences.gone.first.len() < SHOWN {
                    differences.gone.first.push(self.name.clone());
                }
            }
        }
        self.name.clear();
        (self.is_new, self.was_before) = (false, false);
        self.sets.clear();
    }

    /// On a day, a removed and an added key of a performer are one set that moved.
    fn close_day(&mut self, differences: &mut Differences) {
        let moved = self.added.min(self.removed);
        differences.moved += moved;
        differences.added += self.added - moved;
        differences.removed += self.removed - moved;
        (self.added, self.removed) = (0, 0);
        self.day.clear();
    }
}
