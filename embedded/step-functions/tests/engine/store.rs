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

/// How long the start of a command takes must not depend on what the folder holds. A damaged record that is read is set aside.
#[tokio::test]
async fn opening_a_store_reads_no_execution() {
    let mut test = engine_of(&machine(json!({"A": task(json!({}))})));
    test.functions.on("f", |payload| Ok(payload.clone()));
    let record = test.run(json!({"x": 1})).await;
    let path = folder(&test, &record.execution_arn).join("execution.json");
    std::fs::write(&path, "").unwrap();
    test.engine = test.reopen();
    let other = test.run(json!({"x": 2})).await;
    assert_eq!(test.engine.describe_execution(&other.execution_arn).unwrap(), other);
    let set_aside = path.with_extension("damaged");
    assert!(!set_aside.exists(), "the other execution was read");
    test.engine.describe_execution(&record.execution_arn).unwrap();
    assert!(set_aside.exists(), "it was read now");
}

#[tokio::test]
async fn a_page_of_children_reads_their_records_alone() {
    let mut test = map_over(json!({}), 9);
    test.functions.on("f", |payload| Ok(payload.clone()));
    let record = test.run(json!({})).await;
    let run = run_of(&test, &record).map_run_arn;
    let filter = ExecutionFilter { map_run_arn: Some(run.clone()), ..Default::default() };
    let list = |engine: &embedded_step_functions::Engine, next_token| {
        engine.list_executions(&filter, &Page { max_results: 4, next_token }).unwrap()
    };
    let all = test.engine.list_executions(&filter, &Page::default()).unwrap().items;
    let [first, middle, last] = [0, 4, 8].map(|n| all[n].clone());
    let children =
        folder(&test, &record.execution_arn).join("map-runs").join(run.rsplit(':').next().unwrap());
    let damage = |name: &str| {
        let path = children.join("children").join(format!("{name}.json"));
        std::fs::write(&path, "").unwrap();
        path.with_extension("damaged")
    };
    let (early, late) = (damage(&last.name), damage(&middle.name));
    test.engine = test.reopen();
    let page = list(&test.engine, None);
    assert_eq!((page.items.len(), &page.items[0]), (4, &first));
    assert!(!late.exists() && !early.exists(), "children of other pages were read");
    let page = list(&test.engine, page.next_token);
    assert_eq!(page.items, all[5..8]);
    assert!(late.exists() && early.exists(), "a damaged child is none");
    assert_eq!(page.next_token, None);
}

/// The next start may be another process that is killed, too.
#[tokio::test]
async fn an_interrupted_execution_is_found_by_whatever_is_asked_of_it_first() {
    let mut test = map_over(json!({"MaxConcurrency": 2}), 5);
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let arn = test.start(json!({})).await;
    test.settle().await;
    let record = test.engine.describe_execution(&arn).unwrap();
    let run = run_of(&test, &record).map_run_arn;
    let of_run = ExecutionFilter { map_run_arn: Some(run.clone()), ..Default::default() };
    let child = test.engine.list_executions(&of_run, &Page::default()).unwrap().items.remove(0);
    let kept = copied(test.folder());
    let asked: [&dyn Fn(&embedded_step_functions::Engine) -> bool; 5] = [
        &|engine| engine.describe_execution(&arn).unwrap().status == ExecutionStatus::Aborted,
        &|engine| engine.describe_map_run(&run).unwrap().status == MapRunStatus::Aborted,
        &|engine| {
            let children = engine.list_executions(&of_run, &Page::default()).unwrap().items;
            children.len() == 2 && children.iter().all(|child| child.status == ExecutionStatus::Aborted)
        },
        &|engine| engine.describe_execution(&child.execution_arn).unwrap().status == ExecutionStatus::Aborted,
        &|engine| {
            let own = engine.list_executions(&ExecutionFilter::default(), &Page::default()).unwrap().items;
            own[0].status == ExecutionStatus::Aborted
        },
    ];
    for (number, asked) in asked.into_iter().enumerate() {
        restore(&kept, test.folder());
        test.engine = test.reopen();
        assert!(asked(&test.engine), "question {number}");
        assert_eq!(test.engine.describe_execution(&arn).unwrap().error.as_deref(), Some(INTERRUPTED));
    }
}

/// The files of a folder, by their paths in it.
fn copied(folder: &std::path::Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push((path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap()));
            }
        }
    }
    files
}

fn restore(files: &[(PathBuf, Vec<u8>)], folder: &std::path::Path) {
    for (path, content) in files {
        std::fs::write(folder.join(path), content).unwrap();
    }
}

/// Files as a power cut may leave them where nothing is synced: without a byte, cut, or full of zeros.
fn damaged(whole: &[u8]) -> [Vec<u8>; 3] {
    [Vec::new(), whole[..whole.len() / 2].to_vec(), vec![0; whole.len()]]
}

