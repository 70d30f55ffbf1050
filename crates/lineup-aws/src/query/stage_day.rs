//! Slices of stage-days, from which questions about time are answered.
//!
//! A performance lasts 24 hours at most. So one that is on at a moment started
//! on that day, or on the day before at a later time of day than the moment.
//! The two slices that a moment needs are together as large as one stage-day.

use std::ops::{Range, RangeInclusive};

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Span;
use jiff::civil::{Date, DateTime, Time};
use lineup::clock_time::ClockTime;
use lineup::row::Performance;
use lineup_table::keys::stage_day;
use lineup_table::{attribute, index};

use super::ask::Ask;
use super::error::QueryError;
use super::order::in_time_order;

/// A range of start times, from `from` until before `before`; without a limit where one is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Starts {
    pub(super) from: Option<ClockTime>,
    pub(super) before: Option<ClockTime>,
}

/// The performances of a stage that start on one day, within a range of times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) stage: String,
    pub(super) date: Date,
    pub(super) starts: Starts,
}

impl Starts {
    fn is_empty(self) -> bool {
        match (self.from, self.before) {
            (Some(from), Some(before)) => from >= before,
            (None, Some(before)) => before == ClockTime::MIDNIGHT,
            _ => false,
        }
    }

    /// The possible start times of a performance of `date` that overlaps `from` to `to`.
    pub(super) fn overlapping(date: Date, from: DateTime, to: DateTime) -> Self {
        Self {
            from: (date < from.date()).then(|| minute(from.time())),
            before: if date == to.date() { minute_at_or_after(to.time()) } else { None },
        }
    }

    /// The start times of a performance of `date` that starts within a range.
    pub(super) fn within(date: Date, range: &Range<DateTime>) -> Self {
        Self {
            from: (date == range.start.date()).then(|| minute(range.start.time())),
            before: if date == range.end.date() { minute_at_or_after(range.end.time()) } else { None },
        }
    }

    /// The condition on the sort key. `BETWEEN` includes its ends, but no key equals one: every
    /// key is longer than a bare time.
    fn condition(self, query: QueryFluentBuilder) -> QueryFluentBuilder {
        let (expression, from, before) = match (self.from, self.before) {
            (None, None) => return query.key_condition_expression("#stage_day = :stage_day"),
            (Some(from), None) => ("#start >= :from", Some(from), None),
            (None, Some(before)) => ("#start < :before", None, Some(before)),
            (Some(from), Some(before)) => ("#start BETWEEN :from AND :before", Some(from), Some(before)),
        };
        let text = |time: ClockTime| AttributeValue::S(time.to_string());
        let mut query = query
            .key_condition_expression(format!("#stage_day = :stage_day AND {expression}"))
            .expression_attribute_names("#start", attribute::START_PERFORMER);
        for (name, time) in [(":from", from), (":before", before)] {
            if let Some(time) = time {
                query = query.expression_attribute_values(name, text(time));
            }
        }
        query
    }
}

/// The possible start days of a performance that overlaps `from` to `to`.
pub(super) fn days(from: DateTime, to: DateTime) -> RangeInclusive<Date> {
    day_before(from.date())..=to.date()
}

/// The day before; for the first day of the calendar, the same.
pub(super) fn day_before(date: Date) -> Date {
    date.yesterday().unwrap_or(date)
}

/// The minute that begins at or before `time`.
fn minute(time: Time) -> ClockTime {
    // Hour and minute of a time of day are always in the range of ClockTime.
    ClockTime::new(time.hour() as u8, time.minute() as u8).unwrap_or(ClockTime::MIDNIGHT)
}

/// The minute that begins at or after `time`; `None` if it is on the next day.
fn minute_at_or_after(time: Time) -> Option<ClockTime> {
    let whole = time.second() == 0 && time.subsec_nanosecond() == 0;
    if whole { Some(minute(time)) } else { minute_after(minute(time)) }
}

/// The minute after; `None` if it is on the next day.
pub(super) fn minute_after(time: ClockTime) -> Option<ClockTime> {
    match time.minute() {
        59 => ClockTime::new(time.hour() + 1, 0),
        minute => ClockTime::new(time.hour(), minute + 1),
    }
}

