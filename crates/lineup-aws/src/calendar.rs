//! The calendar entries that rows need, written before the rows.
//!
//! A stage-day has the entries `days`/D, `stage#S`/D and `day#D`/S. The last
//! one is written after the others. If it exists, all three do, even after
//! a crash between the writes. So one query a day, of `day#D`, finds the stage-days to write.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;
use lineup_contracts::error::ErrorName;
use lineup_table::attribute::{ENTRY, MARKED, VALUE};
use lineup_table::batch::BATCH_ITEMS;
use lineup_table::{CalendarEntry, KnownDays, Puts, StageDay, Value, day_entry};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::error::{CallFailure, Error};
use crate::writer::{Transport, Writer, Written};

/// How many days are queried, or batches of entries written, at a time.
const REQUESTS_IN_FLIGHT: usize = 16;

/// The calendar, as far as one invocation has queried or written it.
/// Do not keep it longer: the table may be emptied between two invocations.
#[derive(Debug)]
pub struct Calendar<T> {
    client: Client,
    table: String,
    writer: Writer<T>,
    known: Mutex<KnownDays>,
}

impl<T: Transport> Calendar<T> {
    /// A calendar that queries with `client` and writes with `writer`. Both use `table`.
    pub fn new(client: Client, table: &str, writer: Writer<T>) -> Self {
        Self { client, table: table.to_owned(), writer, known: Mutex::default() }
    }

    /// Writes the entries of `stage_days` that do not exist. No item that needs them
    /// may be written before the result says that they are complete.
    ///
    /// Pass every stage-day once, as [`lineup_table::StageDays`] returns it: this does not remember what it
    /// wrote. Calls may run at the same time. They may write a day twice, which changes nothing.
    ///
    /// # Errors
    /// As [`Writer::put`], and those of the queries. A throttled query waits as a throttled write does.
    pub async fn ensure(&self, stage_days: &[StageDay], stop_at: Instant) -> Result<Written, Error> {
        let mut written = self.ask(stage_days, stop_at).await?;
        let (first, last) = entries(stage_days, &self.known());
        if written.complete {
            written.add(self.put(&first, stop_at).await?);
        }
        if written.complete {
            written.add(self.put(&last, stop_at).await?);
        }
        if written.complete {
            let mut known = self.known();
            stage_days.iter().for_each(|stage_day| known.learn_day(stage_day.date, true));
        }
        Ok(written)
    }

    /// A panic while it is held cannot leave it half changed, so a poisoned lock is used.
    fn known(&self) -> MutexGuard<'_, KnownDays> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queries each day of `stage_days` that was not queried before. The result is not complete if there was no time left.
    async fn ask(&self, stage_days: &[StageDay], stop_at: Instant) -> Result<Written, Error> {
        let new = not_known(stage_days, &self.known());
        let queries = stream::iter(new).map(|date| self.ask_about(date, stop_at));
        let mut queries = queries.buffer_unordered(REQUESTS_IN_FLIGHT);
        let mut asked = Written::NOTHING;
        while let Some(day) = queries.try_next().await? {
            asked.add(day);
        }
        Ok(asked)
    }

    async fn ask_about(&self, date: Date, stop_at: Instant) -> Result<Written, Error> {
        let mut asked = Written::NOTHING;
        let mut retry = 0;
        loop {
            // Only a read: it is not waited for when the time is up.
            let Ok(answer) = timeout_at(stop_at, self.query(date)).await else {
                return Ok(Written { complete: false, ..asked });
            };
            match answer {
                Err(failure) if failure.name == ErrorName::Throttled => asked.throttles += 1,
                answer => {
                    return answer
                        .map(|()| asked)
                        .map_err(|failure| failure.on("dynamodb:Query", &self.table));
                }
            }
            let again_at = Instant::now() + self.writer.backoff().delay(retry, fastrand::f64());
            if again_at >= stop_at {
                return Ok(Written { complete: false, ..asked });
            }
            sleep_until(again_at).await;
            retry = retry.saturating_add(1);
        }
    }