#[tokio::test]
async fn a_damaged_record_is_named_and_the_others_are_listed_and_it_can_be_redriven() {
    let mut test = engine_of(&machine(json!({"A": task(json!({}))})));
    test.functions.on("f", |payload| Ok(payload.clone()));
    let other = test.run(json!({"x": 0})).await;
    let record = test.run(json!({"x": 1})).await;
    let path = folder(&test, &record.execution_arn).join("execution.json");
    for content in damaged(&std::fs::read(&path).unwrap()) {
        std::fs::write(&path, content).unwrap();
        test.engine = test.reopen();
        let listed =
            test.engine.list_executions(&ExecutionFilter::default(), &Page::default()).unwrap().items;
        assert_eq!(listed.len(), 2);
        assert_eq!(test.engine.describe_execution(&other.execution_arn).unwrap(), other);
        let found = test.engine.describe_execution(&record.execution_arn).unwrap();
        assert_eq!((found.status, found.error.as_deref()), (ExecutionStatus::Aborted, Some(INTERRUPTED)));
        let cause = found.cause.unwrap();
        assert!(cause.contains("execution.json is damaged") && cause.ends_with("Redrive it."), "{cause}");
        assert_eq!((found.input, found.start_date), (record.input.clone(), record.start_date));
        test.engine.redrive_execution(&record.execution_arn).await.unwrap();
        assert_eq!(test.end(&record.execution_arn).await.status, ExecutionStatus::Succeeded);
    }
}

#[tokio::test]
async fn a_damaged_history_stops_nobody_and_the_execution_can_be_redriven() {
    let mut test = engine_of(&machine(json!({"A": task(json!({}))})));
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let arn = test.start(json!({"x": 1})).await;
    test.settle().await;
    let path = folder(&test, &arn).join("history.jsonl");
    let whole = std::fs::read(&path).unwrap();
    let cut_in_the_middle = [&whole[..whole.len() / 3], b"\xff\xff\n", &whole[..]].concat();
    test.functions.on("f", |payload| Ok(payload.clone()));
    for content in damaged(&whole).into_iter().chain([cut_in_the_middle]) {
        std::fs::write(&path, content).unwrap();
        test.engine = test.reopen();
        let found = test.engine.describe_execution(&arn).unwrap();
        if found.status == ExecutionStatus::Aborted {
            test.engine.redrive_execution(&arn).await.unwrap();
            assert_eq!(test.end(&arn).await.status, ExecutionStatus::Succeeded);
        }
        let ids: Vec<_> = test.events(&arn).iter().map(|event| event.id).collect();
        assert_eq!(ids, (1..=ids.len() as u64).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_damaged_record_and_history_say_that_the_input_is_lost() {
    let mut test = engine_of(&machine(json!({"A": task(json!({}))})));
    test.functions.on("f", |payload| Ok(payload.clone()));
    let record = test.run(json!({"x": 1})).await;
    for file in ["execution.json", "history.jsonl"] {
        std::fs::write(folder(&test, &record.execution_arn).join(file), "").unwrap();
    }
    test.engine = test.reopen();
    let found = test.engine.describe_execution(&record.execution_arn).unwrap();
    assert!(found.cause.unwrap().contains("Its input is lost"));
    assert_eq!(found.input, "{}");
}

#[tokio::test]
async fn damaged_records_of_a_map_run_and_of_a_child_run_their_items_again() {
    let mut test = map_over(json!({"MaxConcurrency": 2}), 3);
    test.functions.on_async("f", |payload| {
        Box::pin(async move { if payload == 0 { Ok(payload) } else { std::future::pending().await } })
    });
    let arn = test.start(json!({})).await;
    test.settle().await;
    let record = test.engine.describe_execution(&arn).unwrap();
    let id = run_of(&test, &record).map_run_arn.rsplit(':').next().unwrap().to_owned();
    let map_run = folder(&test, &arn).join("map-runs").join(id);
    let mut children =
        std::fs::read_dir(map_run.join("children")).unwrap().map(|entry| entry.unwrap().path());
    let is_record = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
    let child = children.find(is_record).unwrap();
    for path in [child, map_run.join("map-run.json")] {
        std::fs::write(&path, "").unwrap();
        test.engine = test.reopen();
        test.functions.on("f", |payload| if *payload == 2 { panic!("not yet") } else { Ok(payload.clone()) });
        test.engine.redrive_execution(&arn).await.unwrap();
        assert_eq!(test.end(&arn).await.status, ExecutionStatus::Failed);
        assert_eq!(test.engine.list_map_runs(&arn, &Page::default()).unwrap().items.len(), 1);
    }
    test.functions.on("f", |payload| Ok(payload.clone()));
    test.engine.redrive_execution(&arn).await.unwrap();
    assert_eq!(test.end(&arn).await.status, ExecutionStatus::Succeeded);
}
