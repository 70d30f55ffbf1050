//! The definition that is deployed, with scripted functions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use embedded_aws::asl::load;
use embedded_aws::step_functions::record::{ExecutionStatus, MapRunRecord, MapRunStatus};
use embedded_aws::step_functions::testing::{ScriptedAnswer, TestEngine, fails};
use embedded_aws::step_functions::{ExecutionFilter, Page};
use lineup_model::engine::{DEFINITION, substitutions};
use serde_json::{Value, json};

const BUCKET: &str = "lineup-imports";

/// How the next `load` of a chunk ends.
type Loads = dyn Fn(u64, usize, &Value) -> ScriptedAnswer + Send + Sync;

/// An import of a number of chunks. `loads` gets the chunk's number and how often it was tried before.
pub(crate) fn import(
    chunks: u64,
    loads: impl Fn(u64, usize, &Value) -> ScriptedAnswer + Send + Sync + 'static,
) -> TestEngine {
    let test = TestEngine::new(load(DEFINITION, &substitutions()).unwrap());
    list(&test, "chunks.jsonl", 1..=chunks);
    test.functions.on("split", move |_| Ok(plan("chunks.jsonl", chunks)));
    on_load(&test, Arc::new(loads));
    test.functions.on("summarize", move |payload| Ok(summary(payload, chunks)));
    test.functions.on("notify", |_| Ok(json!({"message_id": "m-1"})));
    test.functions.on("recover", |_| fails("ChunksNotLoaded"));
    test.functions.on("hold", |_| Ok(held(0)));
    test
}

/// The answer of `hold` where the execution holds the lineup, and so many keys are to be removed.
fn held(obsolete: u64) -> Value {
    json!({"held": true, "wait_seconds": null, "superseded": false, "obsolete": obsolete})
}

fn on_load(test: &TestEngine, loads: Arc<Loads>) {
    let tries = Mutex::new(HashMap::<u64, usize>::new());
    test.functions.on("load", move |payload| {
        let chunk = payload["chunk"]["chunk"].as_u64().unwrap();
        let mut tries = tries.lock().unwrap();
        let tried = tries.entry(chunk).or_default();
        *tried += 1;
        loads(chunk, *tried - 1, payload)
    });
}

fn list(test: &TestEngine, key: &str, chunks: impl Iterator<Item = u64>) {
    let lines: String =
        chunks.map(|n| format!("{{\"chunk\":{n},\"start\":0,\"end\":9,\"first_line\":2}}\n")).collect();
    test.objects.set(BUCKET, key, lines);
}

pub(crate) fn plan(key: &str, count: u64) -> Value {
    json!({
        "import_id": "0b0c", "duplicate_of": null, "unfinished": false, "convert": false, "survey": null,
        "dry_run": false, "held": true,
        "source": {"bucket": "uploads", "key": "big.csv"},
        "chunks": {"bucket": BUCKET, "key": key, "count": count},
        "map_runs_prefix": "imports/0b0c/map-runs", "max_concurrency": 4
    })
}

/// A simple `summarize` for these tests: counts the chunks on which the Map Run did not fail.
pub(crate) fn summary(payload: &Value, chunks: u64) -> Value {
    let error = payload["state"]["map_run"]["Error"].is_string();
    let outcome = if error { "FAILED" } else { "SUCCEEDED" };
    json!({
        "outcome": outcome, "dry_run": false, "rows": {"read": chunks}, "chunks": {"total": chunks}, "failed_chunks": [], "notes": [], "warnings": [], "changes": null,
        "reject_samples": [], "write_units": 1.5, "throttles": 0, "milliseconds": 7
    })
}

pub(crate) fn loaded() -> ScriptedAnswer {
    Ok(json!({"done": true, "progress": {"next_start": 9}}))
}

pub(crate) fn event() -> Value {
    json!({"detail": {"bucket": {"name": "uploads"}, "object": {"key": "big.csv", "etag": "e", "sequencer": "s"}}})
}

fn map_run(test: &TestEngine, arn: &str) -> MapRunRecord {
    let runs = test.engine.list_map_runs(arn, &Page::default()).unwrap().items;
    test.engine.describe_map_run(&runs[0].map_run_arn).unwrap()
}

