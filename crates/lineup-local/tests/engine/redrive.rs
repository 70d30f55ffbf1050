//! Guide, "Restarting executions with redrive" and "Redriving Map Runs"; API, RedriveExecution.

use std::time::Duration;

use lineup_local::engine::ExecutionFilter;
use lineup_local::engine::record::{ExecutionRecord, ExecutionStatus, MapRunStatus, RedriveStatus};
use serde_json::{Value, json};

use crate::{
    map_run::{run_of, world},
    support::{World, fails, machine, output, task},
};

/// The ARNs of the children with a status, or of all.
fn children(world: &World, record: &ExecutionRecord, status: Option<ExecutionStatus>) -> Vec<String> {
    let map_run_arn = Some(run_of(world, record).map_run_arn);
    let filter = ExecutionFilter { map_run_arn, status, redriven: None };
    let listed = world.engine.list_executions(&filter, &Default::default()).unwrap();
    listed.items.into_iter().map(|child| child.execution_arn).collect()
}

/// The files of an execution.
fn folder(world: &World, record: &ExecutionRecord) -> std::path::PathBuf {
    world.dir.path().join(&record.name)
}

/// "Schedules and starts the Task state again"; the retry count is reset; RedriveCount is the new one.
#[tokio::test]
async fn a_failed_task_is_scheduled_again_with_its_input_and_new_retries() {
    let retry = json!([{"ErrorEquals": ["E"], "MaxAttempts": 1}]);
    let payload =
        json!({"FunctionName": "f", "Payload": {"in.$": "$", "redrives.$": "$$.Execution.RedriveCount"}});
    let world = World::of(&machine(json!({
        "A": {"Type": "Pass", "Result": {"from": "A"}, "Next": "B"},
        "B": task(json!({"Retry": retry, "Parameters": payload}))
    })));
    world.script.in_turn("f", vec![fails("E"), fails("E"), fails("E"), Ok(json!("ok"))]);
    let record = world.run(json!({})).await;
    assert_eq!(
        (record.status, record.redrive_status),
        (ExecutionStatus::Failed, Some(RedriveStatus::Redrivable))
    );
    world.clock.advance(Duration::from_secs(60));
    let date = world.engine.redrive_execution(&record.execution_arn).await.unwrap();
    let record = world.end(&record.execution_arn).await;
    assert_eq!(
        (record.status, record.redrive_count, record.redrive_date),
        (ExecutionStatus::Succeeded, 1, Some(date))
    );
    assert_eq!((record.error, record.cause), (None, None));
    let calls = world.script.calls_of("f");
    assert_eq!(calls.iter().map(|call| call["redrives"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 0, 1, 1]);
    assert!(calls.iter().all(|call| call["in"] == json!({"from": "A"})));
    let types = world.types(&record.execution_arn);
    let at = types.iter().position(|name| name == "ExecutionRedriven").unwrap();
    let after = [
        "ExecutionRedriven",
        "TaskScheduled",
        "TaskStarted",
        "TaskFailed",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ];
    assert_eq!(types[at - 1], "ExecutionFailed");
    assert_eq!(types[at..], after);
    let events = world.events(&record.execution_arn);
    assert_eq!(events[at].details["executionRedrivenEventDetails"], json!({"redriveCount": 1}));
    assert!(events.iter().zip(1..).all(|(event, id)| event.id == id), "ids go on where they were");
}

/// "Reevaluates the Choice state rules": with the same input they fail again.
#[tokio::test]
async fn a_choice_is_evaluated_again() {
    let world = World::of(&machine(json!({
        "A": {"Type": "Choice", "Choices": [{"Variable": "$$.Execution.RedriveCount", "NumericEquals": 1, "Next": "B"}]},
        "B": {"Type": "Succeed"}
    })));
    let record = world.run(json!({})).await;
    assert_eq!(record.error.as_deref(), Some("States.NoChoiceMatched"));
    world.engine.redrive_execution(&record.execution_arn).await.unwrap();
    let record = world.end(&record.execution_arn).await;
    assert_eq!(record.status, ExecutionStatus::Succeeded);
    let types = world.types(&record.execution_arn);
    assert_eq!(types[2..5], ["ExecutionFailed", "ExecutionRedriven", "ChoiceStateExited"]);
}

/// "When you redrive an execution, the state machine level timeout, if defined, is reset to 0."
#[tokio::test]
async fn an_execution_that_timed_out_has_its_whole_time_again() {
    let mut definition = machine(json!({"A": task(json!({}))}));
    definition["TimeoutSeconds"] = 60.into();
    let world = World::of(&definition);
    world.script.on_async("f", |_| Box::pin(std::future::pending()));
    let record = world.run(json!({})).await;
    assert_eq!(record.status, ExecutionStatus::TimedOut);
    world.clock.advance(Duration::from_secs(100));
    world.script.on("f", |_| Ok(json!(1)));
    world.engine.redrive_execution(&record.execution_arn).await.unwrap();
    assert_eq!(world.end(&record.execution_arn).await.status, ExecutionStatus::Succeeded);
}

/// "Redrive eligibility for unsuccessful executions"; the reasons are DescribeExecution's.
#[tokio::test]
async fn what_cannot_be_redriven_is_refused_with_the_reason() {
    let world = World::of(&machine(json!({"A": task(json!({}))})));
    world.script.on("f", |payload| if payload["ok"] == true { Ok(json!(1)) } else { fails("E") });
    let succeeded = world.run(json!({"ok": true})).await.execution_arn;
    let old = world.run(json!({})).await.execution_arn;
    world.script.on_async("f", |_| Box::pin(std::future::pending()));
    let running = world.start(json!({})).await;
    world.clock.advance(Duration::from_secs(14 * 24 * 3600));
    assert_eq!(
        world.engine.describe_execution(&old).unwrap().redrive_status,
        Some(RedriveStatus::Redrivable)
    );
    world.clock.advance(Duration::from_secs(1));
    let cases = [
        (running, "Execution is RUNNING and cannot be redriven"),
        (succeeded, "Execution is SUCCEEDED and cannot be redriven"),
        (old, "Execution redrivable period exceeded"),
    ];
    for (arn, reason) in cases {
        let record = world.engine.describe_execution(&arn).unwrap();
        assert_eq!(record.redrive_status, Some(RedriveStatus::NotRedrivable));
        assert_eq!(record.redrive_status_reason.as_deref(), Some(reason));
        let error = world.engine.redrive_execution(&arn).await.unwrap_err();
        assert_eq!(error.api_name(), Some("ExecutionNotRedrivable"));
        assert!(error.to_string().starts_with(reason), "{error}");
    }
}

/// "Redrives the unsuccessful child workflow executions in a Map Run", under their own ARNs,
/// with the items of the first attempt; children that were not started are started.
#[tokio::test]
async fn a_failed_map_run_runs_only_its_unsuccessful_children_again() {
    let world = world(json!({"MaxConcurrency": 1, "ToleratedFailureCount": 1}), 6);
    world.script.on("f", |payload| {
        if [1, 3].map(|n| json!(n)).contains(payload) { fails("E") } else { Ok(payload.clone()) }
    });
    let record = world.run(json!({})).await;
    let first = run_of(&world, &record);
    assert_eq!(
        (first.status, first.item_counts.succeeded, first.item_counts.pending),
        (MapRunStatus::Failed, 2, 2)
    );
    world.objects.set("b", "items", "\"other items\"\n");
    world.script.calls.lock().unwrap().clear();
    world.script.on("f", |payload| Ok(payload.clone()));
    world.engine.redrive_execution(&record.execution_arn).await.unwrap();
    let record = world.end(&record.execution_arn).await;
    assert_eq!(output(&record), Value::from((0..6).map(|n| json!({"n": n})).collect::<Vec<_>>()));
    assert_eq!(world.script.calls_of("f"), [1, 3, 4, 5].map(|n| json!(n)));
    let run = run_of(&world, &record);
    assert_eq!(
        (run.map_run_arn, run.status, run.redrive_count),
        (first.map_run_arn, MapRunStatus::Succeeded, 1)
    );
    assert_eq!(
        (run.item_counts.succeeded, run.item_counts.total, run.item_counts.pending_redrive),
        (6, 6, 0)
    );
    let types = world.types(&record.execution_arn);
    let at = types.iter().position(|name| name == "ExecutionRedriven").unwrap();
    let after = [
        "ExecutionRedriven",
        "MapRunRedriven",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ];
    assert_eq!(types[at..], after);
}

/// "When a Map Run has completed its execution or is aborted, the count of child workflow
/// executions in the Pending redrive state is reset to 0"; the same children wait for the next redrive.
#[tokio::test]
async fn a_redrive_that_fails_early_leaves_the_other_children_as_they_were() {
    let world = world(json!({"MaxConcurrency": 1, "ToleratedFailureCount": 2}), 6);
    world.script.on("f", |payload| if *payload == 0 { Ok(payload.clone()) } else { fails("E") });
    let record = world.run(json!({})).await;
    assert_eq!(
        (run_of(&world, &record).item_counts.failed, run_of(&world, &record).item_counts.pending),
        (3, 2)
    );
    world.script.on_async("f", |_| Box::pin(std::future::pending()));
    world.engine.redrive_execution(&record.execution_arn).await.unwrap();
    world.settle().await;
    let counts = run_of(&world, &record).item_counts;
    assert_eq!((counts.running, counts.pending_redrive, counts.pending, counts.failed), (1, 2, 2, 0));
    let waiting = children(&world, &record, Some(ExecutionStatus::PendingRedrive));
    assert_eq!(waiting.len(), 2);
    let described = world.engine.describe_execution(&waiting[0]).unwrap();
    assert_eq!(described.status, ExecutionStatus::PendingRedrive);
    assert_eq!(described.redrive_status, Some(RedriveStatus::NotRedrivable));
    world.engine.stop_execution(&record.execution_arn, None, None).await.unwrap();
    assert!(children(&world, &record, Some(ExecutionStatus::PendingRedrive)).is_empty());
    let counts = run_of(&world, &record).item_counts;
    assert_eq!((counts.succeeded, counts.failed, counts.aborted, counts.pending), (1, 2, 1, 2));
    assert_eq!((counts.running, counts.pending_redrive, counts.total), (0, 0, 6));
}

/// "Child workflow execution redrive behavior": a STANDARD child goes on with the state that
/// failed, an EXPRESS one begins anew; a child itself cannot be redriven.
#[tokio::test]
async fn a_standard_child_goes_on_and_an_express_child_begins_anew() {
    for (kind, calls_of_g) in [("STANDARD", 1), ("EXPRESS", 2)] {
        let processor = json!({
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
            "StartAt": "G", "States": {
                "G": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "g", "Payload.$": "$"}, "ResultPath": null, "Next": "C"},
                "C": task(json!({"ResultPath": null}))
            }
        });
        let world = world(json!({"ItemProcessor": processor}), 1);
        world.script.on("g", |_| Ok(json!(1)));
        world.script.in_turn("f", vec![fails("E"), Ok(json!(1))]);
        let record = world.run(json!({})).await;
        let child = children(&world, &record, None).remove(0);
        let described = world.engine.describe_execution(&child).unwrap();
        assert_eq!(described.redrive_status, Some(RedriveStatus::RedrivableByMapRun));
        let refused = world.engine.redrive_execution(&child).await.unwrap_err();
        assert_eq!(refused.api_name(), Some("ExecutionNotRedrivable"));
        world.engine.redrive_execution(&record.execution_arn).await.unwrap();
        assert_eq!(world.end(&record.execution_arn).await.status, ExecutionStatus::Succeeded);
        assert_eq!(world.script.calls_of("g").len(), calls_of_g, "{kind}");
        assert_eq!(world.engine.describe_execution(&child).unwrap().redrive_count, 1);
    }
}

