//! Guide, "Restarting executions with redrive" and "Redriving Map Runs"; API, RedriveExecution.

use std::time::Duration;

use embedded_step_functions::ExecutionFilter;
use embedded_step_functions::record::{ExecutionRecord, ExecutionStatus, MapRunStatus, RedriveStatus};
use embedded_step_functions::testing::{TestEngine, fails};
use serde_json::{Value, json};

use crate::map_run::{map_over, run_of};
use crate::support::{engine_of, machine, output, task};

/// The ARNs of the children with a status, or of all.
fn children(test: &TestEngine, record: &ExecutionRecord, status: Option<ExecutionStatus>) -> Vec<String> {
    let map_run_arn = Some(run_of(test, record).map_run_arn);
    let filter = ExecutionFilter { map_run_arn, status, redriven: None };
    let listed = test.engine.list_executions(&filter, &Default::default()).unwrap();
    listed.items.into_iter().map(|child| child.execution_arn).collect()
}

/// The files of an execution.
fn folder(test: &TestEngine, record: &ExecutionRecord) -> std::path::PathBuf {
    test.folder().join(&record.name)
}

/// "Schedules and starts the Task state again"; the retry count is reset; RedriveCount is the new one.
#[tokio::test]
async fn a_failed_task_is_scheduled_again_with_its_input_and_new_retries() {
    let retry = json!([{"ErrorEquals": ["E"], "MaxAttempts": 1}]);
    let payload =
        json!({"FunctionName": "f", "Payload": {"in.$": "$", "redrives.$": "$$.Execution.RedriveCount"}});
    let test = engine_of(&machine(json!({
        "A": {"Type": "Pass", "Result": {"from": "A"}, "Next": "B"},
        "B": task(json!({"Retry": retry, "Parameters": payload}))
    })));
    test.functions.in_turn("f", vec![fails("E"), fails("E"), fails("E"), Ok(json!("ok"))]);
    let record = test.run(json!({})).await;
    assert_eq!(
        (record.status, record.redrive_status),
        (ExecutionStatus::Failed, Some(RedriveStatus::Redrivable))
    );
    test.clock.advance(Duration::from_secs(60));
    let date = test.engine.redrive_execution(&record.execution_arn).await.unwrap();
    let record = test.end(&record.execution_arn).await;
    assert_eq!(
        (record.status, record.redrive_count, record.redrive_date),
        (ExecutionStatus::Succeeded, 1, Some(date))
    );
    assert_eq!((record.error, record.cause), (None, None));
    let calls = test.functions.calls_of("f");
    assert_eq!(calls.iter().map(|call| call["redrives"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 0, 1, 1]);
    assert!(calls.iter().all(|call| call["in"] == json!({"from": "A"})));
    let types = test.types(&record.execution_arn);
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
    let events = test.events(&record.execution_arn);
    assert_eq!(events[at].details["executionRedrivenEventDetails"], json!({"redriveCount": 1}));
    assert!(events.iter().zip(1..).all(|(event, id)| event.id == id), "ids go on where they were");
}

/// "Reevaluates the Choice state rules": with the same input they fail again.
#[tokio::test]
async fn a_choice_is_evaluated_again() {
    let test = engine_of(&machine(json!({
        "A": {"Type": "Choice", "Choices": [{"Variable": "$$.Execution.RedriveCount", "NumericEquals": 1, "Next": "B"}]},
        "B": {"Type": "Succeed"}
    })));
    let record = test.run(json!({})).await;
    assert_eq!(record.error.as_deref(), Some("States.Runtime"));
    test.engine.redrive_execution(&record.execution_arn).await.unwrap();
    let record = test.end(&record.execution_arn).await;
    assert_eq!(record.status, ExecutionStatus::Succeeded);
    let types = test.types(&record.execution_arn);
    assert_eq!(types[2..5], ["ExecutionFailed", "ExecutionRedriven", "ChoiceStateExited"]);
}

/// "When you redrive an execution, the state machine level timeout, if defined, is reset to 0."
#[tokio::test]
async fn an_execution_that_timed_out_has_its_whole_time_again() {
    let mut definition = machine(json!({"A": task(json!({}))}));
    definition["TimeoutSeconds"] = 60.into();
    let test = engine_of(&definition);
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let record = test.run(json!({})).await;
    assert_eq!(record.status, ExecutionStatus::TimedOut);
    test.clock.advance(Duration::from_secs(100));
    test.functions.on("f", |_| Ok(json!(1)));
    test.engine.redrive_execution(&record.execution_arn).await.unwrap();
    assert_eq!(test.end(&record.execution_arn).await.status, ExecutionStatus::Succeeded);
}

/// "Redrive eligibility for unsuccessful executions"; the reasons are DescribeExecution's.
#[tokio::test]
async fn what_cannot_be_redriven_is_refused_with_the_reason() {
    let test = engine_of(&machine(json!({"A": task(json!({}))})));
    test.functions.on("f", |payload| if payload["ok"] == true { Ok(json!(1)) } else { fails("E") });
    let succeeded = test.run(json!({"ok": true})).await.execution_arn;
    let old = test.run(json!({})).await.execution_arn;
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let running = test.start(json!({})).await;
    test.clock.advance(Duration::from_secs(14 * 24 * 3600));
    assert_eq!(test.engine.describe_execution(&old).unwrap().redrive_status, Some(RedriveStatus::Redrivable));
    test.clock.advance(Duration::from_secs(1));
    let cases = [
        (running, "Execution is RUNNING and cannot be redriven"),
        (succeeded, "Execution is SUCCEEDED and cannot be redriven"),
        (old, "Execution redrivable period exceeded"),
    ];
    for (arn, reason) in cases {
        let record = test.engine.describe_execution(&arn).unwrap();
        assert_eq!(record.redrive_status, Some(RedriveStatus::NotRedrivable));
        assert_eq!(record.redrive_status_reason.as_deref(), Some(reason));
        let error = test.engine.redrive_execution(&arn).await.unwrap_err();
        assert_eq!(error.api_name(), Some("ExecutionNotRedrivable"));
        assert!(error.to_string().ends_with(reason), "{error}");
    }
}

/// "Redrives the unsuccessful child workflow executions in a Map Run", under their own ARNs,
/// with the items of the first attempt; children that were not started are started.
#[tokio::test]
async fn a_failed_map_run_runs_only_its_unsuccessful_children_again() {
    let test = map_over(json!({"MaxConcurrency": 1, "ToleratedFailureCount": 1}), 6);
    test.functions.on("f", |payload| {
        if [1, 3].map(|n| json!(n)).contains(payload) { fails("E") } else { Ok(payload.clone()) }
    });
    let record = test.run(json!({})).await;
    let first = run_of(&test, &record);
    assert_eq!(
        (first.status, first.item_counts.succeeded, first.item_counts.pending),
        (MapRunStatus::Failed, 2, 2)
    );
    test.objects.set("b", "items", "\"other items\"\n");
    test.functions.forget_calls();
    test.functions.on("f", |payload| Ok(payload.clone()));
    test.engine.redrive_execution(&record.execution_arn).await.unwrap();
    let record = test.end(&record.execution_arn).await;
    assert_eq!(output(&record), Value::from((0..6).map(|n| json!({"n": n})).collect::<Vec<_>>()));
    assert_eq!(test.functions.calls_of("f"), [1, 3, 4, 5].map(|n| json!(n)));
    let run = run_of(&test, &record);
    assert_eq!(
        (run.map_run_arn, run.status, run.redrive_count),
        (first.map_run_arn, MapRunStatus::Succeeded, 1)
    );
    assert_eq!(
        (run.item_counts.succeeded, run.item_counts.total, run.item_counts.pending_redrive),
        (6, 6, 0)
    );
    let types = test.types(&record.execution_arn);
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
    let test = map_over(json!({"MaxConcurrency": 1, "ToleratedFailureCount": 2}), 6);
    test.functions.on("f", |payload| if *payload == 0 { Ok(payload.clone()) } else { fails("E") });
    let record = test.run(json!({})).await;
    assert_eq!(
        (run_of(&test, &record).item_counts.failed, run_of(&test, &record).item_counts.pending),
        (3, 2)
    );
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    test.engine.redrive_execution(&record.execution_arn).await.unwrap();
    test.settle().await;
    let counts = run_of(&test, &record).item_counts;
    assert_eq!((counts.running, counts.pending_redrive, counts.pending, counts.failed), (1, 2, 2, 0));
    let waiting = children(&test, &record, Some(ExecutionStatus::PendingRedrive));
    assert_eq!(waiting.len(), 2);
    let described = test.engine.describe_execution(&waiting[0]).unwrap();
    assert_eq!(described.status, ExecutionStatus::PendingRedrive);
    assert_eq!(described.redrive_status, Some(RedriveStatus::NotRedrivable));
    test.engine.stop_execution(&record.execution_arn, None, None).await.unwrap();
    assert!(children(&test, &record, Some(ExecutionStatus::PendingRedrive)).is_empty());
    let counts = run_of(&test, &record).item_counts;
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
        let test = map_over(json!({"ItemProcessor": processor}), 1);
        test.functions.on("g", |_| Ok(json!(1)));
        test.functions.in_turn("f", vec![fails("E"), Ok(json!(1))]);
        let record = test.run(json!({})).await;
        let child = children(&test, &record, None).remove(0);
        let described = test.engine.describe_execution(&child).unwrap();
        assert_eq!(described.redrive_status, Some(RedriveStatus::RedrivableByMapRun));
        let refused = test.engine.redrive_execution(&child).await.unwrap_err();
        assert_eq!(refused.api_name(), Some("ValidationException"));
        test.engine.redrive_execution(&record.execution_arn).await.unwrap();
        assert_eq!(test.end(&record.execution_arn).await.status, ExecutionStatus::Succeeded);
        assert_eq!(test.functions.calls_of("g").len(), calls_of_g, "{kind}");
        assert_eq!(test.engine.describe_execution(&child).unwrap().redrive_count, 1);
    }
}