fn chunks_of(test: &TestEngine) -> Vec<u64> {
    test.functions
        .calls_of("load")
        .iter()
        .map(|payload| payload["chunk"]["chunk"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn a_file_whose_chunks_all_load_is_imported() {
    let test = import(20, |_, _, _| loaded());
    let record = test.run(event()).await;
    assert_eq!(record.status, ExecutionStatus::Succeeded, "{:?}", record.cause);
    let route = [
        "Route",
        "Split",
        "Claimed",
        "LoadChunks",
        "Obsolete",
        "Summarize",
        "Outcome",
        "NotifySuccess",
        "Imported",
    ];
    assert_eq!(test.route(&record.execution_arn), route);
    let split = &test.functions.calls_of("split")[0];
    assert_eq!(*split, json!({"detail": event()["detail"], "execution_arn": record.execution_arn}));
    let mut chunks = chunks_of(&test);
    chunks.sort_unstable();
    assert_eq!(chunks, (1..=20).collect::<Vec<_>>());
    let load = &test.functions.calls_of("load")[0];
    assert_eq!(load["import_id"], "0b0c");
    assert_eq!(load["source"]["key"], "big.csv");
    let run = map_run(&test, &record.execution_arn);
    assert_eq!(
        (run.status, run.max_concurrency, run.tolerated_failure_percentage),
        (MapRunStatus::Succeeded, 4, 25.0)
    );
    assert_eq!(
        (run.item_counts.total, run.item_counts.succeeded, run.item_counts.results_written),
        (20, 20, 20)
    );
    let state = &test.functions.calls_of("summarize")[0]["state"];
    let id = run.map_run_arn.rsplit(':').next().unwrap();
    let details = json!({"Bucket": BUCKET, "Key": format!("imports/0b0c/map-runs/{id}/manifest.json")});
    assert_eq!(state["map_run"], json!({"MapRunArn": run.map_run_arn, "ResultWriterDetails": details}));
}

/// The plan that asks for this pass of the survey.
fn survey_plan(pass: u64, chunks: u64) -> Value {
    let mut plan = plan("chunks.jsonl", chunks);
    plan["survey"] = pass.into();
    plan["source"] = Value::Null;
    plan["map_runs_prefix"] = format!("imports/0b0c/surveys/{pass}/map-runs").into();
    plan
}

/// An import whose chunks are surveyed in two passes.
fn surveyed(chunks: u64) -> TestEngine {
    let test = import(chunks, |_, _, _| loaded());
    test.functions.on("split", move |payload| {
        Ok(match payload["surveyed"].as_u64() {
            None => survey_plan(1, chunks),
            Some(1) => survey_plan(2, chunks),
            Some(_) => plan("chunks.jsonl", chunks),
        })
    });
    test.functions.on("survey", |_| Ok(json!({"rows": 9, "rejected": 0})));
    test
}

#[tokio::test]
async fn a_large_file_is_surveyed_until_split_has_decided_and_then_loaded() {
    let test = surveyed(20);
    let record = test.run(event()).await;
    assert_eq!(record.status, ExecutionStatus::Succeeded, "{:?}", record.cause);
    let survey = ["Survey", "Decide", "Claimed"];
    let route = [&["Route", "Split", "Claimed"][..], &survey, &survey].concat();
    let loading = ["LoadChunks", "Obsolete", "Summarize", "Outcome", "NotifySuccess", "Imported"];
    assert_eq!(test.route(&record.execution_arn), [&route[..], &loading].concat());
    let children = test.functions.calls_of("survey");
    let of_pass = |pass: u64| children.iter().filter(|child| child["pass"] == pass).count();
    assert_eq!((children.len(), of_pass(1), of_pass(2)), (40, 20, 20));
    assert_eq!(children[0]["import_id"], "0b0c");
    assert!(children[0]["chunk"]["chunk"].is_u64());
    let state = &test.functions.calls_of("summarize")[0]["state"];
    assert!(state["survey_run"].is_null() && state["map_run"]["MapRunArn"].is_string(), "{state}");
}

#[tokio::test]
async fn one_chunk_that_cannot_be_surveyed_ends_the_survey_and_decide_says_why() {
    let test = surveyed(20);
    test.functions.on("survey", |payload| match payload["chunk"]["chunk"].as_u64() {
        Some(7) => fails("AccessDenied"),
        _ => Ok(json!({"rows": 9, "rejected": 0})),
    });
    test.functions.on("split", |payload| match payload["surveyed"].as_u64() {
        None => Ok(survey_plan(1, 20)),
        Some(_) => fails("ChunksNotSurveyed"),
    });
    let record = test.run(event()).await;
    assert_eq!(record.error.as_deref(), Some("ChunksNotLoaded"));
    let route = test.route(&record.execution_arn);
    assert_eq!(route[3..], ["Survey", "Decide", "NotifyFailure", "Redrivable", "AwaitRedrive"]);
    assert_eq!(test.functions.calls_of("split").len(), 2, "it is not retried");
    assert!(chunks_of(&test).is_empty(), "no row is loaded before all are surveyed");
}

#[tokio::test]
async fn a_dry_run_loads_nothing_and_is_summed_up() {
    let test = import(3, |_, _, _| loaded());
    test.functions.on("split", |_| {
        let mut plan = plan("chunks.jsonl", 3);
        plan["dry_run"] = true.into();
        Ok(plan)
    });
    let record = test.run(event()).await;
    assert_eq!(record.status, ExecutionStatus::Succeeded);
    let route = ["Route", "Split", "Claimed", "Summarize", "Outcome", "NotifySuccess", "Imported"];
    assert_eq!(test.route(&record.execution_arn), route);
    assert!(chunks_of(&test).is_empty());
}

#[tokio::test]
async fn a_duplicate_event_ends_in_already_imported() {
    let test = import(3, |_, _, _| loaded());
    test.functions.on("split", |_| {
        let mut plan = plan("chunks.jsonl", 3);
        plan["duplicate_of"] = "arn:first".into();
        plan["source"] = Value::Null;
        plan["chunks"] = Value::Null;
        Ok(plan)
    });
    let record = test.run(event()).await;
    assert_eq!(record.status, ExecutionStatus::Succeeded);
    assert_eq!(test.route(&record.execution_arn), ["Route", "Split", "Claimed", "AlreadyImported"]);
    assert!(chunks_of(&test).is_empty());
}

#[tokio::test]
async fn a_file_that_can_never_load_ends_in_import_failed() {
    let test = import(3, |_, _, _| loaded());
    test.functions.on("split", |_| fails("InvalidInput"));
    let record = test.run(event()).await;
    assert_eq!(record.status, ExecutionStatus::Failed);
    assert_eq!(
        (record.error.as_deref(), record.cause.as_deref()),
        (Some("InvalidInput"), Some("InvalidInput happened"))
    );
    let route = ["Route", "Split", "NotifyFailure", "Redrivable", "ImportFailed"];
    assert_eq!(test.route(&record.execution_arn), route);
    assert_eq!(test.functions.calls_of("split").len(), 1, "InvalidInput is not retried");
    // Guide, "Redrive behavior of individual states": the Fail state fails again.
    test.engine.redrive_execution(&record.execution_arn).await.unwrap();
    let again = test.end(&record.execution_arn).await;
    assert_eq!((again.status, again.error.as_deref()), (ExecutionStatus::Failed, Some("InvalidInput")));
    assert_eq!(test.route(&record.execution_arn).last().unwrap(), "ImportFailed");
    assert_eq!(test.functions.calls_of("notify").len(), 1);
}

#[tokio::test]
async fn a_split_that_stops_early_is_called_again_until_it_is_finished() {
    let test = import(3, |_, _, _| loaded());
    let stopped = || {
        let mut plan = plan("chunks.jsonl", 0);
        plan["unfinished"] = json!(true);
        plan["chunks"] = Value::Null;
        Ok(plan)
    };
    test.functions.in_turn("split", vec![stopped(), stopped(), Ok(plan("chunks.jsonl", 3))]);
    let record = test.run(event()).await;
    assert_eq!(record.status, ExecutionStatus::Succeeded, "{:?}", record.cause);
    let route = ["Route", "Split", "Claimed", "Split", "Claimed", "Split", "Claimed", "LoadChunks"];
    assert_eq!(test.route(&record.execution_arn)[..8], route);
    assert_eq!(chunks_of(&test).len(), 3);
}

#[tokio::test]
async fn a_split_that_was_denied_waits_for_a_redrive_and_splits_again() {
    let test = import(3, |_, _, _| loaded());
    test.functions.in_turn("split", vec![fails("AccessDenied"), Ok(plan("chunks.jsonl", 3))]);
    test.functions.on("recover", |payload| match payload["redrive_count"].as_u64() {
        Some(0) => fails("ChunksNotLoaded"),
        _ => Ok(json!({"import_id": "0b0c", "source": null, "chunks": null, "map_runs_prefix": "", "max_concurrency": 0})),
    });
    let record = test.run(event()).await;
    assert_eq!(record.error.as_deref(), Some("ChunksNotLoaded"));
    let route = ["Route", "Split", "NotifyFailure", "Redrivable", "AwaitRedrive"];
    assert_eq!(test.route(&record.execution_arn), route);
    test.engine.redrive_execution(&record.execution_arn).await.unwrap();
    let record = test.end(&record.execution_arn).await;
    assert_eq!((record.status, record.redrive_count), (ExecutionStatus::Succeeded, 1));
    let after = [
        "Missing",
        "Split",
        "Claimed",
        "LoadChunks",
        "Obsolete",
        "Summarize",
        "Outcome",
        "NotifySuccess",
        "Imported",
    ];
    assert_eq!(test.route(&record.execution_arn)[5..], after);
    assert_eq!(test.functions.calls_of("recover")[1]["redrive_count"], 1);
}

#[tokio::test]
async fn two_failed_chunks_of_twenty_are_tolerated() {
    let test =
        import(20, |chunk, _, _| if chunk == 5 || chunk == 17 { fails("SourceChanged") } else { loaded() });
    let record = test.run(event()).await;
    assert_eq!(record.status, ExecutionStatus::Succeeded);
    let run = map_run(&test, &record.execution_arn);
    assert_eq!(
        (run.status, run.item_counts.succeeded, run.item_counts.failed),
        (MapRunStatus::Succeeded, 18, 2)
    );
    let id = run.map_run_arn.rsplit(':').next().unwrap();
    let failed = test.objects.json(BUCKET, &format!("imports/0b0c/map-runs/{id}/FAILED_0.json")).unwrap();
    let causes: Vec<_> =
        failed.as_array().unwrap().iter().map(|entry| entry["Error"].as_str().unwrap()).collect();
    assert_eq!(causes, ["SourceChanged", "SourceChanged"]);
}

#[tokio::test]
async fn ten_failed_chunks_of_twenty_end_the_map_run_early_and_are_summed_up() {
    let test = import(20, |chunk, _, _| if chunk % 2 == 0 { fails("SourceChanged") } else { loaded() });
    let record = test.run(event()).await;
    assert_eq!(record.error.as_deref(), Some("ChunksNotLoaded"));
    let route = ["LoadChunks", "Summarize", "Outcome", "NotifyFailure", "Redrivable", "AwaitRedrive"];
    assert_eq!(test.route(&record.execution_arn)[3..], route);
    let run = map_run(&test, &record.execution_arn);
    assert_eq!((run.status, run.item_counts.failed), (MapRunStatus::Failed, 6));
    assert!(run.item_counts.pending > 0 && chunks_of(&test).len() < 20, "the rest was not started");
    let counts = run.item_counts;
    assert_eq!(counts.pending + counts.succeeded + counts.failed + counts.aborted, 20);
    let error = &test.functions.calls_of("summarize")[0]["state"]["map_run"]["Error"];
    assert_eq!(error, "States.ExceedToleratedFailureThreshold");
}

#[tokio::test]
async fn a_redrive_loads_only_what_is_missing_and_may_be_repeated() {
    let test = import(20, |chunk, tried, _| {
        let bad = (chunk <= 8 && tried == 0) || (chunk == 3 && tried == 1);
        if bad { fails("SourceChanged") } else { loaded() }
    });
    let done = Arc::new(Mutex::new(Vec::<u64>::new()));
    test.functions.on("recover", |payload| {
        let count = payload["redrive_count"].as_u64().unwrap();
        let last = payload["state"]["notification"]["redrives"].as_u64().unwrap();
        if count == last { fails("ChunksNotLoaded") } else { Ok(plan(&format!("retry-{count}.jsonl"), 1)) }
    });
    let outcomes = Mutex::new(vec!["SUCCEEDED", "FAILED", "FAILED"]);
    test.functions.on("summarize", move |payload| {
        let mut summary = summary(payload, 20);
        summary["outcome"] = outcomes.lock().unwrap().pop().unwrap().into();
        Ok(summary)
    });
    let arn = test.start(event()).await;
    assert_eq!(test.end(&arn).await.status, ExecutionStatus::Failed);
    for redrive in 1..=2 {
        let before = chunks_of(&test).len();
        list(&test, &format!("retry-{redrive}.jsonl"), if redrive == 1 { 1..=8 } else { 3..=3 });
        test.engine.redrive_execution(&arn).await.unwrap();
        let record = test.end(&arn).await;
        assert_eq!(record.redrive_count, redrive);
        done.lock().unwrap().push((chunks_of(&test).len() - before) as u64);
        let expected = if redrive == 1 { ExecutionStatus::Failed } else { ExecutionStatus::Succeeded };
        assert_eq!(record.status, expected);
    }
    assert_eq!(*done.lock().unwrap(), [8, 1]);
    assert_eq!(test.engine.list_map_runs(&arn, &Page::default()).unwrap().items.len(), 3);
}

#[tokio::test]
async fn a_chunk_that_is_not_done_is_loaded_on_from_where_it_stopped() {
    let test = import(2, |_, tried, payload| {
        let next = payload["load"]["progress"]["next_start"].as_u64().unwrap_or(0);
        assert_eq!(next, tried as u64 * 3);
        Ok(json!({"done": tried == 2, "progress": {"next_start": next + 3}}))
    });
    let record = test.run(event()).await;
    assert_eq!(record.status, ExecutionStatus::Succeeded);
    assert_eq!(test.functions.calls_of("load").len(), 6);
    let run = map_run(&test, &record.execution_arn);
    let filter = ExecutionFilter { map_run_arn: Some(run.map_run_arn), ..Default::default() };
    let child = test.engine.list_executions(&filter, &Page::default()).unwrap().items[0].clone();
    let route = ["Load", "ChunkDone", "Load", "ChunkDone", "Load", "ChunkDone", "Loaded"];
    assert_eq!(test.route(&child.execution_arn), route);
}

#[tokio::test]
async fn a_rerun_selects_chunks_and_ends_at_once_where_none_is_missing() {
    let test = import(20, |_, _, _| loaded());
    list(&test, "retry.jsonl", [4, 9].into_iter());
    test.functions.in_turn("recover", vec![Ok(plan("retry.jsonl", 2)), Ok(plan("retry.jsonl", 0))]);
    let rerun = json!({"rerun": {"import_id": "0b0c"}});
    let record = test.run(rerun.clone()).await;
    assert_eq!(record.status, ExecutionStatus::Succeeded);
    assert_eq!(chunks_of(&test), [4, 9]);
    let record = test.run(rerun).await;
    assert_eq!(test.route(&record.execution_arn)[..4], ["Route", "SelectChunks", "Missing", "Hold"]);
    let route = ["Holding", "Obsolete", "Summarize"];
    assert_eq!(test.route(&record.execution_arn)[4..7], route);
}

#[tokio::test]
async fn a_throttled_chunk_is_retried_within_its_child() {
    let test =
        import(3, |chunk, tried, _| if chunk == 2 && tried < 3 { fails("Throttled") } else { loaded() });
    let record = test.run(event()).await;
    assert_eq!(record.status, ExecutionStatus::Succeeded);
    assert_eq!(test.functions.calls_of("load").len(), 6);
    assert_eq!(map_run(&test, &record.execution_arn).item_counts.succeeded, 3);
}

#[tokio::test]
async fn stopping_during_the_map_aborts_its_children_and_their_tasks() {
    let test = import(20, |_, _, _| loaded());
    test.functions.on_async("load", |_| Box::pin(std::future::pending()));
    let arn = test.start(event()).await;
    test.settle().await;
    assert_eq!(test.functions.calls_of("load").len(), 4, "as many as run at a time");
    test.engine.stop_execution(&arn, None, None).await.unwrap();
    assert_eq!(test.engine.describe_execution(&arn).unwrap().status, ExecutionStatus::Aborted);
    assert_eq!(test.functions.cancelled(), 4);
    let run = map_run(&test, &arn);
    assert_eq!(
        (run.status, run.item_counts.aborted, run.item_counts.pending),
        (MapRunStatus::Aborted, 4, 16)
    );
    let filter = ExecutionFilter { map_run_arn: Some(run.map_run_arn.clone()), ..Default::default() };
    let children = test.engine.list_executions(&filter, &Page::default()).unwrap().items;
    assert!(children.iter().all(|child| child.status == ExecutionStatus::Aborted));
    assert_eq!(test.types(&arn)[test.types(&arn).len() - 2..], ["MapRunAborted", "ExecutionAborted"]);
    // A redrive continues the Map Run: the same children, and the rest.
    on_load(&test, Arc::new(|_, _, _| loaded()));
    test.engine.redrive_execution(&arn).await.unwrap();
    assert_eq!(test.end(&arn).await.status, ExecutionStatus::Succeeded);
    assert_eq!(test.functions.calls_of("load").len(), 24);
    let run = map_run(&test, &arn);
    assert_eq!((run.redrive_count, run.item_counts.succeeded), (1, 20));
    assert_eq!(test.engine.list_map_runs(&arn, &Page::default()).unwrap().items.len(), 1);
}

/// Its redrive is not the one that `AwaitRedrive` waits for: the message says that it is to be redriven, and nothing runs then.
#[tokio::test]
async fn an_import_that_is_stopped_in_the_map_and_redriven_makes_one_pass_and_sends_one_message() {
    let test = import(3, |_, _, _| loaded());
    test.functions.on_async("load", |_| Box::pin(std::future::pending()));
    let arn = test.start(event()).await;
    test.settle().await;
    test.engine.stop_execution(&arn, None, None).await.unwrap();
    on_load(&test, Arc::new(|_, _, _| fails("AccessDenied")));
    test.functions.on("recover", |payload| {
        let ended_at = payload["state"]["notification"]["redrives"].as_u64().unwrap();
        if payload["redrive_count"] == ended_at {
            fails("ChunksNotLoaded")
        } else {
            Ok(plan("chunks.jsonl", 3))
        }
    });
    test.engine.redrive_execution(&arn).await.unwrap();
    let record = test.end(&arn).await;
    assert_eq!((record.error.as_deref(), record.redrive_count), (Some("ChunksNotLoaded"), 1));
    let route = ["Summarize", "Outcome", "NotifyFailure", "Redrivable", "AwaitRedrive"];
    assert_eq!(test.route(&arn)[4..], route);
    let calls = ["summarize", "notify", "recover"].map(|function| test.functions.calls_of(function).len());
    assert_eq!(calls, [1, 1, 1]);
    // The next one is.
    on_load(&test, Arc::new(|_, _, _| loaded()));
    test.engine.redrive_execution(&arn).await.unwrap();
    assert_eq!(test.end(&arn).await.status, ExecutionStatus::Succeeded);
    assert_eq!(test.functions.calls_of("notify").len(), 2);
}

#[tokio::test]
async fn an_input_that_says_nothing_to_import_ends_with_a_message() {
    let test = import(1, |_, _, _| loaded());
    for input in [json!({}), json!([]), json!({"detail": {}}), json!({"rerun": {}})] {
        let record = test.run(input).await;
        assert_eq!(
            test.route(&record.execution_arn),
            ["Route", "NoEvent", "NotifyFailure", "Redrivable", "ImportFailed"]
        );
        assert_eq!(record.error.as_deref(), Some("InvalidInput"));
    }
    assert_eq!(test.functions.calls_of("notify").len(), 4);
    assert!(test.functions.calls_of("split").is_empty());
}
