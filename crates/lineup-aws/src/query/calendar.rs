//! Queries of the calendar: the days and stages that have performances.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::civil::Date;
use lineup::date;
use lineup_table::{DAYS, attribute, day_entry, stage_entry};

use super::ask::Ask;
use super::error::QueryError;
use crate::item::Attributes;

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

    /// The stages of all days, sorted.
    pub(super) async fn stages(&self) -> Result<Vec<String>, QueryError> {
        let days = self.days(None).await?;
        let stages = self.fan_out(days, |date| self.stages_of(date)).await?;
        Ok(stages.into_iter().collect::<BTreeSet<_>>().into_iter().collect())
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
        let dates = values.map(|value| {
            let value = value?;
            date::parse(&value).map_err(|_| QueryError::Calendar { entry: entry.clone(), value })
        });
        dates.collect()
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

fn value(mut item: Attributes) -> Result<String, QueryError> {
    let mut text = |name| match item.remove(name) {
        Some(AttributeValue::S(text)) => Some(text),
        _ => None,
    };
    let (entry, value) = (text(attribute::ENTRY), text(attribute::VALUE));
    value.ok_or_else(|| QueryError::Calendar { entry: entry.unwrap_or_default(), value: String::new() })
}