/// "Scenarios of input used on Map Run redrive": items that could not be read are read again.
#[tokio::test]
async fn a_map_run_that_could_not_read_its_items_reads_them_on_a_redrive() {
    let test = map_over(json!({}), 2);
    test.objects.set("b", "items", "{");
    let record = test.run(json!({})).await;
    assert_eq!(record.error.as_deref(), Some("States.ItemReaderFailed"));
    test.objects.set("b", "items", "7\n");
    test.engine.redrive_execution(&record.execution_arn).await.unwrap();
    assert_eq!(output(&test.end(&record.execution_arn).await), json!([{"n": 7}]));
}

/// "Redrive eligibility for child workflows": after States.DataLimitExceeded a new Map Run starts.
#[tokio::test]
async fn a_map_run_whose_output_was_too_large_is_started_anew() {
    let test = map_over(json!({}), 2);
    test.functions.on("f", |_| Ok(json!("x".repeat(200_000))));
    let record = test.run(json!({})).await;
    assert_eq!(record.error.as_deref(), Some("States.DataLimitExceeded"));
    test.functions.on("f", |payload| Ok(payload.clone()));
    test.engine.redrive_execution(&record.execution_arn).await.unwrap();
    assert_eq!(output(&test.end(&record.execution_arn).await), json!([{"n": 0}, {"n": 1}]));
    assert_eq!(test.engine.list_map_runs(&record.execution_arn, &Default::default()).unwrap().items.len(), 2);
}

