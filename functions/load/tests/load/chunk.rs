//! `load` against S3 and DynamoDB on loopback.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use delimited::Chunk;
use jiff::Timestamp;
use lineup::reject::{RejectedRow, read_rejects};
use lineup_aws::client;
use lineup_aws::imports::Imports;
use lineup_aws::objects::Objects;
use lineup_aws::writer::Backoff;
use lineup_contracts::error::{ErrorName, Named};
use lineup_contracts::layout::Layout;
use lineup_contracts::{ChunkResult, LoadInput, LoadOutput, LoadProgress, RowCounts};
use lineup_testing::import::{EXECUTION, IMPORT_ID, IMPORTS, put_skips, put_source, put_split};
use lineup_testing::{Aws, CALENDAR, Fault, Gate, PERFORMANCES};
use load::{Error, LoadContext, handle};

/// Retries wait this short a time, so that tests with a refusing table end soon.
const SHORT: Backoff = Backoff { base: Duration::from_millis(1), cap: Duration::from_millis(20) };

/// 400 rows. Every seventh is rejected; every fifth repeats the key of the row ten rows before.
fn rows() -> Vec<String> {
    let row = |n: usize| match n {
        n if n % 7 == 0 => format!("Nobody {n},Main Stage,late,21:00,2025-07-12,\n"),
        n if n % 5 == 0 && n >= 20 => {
            format!("Performer {},Stage {},20:00,21:00,2025-07-12,later\n", n - 9, (n - 9) % 4)
        }
        n => format!("Performer {n},Stage {},20:00,21:00,2025-07-12,\n", n % 4),
    };
    (0..400).map(row).collect()
}

struct Loading {
    aws: Aws,
    context: LoadContext,
    input: LoadInput,
}

async fn loading(rows: &[String]) -> Loading {
    let aws = Aws::start().await;
    let header = "Performer,Stage,Start,End,Date,Note\n";
    let file = format!("{header}{}", rows.concat());
    let (start, end) = (header.len() as u64, file.len() as u64);
    let source = put_source(&aws.s3, file.into_bytes());
    let chunk = Chunk { chunk: 1, start, end, first_line: 2 };
    put_split(&aws.s3, source.clone(), header, &[chunk]);
    let config = client::config_at(&aws.endpoint).await;
    let imports = Imports::new(Objects::new(client::s3(&config)), IMPORTS);
    let input =
        LoadInput { import_id: IMPORT_ID, source, execution_arn: EXECUTION.into(), chunk, load: None };
    let mut context = LoadContext::new(imports, &config, PERFORMANCES, CALENDAR);
    context.performances = context.performances.waiting(SHORT);
    context.calendar = context.calendar.waiting(SHORT);
    Loading { context, aws, input }
}

impl Loading {
    async fn invoke(&self, load: Option<LoadOutput>, time: Duration) -> Result<LoadOutput, Error> {
        handle(
            &self.context,
            LoadInput { load, ..self.input.clone() },
            Timestamp::now(),
            Instant::now() + time,
        )
        .await
    }

    async fn load(&self) -> Result<LoadOutput, Error> {
        self.invoke(None, Duration::from_secs(60)).await
    }

    fn result(&self) -> Option<ChunkResult> {
        let object = self.aws.s3.get(&format!("imports/{}", Layout(IMPORT_ID).result(1)))?;
        Some(serde_json::from_slice(&object.body).unwrap())
    }

    fn rejected(&self) -> Vec<RejectedRow> {
        let keys = self.result().unwrap().rejects;
        let file = |key: &String| self.aws.s3.get(&format!("imports/{key}")).unwrap().body;
        keys.iter()
            .flat_map(|key| read_rejects(&file(key)[..]).map(Result::unwrap).collect::<Vec<_>>())
            .collect()
    }