impl Ask<'_> {
    /// Every performance that overlaps `from` to `to`, in time order.
    pub(super) async fn overlapping(
        &self,
        from: DateTime,
        to: DateTime,
    ) -> Result<Vec<Performance>, QueryError> {
        let days = self.days(Some(days(from, to))).await?;
        let slices = self.fan_out(days, |date| self.slices_of(date, from, to)).await?;
        self.overlapping_slices(slices, from, to).await
    }

    /// Every performance that starts within a range, or every one, in time order.
    pub(super) async fn starting(
        &self,
        range: Option<Range<DateTime>>,
    ) -> Result<Vec<Performance>, QueryError> {
        let days = self.days(range.as_ref().map(|range| range.start.date()..=range.end.date())).await?;
        let range = range.as_ref();
        let slices = self
            .fan_out(days, |date| async move {
                let starts = range.map_or_else(Starts::default, |range| Starts::within(date, range));
                let stages = self.stages_of(date).await?.into_iter();
                Ok(stages.map(|stage| Slice { stage, date, starts }).collect())
            })
            .await?;
        self.slices(slices).await
    }

    /// The slices of a day that may overlap `from` to `to`: one for each stage.
    async fn slices_of(&self, date: Date, from: DateTime, to: DateTime) -> Result<Vec<Slice>, QueryError> {
        let starts = Starts::overlapping(date, from, to);
        let stages = self.stages_of(date).await?.into_iter();
        Ok(stages.map(|stage| Slice { stage, date, starts }).collect())
    }

    /// Every performance on a stage that overlaps `from` to `to`, in time order.
    pub(super) async fn overlapping_on(
        &self,
        stage: String,
        from: DateTime,
        to: DateTime,
    ) -> Result<Vec<Performance>, QueryError> {
        let days = self.days_of(&stage, Some(days(from, to))).await?.into_iter();
        let starts = |date| Starts::overlapping(date, from, to);
        let slices = days.map(|date| Slice { stage: stage.clone(), date, starts: starts(date) }).collect();
        self.overlapping_slices(slices, from, to).await
    }

    /// The performances on a stage at a moment, in time order. The two days are known, so
    /// the calendar is not queried.
    pub(super) async fn on(&self, stage: String, at: DateTime) -> Result<Vec<Performance>, QueryError> {
        let to = at.saturating_add(Span::new().minutes(1));
        let starts = |date| Starts::overlapping(date, at, to);
        let slices = [day_before(at.date()), at.date()].map(|date| Slice {
            stage: stage.clone(),
            date,
            starts: starts(date),
        });
        let found = self.slices(slices.into()).await?;
        Ok(found.into_iter().filter(|performance| performance.is_on(at)).collect())
    }

    async fn overlapping_slices(
        &self,
        slices: Vec<Slice>,
        from: DateTime,
        to: DateTime,
    ) -> Result<Vec<Performance>, QueryError> {
        let found = self.slices(slices).await?;
        Ok(found.into_iter().filter(|performance| performance.overlaps(from, to)).collect())
    }

    /// All performances in the slices, in time order.
    pub(super) async fn slices(&self, mut slices: Vec<Slice>) -> Result<Vec<Performance>, QueryError> {
        slices.retain(|slice| !slice.starts.is_empty());
        let found = self
            .fan_out(slices, |slice| async move { self.performances_of(self.slice(&slice)).await })
            .await?;
        Ok(in_time_order(found))
    }

    /// The query of a slice, which gives its performances by start.
    pub(super) fn slice(&self, slice: &Slice) -> QueryFluentBuilder {
        let query = self
            .performances()
            .index_name(index::BY_STAGE_DAY)
            .expression_attribute_names("#stage_day", attribute::STAGE_DAY)
            .expression_attribute_values(
                ":stage_day",
                AttributeValue::S(stage_day(&slice.stage, slice.date)),
            );
        slice.starts.condition(query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    fn starts(date: &str, from: &str, to: &str) -> (Option<String>, Option<String>) {
        let starts = Starts::overlapping(date.parse().unwrap(), at(from), at(to));
        (starts.from.map(|time| time.to_string()), starts.before.map(|time| time.to_string()))
    }

    #[test]
    fn a_range_reads_of_each_day_only_what_may_overlap_it() {
        let text = |time: &str| Some(time.to_owned());
        let (from, to) = ("2025-07-12T22:30", "2025-07-13T02:00");
        assert_eq!(starts("2025-07-11", from, to), (text("22:30"), None));
        assert_eq!(starts("2025-07-12", from, to), (None, None));
        assert_eq!(starts("2025-07-13", from, to), (None, text("02:00")));
        // Seconds make the slice larger, never smaller.
        assert_eq!(starts("2025-07-13", from, "2025-07-13T02:00:01"), (None, text("02:01")));
        assert_eq!(starts("2025-07-13", from, "2025-07-13T23:59:01"), (None, None));
    }

    #[test]
    fn a_festival_day_is_a_slice_of_its_day_and_one_of_the_next() {
        let range = at("2025-07-12T06:00")..at("2025-07-13T06:00");
        let six = ClockTime::new(6, 0);
        let starts = |day: i8| Starts::within(Date::constant(2025, 7, day), &range);
        assert_eq!(starts(12), Starts { from: six, before: None });
        assert_eq!(starts(13), Starts { from: None, before: six });
        let calendar_day = at("2025-07-12T00:00")..at("2025-07-13T00:00");
        assert!(Starts::within(Date::constant(2025, 7, 13), &calendar_day).is_empty());
    }

    #[test]
    fn a_slice_that_can_hold_nothing_is_not_asked_for() {
        let midnight = Starts { from: None, before: Some(ClockTime::MIDNIGHT) };
        let noon = ClockTime::new(12, 0);
        assert!(midnight.is_empty());
        assert!(Starts { from: noon, before: noon }.is_empty());
        assert!(!Starts::default().is_empty());
    }
}