/// "Scenarios of input used on Map Run redrive": items that could not be read are read again.
#[tokio::test]
async fn a_map_run_that_could_not_read_its_items_reads_them_on_a_redrive() {
    let world = world(json!({}), 2);
    world.objects.set("b", "items", "{");
    let record = world.run(json!({})).await;
    assert_eq!(record.error.as_deref(), Some("States.ItemReaderFailed"));
    world.objects.set("b", "items", "7\n");
    world.engine.redrive_execution(&record.execution_arn).await.unwrap();
    assert_eq!(output(&world.end(&record.execution_arn).await), json!([{"n": 7}]));
}

/// "Redrive eligibility for child workflows": after States.DataLimitExceeded a new Map Run starts.
#[tokio::test]
async fn a_map_run_whose_output_was_too_large_is_started_anew() {
    let world = world(json!({}), 2);
    world.script.on("f", |_| Ok(json!("x".repeat(200_000))));
    let record = world.run(json!({})).await;
    assert_eq!(record.error.as_deref(), Some("States.DataLimitExceeded"));
    world.script.on("f", |payload| Ok(payload.clone()));
    world.engine.redrive_execution(&record.execution_arn).await.unwrap();
    assert_eq!(output(&world.end(&record.execution_arn).await), json!([{"n": 0}, {"n": 1}]));
    assert_eq!(
        world.engine.list_map_runs(&record.execution_arn, &Default::default()).unwrap().items.len(),
        2
    );
}

