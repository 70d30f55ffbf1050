//! Distributed Map states. Guide, "Using Map state in Distributed mode".

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use embedded_step_functions::record::{ExecutionRecord, ExecutionStatus, MapRunRecord, MapRunStatus};
use embedded_step_functions::{ExecutionFilter, Page};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use embedded_step_functions::testing::{TestEngine, fails};

use crate::support::{engine_of, machine, output, task};

/// A Map `A` over `s3://b/items` whose children invoke `f`.
pub(crate) fn map(fields: Value) -> Value {
    let mut state = json!({
        "Type": "Map", "Label": "Items", "End": true,
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSONL"},
            "Parameters": {"Bucket": "b", "Key": "items"}
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "C", "States": {"C": task(json!({"ResultSelector": {"n.$": "$.Payload"}}))}
        }
    });
    for (name, value) in fields.as_object().unwrap() {
        state[name] = value.clone();
    }
    state
}

pub(crate) fn map_over(fields: Value, items: u64) -> TestEngine {
    let test = engine_of(&machine(json!({"A": map(fields)})));
    test.objects.set("b", "items", (0..items).map(|n| format!("{n}\n")).collect::<String>());
    test.functions.on("f", |payload| Ok(payload.clone()));
    test
}

pub(crate) fn run_of(test: &TestEngine, record: &ExecutionRecord) -> MapRunRecord {
    let runs = test.engine.list_map_runs(&record.execution_arn, &Page::default()).unwrap().items;
    test.engine.describe_map_run(&runs[0].map_run_arn).unwrap()
}

/// Guide, "ResultWriter (Map)": without one, the outputs in the order of the items.
#[tokio::test]
async fn the_output_is_the_children_s_outputs_in_order() {
    let test = map_over(json!({}), 12);
    let record = test.run(json!({})).await;
    assert_eq!(output(&record), Value::from((0..12).map(|n| json!({"n": n})).collect::<Vec<_>>()));
    let run = run_of(&test, &record);
    let types = [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ];
    assert_eq!(test.types(&record.execution_arn), types);
    let started = &test.events(&record.execution_arn)[3];
    assert_eq!(started.details["mapRunStartedEventDetails"], json!({"mapRunArn": run.map_run_arn}));
}

/// API, DescribeMapRun, DescribeExecution and ListExecutions; guide, "Redriving Map Runs".
#[tokio::test]
async fn map_runs_and_children_have_the_documented_arns_and_fields() {
    let test = map_over(json!({}), 2);
    let record = test.run(json!({})).await;
    let run = run_of(&test, &record);
    assert!(run.map_run_arn.starts_with("arn:aws:states:eu-west-1:123456789012:mapRun:test/Items:"));
    let filter = ExecutionFilter { map_run_arn: Some(run.map_run_arn.clone()), ..Default::default() };
    let children = test.engine.list_executions(&filter, &Page::default()).unwrap().items;
    assert_eq!(children.len(), 2);
    let child = test.engine.describe_execution(&children[0].execution_arn).unwrap();
    assert!(child.execution_arn.starts_with("arn:aws:states:eu-west-1:123456789012:execution:test/Items:"));
    assert_eq!(child.state_machine_arn, "arn:aws:states:eu-west-1:123456789012:stateMachine:test/Items");
    assert_eq!(child.map_run_arn.as_ref(), Some(&run.map_run_arn));
    assert_eq!((child.input.as_str(), children[0].item_count), ("1", Some(1)), "the most recent comes first");
    let wire = serde_json::to_value(&run).unwrap();
    let counts = json!({
        "pending": 0, "running": 0, "succeeded": 2, "failed": 0, "timedOut": 0, "aborted": 0, "total": 2,
        "resultsWritten": 0, "failuresNotRedrivable": 0, "pendingRedrive": 0
    });
    let expected = json!({
        "mapRunArn": run.map_run_arn, "executionArn": record.execution_arn, "status": "SUCCEEDED",
        "startDate": 1_783_886_400.0, "stopDate": 1_783_886_400.0, "maxConcurrency": 0,
        "toleratedFailurePercentage": 0.0, "toleratedFailureCount": 0, "redriveCount": 0,
        "itemCounts": counts, "executionCounts": counts
    });
    assert_eq!(wire, expected);
    let own = test.engine.list_executions(&ExecutionFilter::default(), &Page::default()).unwrap().items;
    assert_eq!(own.len(), 1, "children are not among the state machine's own executions");
}

