//! A row of a lineup: one performance.

mod nested;
mod reader;
mod record;
mod written;

use std::sync::Arc;

use jiff::civil::{Date, DateTime};

use crate::clock_time::ClockTime;
pub use reader::{RowAbove, RowReader};
pub use written::{WrittenEnd, WrittenMoment, WrittenTimes};

/// One performance, read from a row. It may be too large for the table: `Item::new` of the crate
/// `lineup-table` checks that.
///
/// ```
/// use lineup::header::Columns;
/// use lineup::reading::Reading;
/// use lineup::row::RowReader;
///
/// let columns = Columns::from_names(["Performer", "Stage", "Start", "End", "Date"])?;
/// let mut reader = RowReader::new(&columns, &Reading::default());
/// let record = ["Stormzy", "Pyramid Stage", "23:00", "01:00", "2022-06-24"];
/// let set = reader.read(record.map(str::as_bytes).into_iter())?.unwrap();
/// assert_eq!(set.start_moment().to_string(), "2022-06-24T23:00:00");
/// assert_eq!(set.end_moment().to_string(), "2022-06-25T01:00:00");
/// assert!(set.is_on(set.start_moment()) && !set.is_on(set.end_moment()));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Performance {
    /// Who plays; never empty, without space around it.
    pub performer: String,
    /// Where; never empty, without space around it.
    pub stage: String,
    /// The day on which it starts.
    pub date: Date,
    /// When it starts.
    pub start: ClockTime,
    /// When it ends: on the next day if at or before `start`.
    pub end: ClockTime,
    /// From 1 to 100.
    pub popularity: Option<u8>,
    /// Every other column that is not empty, by attribute name: in the order
    /// of the file, or sorted by name if the performance was read from the table.
    pub extras: Vec<(Arc<str>, String)>,
}

impl Performance {
    /// An empty performance, as buffers for [`RowReader::read_into`].
    pub fn blank() -> Self {
        Self {
            performer: String::new(),
            stage: String::new(),
            date: Date::ZERO,
            start: ClockTime::MIDNIGHT,
            end: ClockTime::MIDNIGHT,
            popularity: None,
            extras: Vec::new(),
        }
    }

    /// When it starts.
    pub fn start_moment(&self) -> DateTime {
        moment(self.date, self.start)
    }

    /// When it ends: after its start, by at most 24 hours. A set that runs past
    /// 9999-12-31 ends at [`DateTime::MAX`].
    pub fn end_moment(&self) -> DateTime {
        if self.end > self.start {
            return moment(self.date, self.end);
        }
        self.date.tomorrow().map_or(DateTime::MAX, |next| moment(next, self.end))
    }

    /// The festival day that it belongs to, where festival days start at this time: a set that starts before it is the night of the day before.
    pub fn festival_day(&self, day_starts: ClockTime) -> Date {
        if self.start < day_starts { self.date.yesterday().unwrap_or(self.date) } else { self.date }
    }

    /// Whether it is on at `moment`: from its start until before its end.
    pub fn is_on(&self, at: DateTime) -> bool {
        self.start_moment() <= at && at < self.end_moment()
    }

    /// Whether it overlaps the time from `from` until before `to`.
    pub fn overlaps(&self, from: DateTime, to: DateTime) -> bool {
        self.start_moment() < to && from < self.end_moment()
    }
}

/// A time on a day.
pub fn moment(date: Date, time: ClockTime) -> DateTime {
    // `at` panics on an hour or minute out of range. A ClockTime is always in range.
    date.at(time.hour() as i8, time.minute() as i8, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn performance(date: &str, start: &str, end: &str) -> Performance {
        Performance {
            performer: "Megan Thee Stallion".into(),
            stage: "Main Stage".into(),
            date: crate::date::parse(date).unwrap(),
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
            popularity: None,
            extras: Vec::new(),
        }
    }

    #[test]
    fn an_end_at_or_before_the_start_is_on_the_next_day() {
        for (start, end, expected) in [
            ("20:00", "21:00", "2025-07-12T21:00:00"),
            ("23:00", "01:00", "2025-07-13T01:00:00"),
            ("23:00", "00:00", "2025-07-13T00:00:00"),
            ("20:00", "20:00", "2025-07-13T20:00:00"),
            ("00:00", "00:00", "2025-07-13T00:00:00"),
        ] {
            let performance = performance("2025-07-12", start, end);
            assert_eq!(performance.end_moment().to_string(), expected, "{start} to {end}");
        }
    }

    #[test]
    fn the_last_night_of_the_calendar_does_not_panic() {
        assert_eq!(performance("9999-12-31", "23:00", "01:00").end_moment(), DateTime::MAX);
    }

    #[test]
    fn a_set_is_on_from_its_start_until_before_its_end() {
        let set = performance("2025-07-12", "23:00", "01:00");
        let at = |text: &str| text.parse::<DateTime>().unwrap();
        assert!(!set.is_on(at("2025-07-12T22:59")));
        assert!(set.is_on(at("2025-07-12T23:00")));
        assert!(set.is_on(at("2025-07-13T00:59")));
        assert!(!set.is_on(at("2025-07-13T01:00")));
        assert!(set.overlaps(at("2025-07-13T00:59"), at("2025-07-13T02:00")));
        assert!(!set.overlaps(at("2025-07-13T01:00"), at("2025-07-13T02:00")));
        assert!(!set.overlaps(at("2025-07-12T22:00"), at("2025-07-12T23:00")));
    }
}