/// ListExecutions: "Running executions are sorted by their startDate or redriveDate, and other
/// executions are sorted by their stopDate."
#[tokio::test]
async fn a_redriven_execution_is_the_most_recent_again() {
    let world = World::of(&machine(json!({"A": task(json!({}))})));
    world.script.on("f", |_| fails("E"));
    let mut arns = Vec::new();
    for _ in 0..2 {
        arns.push(world.run(json!({})).await.execution_arn);
        world.clock.advance(Duration::from_secs(1));
    }
    let listed = |redriven| -> Vec<String> {
        let filter = ExecutionFilter { redriven, ..Default::default() };
        let page = world.engine.list_executions(&filter, &Default::default()).unwrap();
        page.items.into_iter().map(|item| item.execution_arn).collect()
    };
    assert_eq!(listed(None), [&*arns[1], &*arns[0]]);
    world.script.on_async("f", |_| Box::pin(std::future::pending()));
    world.engine.redrive_execution(&arns[0]).await.unwrap();
    assert_eq!(listed(None), [&*arns[0], &*arns[1]], "while it runs");
    assert_eq!((listed(Some(true)), listed(Some(false))), (vec![arns[0].clone()], vec![arns[1].clone()]));
    world.engine.stop_execution(&arns[0], None, None).await.unwrap();
    assert_eq!(listed(None), [&*arns[0], &*arns[1]], "and afterwards");
}

