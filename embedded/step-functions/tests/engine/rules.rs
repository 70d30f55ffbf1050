//! Single states.

use std::time::Duration;

use embedded_step_functions::error::EngineError;
use embedded_step_functions::ports::Clock;
use embedded_step_functions::record::{ExecutionRecord, ExecutionStatus};
use serde_json::{Value, json};

use embedded_step_functions::testing::{TestEngine, fails};

use crate::support::{engine_of, machine, output, task};

async fn run(states: Value, input: Value) -> (ExecutionRecord, TestEngine) {
    let test = engine_of(&machine(states));
    test.functions.on("f", |payload| Ok(json!({"echo": payload, "n": 1})));
    let record = test.run(input).await;
    (record, test)
}

/// Guide, "Input and output processing in Step Functions" and "Pass workflow state".
#[tokio::test]
async fn input_and_output_are_filtered_in_the_documented_order() {
    let input = json!({"a": {"b": 1}, "c": 2});
    let invoked = |echo: Value| json!({"ExecutedVersion": "$LATEST", "Payload": {"echo": echo, "n": 1}, "StatusCode": 200});
    let without_headers = |mut output: Value| {
        if let Some(fields) = output.as_object_mut() {
            fields.retain(|name, _| !name.starts_with("Sdk"));
        }
        output
    };
    let cases = [
        (json!({}), invoked(input.clone())),
        (json!({"InputPath": "$.a"}), invoked(json!({"b": 1}))),
        (json!({"InputPath": null}), invoked(json!({}))),
        (json!({"ResultPath": null}), input.clone()),
        // ResultPath is applied to the input as it was before InputPath.
        (
            json!({"InputPath": "$.a", "ResultSelector": {"n.$": "$.Payload.n"}, "ResultPath": "$.r"}),
            json!({"a": {"b": 1}, "c": 2, "r": {"n": 1}}),
        ),
        (
            json!({"ResultSelector": {"s.$": "$$.State.Name"}, "ResultPath": "$.a.r", "OutputPath": "$.a"}),
            json!({"b": 1, "r": {"s": "A"}}),
        ),
        (json!({"OutputPath": null}), json!({})),
        (json!({"OutputPath": "$.Payload.echo.c"}), json!(2)),
    ];
    for (fields, expected) in cases {
        let (record, _) = run(json!({"A": task(fields.clone())}), input.clone()).await;
        assert_eq!(without_headers(output(&record)), expected, "{fields}");
    }
    let pass = [
        (json!({}), input.clone()),
        (json!({"Result": {"r": 1}, "ResultPath": "$.p"}), json!({"a": {"b": 1}, "c": 2, "p": {"r": 1}})),
        (json!({"Parameters": {"x.$": "$.c"}}), json!({"x": 2})),
        (json!({"Result": 1, "ResultPath": null}), input.clone()),
    ];
    for (fields, expected) in pass {
        let mut state = fields.clone();
        state["Type"] = "Pass".into();
        state["End"] = true.into();
        let (record, _) = run(json!({"A": state}), input.clone()).await;
        assert_eq!(output(&record), expected, "{fields}");
    }
}

