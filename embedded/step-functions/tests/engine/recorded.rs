//! What AWS was recorded doing, state by state: LocalStack's AWS-validated snapshots of 2024 and 2025, and AWS
//! captures of 2026 (answers that others recorded from AWS with boto3).

use std::time::Duration;

use embedded_step_functions::record::{ExecutionRecord, ExecutionStatus, HistoryEvent};
use embedded_step_functions::testing::{TestEngine, fails};
use serde_json::{Value, json};

use crate::support::{engine_of, machine, output, task};

/// The events as `id<-previous type`.
pub(crate) fn sequence(test: &TestEngine, arn: &str) -> Vec<String> {
    let shown =
        |event: HistoryEvent| format!("{}<-{} {}", event.id, event.previous_event_id, event.event_type);
    test.events(arn).into_iter().map(shown).collect()
}

/// An execution that is to fail with `States.Runtime`, whatever it would catch; its cause without what AWS puts
/// before each.
pub(crate) fn runtime_cause<'a>(record: &'a ExecutionRecord, state: &str, entered: u64) -> &'a str {
    assert_eq!((record.status, record.error.as_deref()), (ExecutionStatus::Failed, Some("States.Runtime")));
    let place = format!(
        "An error occurred while executing the state '{state}' (entered at the event id #{entered}). "
    );
    let cause = record.cause.as_deref().unwrap();
    cause.strip_prefix(&place).unwrap_or_else(|| panic!("{cause}"))
}