    /// The note of every item, by its key.
    fn notes(&self) -> BTreeMap<String, String> {
        let text = |item: &serde_json::Value, name: &str| item[name]["S"].as_str().unwrap_or("").to_owned();
        let items = self.aws.db.items(PERFORMANCES);
        items
            .iter()
            .map(|item| (text(item, "Performer") + &text(item, "Performance"), text(item, "Note")))
            .collect()
    }

    fn calendar(&self) -> Vec<(String, String)> {
        let items = self.aws.db.items(CALENDAR);
        let text = |item: &serde_json::Value, name: &str| item[name]["S"].as_str().unwrap().to_owned();
        items.iter().map(|item| (text(item, "Entry"), text(item, "Value"))).collect()
    }
}

/// The expected items and counts of the rows, computed without the code under test.
fn expected(rows: &[String]) -> (RowCounts, BTreeMap<String, String>) {
    let mut counts = RowCounts { read: rows.len() as u64, ..RowCounts::default() };
    let mut notes = BTreeMap::new();
    for row in rows {
        let fields: Vec<_> = row.trim_end().split(',').collect();
        if fields[2] == "late" {
            counts.rejected += 1;
            continue;
        }
        let key = format!("{}{}#20:00#{}", fields[0], fields[4], fields[1]);
        counts.replaced += u64::from(notes.insert(key, fields[5].to_owned()).is_some());
    }
    counts.written = counts.read - counts.rejected - counts.replaced;
    (counts, notes)
}

fn assert_loaded(loading: &Loading, output: &LoadOutput, rows: &[String]) {
    let (counts, notes) = expected(rows);
    assert!(output.done);
    assert_eq!(output.progress.rows, counts);
    assert_eq!(loading.result().unwrap().rows, counts);
    assert_eq!(loading.notes(), notes);
    let rejected: Vec<_> = loading.rejected().iter().map(|row| row.line).collect();
    let late = rows.iter().enumerate().filter(|(_, row)| row.contains(",late,"));
    assert_eq!(rejected, late.map(|(index, _)| index as u64 + 2).collect::<Vec<_>>());
}

#[tokio::test]
async fn rows_that_another_chunk_replaces_are_counted_and_not_written_however_often_it_is_invoked() {
    let rows = rows();
    // Row 20 repeats the key of row 11: both go to another chunk.
    let skipped = [1, 2, 11, 20];
    let kept: Vec<_> = (0..rows.len()).filter(|n| !skipped.contains(n)).map(|n| rows[n].clone()).collect();
    let (mut counts, notes) = expected(&kept);
    counts.read += skipped.len() as u64;
    counts.replaced += skipped.len() as u64;
    for time in [Duration::from_secs(60), Duration::from_millis(30)] {
        let loading = loading(&rows).await;
        let start = |n: usize| loading.input.chunk.start + rows[..n].concat().len() as u64;
        put_skips(&loading.aws.s3, 1, skipped.map(start).to_vec());
        let mut output = loading.invoke(None, time).await;
        while let Ok(LoadOutput { done: false, .. }) | Err(Error::NoProgress { .. }) = output {
            output = loading.invoke(output.ok(), Duration::from_secs(60)).await;
        }
        assert_eq!(output.unwrap().progress.rows, counts, "{time:?}");
        assert_eq!(loading.notes(), notes, "{time:?}");
    }
}

#[tokio::test]
async fn a_chunk_becomes_items_rejects_and_a_result_and_the_last_row_of_a_key_wins() {
    let rows = rows();
    let loading = loading(&rows).await;
    let output = loading.load().await.unwrap();
    assert_loaded(&loading, &output, &rows);
    assert!(output.progress.rows.replaced > 30 && output.progress.rows.rejected > 50);
    assert!(output.progress.write_units > 0.0);
    assert_eq!((output.progress.throttles, output.progress.invocations), (0, 1));
    assert_eq!(loading.rejected()[1].row, b"Nobody 7,Main Stage,late,21:00,2025-07-12,");
    assert_eq!(loading.result().unwrap().execution_arn, "one");
}