/// Guide, "Handling errors in workflows", "Error names"; the last column is whether a Catch of
/// `States.ALL` takes the error.
#[tokio::test]
async fn what_goes_wrong_in_a_state_has_its_documented_name() {
    let cases = [
        (json!({"Parameters": {"FunctionName": "f", "Payload": {"x.$": "$.x"}}}), "States.Runtime", false),
        (json!({"ResultSelector": {"x.$": "$.x"}}), "States.Runtime", false),
        (json!({"ResultPath": "$.text.x"}), "States.ResultPathMatchFailure", true),
        (json!({"InputPath": "$.x"}), "States.Runtime", false),
        (json!({"Parameters": {"FunctionName": "big"}}), "States.DataLimitExceeded", true),
        (
            json!({"Parameters": {"FunctionName": "f", "Payload.$": "$.long"}, "ResultPath": "$.x"}),
            "States.DataLimitExceeded",
            false,
        ),
        (json!({"Parameters": {"FunctionName": "throws"}}), "Throttled", true),
        (json!({"Parameters": {"FunctionName": "slow"}, "TimeoutSeconds": 9}), "States.Timeout", true),
        (
            json!({"Parameters": {"FunctionName": "slow"}, "TimeoutSecondsPath": "$.seconds"}),
            "States.Timeout",
            true,
        ),
        (json!({"TimeoutSecondsPath": "$.text"}), "States.Runtime", false),
    ];
    let input = json!({"text": "x", "seconds": 3, "long": "x".repeat(200_000)});
    for (mut fields, error, caught) in cases {
        for catches in [false, true] {
            if catches {
                fields["Catch"] = json!([{"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "B"}]);
            }
            let mut states = json!({"A": task(fields.clone())});
            if catches {
                states["B"] = json!({"Type": "Succeed", "OutputPath": null});
            }
            let test = engine_of(&machine(states));
            test.functions.on("f", |_| Ok(json!({"pad": "x".repeat(100_000)})));
            test.functions.on("big", |_| Ok(json!("x".repeat(262_144))));
            test.functions.on("throws", |_| fails("Throttled"));
            test.functions.on_async("slow", |_| Box::pin(std::future::pending()));
            let record = test.run(input.clone()).await;
            if catches && caught {
                assert_eq!(record.status, ExecutionStatus::Succeeded, "{fields}");
            } else {
                assert_eq!(record.error.as_deref(), Some(error), "{fields}");
                assert_eq!(record.status, ExecutionStatus::Failed, "{fields}");
            }
        }
    }
}

/// Guide, "Choice workflow state"; what happens without a match is in recorded.rs.
#[tokio::test]
async fn a_choice_takes_the_first_rule_that_holds() {
    let choice = json!({
        "A": {"Type": "Choice", "Choices": [
            {"Variable": "$.n", "NumericGreaterThan": 5, "Next": "Big"},
            {"Variable": "$.n", "NumericGreaterThan": 2, "Next": "Middle"}
        ]},
        "Big": {"Type": "Succeed"}, "Middle": {"Type": "Succeed"}
    });
    for (n, last) in [(9, "Big"), (3, "Middle")] {
        let (record, test) = run(choice.clone(), json!({"n": n})).await;
        assert_eq!(test.route(&record.execution_arn), ["A", last]);
        assert_eq!(output(&record), json!({"n": n}));
    }
    let (record, _) = run(choice.clone(), json!({"n": 1})).await;
    assert_eq!(record.error.as_deref(), Some("States.Runtime"));
    let (record, _) = run(choice, json!({})).await;
    assert_eq!(record.error.as_deref(), Some("States.Runtime"));
}

/// Guide, "Fail workflow state": Error and Cause, or their paths.
#[tokio::test]
async fn a_fail_state_fails_with_its_error_and_cause() {
    let cases = [
        (json!({"Error": "E", "Cause": "C"}), "FAILED E C"),
        (json!({"ErrorPath": "$.e", "CausePath": "$$.State.Name"}), "FAILED broken A"),
        (json!({"ErrorPath": "$.missing"}), "FAILED States.Runtime"),
    ];
    for (mut fields, expected) in cases {
        fields["Type"] = "Fail".into();
        let (record, test) = run(json!({"A": fields}), json!({"e": "broken"})).await;
        let got = format!("{} {} {}", record.status.as_str(), record.error.unwrap(), record.cause.unwrap());
        assert!(got.starts_with(expected), "{got}");
        assert_eq!(
            test.types(&record.execution_arn),
            ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]
        );
    }
}

/// Guide, "Accessing execution data from the Context object".
#[tokio::test]
async fn the_context_object_has_the_documented_fields() {
    let (record, _) =
        run(json!({"A": {"Type": "Pass", "Parameters": {"c.$": "$$"}, "End": true}}), json!({"in": 1})).await;
    let expected = json!({"c": {
        "Execution": {
            "Id": record.execution_arn, "Input": {"in": 1}, "Name": record.name, "RedriveCount": 0,
            "RoleArn": "arn:aws:iam::123456789012:role/test", "StartTime": "2026-07-12T20:00:00.000Z"
        },
        "State": {"EnteredTime": "2026-07-12T20:00:00.000Z", "Name": "A"},
        "StateMachine": {"Id": "arn:aws:states:eu-west-1:123456789012:stateMachine:test", "Name": "test"}
    }});
    assert_eq!(output(&record), expected);
}

/// Guide, "Invoke an AWS Lambda function with Step Functions": a function's ARN as Resource
/// gets the state's input, and its response is the result.
#[tokio::test]
async fn a_function_may_be_the_resource_itself() {
    let state = json!({"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f", "TimeoutSeconds": 7, "End": true});
    let (record, test) = run(json!({"A": state}), json!({"x": 1})).await;
    assert_eq!(output(&record), json!({"echo": {"x": 1}, "n": 1}));
    let types = test.types(&record.execution_arn);
    let expected = [
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ];
    assert_eq!(types, expected);
}

/// API, GetExecutionHistory and HistoryEvent.
#[tokio::test]
async fn the_history_has_the_documented_events_and_details() {
    let (record, test) =
        run(json!({"A": task(json!({"TimeoutSeconds": 5, "OutputPath": "$.Payload.n"}))}), json!({"x": 1}))
            .await;
    let whole = json!({"truncated": false});
    let call = json!({"resourceType": "lambda", "resource": "invoke"});
    let merged = |more: Value| {
        let mut all = call.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let parameters = r#"{"FunctionName":"f","Payload":{"x":1}}"#;
    let succeeded = test.events(&record.execution_arn)[4].details["taskSucceededEventDetails"].clone();
    let result = succeeded["output"].as_str().unwrap();
    assert!(result.starts_with(r#"{"ExecutedVersion":"$LATEST","Payload":{"echo":{"x":1},"n":1},"Sdk"#));
    let role = "arn:aws:iam::123456789012:role/test";
    let expected = [
        (
            1,
            0,
            "ExecutionStarted",
            "executionStartedEventDetails",
            json!({"input": "{\"x\":1}", "inputDetails": whole, "roleArn": role}),
        ),
        (
            2,
            0,
            "TaskStateEntered",
            "stateEnteredEventDetails",
            json!({"name": "A", "input": "{\"x\":1}", "inputDetails": whole}),
        ),
        (
            3,
            2,
            "TaskScheduled",
            "taskScheduledEventDetails",
            merged(json!({"region": "eu-west-1", "parameters": parameters, "timeoutInSeconds": 5})),
        ),
        (4, 3, "TaskStarted", "taskStartedEventDetails", call.clone()),
        (
            5,
            4,
            "TaskSucceeded",
            "taskSucceededEventDetails",
            merged(json!({"output": result, "outputDetails": whole})),
        ),
        (
            6,
            5,
            "TaskStateExited",
            "stateExitedEventDetails",
            json!({"name": "A", "output": "1", "outputDetails": whole}),
        ),
        (
            7,
            6,
            "ExecutionSucceeded",
            "executionSucceededEventDetails",
            json!({"output": "1", "outputDetails": whole}),
        ),
    ];
    let events = test.events(&record.execution_arn);
    assert_eq!(events.len(), expected.len());
    for (event, (id, previous, event_type, name, details)) in events.iter().zip(expected) {
        assert_eq!(
            (event.id, event.previous_event_id, event.event_type.as_str()),
            (id, previous, event_type)
        );
        assert_eq!(event.details, json!({name: details}).as_object().unwrap().clone());
    }
    let wire = serde_json::to_value(&events[3]).unwrap();
    let expected = json!({
        "id": 4, "previousEventId": 3, "timestamp": 1_783_886_400.0, "type": "TaskStarted",
        "taskStartedEventDetails": {"resourceType": "lambda", "resource": "invoke"}
    });
    assert_eq!(wire, expected);
}

/// Guide, "Handling errors in workflows", "Retrying after an error": intervals, the factor, the
/// cap, the counts, and TaskScheduled again for each attempt.
#[tokio::test]
async fn retries_wait_longer_each_time_and_then_leave_the_error_to_catch() {
    let retry = json!([
        {"ErrorEquals": ["Throttled"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 3, "MaxDelaySeconds": 10},
        {"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 1}
    ]);
    let catch = json!([{"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.error", "Next": "B"}]);
    let test = engine_of(&machine(json!({
        "A": task(json!({"Retry": retry, "Catch": catch, "TimeoutSeconds": 100, "Parameters": {"FunctionName": "f", "Payload": {"retry.$": "$$.State.RetryCount"}}})),
        "B": {"Type": "Succeed"}
    })));
    test.functions.on("f", |_| fails("Throttled"));
    let before = test.clock.now();
    let record = test.run(json!({"in": 1})).await;
    assert_eq!(
        output(&record),
        json!({"in": 1, "error": {"Error": "Throttled", "Cause": "Throttled happened"}})
    );
    // 2 + 6 + 10 (18, capped).
    assert_eq!(test.clock.now().duration_since(before).as_secs(), 18);
    let retries: Vec<_> =
        test.functions.calls_of("f").iter().map(|payload| payload["retry"].clone()).collect();
    assert_eq!(retries, [0, 1, 2, 3]);
    let types = test.types(&record.execution_arn);
    assert_eq!(types.iter().filter(|name| *name == "TaskScheduled").count(), 4);
    assert_eq!(types.iter().filter(|name| *name == "TaskFailed").count(), 4);
    assert_eq!(types.iter().filter(|name| *name == "TaskStateEntered").count(), 1);
}

/// Same page, JitterStrategy FULL: the wait lies between 0 and the interval.
#[tokio::test]
async fn full_jitter_waits_less_than_the_interval() {
    let retry = json!([{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1000, "MaxAttempts": 8, "BackoffRate": 1, "JitterStrategy": "FULL"}]);
    let test = engine_of(&machine(json!({"A": task(json!({"Retry": retry}))})));
    test.functions.on("f", |_| fails("E"));
    let before = test.clock.now();
    let record = test.run(json!({})).await;
    assert_eq!(record.error.as_deref(), Some("E"));
    let waited = test.clock.now().duration_since(before).as_secs();
    assert!((1..8000).contains(&waited), "{waited}");
}

/// Guide, "Task workflow state", TimeoutSeconds: TaskTimedOut, States.Timeout, and the task is
/// told that nobody waits for it.
#[tokio::test]
async fn a_task_that_takes_too_long_is_cancelled_and_may_be_retried() {
    let retry = json!([{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 1}]);
    let test = engine_of(&machine(json!({"A": task(json!({"TimeoutSeconds": 30, "Retry": retry}))})));
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let before = test.clock.now();
    let record = test.run(json!({})).await;
    assert_eq!(record.error.as_deref(), Some("States.Timeout"));
    assert_eq!(test.clock.now().duration_since(before).as_secs(), 61);
    assert_eq!(test.functions.cancelled(), 2);
    let types = test.types(&record.execution_arn);
    assert_eq!(types.iter().filter(|name| *name == "TaskTimedOut").count(), 2);
}

/// Specification, "Top-level fields", TimeoutSeconds: the execution itself times out.
#[tokio::test]
async fn an_execution_that_takes_too_long_times_out() {
    let mut definition = machine(
        json!({"A": task(json!({"TimeoutSeconds": 500, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]})), "B": {"Type": "Succeed"}}),
    );
    definition["TimeoutSeconds"] = 60.into();
    let test = engine_of(&definition);
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let record = test.run(json!({})).await;
    assert_eq!(record.status, ExecutionStatus::TimedOut);
    assert_eq!(test.types(&record.execution_arn).last().unwrap(), "ExecutionTimedOut");
}

/// API, StartExecution: idempotent for a running execution's name and input.
#[tokio::test]
async fn starting_a_name_again_gives_the_running_execution_or_an_error() {
    let test = engine_of(&machine(json!({"A": task(json!({}))})));
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let first = test.engine.start_execution(Some("one"), "{\"a\":1}").await.unwrap();
    assert_eq!(first.execution_arn, "arn:aws:states:eu-west-1:123456789012:execution:test:one");
    let again = test.engine.start_execution(Some("one"), "{ \"a\": 1 }").await.unwrap();
    assert_eq!((again.execution_arn, again.start_date), (first.execution_arn.clone(), first.start_date));
    let other = test.engine.start_execution(Some("one"), "{\"a\":2}").await.unwrap_err();
    assert_eq!(other.api_name(), Some("ExecutionAlreadyExists"));
    test.engine.stop_execution(&first.execution_arn, None, None).await.unwrap();
    let closed = test.engine.start_execution(Some("one"), "{\"a\":1}").await.unwrap_err();
    assert!(matches!(closed, EngineError::ExecutionAlreadyExists(_)));
    for name in ["", "a b", "a/b", "..", "a:b", &"x".repeat(81)] {
        let error = test.engine.start_execution(Some(name), "{}").await.unwrap_err();
        assert_eq!(error.api_name(), Some("InvalidName"), "{name}");
    }
    for input in ["", "{", &format!("\"{}\"", "x".repeat(262_144))] {
        let error = test.engine.start_execution(None, input).await.unwrap_err();
        assert_eq!(error.api_name(), Some("InvalidExecutionInput"));
    }
}

/// API, StopExecution: ABORTED with the error and cause that were given.
#[tokio::test]
async fn a_stopped_execution_is_aborted_and_its_task_cancelled() {
    let test = engine_of(&machine(
        json!({"A": task(json!({"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]})), "B": {"Type": "Succeed"}}),
    ));
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let arn = test.start(json!({})).await;
    test.settle().await;
    test.clock.advance(Duration::from_secs(5));
    let stopped = test.engine.stop_execution(&arn, Some("Enough"), Some("of this")).await.unwrap();
    let record = test.engine.describe_execution(&arn).unwrap();
    assert_eq!((record.status, record.stop_date), (ExecutionStatus::Aborted, Some(stopped)));
    assert_eq!((record.error.as_deref(), record.cause.as_deref()), (Some("Enough"), Some("of this")));
    assert_eq!(test.functions.cancelled(), 1);
    let last = test.events(&arn).pop().unwrap();
    assert_eq!(last.details["executionAbortedEventDetails"], json!({"error": "Enough", "cause": "of this"}));
    assert_eq!(test.engine.stop_execution(&arn, None, None).await.unwrap(), stopped);
    let unknown = test.engine.stop_execution(&format!("{arn}x"), None, None).await.unwrap_err();
    assert_eq!(unknown.api_name(), Some("ExecutionDoesNotExist"));
}

/// Guide, "Service quotas": 25,000 events; an endless loop ends there.
#[tokio::test]
async fn an_execution_ends_at_the_most_events_that_a_history_may_have() {
    let choice = json!({"Type": "Choice", "Choices": [{"Variable": "$", "IsPresent": true, "Next": "B"}]});
    let (record, test) = run(json!({"A": choice, "B": {"Type": "Pass", "Next": "A"}}), json!({})).await;
    assert_eq!(record.error.as_deref(), Some("States.Runtime"));
    assert!(record.cause.unwrap().contains("25000"));
    let described = test.engine.describe_execution(&record.execution_arn).unwrap();
    assert_eq!(described.redrive_status_reason.as_deref(), Some("Execution history event limit exceeded"));
}