fn catching(mut state: Value) -> Value {
    state["Catch"] = json!([{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]);
    json!({"A": state, "Caught": {"Type": "Succeed"}})
}

async fn run(states: Value, input: Value) -> (ExecutionRecord, TestEngine) {
    let test = engine_of(&machine(states));
    test.functions.on("f", |payload| Ok(payload.clone()));
    test.functions.on("big", |_| Ok(json!("x".repeat(262_144))));
    test.functions.on_async("slow", |_| Box::pin(std::future::pending()));
    let record = test.run(input).await;
    (record, test)
}

/// LocalStack's AWS-validated snapshots, row 1 of what AWS was recorded doing.
#[tokio::test]
async fn row_1_a_path_of_a_template_that_finds_nothing_is_a_runtime_error_that_nothing_catches() {
    let parameters = json!({"FunctionName": "f", "Payload": {"x.$": "$.p"}});
    let (record, test) = run(catching(task(json!({"Parameters": parameters}))), json!({"q": 1})).await;
    let expected =
        r#"The JSONPath '$.p' specified for the field 'x.$' could not be found in the input '{"q":1}'"#;
    assert_eq!(runtime_cause(&record, "A", 2), expected);
    assert_eq!(
        sequence(&test, &record.execution_arn),
        ["1<-0 ExecutionStarted", "2<-0 TaskStateEntered", "3<-2 ExecutionFailed"]
    );
}

/// LocalStack's AWS-validated snapshots, rows 2 and 27 of what AWS was recorded doing.
#[tokio::test]
async fn rows_2_and_27_a_result_that_is_too_large_is_caught_and_a_state_s_output_fails_at_once() {
    let of = |what: &str| {
        format!(
            "The state/task '{what}' returned a result with a size exceeding the maximum number of bytes service limit."
        )
    };
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:big";
    let function = json!({"Type": "Task", "Resource": arn, "End": true});
    let invoke = task(json!({"Parameters": {"FunctionName": "big"}}));
    for (state, what, failed) in [(invoke, "lambda", "TaskFailed"), (function, arn, "LambdaFunctionFailed")] {
        let (record, test) = run(catching(state), json!({})).await;
        assert_eq!(output(&record), json!({"Error": "States.DataLimitExceeded", "Cause": of(what)}));
        assert_eq!(
            sequence(&test, &record.execution_arn)[4..6],
            [format!("5<-4 {failed}"), "6<-5 TaskStateExited".to_owned()]
        );
    }
    let pass = json!({"Type": "Pass", "Result": "x".repeat(262_144), "End": true});
    let (record, test) = run(json!({"A": pass}), json!({})).await;
    let expected = (Some("States.DataLimitExceeded"), Some(of("A")));
    assert_eq!((record.error.as_deref(), record.cause.clone()), expected);
    assert_eq!(
        sequence(&test, &record.execution_arn)[1..],
        ["2<-0 PassStateEntered", "3<-2 ExecutionFailed"]
    );
}

/// LocalStack's AWS-validated snapshots, row 10 of what AWS was recorded doing.
#[tokio::test]
async fn row_10_a_timeout_has_no_cause() {
    let slow = || task(json!({"Parameters": {"FunctionName": "slow"}, "TimeoutSeconds": 5}));
    let (record, test) = run(json!({"A": slow()}), json!({})).await;
    assert_eq!((record.error.as_deref(), record.cause.as_deref()), (Some("States.Timeout"), None));
    let events = test.events(&record.execution_arn);
    let timed_out = json!({"error": "States.Timeout", "resource": "invoke", "resourceType": "lambda"});
    assert_eq!(events[4].details["taskTimedOutEventDetails"], timed_out);
    assert_eq!(events[5].details["executionFailedEventDetails"], json!({"error": "States.Timeout"}));
    let (record, _) = run(catching(slow()), json!({})).await;
    assert_eq!(output(&record), json!({"Error": "States.Timeout", "Cause": ""}));
}

/// AWS captures of 2026, rows 11 and 12 of what AWS was recorded doing.
#[tokio::test]
async fn row_11_a_fail_state_is_not_entered_a_second_time() {
    let (record, test) = run(json!({"A": {"Type": "Fail", "Error": "E"}}), json!({})).await;
    test.engine.redrive_execution(&record.execution_arn).await.unwrap();
    test.end(&record.execution_arn).await;
    let expected = [
        "1<-0 ExecutionStarted",
        "2<-0 FailStateEntered",
        "3<-2 ExecutionFailed",
        "4<-3 ExecutionRedriven",
        "5<-2 ExecutionFailed",
    ];
    assert_eq!(sequence(&test, &record.execution_arn), expected);
}

/// AWS captures of 2026, "Stop in a running Task", and row 12 of what AWS was recorded doing.
#[tokio::test]
async fn row_12_a_stopped_task_is_scheduled_again_from_its_first_entry() {
    let parameters = json!({"FunctionName": "f", "Payload": {
        "redrives.$": "$$.Execution.RedriveCount", "retries.$": "$$.State.RetryCount", "entered.$": "$$.State.EnteredTime"
    }});
    let test = engine_of(&machine(json!({"A": task(json!({"Parameters": parameters}))})));
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let arn = test.start(json!({})).await;
    test.settle().await;
    test.engine.stop_execution(&arn, Some("E"), Some("C")).await.unwrap();
    test.clock.advance(Duration::from_secs(60));
    test.functions.on("f", |payload| Ok(payload.clone()));
    test.engine.redrive_execution(&arn).await.unwrap();
    test.end(&arn).await;
    let expected = [
        "1<-0 ExecutionStarted",
        "2<-0 TaskStateEntered",
        "3<-2 TaskScheduled",
        "4<-3 TaskStarted",
        "5<-0 ExecutionAborted",
        "6<-5 ExecutionRedriven",
        "7<-2 TaskScheduled",
        "8<-7 TaskStarted",
        "9<-8 TaskSucceeded",
        "10<-9 TaskStateExited",
        "11<-10 ExecutionSucceeded",
    ];
    assert_eq!(sequence(&test, &arn), expected);
    let aborted = &test.events(&arn)[4].details["executionAbortedEventDetails"];
    assert_eq!(*aborted, json!({"error": "E", "cause": "C"}));
    let calls = test.functions.calls_of("f");
    assert_eq!(calls[0], json!({"redrives": 0, "retries": 0, "entered": "2026-07-12T20:00:00.000Z"}));
    assert_eq!(calls[1], json!({"redrives": 1, "retries": 0, "entered": "2026-07-12T20:00:00.000Z"}));
}

/// LocalStack's AWS-validated snapshots, row 18 of what AWS was recorded doing.
#[tokio::test]
async fn row_18_causes_are_those_of_aws() {
    let task = |fields: Value| json!({"A": task(fields)});
    let cases = [
        (task(json!({"InputPath": "$.x"})), "Invalid path '$.x' : No results for path: $['x']"),
        (
            task(json!({"OutputPath": "$.no.such"})),
            "Invalid path '$.no.such' : Missing property in path $['no']",
        ),
        (task(json!({"TimeoutSecondsPath": "$.x"})), "Invalid path '$.x' : No results for path: $['x']"),
        (
            json!({"A": {"Type": "Choice", "Default": "B", "Choices": [{"Variable": "$.x", "IsNull": true, "Next": "B"}]}, "B": {"Type": "Succeed"}}),
            "Invalid path '$.x': The choice state's condition path references an invalid value.",
        ),
        (
            json!({"A": {"Type": "Fail", "ErrorPath": "$.x"}}),
            r#"The JSONPath '$.x' specified for the field 'ErrorPath' could not be found in the input '{"a":1}'"#,
        ),
        (
            json!({"A": {"Type": "Fail", "CausePath": "$.x"}}),
            r#"The JSONPath '$.x' specified for the field 'CausePath' could not be found in the input '{"a":1}'"#,
        ),
    ];
    for (states, expected) in cases {
        let (record, _) = run(states, json!({"a": 1})).await;
        assert_eq!(runtime_cause(&record, "A", 2), expected);
    }
}

/// LocalStack's AWS-validated snapshots, row 19 of what AWS was recorded doing.
#[tokio::test]
async fn row_19_the_result_of_lambda_invoke_tells_of_the_request() {
    let (record, _) = run(json!({"A": task(json!({}))}), json!({"a": 1})).await;
    let output = output(&record);
    let names: Vec<_> = output.as_object().unwrap().keys().collect();
    assert_eq!(names, ["ExecutedVersion", "Payload", "SdkHttpMetadata", "SdkResponseMetadata", "StatusCode"]);
    let http = &output["SdkHttpMetadata"];
    assert_eq!(http["HttpStatusCode"], 200);
    for (name, value) in http["HttpHeaders"].as_object().unwrap() {
        assert_eq!(http["AllHttpHeaders"][name], json!([value]), "{name}");
    }
    assert_eq!(http["HttpHeaders"]["Content-Length"], "7");
    assert_eq!(http["HttpHeaders"]["Date"], "Sun, 12 Jul 2026 20:00:00 GMT");
    assert_eq!(http["HttpHeaders"]["x-amzn-RequestId"], output["SdkResponseMetadata"]["RequestId"]);
}

/// LocalStack's AWS-validated snapshots, row 20 of what AWS was recorded doing.
#[tokio::test]
async fn row_20_a_fail_state_without_error_and_cause_says_nothing() {
    let (record, test) = run(json!({"A": {"Type": "Fail"}}), json!({})).await;
    assert_eq!((record.status, record.error, record.cause), (ExecutionStatus::Failed, None, None));
    let last = test.events(&record.execution_arn).pop().unwrap();
    assert_eq!(last.details["executionFailedEventDetails"], json!({}));
    let context = json!({"A": {"Type": "Pass", "Parameters": {"state.$": "$$.State"}, "End": true}});
    let (record, _) = run(context, json!({})).await;
    assert_eq!(output(&record)["state"], json!({"EnteredTime": "2026-07-12T20:00:00.000Z", "Name": "A"}));
}

/// AWS captures of 2026, row 22 of what AWS was recorded doing.
#[tokio::test]
async fn row_22_a_choice_without_a_match_is_a_runtime_error() {
    let choice = json!({"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": 2, "Next": "B"}]});
    let (record, test) = run(json!({"A": choice, "B": {"Type": "Succeed"}}), json!({"a": 1})).await;
    let expected = "Failed to transition out of the state. The state does not point to a next state.";
    assert_eq!(runtime_cause(&record, "A", 2), expected);
    assert_eq!(
        sequence(&test, &record.execution_arn)[1..],
        ["2<-0 ChoiceStateEntered", "3<-2 ExecutionFailed"]
    );
}