#[tokio::test]
async fn every_stage_of_a_day_is_in_the_calendar_both_ways() {
    let loading = loading(&rows()).await;
    loading.load().await.unwrap();
    let day = "2025-07-12".to_owned();
    let mut entries = vec![("days".to_owned(), day.clone())];
    for stage in 0..4 {
        entries.push((format!("day#{day}"), format!("Stage {stage}")));
        entries.push((format!("stage#Stage {stage}"), day.clone()));
    }
    entries.sort();
    let mut calendar = loading.calendar();
    calendar.sort();
    assert_eq!(calendar, entries);
}

#[tokio::test]
async fn a_calendar_that_is_complete_is_not_written_again() {
    // Each row is an item of its own, so a batch has 25.
    let rows: Vec<_> = rows().into_iter().filter(|row| !row.contains(",late")).collect();
    let loading = loading(&rows).await;
    let writes = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&writes);
    loading.aws.fail(move |operation| {
        counted.fetch_add(usize::from(operation == "BatchWriteItem"), Ordering::Relaxed);
        None
    });
    loading.load().await.unwrap();
    let first = writes.swap(0, Ordering::Relaxed);
    loading.load().await.unwrap();
    let second = writes.swap(0, Ordering::Relaxed);
    assert_eq!(second, rows.len().div_ceil(25));
    assert!(first > second, "the calendar was never written");
}

#[tokio::test]
async fn unprocessed_items_throttles_and_failures_keep_every_count_exact() {
    let rows = rows();
    let loading = loading(&rows).await;
    let mut request = 0;
    loading.aws.fail(move |operation| {
        request += usize::from(operation == "BatchWriteItem");
        match request % 8 {
            _ if operation != "BatchWriteItem" => None,
            1 => Some(Fault::WritesOnly(7)),
            2 => Some(Fault::Refused(400, "ThrottlingException")),
            3 => Some(Fault::WritesOnly(0)),
            4 => Some(Fault::Refused(400, "ProvisionedThroughputExceededException")),
            5 => Some(Fault::Refused(500, "InternalServerError")),
            6 => Some(Fault::BreaksAfter(3)),
            _ => None,
        }
    });
    let output = loading.load().await.unwrap();
    assert!(output.progress.throttles > 10);
    assert_loaded(&loading, &output, &rows);
}

#[tokio::test]
async fn stopped_and_gone_on_with_it_gives_the_same_as_in_one_go() {
    let rows = rows();
    let loading = loading(&rows).await;
    let (mut tries, mut parts, mut load) = (0, 0, None);
    loop {
        tries += 1;
        // In each invocation some requests pass; then the table refuses all others until the time is over.
        let mut requests = 0;
        loading.aws.fail(move |operation| {
            requests += usize::from(operation == "BatchWriteItem");
            (requests > 3 + tries).then_some(Fault::Refused(400, "ThrottlingException"))
        });
        let output = match loading.invoke(load.clone(), Duration::from_millis(300)).await {
            // On a busy machine there may be no progress. The state machine tries again too.
            Err(error) if error.name() == ErrorName::Throttled && tries < 100 => continue,
            output => output.unwrap(),
        };
        parts += 1;
        assert_eq!(output.progress.invocations, parts);
        if output.done {
            assert_loaded(&loading, &output, &rows);
            break;
        }
        assert!(loading.result().is_none(), "a chunk counts as loaded before it is");
        load = Some(output);
    }
    assert!(parts > 1, "it was never stopped");
}

#[tokio::test]
async fn a_whole_invocation_without_progress_is_throttled_and_leaves_no_result() {
    let loading = loading(&rows()).await;
    loading.aws.fail(|operation| (operation == "BatchWriteItem").then_some(Fault::WritesOnly(0)));
    let error = loading.invoke(None, Duration::from_millis(300)).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::Throttled);
    assert!(error.to_string().contains("chunk 1"), "{error}");
    assert!(loading.result().is_none());
}

