//! The calendar: what a query that fans out over stages or days starts from.

use jiff::civil::Date;

use crate::row::Performance;

/// The partition that lists every day.
pub const DAYS: &str = "days";

/// The partition that lists the stages of a day.
pub fn day_entry(date: Date) -> String {
    format!("day#{date}")
}

/// The partition that lists the days of a stage.
pub fn stage_entry(stage: &str) -> String {
    format!("stage#{stage}")
}

/// An item of the calendar: its two keys are all it has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CalendarEntry {
    /// The partition: [`DAYS`], [`day_entry`] or [`stage_entry`].
    pub entry: String,
    /// A day, or a stage of the day.
    pub value: String,
}

impl CalendarEntry {
    /// The three entries that say that `stage` has performances on `date`.
    /// They are written before any row that needs them, so that a query which
    /// fans out over the calendar never misses a row.
    pub fn of(stage: &str, date: Date) -> [Self; 3] {
        [
            Self { entry: day_entry(date), value: stage.to_owned() },
            Self { entry: stage_entry(stage), value: date.to_string() },
            Self { entry: DAYS.to_owned(), value: date.to_string() },
        ]
    }
}

impl Performance {
    /// See [`CalendarEntry::of`].
    pub fn calendar_entries(&self) -> [CalendarEntry; 3] {
        CalendarEntry::of(&self.stage, self.date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_three_entries() {
        let entries = CalendarEntry::of("Main Stage", Date::constant(2025, 7, 12));
        let entries = entries.map(|entry| format!("{}/{}", entry.entry, entry.value));
        assert_eq!(entries, ["day#2025-07-12/Main Stage", "stage#Main Stage/2025-07-12", "days/2025-07-12"]);
    }
}
