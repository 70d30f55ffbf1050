//! The chunks of an import, for pages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use aws_sdk_s3::primitives::DateTime;
use delimited::Chunk;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use lineup_aws::error::CallFailure;
use lineup_aws::object_store::uri;
use lineup_contracts::ChunkResult;
use lineup_contracts::layout::Layout;
use lineup_web::{ChunkFacts, ChunkStates, ChunkTime};
use uuid::Uuid;

use super::chunk_log::ChunkHistory;
use super::{chunk_log, executions, function_log};
use crate::catalog::Catalog;
use crate::exit::CommandError;
use crate::target::Target;

/// The most results that are read for the pictures of an import: of more chunks, every second or third is.
const MOST_TIMES: usize = 1_000;
/// The most results that are read in one look at an import that goes on. The page looks again, and reads others then; once
/// the import has ended, all are read.
const READS_OF_A_LOOK: usize = 12;
/// How many results are read at a time.
const READS_IN_FLIGHT: usize = 32;

/// The times of the chunks that were read last, of one import, with when their results were written: a page that looks
/// again reads the new ones alone.
#[derive(Default)]
pub(super) struct KnownTimes(Mutex<(Uuid, BTreeMap<u32, ChunkTime>)>);

impl KnownTimes {
    /// Those that were written at these times.
    fn of(&self, import_id: Uuid, wanted: &BTreeMap<u32, Timestamp>) -> BTreeMap<u32, ChunkTime> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |time: &&ChunkTime| wanted.get(&time.chunk) == Some(&time.ended);
        let own = known.1.values().filter(|_| known.0 == import_id).filter(is_same);
        own.map(|time| (time.chunk, *time)).collect()
    }

    fn keep(&self, import_id: Uuid, times: &BTreeMap<u32, ChunkTime>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (import_id, times.clone());
    }
}

/// Which chunks are loaded, from one listing, and how long they took.
pub(super) async fn states(
    target: &Target,
    known: &KnownTimes,
    import_id: Uuid,
    goes_on: bool,
) -> anyhow::Result<ChunkStates> {
    let catalog = Catalog::new(target);
    let manifest = catalog.imports.manifest(import_id).await?;
    let Some(manifest) = manifest.filter(|manifest| manifest.dry_run.is_none()) else {
        return Ok(ChunkStates::default());
    };
    let summary = catalog.imports.summary(import_id).await?;
    let written = results(target, import_id).await?;
    let loaded: BTreeSet<u32> = written.keys().copied().collect();
    let mut failed = summary.map(|summary| summary.failed_chunks).unwrap_or_default();
    failed.retain(|chunk| !loaded.contains(&chunk.chunk));
    let times = times(&catalog, known, import_id, sample(written), goes_on).await?;
    Ok(ChunkStates { total: manifest.chunks, loaded, failed, times })
}

/// When the result of each loaded chunk was written.
async fn results(target: &Target, import_id: Uuid) -> anyhow::Result<BTreeMap<u32, Timestamp>> {
    let (bucket, layout) = (&target.imports_bucket, Layout(import_id));
    let mut pages =
        target.s3.list_objects_v2().bucket(bucket).prefix(layout.results()).into_paginator().send();
    let mut written = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page =
            page.map_err(|error| CallFailure::of(error).on("s3:ListBucket", uri(bucket, &layout.results())))?;
        written.extend(page.contents().iter().filter_map(|object| {
            Some((layout.chunk_of_result(object.key()?)?, timestamp(object.last_modified()?)))
        }));
    }
    Ok(written)
}

fn timestamp(at: &DateTime) -> Timestamp {
    Timestamp::from_millisecond(at.to_millis().unwrap_or_default()).unwrap_or_default()
}

/// At most [`MOST_TIMES`] of them, the same ones in each look as long as there are not many more.
fn sample(written: BTreeMap<u32, Timestamp>) -> BTreeMap<u32, Timestamp> {
    let step = u32::try_from(written.len().div_ceil(MOST_TIMES)).unwrap_or(u32::MAX).max(1);
    written.into_iter().filter(|(chunk, _)| chunk % step == 0 || step == 1).collect()
}

async fn times(
    catalog: &Catalog<'_>,
    known: &KnownTimes,
    import_id: Uuid,
    wanted: BTreeMap<u32, Timestamp>,
    goes_on: bool,
) -> anyhow::Result<Vec<ChunkTime>> {
    let mut times = known.of(import_id, &wanted);
    let missing: Vec<(u32, Timestamp)> =
        wanted.into_iter().filter(|(chunk, _)| !times.contains_key(chunk)).collect();
    let missing = if goes_on { spread(missing, READS_OF_A_LOOK) } else { missing };
    let read = |(chunk, ended)| async move {
        let result = catalog.imports.result(import_id, chunk).await?;
        Ok::<_, lineup_aws::Error>(result.map(|result| time(&result, ended)))
    };
    let read: Vec<Option<ChunkTime>> =
        stream::iter(missing).map(read).buffer_unordered(READS_IN_FLIGHT).try_collect().await?;
    times.extend(read.into_iter().flatten().map(|time| (time.chunk, time)));
    known.keep(import_id, &times);
    Ok(times.into_values().collect())
}