/// ListExecutions: "Running executions are sorted by their startDate or redriveDate, and other
/// executions are sorted by their stopDate."
#[tokio::test]
async fn a_redriven_execution_is_the_most_recent_again() {
    let test = engine_of(&machine(json!({"A": task(json!({}))})));
    test.functions.on("f", |_| fails("E"));
    let mut arns = Vec::new();
    for _ in 0..2 {
        arns.push(test.run(json!({})).await.execution_arn);
        test.clock.advance(Duration::from_secs(1));
    }
    let listed = |redriven| -> Vec<String> {
        let filter = ExecutionFilter { redriven, ..Default::default() };
        let page = test.engine.list_executions(&filter, &Default::default()).unwrap();
        page.items.into_iter().map(|item| item.execution_arn).collect()
    };
    assert_eq!(listed(None), [&*arns[1], &*arns[0]]);
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    test.engine.redrive_execution(&arns[0]).await.unwrap();
    assert_eq!(listed(None), [&*arns[0], &*arns[1]], "while it runs");
    assert_eq!((listed(Some(true)), listed(Some(false))), (vec![arns[0].clone()], vec![arns[1].clone()]));
    test.engine.stop_execution(&arns[0], None, None).await.unwrap();
    assert_eq!(listed(None), [&*arns[0], &*arns[1]], "and afterwards");
}