    async fn query(&self, date: Date) -> Result<(), CallFailure> {
        let query = self.client.query().table_name(&self.table).key_condition_expression("#entry = :day");
        let mut items = query
            .expression_attribute_names("#entry", ENTRY)
            .expression_attribute_values(":day", AttributeValue::S(day_entry(date)))
            .into_paginator()
            .items()
            .send();
        let mut has_stages = false;
        while let Some(item) = items.next().await {
            let mut item = item.map_err(CallFailure::of)?;
            // A marked entry counts as absent, so that it is written again, without the mark.
            if item.contains_key(MARKED) {
                continue;
            }
            if let Some(AttributeValue::S(stage)) = item.remove(VALUE) {
                self.known().learn_stage(date, &stage);
                has_stages = true;
            }
        }
        self.known().learn_day(date, has_stages);
        Ok(())
    }

    async fn put(&self, entries: &[CalendarEntry], stop_at: Instant) -> Result<Written, Error> {
        put(&self.writer, entries, false, stop_at).await
    }
}

/// Marks the entries of stage-days of which rows are about to be removed. Mark them before the first row goes: a question
/// that finds no mark relies on the rows.
///
/// A mark takes nothing away. Whoever asks looks whether a marked stage-day has a row, and `load` writes the entry again without
/// the mark. So it does no harm where rows stay, or where another lineup loads rows of the stage-day at that moment.
///
/// # Errors
/// As [`Writer::put`].
pub async fn mark<T: Transport>(
    writer: &Writer<T>,
    stage_days: &[StageDay],
    stop_at: Instant,
) -> Result<Written, Error> {
    let entries: BTreeSet<CalendarEntry> =
        stage_days.iter().flat_map(|day| CalendarEntry::of(&day.stage, day.date)).collect();
    put(writer, &entries.into_iter().collect::<Vec<_>>(), true, stop_at).await
}

async fn put<T: Transport>(
    writer: &Writer<T>,
    entries: &[CalendarEntry],
    marked: bool,
    stop_at: Instant,
) -> Result<Written, Error> {
    let batches: Vec<Puts> = entries.chunks(BATCH_ITEMS).map(|entries| puts(entries, marked)).collect();
    let writes = stream::iter(batches).map(|batch| writer.put(batch, stop_at));
    let mut writes = writes.buffer_unordered(REQUESTS_IN_FLIGHT);
    let mut written = Written::NOTHING;
    while let Some(batch) = writes.try_next().await? {
        written.add(batch);
    }
    Ok(written)
}

fn not_known(stage_days: &[StageDay], known: &KnownDays) -> BTreeSet<Date> {
    stage_days.iter().map(|stage_day| stage_day.date).filter(|date| !known.knows_day(*date)).collect()
}

/// The entries to write first, and those to write after them. A day that has a
/// stage is in the list of days already.
fn entries(stage_days: &[StageDay], known: &KnownDays) -> (Vec<CalendarEntry>, Vec<CalendarEntry>) {
    let (mut first, mut last) = (BTreeSet::new(), BTreeSet::new());
    for StageDay { date, stage } in stage_days.iter().filter(|stage_day| !known.knows(stage_day)) {
        let [of_day, of_stage, of_days] = CalendarEntry::of(stage, *date);
        if !known.has_stages(*date) {
            first.insert(of_days);
        }
        first.insert(of_stage);
        last.insert(of_day);
    }
    (first.into_iter().collect(), last.into_iter().collect())
}

fn puts(entries: &[CalendarEntry], marked: bool) -> Puts {
    let mark = marked.then_some((MARKED, Value::S("rows were removed")));
    let mut puts = Puts::default();
    for CalendarEntry { entry, value } in entries {
        puts.push([(ENTRY, Value::S(entry)), (VALUE, Value::S(value))].into_iter().chain(mark));
    }
    puts
}
