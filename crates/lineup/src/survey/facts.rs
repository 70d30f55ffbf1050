//! What the rows of a chunk say of the file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::habits::Habits;
use super::sighting::{FirstValues, Sighting, Sightings};
use crate::date::{DateError, PossibleOrders, WrittenDate};
use crate::reject::{Reason, Reject};
use crate::row::{Performance, RowReader, WrittenEnd, WrittenTimes};

/// What the rows of a chunk say of the file. Facts of several chunks fold in any grouping.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Rows, without blank ones and repeated headers.
    pub rows: u64,
    /// Rows that cannot be read, whatever is decided about dates.
    pub rejects: Sightings,
    /// The first date that is only possible with the day first.
    pub day_first: Option<Sighting>,
    /// The first date that is only possible with the month first.
    pub month_first: Option<Sighting>,
    /// The first date that is possible with either.
    pub either_first: Option<Sighting>,
    /// The first date without a year.
    pub no_year: Option<Sighting>,
    /// The weekdays that stand where a date is wanted, Monday as 1, each with its first row.
    pub weekdays: BTreeMap<i8, Sighting>,
    /// The values that stand where a date is wanted and are none: `Day 1`.
    #[serde(default)]
    pub unread_dates: FirstValues,
    /// The first row without any date.
    pub no_date: Option<Sighting>,
    /// The first row with a time in UTC that needs the zone of the festival.
    #[serde(default)]
    pub utc: Option<Sighting>,
    /// Rows whose date is complete.
    pub dated: u64,
    /// The first row that does not say when its set ends.
    pub no_end: Option<Sighting>,
    /// Rows that say it.
    pub ended: u64,
    /// The first row that is not UTF-8.
    pub not_utf8: Option<Sighting>,
    /// The first row with a character of several bytes in UTF-8.
    pub multi_byte: Option<Sighting>,
    /// What the warnings are made of.
    pub habits: Habits,
}

impl Facts {
    /// Adds the bytes of a record that begins on `line`.
    pub(super) fn add_text(&mut self, line: u64, raw: &[u8]) {
        if raw.is_ascii() {
            return;
        }
        for part in raw.utf8_chunks() {
            if !part.invalid().is_empty() {
                Sighting::keep_first(&mut self.not_utf8, line, "");
            }
            if !part.valid().is_ascii() {
                Sighting::keep_first(&mut self.multi_byte, line, "");
            }
        }
    }

    /// Adds a row, or what is in place of one. `each` may refuse a row that can be read. Returns `false` for a rejected row.
    pub(super) fn add(
        &mut self,
        line: u64,
        row: Result<Option<WrittenTimes<'_>>, Reject>,
        reader: &RowReader,
        performance: &mut Performance,
        each: impl FnOnce(&mut Performance) -> Result<(), Reject>,
    ) -> bool {
        let written = match row {
            Ok(Some(written)) => written,
            Ok(None) => return true,
            Err(reject) => {
                self.add_zone(line, &reject);
                if reject.reason == Reason::Date(DateError::NotADate) {
                    self.unread_dates.add(line, &reject.value);
                }
                self.add_reject(line, &reject.to_string());
                return false;
            }
        };
        self.rows += 1;
        self.add_dates(line, &written);
        match written.end {
            WrittenEnd::Open => Sighting::keep_first(&mut self.no_end, line, &performance.performer),
            _ => self.ended += 1,
        }
        let resolved = reader.resolve(&written, performance);
        if resolved.is_ok() {
            self.habits.add(line, &written, performance);
        }
        match resolved.and_then(|()| each(performance)) {
            Ok(()) => true,
            Err(reject) => {
                self.add_zone(line, &reject);
                self.rejects.add(line, || reject.to_string());
                false
            }
        }
    }

    fn add_zone(&mut self, line: u64, reject: &Reject) {
        if reject.reason == Reason::NoZone {
            Sighting::keep_first(&mut self.utc, line, &reject.value);
        }
    }

    /// Adds a row that cannot be read.
    pub(super) fn add_reject(&mut self, line: u64, reason: &str) {
        self.rows += 1;
        self.rejects.add(line, || reason.to_owned());
    }

    /// Adds the facts of other rows of the file.
    pub fn merge(&mut self, other: Self) {
        fn first(own: &mut Option<Sighting>, other: Option<Sighting>) {
            *own = Sighting::first_of(own.take(), other);
        }
        self.rows += other.rows;
        self.rejects.merge(other.rejects);
        first(&mut self.day_first, other.day_first);
        first(&mut self.month_first, other.month_first);
        first(&mut self.either_first, other.either_first);
        first(&mut self.no_year, other.no_year);
        for (weekday, sighting) in other.weekdays {
            let own = self.weekdays.remove(&weekday);
            self.weekdays.extend(Sighting::first_of(own, Some(sighting)).map(|first| (weekday, first)));
        }
        self.unread_dates.merge(other.unread_dates);
        first(&mut self.no_date, other.no_date);
        first(&mut self.utc, other.utc);
        self.dated += other.dated;
        first(&mut self.no_end, other.no_end);
        self.ended += other.ended;
        first(&mut self.not_utf8, other.not_utf8);
        first(&mut self.multi_byte, other.multi_byte);
        self.habits.merge(other.habits);
    }

    fn add_dates(&mut self, line: u64, written: &WrittenTimes<'_>) {
        let start = written.start.date.as_ref().map(|date| (date, &written.start_text));
        let of_end = match &written.end {
            WrittenEnd::At(moment) => moment.date.as_ref().map(|date| (date, &written.end_text)),
            _ => None,
        };
        let date = written.date.as_ref().map(|(date, text)| (date, text));
        for (date, text) in [date, start, of_end].into_iter().flatten() {
            self.add_order(line, date, text);
        }
        match start.or(date) {
            None => Sighting::keep_first(&mut self.no_date, line, ""),
            Some((date, text)) if date.needs_year() => Sighting::keep_first(&mut self.no_year, line, text),
            Some((date, text)) => match date.weekday_alone() {
                None => self.dated += 1,
                Some(weekday) => {
                    let sighting = Sighting::new(line, text);
                    let first =
                        self.weekdays.entry(weekday.to_monday_one_offset()).or_insert(sighting.clone());
                    *first = sighting.min(first.clone());
                }
            },
        }
    }

    fn add_order(&mut self, line: u64, date: &WrittenDate, text: &str) {
        let first = match date.order() {
            None => return,
            Some(PossibleOrders::DayFirst) => &mut self.day_first,
            Some(PossibleOrders::MonthFirst) => &mut self.month_first,
            Some(PossibleOrders::Either) => &mut self.either_first,
        };
        Sighting::keep_first(first, line, text);
    }
}
