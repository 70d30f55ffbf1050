//! Questions about a performer, about days and stages, and about a range of time.

use std::ops::Range;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::civil::{Date, DateTime};
use lineup::row::Performance;
use lineup::spelling;
use lineup_table::attribute;

use super::answer::{Answer, Note};
use super::ask::{Ask, Queries};
use super::error::QueryError;
use super::order::in_time_order;

impl Queries {
    /// All performances of a performer, in time order. The name must be exact, except for space around it: an
    /// index of folded names would cost one more write unit for every row.
    ///
    /// # Errors
    /// [`QueryError`], as for all questions.
    pub async fn performer(&self, name: &str) -> Result<Answer<Vec<Performance>>, QueryError> {
        let name = &*spelling::asked(name);
        let ask = Ask::new(self);
        let query = ask
            .performances()
            .key_condition_expression("#performer = :performer")
            .expression_attribute_names("#performer", attribute::PERFORMER)
            .expression_attribute_values(":performer", AttributeValue::S(name.to_owned()));
        let found = in_time_order(ask.performances_of(query).await?);
        let note = found.is_empty().then(|| Note::NoSuchPerformer { asked: name.to_owned() });
        Ok(ask.answer(found, note))
    }

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
            Some(stage) => ask.of_stage(stage, |stage| ask.overlapping_on(stage, from, to)).await?,
            None => (ask.overlapping(from, to).await?, None),
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