/// RedriveExecution, `clientToken`: an SDK that repeats a request whose answer was lost sends the same one.
#[tokio::test]
async fn a_redrive_that_is_asked_for_twice_with_one_token_is_done_once() {
    let test = engine_of(&machine(json!({"A": task(json!({}))})));
    test.functions.on("f", |_| fails("E"));
    let arn = test.run(json!({})).await.execution_arn;
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let date = test.engine.redrive_execution_once(&arn, "token").await.unwrap();
    test.clock.advance(Duration::from_secs(15 * 60));
    assert_eq!(test.engine.redrive_execution_once(&arn, "token").await.unwrap(), date);
    assert_eq!(test.engine.describe_execution(&arn).unwrap().redrive_count, 1);
    let other = test.engine.redrive_execution_once(&arn, "other").await.unwrap_err();
    assert_eq!(other.api_name(), Some("ExecutionNotRedrivable"));
    test.clock.advance(Duration::from_secs(1));
    let late = test.engine.redrive_execution_once(&arn, "token").await.unwrap_err();
    assert_eq!(late.api_name(), Some("ExecutionNotRedrivable"), "tokens are valid for 15 minutes");
}

/// "The execution event history count is less than 24,999"; "has not exceeded the maximum open time of one year".
#[tokio::test]
async fn an_execution_with_too_many_events_or_open_for_a_year_cannot_be_redriven() {
    let test = engine_of(&machine(json!({"A": task(json!({}))})));
    test.functions.on("f", |_| fails("E"));
    let long = test.run(json!({})).await;
    let history = folder(&test, &long).join("history.jsonl");
    let text = std::fs::read_to_string(&history).unwrap();
    let more = text.lines().last().unwrap().to_owned() + "\n";
    let status = |arn: &str| test.engine.describe_execution(arn).unwrap();
    for (events, redrivable) in [(24_998, true), (24_999, false)] {
        let added = more.repeat(events - text.lines().count());
        std::fs::write(&history, format!("{text}{added}")).unwrap();
        let status = status(&long.execution_arn);
        assert_eq!(status.redrive_status == Some(RedriveStatus::Redrivable), redrivable, "{events}");
        let reason = (!redrivable).then_some("Execution history event limit exceeded");
        assert_eq!(status.redrive_status_reason.as_deref(), reason);
    }
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let open = test.start(json!({})).await;
    test.clock.advance(Duration::from_secs(365 * 24 * 3600 + 1));
    test.engine.stop_execution(&open, None, None).await.unwrap();
    let reason = status(&open).redrive_status_reason;
    assert_eq!(reason.as_deref(), Some("Execution has exceeded the max execution time"));
}

/// "You haven't exceeded the hard limit of 1000 redrives of a given Map Run. If you've exceeded this
/// limit, you'll receive the States.Runtime error."
#[tokio::test]
async fn a_map_run_is_redriven_a_thousand_times_at_the_most() {
    let test = map_over(json!({}), 2);
    test.functions.on("f", |_| fails("E"));
    let record = test.run(json!({})).await;
    let id = run_of(&test, &record).map_run_arn.rsplit(':').next().unwrap().to_owned();
    let file = folder(&test, &record).join("map-runs").join(id).join("map-run.json");
    let mut run: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    run["redriveCount"] = 1000.into();
    std::fs::write(&file, run.to_string()).unwrap();
    let calls = test.functions.calls_of("f").len();
    test.engine.redrive_execution(&record.execution_arn).await.unwrap();
    let record = test.end(&record.execution_arn).await;
    assert_eq!((record.status, record.error.as_deref()), (ExecutionStatus::Failed, Some("States.Runtime")));
    assert_eq!(test.functions.calls_of("f").len(), calls);
}
