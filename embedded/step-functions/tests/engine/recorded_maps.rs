//! What AWS was recorded doing with Distributed Map states; the sources are those of recorded.rs.

use embedded_step_functions::record::{ExecutionRecord, ExecutionStatus, MapRunStatus};
use embedded_step_functions::testing::{TestEngine, fails};
use embedded_step_functions::{ExecutionFilter, Page};
use serde_json::{Value, json};

use crate::map_run::{map, map_over, run_of};
use crate::recorded::{runtime_cause, sequence};
use crate::support::{engine_of, machine, output};

fn writer(bucket: &str) -> Value {
    json!({"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": bucket, "Prefix": "jobs"}})
}

/// The children of the execution's Map Run, the first of the list first.
fn children(test: &TestEngine, record: &ExecutionRecord) -> Vec<ExecutionRecord> {
    let filter =
        ExecutionFilter { map_run_arn: Some(run_of(test, record).map_run_arn), ..Default::default() };
    let listed = test.engine.list_executions(&filter, &Page::default()).unwrap().items;
    listed.iter().map(|child| test.engine.describe_execution(&child.execution_arn).unwrap()).collect()
}

/// Six items, two at a time: the second one waits, and the fourth fails.
fn six_items(fields: Value) -> TestEngine {
    let mut all = json!({"MaxConcurrency": 2, "ToleratedFailureCount": 0, "ResultWriter": writer("out")});
    for (name, value) in fields.as_object().unwrap() {
        all[name] = value.clone();
    }
    let test = map_over(all, 6);
    test.functions.on_async("f", |payload| {
        Box::pin(async move {
            match payload.as_u64() {
                Some(1) => std::future::pending().await,
                Some(3) => fails("E"),
                _ => Ok(payload),
            }
        })
    });
    test
}

fn folder_of(test: &TestEngine, record: &ExecutionRecord) -> String {
    format!("jobs/{}", run_of(test, record).map_run_arn.rsplit(':').next().unwrap())
}

/// AWS captures of 2026, rows 3 and 25 of what AWS was recorded doing.
#[tokio::test]
async fn rows_3_and_25_a_bucket_that_takes_no_manifest_fails_the_map_run_before_its_first_child() {
    let catch = json!([{"ErrorEquals": ["States.ALL"], "Next": "B"}]);
    let fields = json!({"ResultWriter": writer("forbidden"), "Catch": catch});
    let test = engine_of(&machine(json!({"A": map(fields), "B": {"Type": "Succeed"}})));
    test.objects.set("b", "items", "1\n");
    test.objects.forbid_writes("forbidden");
    let record = test.run(json!({})).await;
    let cause = runtime_cause(&record, "A", 2);
    let expected = "Failed to write a test manifest into the specified output bucket. Access denied. ";
    assert!(cause.starts_with(expected), "{cause}");
    assert!(test.functions.calls_of("f").is_empty() && children(&test, &record).is_empty());
    assert_eq!(run_of(&test, &record).status, MapRunStatus::Failed);
}

/// AWS captures of 2026, row 3 of what AWS was recorded doing: the manifest is there while the children run.
#[tokio::test]
async fn row_3_a_manifest_without_results_is_written_first() {
    let test = map_over(json!({"ResultWriter": writer("out")}), 1);
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let arn = test.start(json!({})).await;
    test.settle().await;
    let record = test.engine.describe_execution(&arn).unwrap();
    let manifest = test.objects.json("out", &format!("{}/manifest.json", folder_of(&test, &record))).unwrap();
    assert_eq!(manifest["ResultFiles"], json!({"FAILED": [], "PENDING": [], "SUCCEEDED": []}));
}

