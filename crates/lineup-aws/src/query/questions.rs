//! Questions about days and stages, and about a range of time.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use lineup::row::Performance;

use super::answer::Answer;
use super::ask::{Ask, Queries};
use super::error::QueryError;
use super::stage::Spellings;
use super::stage_day;

impl Queries {
    /// The days that have performances, in order.
    pub async fn days(&self) -> Result<Answer<Vec<Date>>, QueryError> {
        let ask = Ask::new(self);
        let found = ask.days_with_rows().await?;
        Ok(ask.answer(found, None))
    }

    /// The stages that have performances, on one day or at all, sorted by name.
    pub async fn stages(&self, date: Option<Date>) -> Result<Answer<Vec<String>>, QueryError> {
        let ask = Ask::new(self);
        let found = match date {
            Some(date) => ask.stages_with_rows(date).await?,
            None => ask.all_stages_with_rows().await?,
        };
        Ok(ask.answer(found, None))
    }

    /// Every performance of which some part lies between `from` and before
    /// `to`, on one stage or on all, in time order.
    pub async fn between(
        &self,
        from: DateTime,
        to: DateTime,
        stage: Option<&str>,
    ) -> Result<Answer<Vec<Performance>>, QueryError> {
        if from >= to {
            return Err(QueryError::EmptyRange { from: from.to_string(), to: to.to_string() });
        }
        let ask = Ask::new(self);
        let (found, note) = match stage {
            Some(stage) => {
                let spelled = Spellings::of_days(stage_day::days(from, to));
                let of_stage =
                    ask.of_stage(stage, spelled, |stage| ask.overlapping_on(stage, from, to)).await?;
                (of_stage.found, of_stage.note)
            }
            None => (ask.overlapping(from, to).await?, None),
        };
        Ok(ask.answer(found, note))
    }

    /// Every performance that is on at a moment, on one stage or on all, in time order.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn now(
        &self,
        moment: DateTime,
        stage: Option<&str>,
    ) -> Result<Answer<Vec<Performance>>, QueryError> {
        let mut answer = self.between(moment, moment.saturating_add(1.minute()), stage).await?;
        answer.found.retain(|set| set.is_on(moment));
        Ok(answer)
    }

    /// The next performances after a moment: the next start of one stage, however far it is; or, of each stage that has one within 24 hours,
    /// its next start. Where no stage has, that of each stage on the first day after that has any.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn next(
        &self,
        after: DateTime,
        stage: Option<&str>,
    ) -> Result<Answer<Vec<Performance>>, QueryError> {
        let ask = Ask::new(self);
        let (found, note) = match stage {
            Some(stage) => {
                let of_stage = ask.of_stage(stage, Spellings::Any, |stage| ask.next(stage, after)).await?;
                (of_stage.found, of_stage.note)
            }
            None => (ask.next_of_all(after).await?, None),
        };
        Ok(ask.answer(found, note))
    }

    /// Every performance that starts within a range, or every one that there is, on all stages, in time order. A
    /// festival day from 06:00 is such a range: it takes two requests a stage.
    ///
    /// # Errors
    /// [`QueryError`]; [`QueryError::EmptyRange`] if the range is empty.
    pub async fn starting(
        &self,
        range: Option<Range<DateTime>>,
    ) -> Result<Answer<Vec<Performance>>, QueryError> {
        if let Some(range) = range.as_ref().filter(|range| range.is_empty()) {
            let (from, to) = (range.start.to_string(), range.end.to_string());
            return Err(QueryError::EmptyRange { from, to });
        }
        let ask = Ask::new(self);
        let found = ask.starting(range).await?;
        Ok(ask.answer(found, None))
    }
}

impl Ask<'_> {
    /// The next start of each stage.
    async fn next_of_all(&self, after: DateTime) -> Result<Vec<Performance>, QueryError> {
        let begin = whole_minute(after).saturating_add(1.minute());
        let soon = begin..begin.saturating_add(24.hours());
        if soon.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.starting(Some(soon.clone())).await?;
        if !found.is_empty() {
            return Ok(first_of_each_stage(found));
        }
        for day in self.days(Some(soon.end.date()..=Date::MAX)).await? {
            let from = day.at(0, 0, 0, 0).max(soon.end);
            let to = day.tomorrow().map_or(DateTime::MAX, |next| next.at(0, 0, 0, 0));
            let found = self.starting(Some(from..to)).await?;
            if !found.is_empty() {
                return Ok(first_of_each_stage(found));
            }
        }
        Ok(Vec::new())
    }
}

fn whole_minute(moment: DateTime) -> DateTime {
    moment.date().at(moment.hour(), moment.minute(), 0, 0)
}

/// Of performances in time order, those that share the first start of their stage.
fn first_of_each_stage(found: Vec<Performance>) -> Vec<Performance> {
    let mut firsts: BTreeMap<String, DateTime> = BTreeMap::new();
    for set in &found {
        firsts.entry(set.stage.clone()).or_insert_with(|| set.start_moment());
    }
    found.into_iter().filter(|set| firsts.get(&set.stage) == Some(&set.start_moment())).collect()
}
