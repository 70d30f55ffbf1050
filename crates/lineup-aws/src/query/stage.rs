//! Questions about one stage, and finding a stage whose name is written differently.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

use futures::try_join;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use lineup::asked::{AskedName, closest};
use lineup::clock_time::ClockTime;
use lineup::row::{self, Performance};
use lineup::spelling;
use lineup_versions::NameKind;

use super::answer::{Answer, Note};
use super::ask::{Ask, Queries};
use super::error::QueryError;
use super::order::in_time_order;
use super::stage_day::{self, Slice, Starts, minute_after};
use crate::item;

/// Which part of a stage's programme is asked for: performances by the day
/// and the time at which they start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Programme {
    /// Only this day; every day if `None`.
    pub date: Option<Date>,
    /// Those that start at this time of the day or after it.
    pub from: Option<ClockTime>,
    /// Those that start before this time of the day. If it is before `from`, it is a time
    /// of the next day. `00:00` is the end of the day.
    pub to: Option<ClockTime>,
}

/// Who plays on a stage at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageMoment {
    /// The performances at that moment: none, one, or several if sets overlap.
    pub on: Vec<Performance>,
    /// All performances that share the next start, if `next` was asked for.
    pub next: Vec<Performance>,
}

/// How many performances to read at a time to find the next start: enough for
/// most equal starts, and far less than 4 KB of usual items.
const NEXT_PAGE: i32 = 8;

impl Queries {
    /// A stage's programme in time order.
    ///
    /// # Errors
    /// [`QueryError`]; [`QueryError::EmptyRange`] if `from` and `to` are equal.
    pub async fn stage(
        &self,
        stage: &str,
        programme: Programme,
    ) -> Result<Answer<Vec<Performance>>, QueryError> {
        programme.check()?;
        let ask = Ask::new(self);
        let spelled = programme.days(self.day_starts).map_or(Spellings::Any, Spellings::of_days);
        let OfStage { found, note, .. } =
            ask.of_stage(stage, spelled, |stage| ask.programme(stage, programme)).await?;
        Ok(ask.answer(found, note))
    }

    /// Who plays on a stage at a moment, and with `next` who plays after it.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn at(
        &self,
        stage: &str,
        moment: DateTime,
        next: bool,
    ) -> Result<Answer<StageMoment>, QueryError> {
        let ask = Ask::new(self);
        // Who is next may play on any later day, on a stage of another spelling too.
        let spelled = match next {
            true => Spellings::Any,
            false => Spellings::of_days(stage_day::days(moment, moment)),
        };
        let OfStage { found: on, names, note } =
            ask.of_stage(stage, spelled, |stage| ask.on(stage, moment)).await?;
        let next = if next { ask.next_on(names, moment).await? } else { Vec::new() };
        Ok(ask.answer(StageMoment { on, next }, note))
    }
}

/// Where other spellings of a stage's name are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spellings {
    /// In the calendar of the days that the question is about: a request a day, however many lineups there are.
    OfDays(RangeInclusive<Date>),
    /// In the lists of the names of all lineups: a request or two a lineup.
    Any,
}

/// Up to how many days the calendar is asked for spellings.
const CALENDAR_DAYS: i32 = 14;

impl Spellings {
    /// Those of a question about these days.
    pub(super) fn of_days(days: RangeInclusive<Date>) -> Self {
        let is_short = days.end().since(*days.start()).is_ok_and(|span| span.get_days() < CALENDAR_DAYS);
        if is_short { Self::OfDays(days) } else { Self::Any }
    }
}

/// What is found on a stage.
pub(super) struct OfStage {
    pub(super) found: Vec<Performance>,
    /// The stages that were queried; none if there is none of the name.
    pub(super) names: Vec<String>,
    pub(super) note: Option<Note>,
}

/// How many names are suggested.
pub(super) const SUGGESTIONS: usize = 3;

fn dates(days: RangeInclusive<Date>) -> Vec<Date> {
    days.start().series(1.day()).take_while(|date| date <= days.end()).collect()
}