/// AWS captures of 2026, row 4 of what AWS was recorded doing, and "Golden sequences": `/Redrive-2/manifest.json`.
#[tokio::test]
async fn row_4_each_redrive_writes_to_a_folder_of_its_own() {
    let test = six_items(json!({}));
    let record = test.run(json!({})).await;
    let folder = folder_of(&test, &record);
    let first = test.objects.json("out", &format!("{folder}/SUCCEEDED_0.json")).unwrap();
    test.functions.on("f", |payload| if *payload == 5 { fails("E") } else { Ok(payload.clone()) });
    test.engine.redrive_execution(&record.execution_arn).await.unwrap();
    test.end(&record.execution_arn).await;
    test.functions.on("f", |payload| Ok(payload.clone()));
    test.engine.redrive_execution(&record.execution_arn).await.unwrap();
    let record = test.end(&record.execution_arn).await;
    let manifest = format!("{folder}/Redrive-2/manifest.json");
    assert_eq!(output(&record)["ResultWriterDetails"], json!({"Bucket": "out", "Key": manifest}));
    let inputs = |key: String| -> Vec<String> {
        let file = test.objects.json("out", &key).unwrap();
        file.as_array().unwrap().iter().map(|entry| entry["Input"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(inputs(format!("{folder}/SUCCEEDED_0.json")), ["0", "2"]);
    assert_eq!(inputs(format!("{folder}/Redrive-1/SUCCEEDED_0.json")), ["1", "3", "4"]);
    assert_eq!(inputs(format!("{folder}/Redrive-1/FAILED_0.json")), ["5"]);
    assert_eq!(inputs(format!("{folder}/Redrive-2/SUCCEEDED_0.json")), ["5"]);
    let listed = test.objects.json("out", &manifest).unwrap()["ResultFiles"].clone();
    assert_eq!((&listed["FAILED"], &listed["PENDING"]), (&json!([]), &json!([])));
    assert_eq!(
        test.objects.json("out", &format!("{folder}/SUCCEEDED_0.json")).unwrap(),
        first,
        "older files stay"
    );
    assert_eq!(run_of(&test, &record).item_counts.results_written, 6);
}

/// AWS captures of 2026, row 6 of what AWS was recorded doing.
#[tokio::test]
async fn row_6_a_map_run_that_failed_with_a_runtime_error_is_redriven_itself() {
    let test = map_over(json!({"ItemSelector": {"x.$": "$$.Map.Item.Value.x"}}), 0);
    test.objects.set("b", "items", "{}\n");
    let record = test.run(json!({})).await;
    assert_eq!(record.error.as_deref(), Some("States.Runtime"));
    for _ in 0..2 {
        test.engine.redrive_execution(&record.execution_arn).await.unwrap();
        test.end(&record.execution_arn).await;
    }
    let runs = test.engine.list_map_runs(&record.execution_arn, &Page::default()).unwrap().items;
    assert_eq!((runs.len(), run_of(&test, &record).redrive_count), (1, 2));
    let events = sequence(&test, &record.execution_arn);
    let redriven: Vec<_> = events.iter().filter(|event| event.ends_with("MapRunRedriven")).collect();
    assert_eq!(redriven, ["9<-3 MapRunRedriven", "14<-3 MapRunRedriven"], "row 12");
}

/// AWS captures of 2026, rows 7 and 8 of what AWS was recorded doing.
#[tokio::test]
async fn rows_7_and_8_children_that_failed_or_were_aborted_in_the_result_files() {
    let test = six_items(json!({}));
    let record = test.run(json!({})).await;
    let aborted = children(&test, &record).into_iter().find(|child| child.status == ExecutionStatus::Aborted);
    let aborted = aborted.unwrap();
    let arn = run_of(&test, &record).map_run_arn;
    let expected = format!("The map run execution [{arn}] which was managing this resource was aborted");
    assert_eq!((aborted.error, aborted.cause.clone()), (None, Some(expected)));
    let failed = test.objects.json("out", &format!("{}/FAILED_0.json", folder_of(&test, &record))).unwrap();
    assert_eq!(failed[0]["Cause"], aborted.cause.unwrap());
    let names: Vec<_> = failed[1].as_object().unwrap().keys().collect();
    let expected = [
        "Cause",
        "Error",
        "ExecutionArn",
        "Input",
        "InputDetails",
        "Name",
        "OutputDetails",
        "RedriveCount",
        "RedriveStatus",
        "StartDate",
        "StateMachineArn",
        "Status",
        "StopDate",
    ];
    assert_eq!(names, expected);
    assert_eq!(failed[1]["OutputDetails"], json!({"Included": true}));
}

/// AWS captures of 2026, row 9 of what AWS was recorded doing, and "Golden sequences".
#[tokio::test]
async fn row_9_and_golden_sequence_six_items_of_which_one_fails() {
    let test = six_items(json!({}));
    let record = test.run(json!({})).await;
    let counts = run_of(&test, &record).item_counts;
    assert_eq!((counts.succeeded, counts.failed, counts.aborted, counts.pending), (2, 1, 1, 2));
    assert_eq!(counts.results_written, 6);
}

/// AWS captures of 2026, row 13 of what AWS was recorded doing.
#[tokio::test]
async fn row_13_children_are_listed_by_when_they_were_started() {
    let test = map_over(json!({"MaxConcurrency": 1, "ToleratedFailureCount": 1}), 3);
    let clock = std::sync::Arc::clone(&test.clock);
    test.functions.on("f", move |payload| {
        clock.advance(std::time::Duration::from_secs(1));
        if *payload == 2 { Ok(payload.clone()) } else { fails("E") }
    });
    let record = test.run(json!({})).await;
    test.functions.on("f", |payload| Ok(payload.clone()));
    test.engine.redrive_execution(&record.execution_arn).await.unwrap();
    test.end(&record.execution_arn).await;
    let inputs: Vec<_> = children(&test, &record).into_iter().map(|child| child.input).collect();
    assert_eq!(inputs, ["2", "1", "0"]);
}

/// LocalStack's AWS-validated snapshots, rows 18 and 26 of what AWS was recorded doing.
#[tokio::test]
async fn rows_18_and_26_numbers_that_do_not_fit_fail_before_or_after_the_map_has_started() {
    let concurrency =
        "The MaxConcurrencyPath field refers to value \"NoNumber\" which is not a valid integer: $.n";
    let cases = [
        ("MaxConcurrencyPath", json!("NoNumber"), concurrency, false),
        (
            "ToleratedFailureCountPath",
            json!({}),
            "The ToleratedFailureCountPath field refers to value \"{}\" which is not a valid integer: $.n",
            true,
        ),
        ("ToleratedFailureCountPath", json!(-1), "ToleratedFailureCount cannot be negative.", true),
        (
            "ToleratedFailurePercentagePath",
            json!("NoNumber"),
            "The ToleratedFailurePercentagePath field refers to value \"NoNumber\" which is not a valid float: $.n",
            true,
        ),
        (
            "ToleratedFailurePercentagePath",
            json!(100.1),
            "ToleratedFailurePercentage must be between 0 and 100.",
            true,
        ),
        (
            "ToleratedFailurePercentagePath",
            json!(-1),
            "ToleratedFailurePercentage must be between 0 and 100.",
            true,
        ),
    ];
    for (field, value, expected, started) in cases {
        let test = map_over(json!({field: "$.n"}), 1);
        let record = test.run(json!({"n": value})).await;
        assert_eq!(runtime_cause(&record, "A", 2), expected);
        let after = if started {
            &["3<-2 MapStateStarted", "4<-3 ExecutionFailed"][..]
        } else {
            &["3<-2 ExecutionFailed"]
        };
        assert_eq!(sequence(&test, &record.execution_arn)[2..], *after);
    }
}

/// AWS captures of 2026, row 26 of what AWS was recorded doing: 2 of 8 at 25 % pass, 3 fail.
#[tokio::test]
async fn row_26_a_percentage_is_exceeded_and_not_reached() {
    for (failing, status) in [(2, ExecutionStatus::Succeeded), (3, ExecutionStatus::Failed)] {
        let test = map_over(json!({"ToleratedFailurePercentage": 25, "MaxConcurrency": 1}), 8);
        test.functions.on("f", move |payload| {
            if payload.as_u64() < Some(failing) { fails("E") } else { Ok(payload.clone()) }
        });
        assert_eq!(test.run(json!({})).await.status, status, "{failing}");
    }
}

/// AWS captures of 2026, row 23 of what AWS was recorded doing.
#[tokio::test]
async fn row_23_an_item_selector_s_path_that_finds_nothing_quotes_the_context_object() {
    let catch = json!([{"ErrorEquals": ["States.ALL"], "Next": "B"}]);
    let state = map(json!({"ItemSelector": {"x.$": "$.x"}, "Catch": catch}));
    let test = engine_of(&machine(json!({"A": state, "B": {"Type": "Succeed"}})));
    test.objects.set("b", "items", "7\n");
    let record = test.run(json!({})).await;
    let cause = runtime_cause(&record, "A", 2);
    let (text, quoted) = cause.split_once(" could not be found in the input '").unwrap();
    assert_eq!(text, "The JSONPath '$.x' specified for the field 'x.$'");
    let context: Value = serde_json::from_str(quoted.strip_suffix('\'').unwrap()).unwrap();
    assert_eq!(context["Map"]["Item"], json!({"Index": 0, "Value": 7}));
    assert_eq!(context["Execution"]["Id"], json!(record.execution_arn));
    assert_eq!(run_of(&test, &record).status, MapRunStatus::Failed);
    let failed = &test.events(&record.execution_arn)[4].details["mapRunFailedEventDetails"];
    assert_eq!(
        (failed["error"].as_str(), failed["cause"].as_str()),
        (Some("States.Runtime"), record.cause.as_deref())
    );
}

/// AWS captures of 2026, "Golden sequences": the item reader fails.
#[tokio::test]
async fn golden_sequence_an_item_reader_that_fails() {
    let test = map_over(json!({}), 0);
    test.objects.set("b", "items", "{");
    let record = test.run(json!({})).await;
    let expected = [
        "1<-0 ExecutionStarted",
        "2<-0 MapStateEntered",
        "3<-2 MapStateStarted",
        "4<-3 MapRunStarted",
        "5<-4 MapRunFailed",
        "6<-5 MapStateFailed",
        "7<-6 ExecutionFailed",
    ];
    assert_eq!(sequence(&test, &record.execution_arn), expected);
    let started = &test.events(&record.execution_arn)[2].details["mapStateStartedEventDetails"];
    assert_eq!(*started, json!({"length": 0}));
}

/// LocalStack's AWS-validated snapshots and AWS captures of 2026, "Golden sequences" and row 12: success.
#[tokio::test]
async fn golden_sequence_a_map_that_succeeds() {
    let pass = json!({"Type": "Pass", "Next": "M"});
    let test = engine_of(&machine(json!({"A": pass, "M": map(json!({"ResultWriter": writer("out")}))})));
    test.objects.set("b", "items", "1\n");
    test.functions.on("f", |payload| Ok(payload.clone()));
    let record = test.run(json!({})).await;
    let expected = [
        "4<-3 MapStateEntered",
        "5<-4 MapStateStarted",
        "6<-5 MapRunStarted",
        "7<-6 MapRunSucceeded",
        "8<-7 MapStateSucceeded",
        "9<-6 MapStateExited",
        "10<-9 ExecutionSucceeded",
    ];
    assert_eq!(sequence(&test, &record.execution_arn)[3..], expected);
}

/// AWS captures of 2026, "Golden sequences" and row 12: a Map Run redriven twice follows from MapStateStarted.
#[tokio::test]
async fn golden_sequence_a_map_run_redriven_twice() {
    let pass = json!({"Type": "Pass", "Next": "M"});
    let test = engine_of(&machine(json!({"A": pass, "M": map(json!({"ResultWriter": writer("out")}))})));
    test.objects.set("b", "items", "1\n");
    test.functions.in_turn("f", vec![fails("E"), fails("E"), Ok(json!(1))]);
    let record = test.run(json!({})).await;
    for _ in 0..2 {
        test.engine.redrive_execution(&record.execution_arn).await.unwrap();
        test.end(&record.execution_arn).await;
    }
    let expected = [
        "5<-4 MapStateStarted",
        "6<-5 MapRunStarted",
        "7<-6 MapRunFailed",
        "8<-7 MapStateFailed",
        "9<-8 ExecutionFailed",
        "10<-9 ExecutionRedriven",
        "11<-5 MapRunRedriven",
        "12<-11 MapRunFailed",
        "13<-12 MapStateFailed",
        "14<-13 ExecutionFailed",
        "15<-14 ExecutionRedriven",
        "16<-5 MapRunRedriven",
        "17<-16 MapRunSucceeded",
        "18<-17 MapStateSucceeded",
        "19<-16 MapStateExited",
        "20<-19 ExecutionSucceeded",
    ];
    assert_eq!(sequence(&test, &record.execution_arn)[4..], expected);
    let described = test.engine.describe_execution(&record.execution_arn).unwrap();
    let key = output(&described)["ResultWriterDetails"]["Key"].clone();
    assert!(key.as_str().unwrap().ends_with("/Redrive-2/manifest.json"), "{key}");
}
