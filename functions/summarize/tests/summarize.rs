#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
//! `summarize` over an object store in memory.

use delimited::{Chunk, Dialect};
use lineup::header::Columns;
use lineup::reject::{Reason, Reject, RejectsWriter};
use lineup_aws::imports::Imports;
use lineup_aws::objects::Objects;
use lineup_contracts::error::{ErrorName, Named};
use lineup_contracts::layout::Layout;
use lineup_contracts::{ChunkResult, Manifest, Outcome, RowCounts, Source};
use lineup_testing::{FailingStore, Fault, MemoryStore, nth};
use serde_json::{Value, json};
use summarize::handle;
use uuid::Uuid;

const ID: Uuid = Uuid::from_u128(7);
const CHUNKS: u32 = 30;

fn chunk(chunk: u32) -> Chunk {
    Chunk { chunk, start: u64::from(chunk) * 10, end: u64::from(chunk) * 10 + 10, first_line: 2 }
}

/// An import of 30 chunks, of which `loaded` have results of ten rows, one of them rejected where `rejects` says so.
async fn import(loaded: impl Iterator<Item = u32>, rejects: &[u32]) -> (MemoryStore, Imports) {
    let objects = MemoryStore::default();
    let imports = Imports::new(Objects::new(objects.clone()), "imports");
    let source = Source {
        bucket: "uploads".into(),
        key: "a.csv".into(),
        version_id: None,
        etag: "e".into(),
        size: 60,
    };
    let manifest = Manifest {
        import_id: ID,
        source,
        dialect: Dialect::default(),
        columns: Columns::from_names(["Performer", "Stage", "Start", "End", "Date"]).unwrap(),
        chunks: CHUNKS,
        chunk_bytes: 10,
        max_concurrency: 7,
        execution_arn: "one".into(),
    };
    imports.put_manifest(&manifest).await.unwrap();
    imports.put_chunks(ID, &(1..=CHUNKS).map(chunk).collect::<Vec<_>>()).await.unwrap();
    for number in loaded {
        let rejected = rejects.contains(&number);
        let key = Layout(ID).rejects(number, 0, 0);
        if rejected {
            let mut file = RejectsWriter::new(Vec::new()).unwrap();
            file.write(u64::from(number), &Reject::whole_row(Reason::RecordTooLong), b"row").unwrap();
            imports.put_rejects(&key, file.finish().unwrap()).await.unwrap();
        }
        let result = ChunkResult {
            chunk: chunk(number),
            rows: RowCounts {
                read: 10,
                written: 10 - u64::from(rejected),
                rejected: rejected.into(),
                replaced: 0,
            },
            bytes: 10,
            write_units: 20.5,
            throttles: 1,
            milliseconds: 100,
            invocations: 1,
            rejects: rejected.then_some(key).into_iter().collect(),
            execution_arn: "one".into(),
        };
        imports.put_result(ID, &result).await.unwrap();
    }
    (objects, imports)
}

async fn summarize(
    imports: &Imports,
    map_run: Value,
) -> Result<lineup_contracts::Reported, summarize::Error> {
    let state = json!({"import": {"import_id": ID}, "map_run": map_run});
    let input = json!({"state": state, "execution_arn": "one"});
    handle(imports, serde_json::from_value(input).unwrap()).await
}

async fn summarized(imports: &Imports, map_run: Value) -> lineup_contracts::Reported {
    summarize(imports, map_run).await.unwrap()
}

#[tokio::test]
async fn the_results_are_added_up_and_the_summary_is_kept() {
    let (_, imports) = import(1..=CHUNKS, &[]).await;
    let reported = summarized(&imports, Value::Null).await;
    assert_eq!(reported.outcome, Outcome::Succeeded);
    assert_eq!(reported.rows, RowCounts { read: 300, written: 300, rejected: 0, replaced: 0 });
    assert_eq!((reported.write_units, reported.throttles, reported.milliseconds), (615.0, 30, 3000));
    let summary = imports.summary(ID).await.unwrap().unwrap();
    assert_eq!((summary.rows, summary.execution_arn.as_str()), (reported.rows, "one"));
}

#[tokio::test]
async fn rejected_rows_make_it_partial_and_the_first_five_are_shown() {
    let (_, imports) = import(1..=CHUNKS, &[2, 3, 5, 7, 11, 13, 17]).await;
    let reported = summarized(&imports, Value::Null).await;
    assert_eq!((reported.outcome, reported.rows.rejected), (Outcome::Partial, 7));
    let lines: Vec<_> =
        reported.reject_samples.iter().map(|sample| sample.split(',').next().unwrap()).collect();
    assert_eq!(lines, ["line 2", "line 3", "line 5", "line 7", "line 11"]);
}