fn differ_in_case_alone(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

impl Programme {
    fn check(self) -> Result<(), QueryError> {
        match (self.from, self.before()) {
            (Some(from), Some(to)) if from == to => {
                Err(QueryError::EmptyRange { from: from.to_string(), to: to.to_string() })
            }
            _ => Ok(()),
        }
    }

    /// The calendar days on which the sets that are asked for start; `None` if that may be any day.
    fn days(self, day_starts: ClockTime) -> Option<RangeInclusive<Date>> {
        let date = self.date?;
        if day_starts != ClockTime::MIDNIGHT {
            let range = self.of_festival_day(date, day_starts);
            return Some(range.start.date()..=range.end.date());
        }
        let goes_on = matches!((self.from, self.before()), (Some(from), Some(to)) if to < from);
        Some(date..=if goes_on { date.tomorrow().unwrap_or(date) } else { date })
    }

    /// From when until when sets start that are asked for, of a festival day. A time before `day_starts` is one of the night.
    fn of_festival_day(self, date: Date, day_starts: ClockTime) -> Range<DateTime> {
        let tomorrow = date.tomorrow().unwrap_or(date);
        let on = |time: ClockTime| row::moment(if time < day_starts { tomorrow } else { date }, time);
        let start = self.from.map_or(row::moment(date, day_starts), on);
        let end = self.to.filter(|to| *to != day_starts).map_or(row::moment(tomorrow, day_starts), on);
        // As on a calendar day, an end before the beginning is one of the next day.
        if end > start { start..end } else { start..end.saturating_add(1.day()) }
    }

    /// Nothing starts after the end of the day.
    fn before(self) -> Option<ClockTime> {
        self.to.filter(|to| *to != ClockTime::MIDNIGHT)
    }

    /// The slices of a programme, of a stage that has performances on `days`.
    fn slices(self, stage: &str, days: &[Date]) -> Vec<Slice> {
        let slice =
            |date, from, before| Slice { stage: stage.to_owned(), date, starts: Starts { from, before } };
        match (self.from, self.before()) {
            (Some(from), Some(to)) if to < from => {
                let evenings = days.iter().map(|date| slice(*date, Some(from), None));
                let mornings =
                    days.iter().filter_map(|date| Some(slice(self.morning(*date)?, None, Some(to))));
                evenings.chain(mornings).collect()
            }
            (from, to) => days.iter().map(|date| slice(*date, from, to)).collect(),
        }
    }

    /// The days of the part after midnight: the day after the one that was asked
    /// for, or every day if none was.
    fn morning(self, date: Date) -> Option<Date> {
        if self.date.is_some() { date.tomorrow().ok() } else { Some(date) }
    }
}

impl Ask<'_> {
    async fn programme(&self, stage: String, programme: Programme) -> Result<Vec<Performance>, QueryError> {
        let day_starts = self.queries.day_starts;
        if let Some(date) = programme.date.filter(|_| day_starts != ClockTime::MIDNIGHT) {
            let range = programme.of_festival_day(date, day_starts);
            let days = [range.start.date(), range.end.date()];
            let days = days.into_iter().collect::<BTreeSet<_>>().into_iter();
            let slice = |date| Slice { stage: stage.clone(), date, starts: Starts::within(date, &range) };
            return self.slices(days.map(slice).collect()).await;
        }
        let days = match programme.date {
            Some(date) => vec![date],
            None => self.days_of(&stage, None).await?,
        };
        self.slices(programme.slices(&stage, &days)).await
    }

    /// Queries the stage `asked`, and with it those whose names differ in case alone. If nothing has the name, queries the stages
    /// whose names differ only in case, accents, punctuation or spaces.
    pub(super) async fn of_stage<P: Future<Output = Result<Vec<Performance>, QueryError>>>(
        &self,
        asked: &str,
        spelled: Spellings,
        question: impl Fn(String) -> P,
    ) -> Result<OfStage, QueryError> {
        let asked = spelling::asked(asked).into_owned();
        let (found, equal) = try_join!(question(asked.clone()), self.equal_stages(&asked, spelled))?;
        let is_there =
            !found.is_empty() || equal.contains(&asked) || !self.days_of(&asked, None).await?.is_empty();
        if is_there {
            let others = equal.iter().filter(|name| **name != asked && differ_in_case_alone(name, &asked));
            let others: Vec<String> = others.cloned().collect();
            return self.with_others(asked, found, others, question).await;
        }
        let stages = self.all_stages_with_rows().await?;
        let name = AskedName::new(&asked);
        let names: Vec<String> = stages.iter().filter(|stage| name.equals(stage)).cloned().collect();
        if names.is_empty() {
            let closest = closest(&name, stages.iter().map(String::as_str), SUGGESTIONS);
            let closest = closest.into_iter().map(str::to_owned).collect();
            let note = Some(Note::NoSuchStage { asked, closest });
            return Ok(OfStage { found, names, note });
        }
        let found = in_time_order(self.fan_out(names.clone(), question).await?);
        let note = Some(Note::ReadAs { kind: NameKind::Stage, asked, names: names.clone() });
        Ok(OfStage { found, names, note })
    }

    /// Adds what stages have whose names differ from `asked` in case alone.
    async fn with_others<P: Future<Output = Result<Vec<Performance>, QueryError>>>(
        &self,
        asked: String,
        mut found: Vec<Performance>,
        others: Vec<String>,
        question: impl Fn(String) -> P,
    ) -> Result<OfStage, QueryError> {
        let more = self.fan_out(others.clone(), question).await?;
        if more.is_empty() {
            let names = std::iter::once(asked).chain(others).collect();
            return Ok(OfStage { found, names, note: None });
        }
        found.extend(more);
        let mut names: Vec<String> = std::iter::once(asked).chain(others).collect();
        names.sort_unstable();
        let note = Some(Note::Together { stages: names.clone() });
        Ok(OfStage { found: in_time_order(found), names, note })
    }

    /// The stages that are equal to `asked` but for case and accents, sorted.
    async fn equal_stages(&self, asked: &str, spelled: Spellings) -> Result<Vec<String>, QueryError> {
        if let Spellings::OfDays(days) = spelled {
            let name = AskedName::new(asked);
            let stages = self.fan_out(dates(days), |date| self.known_stages_of(date)).await?;
            let equal: BTreeSet<String> = stages.into_iter().filter(|stage| name.equals(stage)).collect();
            return Ok(equal.into_iter().collect());
        }
        let Some(names) = self.names().await? else { return Ok(Vec::new()) };
        let equal = names.equal(NameKind::Stage, asked).await?;
        Ok(equal.into_iter().collect())
    }

    /// All performances with the first start after `moment`, on any of these stages.
    async fn next_on(&self, stages: Vec<String>, moment: DateTime) -> Result<Vec<Performance>, QueryError> {
        let found = in_time_order(self.fan_out(stages, |stage| self.next(stage, moment)).await?);
        let first = found.first().map(Performance::start_moment);
        Ok(found.into_iter().filter(|set| Some(set.start_moment()) == first).collect())
    }

    /// All performances with the first start after `moment`.
    pub(super) async fn next(&self, stage: String, moment: DateTime) -> Result<Vec<Performance>, QueryError> {
        let time = ClockTime::new(moment.hour() as u8, moment.minute() as u8).and_then(minute_after);
        if let Some(from) = time {
            let starts = Starts { from: Some(from), before: None };
            let today = self.first(&Slice { stage: stage.clone(), date: moment.date(), starts }).await?;
            if !today.is_empty() {
                return Ok(today);
            }
        }
        let Ok(tomorrow) = moment.date().tomorrow() else { return Ok(Vec::new()) };
        // Of a day whose rows were removed nothing is found: the next one counts.
        for date in self.days_of(&stage, Some(tomorrow..=Date::MAX)).await? {
            let slice = Slice { stage: stage.clone(), date, starts: Starts::default() };
            let found = self.first(&slice).await?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    /// The performances of a slice that share its first start.
    async fn first(&self, slice: &Slice) -> Result<Vec<Performance>, QueryError> {
        let mut found: Vec<Performance> = Vec::new();
        let mut start = None;
        loop {
            let page = self.page(self.slice(slice).limit(NEXT_PAGE), start).await?;
            for item in &page.items {
                found.push(item::performance(item)?);
            }
            let ended = found.first().map(|first| first.start) != found.last().map(|last| last.start);
            start = page.next;
            if ended || start.is_none() {
                break;
            }
        }
        let first = found.first().map(|first| first.start);
        found.retain(|performance| Some(performance.start) == first);
        Ok(in_time_order(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programme_past_midnight_goes_on_the_next_morning() {
        let day = Date::constant(2025, 7, 12);
        let (from, to) = (ClockTime::new(20, 0), ClockTime::new(2, 0));
        let of = |programme: Programme| {
            let slices = programme.slices("Main", &[day]);
            slices
                .into_iter()
                .map(|slice| (slice.date.day(), slice.starts.from, slice.starts.before))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(Programme { date: Some(day), from, to }), [(12, from, None), (13, None, to)]);
        assert_eq!(of(Programme { date: None, from, to }), [(12, from, None), (12, None, to)]);
        assert_eq!(of(Programme { date: Some(day), from: to, to: from }), [(12, to, from)]);
    }

    #[test]
    fn a_programme_of_a_festival_day_goes_on_until_the_next_one_starts() {
        let day = Date::constant(2025, 7, 12);
        let time = |hour| ClockTime::new(hour, 0);
        let cases = [
            (None, None, "2025-07-12T06:00:00", "2025-07-13T06:00:00"),
            (time(20), None, "2025-07-12T20:00:00", "2025-07-13T06:00:00"),
            (None, time(20), "2025-07-12T06:00:00", "2025-07-12T20:00:00"),
            (time(20), time(2), "2025-07-12T20:00:00", "2025-07-13T02:00:00"),
            (time(1), time(3), "2025-07-13T01:00:00", "2025-07-13T03:00:00"),
            (None, Some(ClockTime::MIDNIGHT), "2025-07-12T06:00:00", "2025-07-13T00:00:00"),
            (time(6), time(6), "2025-07-12T06:00:00", "2025-07-13T06:00:00"),
            (time(20), time(10), "2025-07-12T20:00:00", "2025-07-13T10:00:00"),
        ];
        for (from, to, start, end) in cases {
            let range =
                Programme { date: Some(day), from, to }.of_festival_day(day, "06:00".parse().unwrap());
            assert_eq!((range.start.to_string(), range.end.to_string()), (start.to_owned(), end.to_owned()));
        }
    }

    /// A regression: `--to 24:00` was read as before 00:00, and found nothing.
    #[test]
    fn midnight_is_the_end_of_the_day() {
        let day = Date::constant(2025, 7, 12);
        let midnight = Some(ClockTime::MIDNIGHT);
        for from in [None, midnight, ClockTime::new(20, 0)] {
            let programme = Programme { date: Some(day), from, to: midnight };
            assert!(programme.check().is_ok());
            let starts: Vec<Starts> =
                programme.slices("Main", &[day]).iter().map(|slice| slice.starts).collect();
            assert_eq!(starts, [Starts { from, before: None }]);
        }
    }
}
