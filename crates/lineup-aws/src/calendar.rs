//! The calendar entries that rows need, written before the rows.
//!
//! A stage-day has the entries `days`/D, `stage#S`/D and `day#D`/S. The last
//! one is written after the others are, so where it exists all three do, also after
//! a crash between them. So one query a day, of `day#D`, tells which stage-days need writing.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;
use lineup::batch::BATCH_ITEMS;
use lineup::table::attribute::{ENTRY, VALUE};
use lineup::table::{CalendarEntry, Puts, StageDay, Value, day_entry};
use tokio::time::Instant;

use crate::error::{Error, Failure};
use crate::writer::{Transport, Writer, Written};

/// How many days are asked about, or batches of entries written, at a time.
const REQUESTS_IN_FLIGHT: usize = 16;

/// The calendar, as far as one invocation has asked about it or written it.
/// It is not to outlive the invocation: someone may empty the table between two.
#[derive(Debug)]
pub struct Calendar<T> {
    client: Client,
    table: String,
    writer: Writer<T>,
    days: Mutex<Days>,
}

/// The stages of each day that was asked about.
type Days = HashMap<Date, HashSet<String>>;

impl<T: Transport> Calendar<T> {
    /// Asks with `client` and writes with `writer`, both of `table`.
    pub fn new(client: Client, table: &str, writer: Writer<T>) -> Self {
        Self { client, table: table.to_owned(), writer, days: Mutex::default() }
    }

    /// Writes the entries of `stage_days` that do not exist. Until it says that
    /// they are complete, no item that needs them may be written.
    ///
    /// Calls at the same time ask and write each for itself. They may write an entry twice, which changes nothing.
    ///
    /// # Errors
    /// As [`Writer::put`], and those of the queries.
    pub async fn ensure(&self, stage_days: Vec<StageDay>, stop_at: Instant) -> Result<Written, Error> {
        let unknown: BTreeSet<_> = self.unknown(stage_days).into_iter().collect();
        self.ask(&unknown).await?;
        let missing = self.unknown(unknown);
        let (first, last) = entries(&missing, &self.days());
        let mut written = self.put(&first, stop_at).await?;
        if written.complete {
            written.add(self.put(&last, stop_at).await?);
        }
        if written.complete {
            self.learn(missing);
        }
        Ok(written)
    }

    fn unknown(&self, stage_days: impl IntoIterator<Item = StageDay>) -> Vec<StageDay> {
        let days = self.days();
        let known =
            |StageDay { date, stage }: &_| days.get(date).is_some_and(|stages| stages.contains(stage));
        stage_days.into_iter().filter(|stage_day| !known(stage_day)).collect()
    }

    /// A panic while it is held cannot leave it half changed: what stands in it is true.
    fn days(&self) -> MutexGuard<'_, Days> {
        self.days.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queries each day of `stage_days` that was not asked about before.
    async fn ask(&self, stage_days: &BTreeSet<StageDay>) -> Result<(), Error> {
        let new = self.not_asked_about(stage_days);
        let queries = stream::iter(new).map(|date| self.stages(date)).buffer_unordered(REQUESTS_IN_FLIGHT);
        let answers: Vec<_> = queries.try_collect().await?;
        let mut days = self.days();
        // Another may have learnt more of the day meanwhile.
        answers.into_iter().for_each(|(date, stages)| days.entry(date).or_default().extend(stages));
        Ok(())
    }

    fn not_asked_about(&self, stage_days: &BTreeSet<StageDay>) -> Vec<Date> {
        let (dates, days) = (stage_days.iter().map(|stage_day| stage_day.date), self.days());
        let new: BTreeSet<Date> = dates.filter(|date| !days.contains_key(date)).collect();
        new.into_iter().collect()
    }

    async fn stages(&self, date: Date) -> Result<(Date, HashSet<String>), Error> {
        let query = self.client.query().table_name(&self.table).key_condition_expression("#entry = :day");
        let mut items = query
            .expression_attribute_names("#entry", ENTRY)
            .expression_attribute_values(":day", AttributeValue::S(day_entry(date)))
            .into_paginator()
            .items()
            .send();
        let mut stages = HashSet::new();
        while let Some(item) = items.next().await {
            let mut item = item.map_err(|error| Failure::of(error).on("dynamodb:Query", &self.table))?;
            if let Some(AttributeValue::S(stage)) = item.remove(VALUE) {
                stages.insert(stage);
            }
        }
        Ok((date, stages))
    }

    async fn put(&self, entries: &[CalendarEntry], stop_at: Instant) -> Result<Written, Error> {
        let batches: Vec<Puts> = entries.chunks(BATCH_ITEMS).map(puts).collect();
        let writes = stream::iter(batches).map(|batch| self.writer.put(batch, stop_at));
        let mut writes = writes.buffer_unordered(REQUESTS_IN_FLIGHT);
        let mut written = Written { complete: true, ..Written::default() };
        while let Some(batch) = writes.try_next().await? {
            written.add(batch);
        }
        Ok(written)
    }

    fn learn(&self, stage_days: Vec<StageDay>) {
        let mut days = self.days();
        for StageDay { date, stage } in stage_days {
            days.entry(date).or_default().insert(stage);
        }
    }
}

/// The entries to write first and those to write when these are written. A day that has a
/// stage already is in the list of days.
fn entries(missing: &[StageDay], days: &Days) -> (Vec<CalendarEntry>, Vec<CalendarEntry>) {
    let (mut first, mut last) = (BTreeSet::new(), Vec::new());
    for StageDay { date, stage } in missing {
        let [of_day, of_stage, of_days] = CalendarEntry::of(stage, *date);
        if days.get(date).is_none_or(HashSet::is_empty) {
            first.insert(of_days);
        }
        first.insert(of_stage);
        last.push(of_day);
    }
    (first.into_iter().collect(), last)
}

fn puts(entries: &[CalendarEntry]) -> Puts {
    let mut puts = Puts::default();
    for CalendarEntry { entry, value } in entries {
        puts.push([(ENTRY, Value::S(entry)), (VALUE, Value::S(value))]);
    }
    puts
}