/// At most so many, evenly from all.
fn spread<T>(all: Vec<T>, most: usize) -> Vec<T> {
    let step = all.len().div_ceil(most).max(1);
    all.into_iter().step_by(step).collect()
}

fn time(result: &ChunkResult, ended: Timestamp) -> ChunkTime {
    ChunkTime {
        chunk: result.chunk.chunk,
        ended,
        milliseconds: result.milliseconds,
        rows: result.rows.read,
        throttles: result.throttles,
    }
}

/// One chunk: what it has, what it took, what happened to it, and what the function wrote.
pub(super) async fn one(
    target: &Target,
    import_id: Uuid,
    number: u32,
    execution: Option<&str>,
) -> anyhow::Result<ChunkFacts> {
    let imports = Catalog::new(target).imports;
    let chunks = match imports.manifest(import_id).await? {
        Some(_) => imports.chunks(import_id).await?,
        None => Vec::new(),
    };
    let Some(chunk) = chunks.iter().find(|chunk| chunk.chunk == number) else {
        let text = format!("there is no chunk {number}; the import has {}", chunks.len());
        return Err(CommandError::NothingFound(text).into());
    };
    let history = chunk_log::of(target, &imports, import_id, number, execution).await?;
    let output = function_log::about(&target.logs, import_id, number, history.began()).await?;
    let ChunkHistory { events: log, goes_on: is_loading } = history;
    let common = ChunkFacts { log, is_loading, output, ..ChunkFacts::default() };
    if is_loading {
        return Ok(ChunkFacts { state: "LOADING".to_owned(), facts: range(chunk), ..common });
    }
    if let Some(result) = imports.result(import_id, number).await? {
        return Ok(ChunkFacts { state: "LOADED".to_owned(), facts: loaded(&result), ..common });
    }
    let summary = imports.summary(import_id).await?;
    let failed =
        summary.and_then(|summary| summary.failed_chunks.into_iter().find(|failed| failed.chunk == number));
    let state = if failed.is_some() { "FAILED" } else { "NOT LOADED" };
    let error = failed.map(|failed| format!("{}: {}", failed.error, failed.cause));
    Ok(ChunkFacts { state: state.to_owned(), facts: range(chunk), error, ..common })
}

fn fact(name: &str, value: impl ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}

fn range(chunk: &Chunk) -> Vec<(String, String)> {
    vec![
        fact("Bytes", format!("{}–{}", chunk.start, chunk.end.saturating_sub(1))),
        fact("First line", chunk.first_line),
    ]
}

fn loaded(result: &ChunkResult) -> Vec<(String, String)> {
    let rows = &result.rows;
    let rate = rows.read as f64 * 1000.0 / result.milliseconds.max(1) as f64;
    let mut facts = range(&result.chunk);
    facts.extend([
        fact("Read", rows.read),
        fact("Written", rows.written),
        fact("Rejected", rows.rejected),
        fact("Repeated by a later row", rows.replaced),
        fact("Time", format!("{} ms", result.milliseconds)),
        fact("Rows a second", format!("{rate:.0}")),
        fact("Invocations", result.invocations),
        fact("Write units", result.write_units),
        fact("Throttled", result.throttles),
        fact("Loaded by", executions::name(&result.execution_arn)),
    ]);
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_chunks_some_are_read() {
        let written = |count: u32| (1..=count).map(|chunk| (chunk, Timestamp::UNIX_EPOCH)).collect();
        assert_eq!(sample(written(1_000)).len(), 1_000);
        assert_eq!(sample(written(1_001)).keys().take(3).copied().collect::<Vec<_>>(), [2, 4, 6]);
        assert!(sample(written(1_000_000)).len() <= MOST_TIMES);
    }

    #[test]
    fn one_look_at_an_import_that_goes_on_reads_few_results_of_all_its_time() {
        let read = spread((0..100).collect(), READS_OF_A_LOOK);
        assert!(read.len() <= READS_OF_A_LOOK && read[0] == 0 && read[read.len() - 1] > 80, "{read:?}");
        assert_eq!(spread(vec![1, 2, 3], READS_OF_A_LOOK), [1, 2, 3]);
        assert!(spread(Vec::<u32>::new(), READS_OF_A_LOOK).is_empty());
    }

    #[test]
    fn a_chunk_that_was_loaded_again_is_read_again() {
        let known = KnownTimes::default();
        let time = |ended| ChunkTime { chunk: 1, ended, milliseconds: 5, rows: 1, throttles: 0 };
        let first = Timestamp::UNIX_EPOCH;
        known.keep(Uuid::nil(), &[(1, time(first))].into());
        let of = |import, at| known.of(import, &[(1, at)].into()).len();
        assert_eq!(of(Uuid::nil(), first), 1);
        assert_eq!(of(Uuid::nil(), Timestamp::MAX), 0);
        assert_eq!(of(Uuid::max(), first), 0);
    }
}