/// Guide, "ItemSelector (Map)" and "Accessing execution data from the Context object".
#[tokio::test]
async fn an_item_selector_makes_the_children_s_inputs() {
    let selector = json!({"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "x.$": "$.x", "e.$": "$$.Execution.Name"});
    let test = map_over(json!({"ItemSelector": selector, "InputPath": "$.deep"}), 2);
    let record = test.run(json!({"deep": {"x": "y"}})).await;
    let expected = |n: u64| json!({"n": {"i": n, "v": n, "x": "y", "e": record.name}});
    assert_eq!(output(&record), json!([expected(0), expected(1)]));
}

/// Guide, "Using Map state in Distributed mode", MaxConcurrency and MaxConcurrencyPath.
#[tokio::test]
async fn never_more_children_run_than_max_concurrency_allows_and_they_start_in_order() {
    let cases =
        [(json!({"MaxConcurrency": 3}), 3), (json!({"MaxConcurrencyPath": "$.most"}), 5), (json!({}), 20)];
    for (fields, most) in cases {
        let test = map_over(fields.clone(), 20);
        let (running, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let started = Arc::new(Mutex::new(Vec::new()));
        let gate = Arc::new(Semaphore::new(0));
        let (r, p, s, g) = (Arc::clone(&running), Arc::clone(&peak), Arc::clone(&started), Arc::clone(&gate));
        test.functions.on_async("f", move |payload| {
            let (r, p, s, g) = (Arc::clone(&r), Arc::clone(&p), Arc::clone(&s), Arc::clone(&g));
            Box::pin(async move {
                s.lock().unwrap().push(payload.as_u64().unwrap());
                p.fetch_max(r.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                g.acquire().await.unwrap().forget();
                r.fetch_sub(1, Ordering::SeqCst);
                Ok(payload)
            })
        });
        let arn = test.start(json!({"most": 5})).await;
        for _ in 0..20 {
            test.settle().await;
            let left = 20 - (started.lock().unwrap().len() - running.load(Ordering::SeqCst));
            assert_eq!(running.load(Ordering::SeqCst), most.min(left), "{fields}");
            gate.add_permits(1);
        }
        assert_eq!(test.end(&arn).await.status, ExecutionStatus::Succeeded);
        assert_eq!(peak.load(Ordering::SeqCst), most, "{fields}");
        assert_eq!(*started.lock().unwrap(), (0..20).collect::<Vec<_>>());
    }
}

/// Guide, "Setting failure thresholds for Distributed Map states"; API, DescribeMapRun (`aborted`).
#[tokio::test]
async fn past_the_threshold_the_map_run_fails_and_stops_its_children() {
    let test = map_over(json!({"ToleratedFailureCountPath": "$.most", "MaxConcurrency": 4}), 10);
    test.functions.on_async("f", |payload| {
        Box::pin(
            async move { if payload.as_u64() < Some(3) { fails("E") } else { std::future::pending().await } },
        )
    });
    let record = test.run(json!({"most": 2})).await;
    assert_eq!(record.error.as_deref(), Some("States.ExceedToleratedFailureThreshold"));
    let run = run_of(&test, &record);
    let counts = run.item_counts;
    assert_eq!((run.status, run.tolerated_failure_count), (MapRunStatus::Failed, 2));
    assert_eq!((counts.failed, counts.running, counts.succeeded), (3, 0, 0));
    assert_eq!(counts.aborted + counts.pending, 7);
    assert!(counts.aborted > 0);
    let types = test.types(&record.execution_arn);
    assert_eq!(types[types.len() - 3..], ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]);
}

/// Guide, "ResultWriter (Map)".
#[tokio::test]
async fn results_are_written_as_documented() {
    let writer = json!({"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "jobs"}});
    let test = map_over(json!({"ResultWriter": writer, "ToleratedFailurePercentage": 50}), 3);
    test.functions.on("f", |payload| if *payload == 1 { fails("E") } else { Ok(payload.clone()) });
    let record = test.run(json!({})).await;
    let run = run_of(&test, &record);
    let folder = format!("jobs/{}", run.map_run_arn.rsplit(':').next().unwrap());
    let details = json!({"Bucket": "out", "Key": format!("{folder}/manifest.json")});
    assert_eq!(output(&record), json!({"MapRunArn": run.map_run_arn, "ResultWriterDetails": details}));
    assert_eq!(run.item_counts.results_written, 3);
    let manifest = test.objects.json("out", &format!("{folder}/manifest.json")).unwrap();
    assert_eq!(
        (&manifest["DestinationBucket"], &manifest["MapRunArn"]),
        (&json!("out"), &json!(run.map_run_arn))
    );
    let files = &manifest["ResultFiles"];
    assert_eq!(files["PENDING"], json!([]));
    for (group, count) in [("SUCCEEDED", 2), ("FAILED", 1)] {
        let key = format!("{folder}/{group}_0.json");
        let body = test.objects.json("out", &key).unwrap();
        assert_eq!(files[group], json!([{"Key": key, "Size": body.to_string().len()}]));
        assert_eq!(body.as_array().unwrap().len(), count);
    }
    let failed = &test.objects.json("out", &format!("{folder}/FAILED_0.json")).unwrap()[0];
    let child = test.engine.describe_execution(failed["ExecutionArn"].as_str().unwrap()).unwrap();
    let expected = json!({
        "ExecutionArn": child.execution_arn, "Input": "1", "InputDetails": {"Included": true}, "Name": child.name,
        "Error": "E", "Cause": "E happened", "OutputDetails": {"Included": true}, "RedriveCount": 0, "RedriveStatus": "REDRIVABLE_BY_MAP_RUN",
        "StartDate": "2026-07-12T20:00:00.000Z", "StateMachineArn": child.state_machine_arn, "Status": "FAILED",
        "StopDate": "2026-07-12T20:00:00.000Z"
    });
    assert_eq!(*failed, expected);
    let succeeded = &test.objects.json("out", &format!("{folder}/SUCCEEDED_0.json")).unwrap()[0];
    assert_eq!(
        (&succeeded["Output"], &succeeded["RedriveStatus"]),
        (&json!("{\"n\":0}"), &json!("NOT_REDRIVABLE"))
    );
}

/// Same page: PENDING has the executions that were not started because the Map Run failed.
#[tokio::test]
async fn a_map_run_that_ended_early_lists_what_it_did_not_start() {
    let writer =
        json!({"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": ""}});
    let test = map_over(json!({"ResultWriter": writer, "MaxConcurrency": 1}), 4);
    test.functions.on("f", |payload| if *payload == 1 { fails("E") } else { Ok(payload.clone()) });
    let record = test.run(json!({})).await;
    let id = run_of(&test, &record).map_run_arn.rsplit(':').next().unwrap().to_owned();
    let pending = test.objects.json("out", &format!("{id}/PENDING_0.json")).unwrap();
    let inputs: Vec<_> =
        pending.as_array().unwrap().iter().map(|entry| entry["Input"].as_str().unwrap()).collect();
    assert_eq!(inputs, ["2", "3"]);
}

/// Guide, "Handling errors in workflows": States.ItemReaderFailed, States.ResultWriterFailed. Whether States.ALL
/// catches them on AWS is not known; it does here.
#[tokio::test]
async fn items_that_cannot_be_read_and_results_that_cannot_be_written_fail_the_map_run() {
    let nowhere = json!({"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSONL"}, "Parameters": {"Bucket": "b", "Key": "nothing"}});
    let forbidden = json!({"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "forbidden", "Prefix": "p"}});
    let cases = [
        (json!({"ItemReader": nowhere}), "1\n2\n", "States.ItemReaderFailed"),
        (json!({}), "1\n{\n", "States.ItemReaderFailed"),
        (json!({"ResultWriter": forbidden}), "1\n2\n", "States.ResultWriterFailed"),
    ];
    for (mut fields, items, error) in cases {
        fields["Catch"] = json!([{"ErrorEquals": ["States.ALL"], "Next": "B"}]);
        let test = engine_of(&machine(json!({"A": map(fields), "B": {"Type": "Succeed"}})));
        test.objects.set("b", "items", items);
        let objects = Arc::clone(&test.objects);
        test.functions.on("f", move |payload| {
            objects.forbid_writes("forbidden");
            Ok(payload.clone())
        });
        let record = test.run(json!({})).await;
        assert_eq!(output(&record)["Error"], error);
        assert_eq!(run_of(&test, &record).status, MapRunStatus::Failed);
        assert!(test.types(&record.execution_arn).contains(&"MapRunFailed".to_owned()));
    }
}

/// Guide, "ItemReader (Map)", JSON Lines: no items is no error; blank lines are no items.
#[tokio::test]
async fn a_file_without_items_gives_an_empty_result() {
    for items in ["", "\n", "\r\n\n"] {
        let test = map_over(json!({}), 0);
        test.objects.set("b", "items", items);
        test.objects.forbid_writes("forbidden");
        let record = test.run(json!({})).await;
        assert_eq!(output(&record), json!([]));
    }
}

#[tokio::test]
async fn a_failed_item_that_is_tolerated_is_shown_with_its_error() {
    let test = map_over(json!({"ToleratedFailureCount": 1}), 2);
    test.functions.on("f", |payload| if *payload == 1 { fails("E") } else { Ok(payload.clone()) });
    let output = output(&test.run(json!({})).await);
    assert_eq!(
        (&output[0], &output[1]["Error"], &output[1]["Status"]),
        (&json!({"n": 0}), &json!("E"), &json!("FAILED"))
    );
}

#[tokio::test]
async fn five_hundred_children_run() {
    let writer =
        json!({"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "p"}});
    let test = map_over(json!({"MaxConcurrency": 40, "ResultWriter": writer}), 500);
    let record = test.run(json!({})).await;
    assert_eq!(record.status, ExecutionStatus::Succeeded);
    let run = run_of(&test, &record);
    assert_eq!(run.item_counts.succeeded, 500);
    let filter = ExecutionFilter { map_run_arn: Some(run.map_run_arn), ..Default::default() };
    let page = test
        .engine
        .list_executions(&filter, &Page { max_results: 30, next_token: Some("10".into()) })
        .unwrap();
    assert_eq!((page.items.len(), page.next_token), (10, None));
}
