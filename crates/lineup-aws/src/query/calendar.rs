//! Queries of the calendar: the days and stages that have performances.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::{StreamExt, TryStreamExt, future, stream};
use jiff::civil::Date;
use lineup::date;
use lineup_table::{DAYS, attribute, day_entry, stage_entry};

use super::ask::{Ask, REQUESTS_IN_FLIGHT};
use super::error::QueryError;
use super::stage_day::{Slice, Starts};
use crate::item::Attributes;

/// The entry of a stage in a day.
struct StageEntry {
    stage: String,
    date: Date,
    /// Whether rows of the stage-day were removed, perhaps the last.
    is_marked: bool,
}

impl Ask<'_> {
    /// The days, within a range if one is given, that have performances, in order.
    pub(super) async fn days(&self, range: Option<RangeInclusive<Date>>) -> Result<Vec<Date>, QueryError> {
        self.dates(DAYS.to_owned(), range).await
    }

    /// The days, within a range if one is given, on which a stage has performances, in order.
    pub(super) async fn days_of(
        &self,
        stage: &str,
        range: Option<RangeInclusive<Date>>,
    ) -> Result<Vec<Date>, QueryError> {
        self.dates(stage_entry(stage), range).await
    }

    /// The stages of a day, sorted.
    pub(super) async fn stages_of(&self, date: Date) -> Result<Vec<String>, QueryError> {
        let items = self.pages(self.calendar(&day_entry(date))).await?;
        items.into_iter().map(value).collect()
    }

    /// The same, perhaps without those of the last second, for half the read units: for other spellings of a name that is asked for.
    pub(super) async fn known_stages_of(&self, date: Date) -> Result<Vec<String>, QueryError> {
        let items = self.pages(self.calendar(&day_entry(date)).consistent_read(false)).await?;
        items.into_iter().map(value).collect()
    }

    /// The days that have performances, in order. Where an entry is marked, it is looked up whether it has any.
    pub(super) async fn days_with_rows(&self) -> Result<Vec<Date>, QueryError> {
        let entries = self.pages(self.calendar(DAYS)).await?;
        let mut days = self
            .fan_out(entries, |entry| async move {
                let is_marked = is_marked(&entry);
                let date = date_of(DAYS, value(entry)?)?;
                let has_rows = !is_marked || self.any_has_rows(self.stage_entries(date).await?).await?;
                Ok(has_rows.then_some(date).into_iter().collect())
            })
            .await?;
        days.sort_unstable();
        Ok(days)
    }

    /// The stages of a day that have performances, sorted. Where an entry is marked, it is looked up whether it has any.
    pub(super) async fn stages_with_rows(&self, date: Date) -> Result<Vec<String>, QueryError> {
        let entries = self.stage_entries(date).await?;
        let mut stages = self
            .fan_out(entries, |entry| async move {
                let has_rows = !entry.is_marked || self.has_rows(&entry.stage, date).await?;
                Ok(has_rows.then_some(entry.stage).into_iter().collect())
            })
            .await?;
        stages.sort_unstable();
        Ok(stages)
    }

    /// The stages of all days that have performances, sorted.
    pub(super) async fn all_stages_with_rows(&self) -> Result<Vec<String>, QueryError> {
        let days = self.days(None).await?;
        let mut stages: BTreeMap<String, Vec<StageEntry>> = BTreeMap::new();
        for entry in self.fan_out(days, |date| self.stage_entries(date)).await? {
            stages.entry(entry.stage.clone()).or_default().push(entry);
        }
        let stages = stages.into_iter().collect();
        let mut stages = self
            .fan_out(stages, |(stage, entries)| async move {
                Ok(self.any_has_rows(entries).await?.then_some(stage).into_iter().collect())
            })
            .await?;
        stages.sort_unstable();
        Ok(stages)
    }

    async fn stage_entries(&self, date: Date) -> Result<Vec<StageEntry>, QueryError> {
        let entries = self.pages(self.calendar(&day_entry(date))).await?.into_iter();
        let entries = entries.map(|entry| {
            let is_marked = is_marked(&entry);
            Ok(StageEntry { stage: value(entry)?, date, is_marked })
        });
        entries.collect()
    }

    /// Whether one of these stage-days has a performance. They are asked only if all are marked, and only until one has.
    async fn any_has_rows(&self, entries: Vec<StageEntry>) -> Result<bool, QueryError> {
        if entries.iter().any(|entry| !entry.is_marked) {
            return Ok(true);
        }
        let asked = stream::iter(entries)
            .map(|StageEntry { stage, date, .. }| async move { self.has_rows(&stage, date).await })
            .buffer_unordered(REQUESTS_IN_FLIGHT);
        asked.try_any(future::ready).await
    }

    /// Whether a stage has a performance on a day: one small request.
    pub(super) async fn has_rows(&self, stage: &str, date: Date) -> Result<bool, QueryError> {
        let slice = Slice { stage: stage.to_owned(), date, starts: Starts::default() };
        let page = self.page(self.slice(&slice).limit(1), None).await?;
        Ok(!page.items.is_empty())
    }

    async fn dates(
        &self,
        entry: String,
        range: Option<RangeInclusive<Date>>,
    ) -> Result<Vec<Date>, QueryError> {
        let query = self.calendar(&entry);
        let query = match range {
            Some(range) => within(query, &range),
            None => query,
        };
        let values = self.pages(query).await?.into_iter().map(value);
        values.map(|value| date_of(&entry, value?)).collect()
    }

    fn calendar(&self, entry: &str) -> QueryFluentBuilder {
        self.queries
            .client
            .query()
            .table_name(&self.queries.tables.calendar)
            // Strongly consistent, so that the stage-day of every visible row is found.
            .consistent_read(true)
            .key_condition_expression("#entry = :entry")
            .expression_attribute_names("#entry", attribute::ENTRY)
            .expression_attribute_values(":entry", AttributeValue::S(entry.to_owned()))
    }
}

/// Only the entries with a date within `range`.
fn within(query: QueryFluentBuilder, range: &RangeInclusive<Date>) -> QueryFluentBuilder {
    query
        .key_condition_expression("#entry = :entry AND #value BETWEEN :first AND :last")
        .expression_attribute_names("#value", attribute::VALUE)
        .expression_attribute_values(":first", AttributeValue::S(range.start().to_string()))
        .expression_attribute_values(":last", AttributeValue::S(range.end().to_string()))
}

/// Whether rows of the entry were removed, perhaps the last.
fn is_marked(item: &Attributes) -> bool {
    item.contains_key(attribute::MARKED)
}

fn date_of(entry: &str, value: String) -> Result<Date, QueryError> {
    date::parse(&value).map_err(|_| QueryError::Calendar { entry: entry.to_owned(), value })
}

fn value(mut item: Attributes) -> Result<String, QueryError> {
    let mut text = |name| match item.remove(name) {
        Some(AttributeValue::S(text)) => Some(text),
        _ => None,
    };
    let (entry, value) = (text(attribute::ENTRY), text(attribute::VALUE));
    value.ok_or_else(|| QueryError::Calendar { entry: entry.unwrap_or_default(), value: String::new() })
}
