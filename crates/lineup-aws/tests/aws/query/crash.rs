//! If a load stops between any two writes, questions still find every written row.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use jiff::civil::DateTime;
use lineup_aws::calendar::Calendar;
use lineup_aws::error::CallFailure;
use lineup_aws::query::Programme;
use lineup_aws::schema::Tables;
use lineup_aws::writer::{DynamoDbTransport, Transport, WriteAnswer, Writer};
use lineup_contracts::error::ErrorName;
use lineup_table::{Item, Puts, StageDays};
use proptest::prelude::*;
use tokio::time::Instant;

use super::RUNTIME;
use super::lineups::{self, filtered};
use super::server::Server;

/// Writes one item after another, up to a number of writes. Later writes fail.
struct Crashing {
    client: Client,
    writes_left: Arc<AtomicI64>,
}

impl Transport for Crashing {
    async fn write(&self, table: &str, puts: &Puts) -> Result<WriteAnswer, CallFailure> {
        for put in puts.iter() {
            if self.writes_left.fetch_sub(1, Ordering::Relaxed) <= 0 {
                let (name, cause) = (ErrorName::InvalidRequest, "the process was killed".into());
                return Err(CallFailure { name, status: None, code: None, cause });
            }
            DynamoDbTransport(self.client.clone()).write(table, &Puts::from_iter([put])).await?;
        }
        Ok(WriteAnswer::default())
    }
}

/// Loads rows as `load` does: a batch's calendar entries, then the batch. Stops at the crash.
async fn load(server: &Server, tables: &Tables, items: &[Item], writes_left: &Arc<AtomicI64>) {
    let transport = || {
        let client = server.client.clone();
        Arc::new(Crashing { client, writes_left: Arc::clone(writes_left) })
    };
    let writer = Writer::new(transport(), &tables.performances);
    let calendar = Writer::new(transport(), &tables.calendar);
    let calendar = Calendar::new(server.client.clone(), &tables.calendar, calendar);
    let stop_at = Instant::now() + Duration::from_secs(60);
    let mut stage_days = StageDays::default();
    for batch in items.chunks(5) {
        let mut puts = Puts::default();
        for item in batch {
            stage_days.add(item);
            puts.push(item.attributes());
        }
        let new = stage_days.take_new();
        if calendar.ensure(&new, stop_at).await.is_err() || writer.put(puts, stop_at).await.is_err() {
            return;
        }
    }
}

/// The rows of the table, by the only query that needs no calendar.
async fn written(server: &Server, tables: &Tables, items: &[Item]) -> Vec<Item> {
    let mut written = Vec::new();
    let performers: BTreeSet<&str> = items.iter().map(|item| item.key().0).collect();
    for performer in performers {
        written.extend(server.queries(tables).performer(performer).await.unwrap().found);
    }
    written.into_iter().map(|row| Item::new(row).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_row_is_missed_after_a_crash_between_any_two_writes_of_two_chunks(
        one in lineups::rows(), other in lineups::rows(), writes in 0i64..100,
    ) {
        RUNTIME.block_on(async {
            let server = Server::start().await;
            let tables = server.tables().await;
            let (one, other) = (lineups::items(&one), lineups::items(&other));
            let left = Arc::new(AtomicI64::new(writes));
            tokio::join!(load(&server, &tables, &one, &left), load(&server, &tables, &other, &left));

            let all: Vec<Item> = one.into_iter().chain(other).collect();
            let written = written(&server, &tables, &all).await;
            let queries = server.queries(&tables);
            let (from, to): (DateTime, DateTime) =
                ("2025-07-01T00:00".parse().unwrap(), "2025-09-01T00:00".parse().unwrap());
            let everything = queries.between(from, to, None).await.unwrap();
            prop_assert_eq!(&everything.found, &filtered(&written, |_| true));
            let stages: BTreeSet<String> = everything.found.into_iter().map(|row| row.stage).collect();
            let known = queries.stages(None).await.unwrap().found;
            for stage in stages {
                prop_assert!(known.contains(&stage));
                let programme = queries.stage(&stage, Programme::default()).await.unwrap();
                prop_assert_eq!(&programme.found, &filtered(&written, |row| row.stage == stage));
            }
            Ok(())
        })?;
    }
}