/// RedriveExecution, `clientToken`: an SDK that repeats a request whose answer was lost sends the same one.
#[tokio::test]
async fn a_redrive_that_is_asked_for_twice_with_one_token_is_done_once() {
    let world = World::of(&machine(json!({"A": task(json!({}))})));
    world.script.on("f", |_| fails("E"));
    let arn = world.run(json!({})).await.execution_arn;
    world.script.on_async("f", |_| Box::pin(std::future::pending()));
    let date = world.engine.redrive_execution_once(&arn, "token").await.unwrap();
    world.clock.advance(Duration::from_secs(15 * 60));
    assert_eq!(world.engine.redrive_execution_once(&arn, "token").await.unwrap(), date);
    assert_eq!(world.engine.describe_execution(&arn).unwrap().redrive_count, 1);
    let other = world.engine.redrive_execution_once(&arn, "other").await.unwrap_err();
    assert_eq!(other.api_name(), Some("ExecutionNotRedrivable"));
    world.clock.advance(Duration::from_secs(1));
    let late = world.engine.redrive_execution_once(&arn, "token").await.unwrap_err();
    assert_eq!(late.api_name(), Some("ExecutionNotRedrivable"), "tokens are valid for 15 minutes");
}

/// "The execution event history count is less than 24,999"; "has not exceeded the maximum open time of one year".
#[tokio::test]
async fn an_execution_with_too_many_events_or_open_for_a_year_cannot_be_redriven() {
    let world = World::of(&machine(json!({"A": task(json!({}))})));
    world.script.on("f", |_| fails("E"));
    let long = world.run(json!({})).await;
    let history = folder(&world, &long).join("history.jsonl");
    let text = std::fs::read_to_string(&history).unwrap();
    let more = text.lines().last().unwrap().to_owned() + "\n";
    let status = |arn: &str| world.engine.describe_execution(arn).unwrap();
    for (events, redrivable) in [(24_998, true), (24_999, false)] {
        let added = more.repeat(events - text.lines().count());
        std::fs::write(&history, format!("{text}{added}")).unwrap();
        let status = status(&long.execution_arn);
        assert_eq!(status.redrive_status == Some(RedriveStatus::Redrivable), redrivable, "{events}");
        let reason = (!redrivable).then_some("Execution history event limit exceeded");
        assert_eq!(status.redrive_status_reason.as_deref(), reason);
    }
    world.script.on_async("f", |_| Box::pin(std::future::pending()));
    let open = world.start(json!({})).await;
    world.clock.advance(Duration::from_secs(365 * 24 * 3600 + 1));
    world.engine.stop_execution(&open, None, None).await.unwrap();
    let reason = status(&open).redrive_status_reason;
    assert_eq!(reason.as_deref(), Some("Execution has exceeded the max execution time"));
}

/// "You haven't exceeded the hard limit of 1000 redrives of a given Map Run. If you've exceeded this
/// limit, you'll receive the States.Runtime error."
#[tokio::test]
async fn a_map_run_is_redriven_a_thousand_times_at_the_most() {
    let world = world(json!({}), 2);
    world.script.on("f", |_| fails("E"));
    let record = world.run(json!({})).await;
    let id = run_of(&world, &record).map_run_arn.rsplit(':').next().unwrap().to_owned();
    let file = folder(&world, &record).join("map-runs").join(id).join("map-run.json");
    let mut run: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    run["redriveCount"] = 1000.into();
    std::fs::write(&file, run.to_string()).unwrap();
    let calls = world.script.calls_of("f").len();
    world.engine.redrive_execution(&record.execution_arn).await.unwrap();
    let record = world.end(&record.execution_arn).await;
    assert_eq!((record.status, record.error.as_deref()), (ExecutionStatus::Failed, Some("States.Runtime")));
    assert_eq!(world.script.calls_of("f").len(), calls);
}
