//! The sets of a performer that may still be on.

use jiff::civil::Date;
use lineup::survey::SHOWN;
use lineup_table::keys;

use super::differences::{DoubleBooking, DoubleBookings};
use crate::entry::RunEntry;
use crate::error::RunError;

/// The set of a performer that ends last, and of those on other stages than that one the one that ends last. One of
/// them is on at another stage if any is.
#[derive(Debug, Default)]
pub(super) struct OpenSets {
    last: OpenSet,
    other: OpenSet,
}

#[derive(Debug, Default)]
struct OpenSet {
    /// Minutes since 1970; `None` where there is no such set.
    end: Option<i64>,
    performance: String,
    /// Where the stage begins in `performance`.
    stage: usize,
}

impl OpenSet {
    fn stage(&self) -> &str {
        self.performance.get(self.stage..).unwrap_or_default()
    }

    fn set(&mut self, performance: &str, stage: &str, end: i64) {
        self.end = Some(end);
        self.performance.clear();
        self.performance.push_str(performance);
        self.stage = performance.len() - stage.len();
    }
}

impl OpenSets {
    pub(super) fn clear(&mut self) {
        (self.last.end, self.other.end) = (None, None);
    }

    /// Adds the performer's next set, by start.
    pub(super) fn add(&mut self, entry: &RunEntry, found: &mut DoubleBookings) -> Result<(), RunError> {
        let performance = &entry.key.performance;
        let parts = keys::split_performance(performance);
        let (date, start, stage) = parts.ok_or(RunError::Damaged("a sort key in it has no date and time"))?;
        let days = date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24;
        let start = days * 24 * 60 + i64::from(start.hour()) * 60 + i64::from(start.minute());
        let is_on = |set: &&OpenSet| set.end.is_some_and(|end| end > start) && set.stage() != stage;
        if let Some(on) = [&self.last, &self.other].into_iter().find(is_on) {
            found.count += 1;
            if found.first.len() < SHOWN {
                let (performer, on) = (entry.key.performer.clone(), on.performance.clone());
                found.first.push(DoubleBooking { performer, on, starts: performance.clone() });
            }
        }
        self.open(performance, stage, start + i64::from(entry.minutes));
        Ok(())
    }

    fn open(&mut self, performance: &str, stage: &str, end: i64) {
        let ends_last = self.last.end.is_none_or(|last| end > last);
        let same_stage = self.last.end.is_some() && self.last.stage() == stage;
        match (ends_last, same_stage) {
            (true, true) => self.last.set(performance, stage, end),
            (true, false) => {
                std::mem::swap(&mut self.last, &mut self.other);
                self.last.set(performance, stage, end);
            }
            (false, true) => {}
            (false, false) if self.other.end.is_none_or(|other| end > other) => {
                self.other.set(performance, stage, end);
            }
            (false, false) => {}
        }
    }
}

/// Finds sets of a file that start while their performer is still on at another stage, among entries in order of their keys. Memory: two
/// sets.
///
/// ```
/// use lineup_versions::{DoubleBookingFinder, ItemKey, RunEntry};
///
/// let mut finder = DoubleBookingFinder::default();
/// for (start, stage) in [("20:00", "Main"), ("20:30", "Tent"), ("22:00", "Main")] {
///     let key = ItemKey::new("Ada", format!("2025-07-12#{start}#{stage}"));
///     finder.add(&RunEntry { key, offset: 0, value: 0, minutes: 60 })?;
/// }
/// let found = finder.finish();
/// assert_eq!((found.count, found.first[0].starts.as_str()), (1, "2025-07-12#20:30#Tent"));
/// # Ok::<_, lineup_versions::RunError>(())
/// ```
#[derive(Debug, Default)]
pub struct DoubleBookingFinder {
    performer: String,
    sets: OpenSets,
    found: DoubleBookings,
}

impl DoubleBookingFinder {
    /// Adds the next entry.
    ///
    /// # Errors
    /// If its sort key is none.
    pub fn add(&mut self, entry: &RunEntry) -> Result<(), RunError> {
        if self.performer != entry.key.performer {
            self.performer.clone_from(&entry.key.performer);
            self.sets.clear();
        }
        self.sets.add(entry, &mut self.found)
    }

    /// What was found.
    pub fn finish(self) -> DoubleBookings {
        self.found
    }
}