#[tokio::test]
async fn a_chunk_without_a_result_failed_and_its_child_execution_says_why() {
    let (objects, imports) = import((1..=CHUNKS).filter(|n| ![4, 9].contains(n)), &[]).await;
    let item = json!({"import_id": ID, "source": {}, "chunk": chunk(4)}).to_string();
    let failed = json!([{
        "ExecutionArn": "arn", "Input": item, "Status": "FAILED", "Error": "Throttled",
        "Cause": r#"{"errorType":"Throttled","errorMessage":"slow down"}"#, "StopDate": "2025-07-12T10:00:00.000Z"
    }]);
    objects.put(&format!("imports/{}/run-1/FAILED_0.json", Layout(ID).map_runs()), failed.to_string(), &[]);
    let caught = json!({"Error": "States.ExceedToleratedFailureThreshold", "Cause": "too many failed"});
    let reported = summarized(&imports, caught).await;
    assert_eq!(reported.outcome, Outcome::Failed);
    assert_eq!((reported.chunks.total, reported.chunks.loaded, reported.chunks.failed), (30, 28, 2));
    let told: Vec<_> =
        reported.failed_chunks.iter().map(|c| (c.chunk, c.error.as_str(), c.cause.as_str())).collect();
    let stopped = "the run stopped before its turn: States.ExceedToleratedFailureThreshold: too many failed";
    assert_eq!(told, [(4, "Throttled", "slow down"), (9, "NotRun", stopped)]);
}

#[tokio::test]
async fn the_state_carries_twenty_failed_chunks_and_the_summary_all() {
    let (_, imports) = import(1..=5, &[]).await;
    let reported = summarized(&imports, Value::Null).await;
    assert_eq!((reported.failed_chunks.len(), reported.chunks.failed), (20, 25));
    let summary = imports.summary(ID).await.unwrap().unwrap();
    assert_eq!(summary.failed_chunks.len(), 25);
}

#[tokio::test]
async fn twenty_failures_that_say_much_fit_into_the_state() {
    let (objects, imports) = import(1..=10, &[]).await;
    let cause = json!({"errorType": "Unavailable", "errorMessage": "é".repeat(16 << 10)}).to_string();
    let child = |number: u32| {
        let item = json!({"chunk": chunk(number)}).to_string();
        json!({"Input": item, "Status": "FAILED", "Error": "Unavailable", "Cause": cause, "StopDate": ""})
    };
    let failed = Value::from((11..=CHUNKS).map(child).collect::<Vec<_>>());
    objects.put(&format!("imports/{}/run-1/FAILED_0.json", Layout(ID).map_runs()), failed.to_string(), &[]);
    let reported = summarized(&imports, Value::Null).await;
    assert_eq!(reported.failed_chunks.len(), 20);
    assert!(
        reported
            .failed_chunks
            .iter()
            .all(|chunk| chunk.cause.starts_with("éé") && chunk.cause.ends_with('…'))
    );
    // Step Functions guide, "Service quotas": 262,144 bytes of input or output.
    assert!(serde_json::to_string(&reported).unwrap().len() < 128 << 10);
}

/// The manifest, 15 pages of results, 29 results, the chunks, a page of failures, a file of rejects, and the summary.
const CALLS: usize = 1 + 15 + 29 + 1 + 1 + 1 + 1;

#[tokio::test]
async fn whichever_call_fails_no_chunk_is_taken_for_missing_and_again_it_sums_up_the_same() {
    let (objects, imports) = import((1..=CHUNKS).filter(|n| *n != 9), &[2]).await;
    let undisturbed = summarized(&imports, Value::Null).await;
    let store = FailingStore::new(objects);
    let imports = Imports::new(Objects::new(store.clone()), "imports");
    for (fault, call) in (1..=CALLS).flat_map(|call| [(Fault::Reset, call), (Fault::AnswerLost, call)]) {
        let ordered = fault.clone();
        store.order(nth(|_| true, move |number| (number == call).then(|| ordered.clone())));
        let error = summarize(&imports, Value::Null).await.unwrap_err();
        assert_eq!(error.name(), ErrorName::Unavailable, "{fault:?} of call {call}");
        assert_eq!(json!(summarized(&imports, Value::Null).await), json!(undisturbed));
    }
    store.order(nth(|_| true, |number| (number > CALLS).then_some(Fault::Reset)));
    summarized(&imports, Value::Null).await;
}
