//! What is on disk outlives the process.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use embedded_step_functions::record::{ExecutionStatus, MapRunStatus, RedriveStatus};
use embedded_step_functions::testing::TestEngine;
use embedded_step_functions::{ExecutionFilter, INTERRUPTED, Page};
use serde_json::json;

use crate::map_run::{map_over, run_of};
use crate::support::{engine_of, machine, task};

fn folder(test: &TestEngine, arn: &str) -> PathBuf {
    test.folder().join(arn.rsplit(':').next().unwrap())
}

#[tokio::test]
async fn a_reopened_store_gives_the_same_answers() {
    let test = map_over(json!({}), 3);
    let record = test.run(json!({})).await;
    let again = test.reopen();
    assert_eq!(again.describe_execution(&record.execution_arn).unwrap(), record);
    let page = Page::default();
    let filter =
        ExecutionFilter { map_run_arn: Some(run_of(&test, &record).map_run_arn), ..Default::default() };
    assert_eq!(
        again.list_executions(&filter, &page).unwrap(),
        test.engine.list_executions(&filter, &page).unwrap()
    );
    let own = ExecutionFilter::default();
    assert_eq!(
        again.list_executions(&own, &page).unwrap(),
        test.engine.list_executions(&own, &page).unwrap()
    );
    assert_eq!(again.history(&record.execution_arn, &page, false).unwrap().items.len(), 8);
}

#[tokio::test]
async fn what_was_running_when_the_process_ended_is_interrupted_and_can_be_redriven() {
    let mut before = map_over(json!({"MaxConcurrency": 2}), 5);
    before.functions.on_async("f", |payload| {
        Box::pin(async move { if payload == 0 { Ok(payload) } else { std::future::pending().await } })
    });
    let arn = before.start(json!({})).await;
    before.settle().await;
    // The next process: the first one's tasks are never polled to their end.
    let after = before.reopen();
    let record = after.describe_execution(&arn).unwrap();
    assert_eq!((record.status, record.error.as_deref()), (ExecutionStatus::Aborted, Some(INTERRUPTED)));
    assert!(record.cause.as_ref().unwrap().ends_with("before the execution did. Redrive it."));
    assert_eq!(record.redrive_status, Some(RedriveStatus::Redrivable));
    let run = after
        .describe_map_run(&after.list_map_runs(&arn, &Page::default()).unwrap().items[0].map_run_arn)
        .unwrap();
    let counts = run.item_counts;
    assert_eq!(
        (run.status, counts.succeeded, counts.aborted, counts.pending),
        (MapRunStatus::Aborted, 1, 2, 2)
    );
    before.functions.forget_calls();
    before.functions.on("f", |payload| Ok(payload.clone()));
    before.engine = after;
    before.engine.redrive_execution(&arn).await.unwrap();
    assert_eq!(before.end(&arn).await.status, ExecutionStatus::Succeeded);
    assert_eq!(before.functions.calls_of("f"), [1, 2, 3, 4].map(|n| json!(n)));
}

#[tokio::test]
async fn an_event_that_was_half_written_is_cut_off() {
    let mut before = engine_of(&machine(json!({"A": task(json!({}))})));
    before.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let arn = before.start(json!({"x": 1})).await;
    before.settle().await;
    let path = folder(&before, &arn).join("history.jsonl");
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"id\":5,\"ti").unwrap();
    assert_eq!(before.events(&arn).len(), 4, "a reader does not see it");
    before.engine = before.reopen();
    assert_eq!(before.types(&arn).last().unwrap(), "ExecutionAborted");
    before.functions.on("f", |payload| Ok(payload.clone()));
    before.engine.redrive_execution(&arn).await.unwrap();
    let record = before.end(&arn).await;
    assert_eq!(record.status, ExecutionStatus::Succeeded);
    assert_eq!(
        before.events(&arn).iter().map(|event| event.id).collect::<Vec<_>>(),
        (1..=11).collect::<Vec<_>>()
    );
}

/// API, ListExecutions and GetExecutionHistory: pages, order, filters.
#[tokio::test]
async fn lists_come_in_pages() {
    let test = engine_of(&machine(
        json!({"A": {"Type": "Choice", "Choices": [{"Variable": "$.ok", "BooleanEquals": true, "Next": "B"}]}, "B": {"Type": "Succeed"}}),
    ));
    for n in 0..5 {
        test.clock.advance(std::time::Duration::from_secs(1));
        test.run(json!({"ok": n % 2 == 0, "n": n})).await;
    }
    let list = |filter: &ExecutionFilter, max_results, next_token| {
        test.engine.list_executions(filter, &Page { max_results, next_token }).unwrap()
    };
    let all = ExecutionFilter::default();
    let whole = list(&all, 0, None).items;
    assert!(whole.windows(2).all(|pair| pair[0].start_date > pair[1].start_date), "the most recent first");
    let first = list(&all, 3, None);
    let second = list(&all, 3, first.next_token.clone());
    assert_eq!((first.items.len(), second.items.len(), second.next_token), (3, 2, None));
    assert_eq!([first.items, second.items].concat(), whole);
    let failed = ExecutionFilter { status: Some(ExecutionStatus::Failed), ..Default::default() };
    assert_eq!(list(&failed, 0, None).items.len(), 2);
    let redriven = ExecutionFilter { redriven: Some(true), ..Default::default() };
    assert_eq!(list(&redriven, 0, None).items.len(), 0);
    let arn = &whole[0].execution_arn;
    let newest = test.engine.history(arn, &Page { max_results: 1, next_token: None }, true).unwrap();
    assert_eq!(newest.items[0].event_type, "ExecutionSucceeded");
    assert!(newest.next_token.is_some());
    let bad = test.engine.history(arn, &Page { max_results: 1, next_token: Some("x".into()) }, true);
    assert_eq!(bad.unwrap_err().api_name(), Some("InvalidToken"));
    let error =
        test.engine.describe_map_run("arn:aws:states:eu-west-1:123456789012:mapRun:test/L:x").unwrap_err();
    assert_eq!(error.api_name(), Some("ResourceNotFound"));
}
