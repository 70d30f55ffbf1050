#![allow(clippy::unwrap_used, clippy::expect_used)]
//! The writer against a table that refuses. Time is tokio's paused clock, so no test waits.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use lineup_table::Value;

use super::*;

/// The reaction of the table to a request.
#[derive(Debug, Clone, Copy)]
enum Mood {
    /// Writes the first `n` items and leaves the others.
    Writes(usize),
    /// Refuses all, under this name.
    Refuses(ErrorName),
    /// Writes all, but the answer is lost.
    Mute,
    /// Writes all after this many seconds.
    Slow(u64),
}

/// A table with a planned reaction to each request. After these, it writes everything.
#[derive(Debug, Default)]
struct Table {
    moods: Mutex<Vec<Mood>>,
    items: Mutex<BTreeMap<String, usize>>,
    requests: Mutex<usize>,
}

impl Table {
    fn with(moods: &[Mood]) -> Arc<Self> {
        let moods = Mutex::new(moods.iter().rev().copied().collect());
        Arc::new(Self { moods, ..Self::default() })
    }

    fn store<'p>(&self, puts: impl Iterator<Item = &'p [u8]>) {
        let mut items = self.items.lock().unwrap();
        for put in puts {
            *items.entry(String::from_utf8(put.to_vec()).unwrap()).or_default() += 1;
        }
    }
}

fn refusal(name: ErrorName) -> CallFailure {
    CallFailure { name, status: Some(400), code: None, cause: "refused".into() }
}

impl Transport for Table {
    async fn write(&self, _table: &str, puts: &Puts) -> Result<WriteAnswer, CallFailure> {
        *self.requests.lock().unwrap() += 1;
        let mood = self.moods.lock().unwrap().pop().unwrap_or(Mood::Writes(25));
        match mood {
            Mood::Refuses(name) => Err(refusal(name)),
            Mood::Mute => {
                self.store(puts.iter());
                Err(refusal(ErrorName::Unavailable))
            }
            Mood::Slow(seconds) => {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                self.store(puts.iter());
                Ok(WriteAnswer { unprocessed: Puts::default(), write_units: puts.len() as f64 })
            }
            Mood::Writes(count) => {
                self.store(puts.iter().take(count));
                let unprocessed: Puts = puts.iter().skip(count).collect();
                let write_units = (puts.len() - unprocessed.len()) as f64;
                Ok(WriteAnswer { unprocessed, write_units })
            }
        }
    }
}

fn items(count: u8) -> Puts {
    let mut puts = Puts::default();
    (0..count).for_each(|n| puts.push([("Entry", Value::S("days")), ("Value", Value::N(n))]));
    puts
}

async fn put(moods: &[Mood], seconds: u64) -> (Result<Written, Error>, Arc<Table>) {
    let table = Table::with(moods);
    let writer = Writer::new(Arc::clone(&table), "Performances");
    let stop_at = Instant::now() + Duration::from_secs(seconds);
    (writer.put(items(25), stop_at).await, table)
}

#[tokio::test(start_paused = true)]
async fn unprocessed_items_are_sent_again_and_only_they() {
    let (written, table) = put(&[Mood::Writes(7), Mood::Writes(0), Mood::Writes(10)], 60).await;
    let written = written.unwrap();
    assert!(written.complete);
    assert_eq!((written.write_units, written.throttles), (25.0, 18 + 18 + 8));
    let items = table.items.lock().unwrap();
    assert_eq!((items.len(), items.values().max()), (25, Some(&1)));
}

#[tokio::test(start_paused = true)]
async fn throttled_requests_are_retried_for_as_long_as_there_is_time() {
    let (written, table) = put(&[Mood::Refuses(ErrorName::Throttled); 40], 600).await;
    let written = written.unwrap();
    assert_eq!((written.complete, written.throttles), (true, 40));
    assert_eq!(table.items.lock().unwrap().len(), 25);
}

#[tokio::test(start_paused = true)]
async fn when_the_time_is_up_the_batch_is_incomplete_and_no_error() {
    let (written, table) = put(&[Mood::Refuses(ErrorName::Throttled); 10_000], 10).await;
    let written = written.unwrap();
    assert!(!written.complete && written.throttles > 1);
    assert!(table.items.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn permanent_errors_end_it_at_once_under_their_own_names() {
    for name in [ErrorName::AccessDenied, ErrorName::ResourceNotFound, ErrorName::InvalidRequest] {
        let (written, table) = put(&[Mood::Refuses(name)], 60).await;
        assert_eq!(lineup_contracts::error::Named::name(&written.unwrap_err()), name);
        assert_eq!(*table.requests.lock().unwrap(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_writes_the_same_items_again() {
    let (written, table) = put(&[Mood::Mute], 60).await;
    assert!(written.unwrap().complete);
    let items = table.items.lock().unwrap();
    assert_eq!((items.len(), items.values().min()), (25, Some(&2)));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_stays_unavailable_is_left_to_the_state_machine() {
    let (written, table) = put(&[Mood::Refuses(ErrorName::Unavailable); 100], 600).await;
    assert_eq!(lineup_contracts::error::Named::name(&written.unwrap_err()), ErrorName::Unavailable);
    assert_eq!(*table.requests.lock().unwrap(), 8);
}

/// Otherwise it could be carried out after the next invocation has written a later row of one of its keys.
#[tokio::test(start_paused = true)]
async fn a_request_that_was_sent_is_waited_for_when_the_time_is_up_and_counts_as_written() {
    let (written, table) = put(&[Mood::Slow(15)], 10).await;
    assert_eq!(written.unwrap(), Written { complete: true, write_units: 25.0, throttles: 0 });
    assert_eq!(table.items.lock().unwrap().len(), 25);
}

#[tokio::test(start_paused = true)]
async fn when_the_time_is_up_no_request_is_sent_also_by_those_that_wait_for_a_place() {
    let table = Table::with(&[Mood::Slow(15); 100]);
    let writer = Writer::new(Arc::clone(&table), "Performances");
    let stop_at = Instant::now() + Duration::from_secs(10);
    let mut puts = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let writer = writer.clone();
        puts.spawn(async move { writer.put(items(25), stop_at).await });
    }
    let complete = puts.join_all().await.into_iter().filter(|put| put.as_ref().unwrap().complete).count();
    assert_eq!((complete, *table.requests.lock().unwrap()), (8, 8));
    assert!(!writer.put(items(25), stop_at).await.unwrap().complete);
    assert_eq!(*table.requests.lock().unwrap(), 8);
}
