//! Faults of the engine itself, and of what it stands on: nobody is to wait for ever.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use embedded_step_functions::ports::{Clock, Invocation, TaskFailure, TaskRunner};
use embedded_step_functions::record::{ExecutionStatus, MapRunStatus, RedriveStatus};
use embedded_step_functions::testing::{MemoryObjects, TestClock};
use embedded_step_functions::{Config, Engine, ExecutionFilter, INTERRUPTED, Page};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::map_run::{map_over, run_of};
use crate::support::{engine_of, machine, output, task};

#[tokio::test]
async fn an_execution_whose_task_panics_has_failed_and_can_be_redriven() {
    let mut test = engine_of(&machine(json!({"A": task(json!({}))})));
    test.functions.on("f", |_| panic!("a fault of the runner"));
    let record = test.run(json!({})).await;
    assert_eq!((record.status, record.error.as_deref()), (ExecutionStatus::Failed, Some("States.Runtime")));
    assert_eq!(record.redrive_status, Some(RedriveStatus::Redrivable));
    assert_eq!(test.types(&record.execution_arn).last().unwrap(), "ExecutionFailed");
    test.engine = test.reopen();
    assert_eq!(test.engine.describe_execution(&record.execution_arn).unwrap(), record, "it is on disk");
    test.functions.on("f", |payload| Ok(payload.clone()));
    test.engine.redrive_execution(&record.execution_arn).await.unwrap();
    assert_eq!(test.end(&record.execution_arn).await.status, ExecutionStatus::Succeeded);
}

#[tokio::test]
async fn a_child_that_panics_has_failed_and_its_map_run_goes_on() {
    let test = map_over(json!({"ToleratedFailureCount": 1}), 3);
    test.functions.on("f", |payload| if *payload == 1 { panic!("a fault") } else { Ok(payload.clone()) });
    let record = test.run(json!({})).await;
    assert_eq!(record.status, ExecutionStatus::Succeeded);
    let counts = run_of(&test, &record).item_counts;
    assert_eq!((counts.succeeded, counts.failed, counts.running), (2, 1, 0));
}

/// As on a full disk: no file can be written where a folder has its name.
fn forbid_writing(file: &std::path::Path) {
    fs::create_dir(file.with_extension("new")).unwrap();
}

/// A command that asked again and again how the execution was doing hung for ever.
#[tokio::test]
async fn an_end_that_cannot_be_written_is_told_all_the_same() {
    let mut test = engine_of(&machine(json!({"A": task(json!({}))})));
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let arn = test.start(json!({})).await;
    test.settle().await;
    let file = test.folder().join(arn.rsplit(':').next().unwrap()).join("execution.json");
    forbid_writing(&file);
    test.engine.stop_execution(&arn, Some("E"), None).await.unwrap();
    let record = test.engine.describe_execution(&arn).unwrap();
    assert_eq!((record.status, record.error.as_deref()), (ExecutionStatus::Aborted, Some("E")));
    let listed = test.engine.list_executions(&ExecutionFilter::default(), &Page::default()).unwrap();
    assert_eq!(listed.items[0].status, ExecutionStatus::Aborted);
    // The next process can read, although it cannot write that the execution was interrupted.
    test.engine = test.reopen();
    let record = test.engine.describe_execution(&arn).unwrap();
    assert_eq!((record.status, record.error.as_deref()), (ExecutionStatus::Aborted, Some(INTERRUPTED)));
    // With room again, a redrive goes on.
    fs::remove_dir(file.with_extension("new")).unwrap();
    test.functions.on("f", |payload| Ok(payload.clone()));
    test.engine.redrive_execution(&arn).await.unwrap();
    let record = test.end(&arn).await;
    assert_eq!(record.status, ExecutionStatus::Succeeded);
    assert_eq!(test.reopen().describe_execution(&arn).unwrap(), record);
}

#[tokio::test]
async fn a_map_run_whose_end_cannot_be_written_is_told_all_the_same_and_is_redriven() {
    let test = map_over(json!({}), 2);
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let arn = test.start(json!({})).await;
    test.settle().await;
    let running = test.engine.describe_execution(&arn).unwrap();
    let id = run_of(&test, &running).map_run_arn.rsplit(':').next().unwrap().to_owned();
    let file = test.folder().join(&running.name).join("map-runs").join(id).join("map-run.json");
    forbid_writing(&file);
    test.engine.stop_execution(&arn, None, None).await.unwrap();
    let record = test.engine.describe_execution(&arn).unwrap();
    assert_eq!(run_of(&test, &record).status, MapRunStatus::Aborted);
    assert_ne!(record.status, ExecutionStatus::Running);
    fs::remove_dir(file.with_extension("new")).unwrap();
    test.functions.on("f", |payload| Ok(payload.clone()));
    test.engine.redrive_execution(&arn).await.unwrap();
    let record = test.end(&arn).await;
    assert_eq!(output(&record), json!([{"n": 0}, {"n": 1}]));
    assert_eq!(run_of(&test, &record).status, MapRunStatus::Succeeded);
}

/// Functions that have a place only when there is a permit, and never answer.
struct Places(Semaphore);

impl TaskRunner for Places {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Value, TaskFailure>> {
        Box::pin(async move {
            let _place = self.0.acquire().await;
            invocation.turn.comes();
            std::future::pending().await
        })
    }

    fn queues(&self) -> bool {
        true
    }
}

/// Lambda refuses an invocation for which there is no place; here it waits, and that is not its own time.
#[tokio::test]
async fn waiting_for_a_place_does_not_count_against_the_task_s_timeout() {
    let folder = tempfile::tempdir().unwrap();
    let definition = machine(json!({"A": task(json!({"TimeoutSeconds": 30}))}));
    let definition = asl::load(&definition.to_string(), &std::collections::BTreeMap::new()).unwrap();
    let places = Arc::new(Places(Semaphore::new(0)));
    let clock = Arc::new(TestClock::default());
    let config = Config {
        region: "eu-west-1".into(),
        account: "123456789012".into(),
        machine: "test".into(),
        role_arn: "role".into(),
        seed: 7,
        interrupted_hint: String::new(),
    };
    let (runner, objects) = (Arc::clone(&places), Arc::new(MemoryObjects::default()));
    let engine = Engine::open(
        folder.path(),
        config,
        definition,
        runner,
        objects,
        Arc::clone(&clock) as Arc<dyn Clock>,
    )
    .unwrap();
    let arn = engine.start_execution(None, "{}").await.unwrap().execution_arn;
    let settle = async || {
        for _ in 0..500 {
            tokio::task::yield_now().await;
        }
    };
    settle().await;
    assert!(!clock.jump(), "the timeout does not run yet");
    clock.advance(Duration::from_secs(3600));
    places.0.add_permits(1);
    settle().await;
    assert_eq!(engine.describe_execution(&arn).unwrap().status, ExecutionStatus::Running);
    assert!(clock.jump());
    let record = engine.wait(&arn).await.unwrap();
    assert_eq!(record.error.as_deref(), Some("States.Timeout"));
    assert_eq!(record.stop_date.unwrap().duration_since(record.start_date).as_secs(), 3630);
}