/// LocalStack's AWS-validated snapshots and AWS captures of 2026, row 24 of what AWS was recorded doing.
#[tokio::test]
async fn row_24_an_execution_that_timed_out_stops_when_its_time_is_over() {
    let mut definition = machine(json!({"A": task(json!({}))}));
    definition["TimeoutSeconds"] = 60.into();
    let test = engine_of(&definition);
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let arn = test.start(json!({})).await;
    test.settle().await;
    // Somebody is late in noticing it.
    test.clock.advance(Duration::from_secs(90));
    let record = test.end(&arn).await;
    assert_eq!((record.status, record.error, record.cause), (ExecutionStatus::TimedOut, None, None));
    assert_eq!(record.stop_date.unwrap().duration_since(record.start_date).as_secs(), 60);
    let last = test.events(&arn).pop().unwrap();
    assert_eq!((last.event_type.as_str(), last.previous_event_id), ("ExecutionTimedOut", 0));
    assert_eq!(last.details["executionTimedOutEventDetails"], json!({"error": "States.Timeout"}));
}

/// AWS captures of 2026, "Golden sequences": an execution redriven twice.
#[tokio::test]
async fn golden_sequence_a_task_redriven_twice() {
    let payload = json!({"FunctionName": "f", "Payload": {"redrives.$": "$$.Execution.RedriveCount"}});
    let test = engine_of(&machine(json!({
        "A": {"Type": "Pass", "Next": "B"}, "B": task(json!({"Parameters": payload}))
    })));
    test.functions.in_turn("f", vec![fails("E"), fails("E"), Ok(json!(1))]);
    let record = test.run(json!({})).await;
    for _ in 0..2 {
        test.engine.redrive_execution(&record.execution_arn).await.unwrap();
        test.end(&record.execution_arn).await;
    }
    let expected = [
        "4<-3 TaskStateEntered",
        "5<-4 TaskScheduled",
        "6<-5 TaskStarted",
        "7<-6 TaskFailed",
        "8<-7 ExecutionFailed",
        "9<-8 ExecutionRedriven",
        "10<-4 TaskScheduled",
        "11<-10 TaskStarted",
        "12<-11 TaskFailed",
        "13<-12 ExecutionFailed",
        "14<-13 ExecutionRedriven",
        "15<-4 TaskScheduled",
        "16<-15 TaskStarted",
        "17<-16 TaskSucceeded",
        "18<-17 TaskStateExited",
        "19<-18 ExecutionSucceeded",
    ];
    assert_eq!(sequence(&test, &record.execution_arn)[3..], expected);
    let redrives: Vec<_> = test.functions.calls_of("f").iter().map(|call| call["redrives"].clone()).collect();
    assert_eq!(redrives, [0, 1, 2]);
}