#[tokio::test]
async fn permanent_errors_fail_at_once_under_their_own_names() {
    let cases = [
        ("AccessDeniedException", ErrorName::AccessDenied),
        ("ResourceNotFoundException", ErrorName::ResourceNotFound),
        ("ValidationException", ErrorName::InvalidRequest),
    ];
    for (code, name) in cases {
        let loading = loading(&rows()).await;
        loading
            .aws
            .fail(move |operation| (operation == "BatchWriteItem").then_some(Fault::Refused(400, code)));
        assert_eq!(loading.load().await.unwrap_err().name(), name);
        assert!(loading.result().is_none());
    }
}

#[tokio::test]
async fn a_file_overwritten_since_the_split_is_source_changed() {
    let loading = loading(&rows()).await;
    loading.aws.s3.put("uploads/a.csv", "something else", &[]);
    assert_eq!(loading.load().await.unwrap_err().name(), ErrorName::SourceChanged);
    assert!(loading.aws.db.items(PERFORMANCES).is_empty());
}

/// Found by fuzzing: it counted as loaded, with a length below zero.
#[tokio::test]
async fn a_chunk_that_ends_before_it_begins_or_before_it_goes_on_is_refused() {
    let loading = loading(&rows()).await;
    let mut input = loading.input.clone();
    std::mem::swap(&mut input.chunk.start, &mut input.chunk.end);
    let load =
        |input| handle(&loading.context, input, Timestamp::now(), Instant::now() + Duration::from_secs(60));
    let error = load(input).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::InvalidRequest);
    let progress = LoadProgress { next_start: loading.input.chunk.end + 1, ..LoadProgress::default() };
    let behind = LoadOutput { done: false, progress };
    let error = load(LoadInput { load: Some(behind), ..loading.input.clone() }).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::InvalidRequest);
    assert!(error.to_string().contains("chunk 1"), "{error}");
    assert!(loading.result().is_none());
}

#[tokio::test]
async fn loaded_twice_a_row_is_still_one_item() {
    let rows = rows();
    let loading = loading(&rows).await;
    loading.load().await.unwrap();
    let output = loading.load().await.unwrap();
    assert_loaded(&loading, &output, &rows);
}

#[tokio::test]
async fn a_chunk_of_rejects_alone_has_them_all_and_no_item() {
    let rows: Vec<_> = (0..60).map(|n| format!("Nobody {n},Main Stage,late,21:00,2025-07-12,\n")).collect();
    let loading = loading(&rows).await;
    let output = loading.load().await.unwrap();
    assert_loaded(&loading, &output, &rows);
    assert_eq!(output.progress.rows.rejected, 60);
}

/// A throttled write waits until there is no time left; a read of the calendar does, too.
#[tokio::test]
async fn a_calendar_that_throttles_reads_is_waited_for_as_one_that_throttles_writes() {
    let rows = rows();
    let loading = loading(&rows).await;
    let throttled = AtomicUsize::new(0);
    loading.aws.fail(move |operation| {
        // Twenty requests, more than the SDK tries.
        let throttles = operation == "Query" && throttled.fetch_add(1, Ordering::Relaxed) < 20;
        throttles.then_some(Fault::Throttled)
    });
    let output = loading.load().await.unwrap();
    assert_loaded(&loading, &output, &rows);
    assert!(output.progress.throttles > 0);
}

/// With its retries, a client waits a minute for a service that is silent, longer than the function may go on.
#[tokio::test]
async fn a_calendar_that_never_answers_is_not_waited_for_when_the_time_is_up() {
    let loading = loading(&rows()).await;
    let silent = Gate::default();
    let held = silent.clone();
    loading.aws.fail(move |operation| (operation == "Query").then(|| Fault::Held(held.clone())));
    let error = loading.invoke(None, Duration::from_millis(300)).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::Throttled);
    assert!(loading.aws.db.items(PERFORMANCES).is_empty(), "rows were written before their calendar entries");
    silent.open();
    loading.aws.fail(|_| None);
    let output = loading.load().await.unwrap();
    assert_loaded(&loading, &output, &rows());
}
