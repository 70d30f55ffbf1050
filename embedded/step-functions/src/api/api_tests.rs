//! Answers of the API, in the words that AWS was recorded using.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use asl::load;

use super::*;
use crate::testing::{TestEngine, fails};

const MACHINE: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:test";

/// A Map over `s3://b/items` whose children invoke `f`.
const DEFINITION: &str = r#"{
  "StartAt": "M",
  "States": {
    "M": {
      "Type": "Map", "Label": "Items", "End": true,
      "ItemReader": {
        "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSONL"},
        "Parameters": {"Bucket": "b", "Key": "items"}
      },
      "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "C",
        "States": {"C": {
          "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
          "Parameters": {"FunctionName": "f", "Payload.$": "$"}
        }}
      }
    }
  }
}"#;

fn test_api() -> (TestEngine, Api) {
    let test = TestEngine::new(load(DEFINITION, &BTreeMap::new()).unwrap());
    test.objects.set("b", "items", "1\n");
    test.functions.on("f", |_| fails("E"));
    let api = Api { engine: test.engine.clone(), since: Timestamp::UNIX_EPOCH };
    (test, api)
}

async fn ask(api: &Api, action: &str, request: Value) -> ApiAnswer {
    api.handle(action, &ApiRequest::parse(request.to_string().as_bytes()).unwrap()).await
}

/// The error's name and message.
async fn refusal(api: &Api, action: &str, request: Value) -> (String, String) {
    let refused = ask(api, action, request).await.unwrap_err().json();
    let text = |field: &str| refused[field].as_str().unwrap().to_owned();
    (text("__type"), text("message"))
}

/// The ARNs of an execution that failed, and of its child.
async fn failed(test: &TestEngine, api: &Api) -> (String, String) {
    let parent = test.run(json!({})).await.execution_arn;
    let runs = ask(api, "ListMapRuns", json!({ "executionArn": parent })).await.unwrap();
    let children = ask(api, "ListExecutions", json!({ "mapRunArn": runs["mapRuns"][0]["mapRunArn"] })).await;
    (parent, children.unwrap()["executions"][0]["executionArn"].as_str().unwrap().to_owned())
}

/// AWS captures of 2026, row 5 of what AWS was recorded doing.
#[tokio::test]
async fn a_child_is_not_redriven_by_itself() {
    let (test, api) = test_api();
    let (_, child) = failed(&test, &api).await;
    let expected = ("ValidationException", "Labeled Execution ARNs are not supported for this API");
    let got = refusal(&api, "RedriveExecution", json!({ "executionArn": child })).await;
    assert_eq!((got.0.as_str(), got.1.as_str()), expected);
}

/// API reference, ListExecutions, `redriveFilter`, row 14 of what AWS was recorded doing.
#[tokio::test]
async fn a_redrive_filter_is_for_the_children_of_a_map_run() {
    let (test, api) = test_api();
    failed(&test, &api).await;
    let request = json!({ "stateMachineArn": MACHINE, "redriveFilter": "REDRIVEN" });
    assert_eq!(refusal(&api, "ListExecutions", request).await.0, "ValidationException");
    assert!(ask(&api, "ListExecutions", json!({ "stateMachineArn": MACHINE })).await.is_ok());
}

/// AWS captures of 2026, row 15 of what AWS was recorded doing.
#[tokio::test]
async fn a_child_s_state_machine_is_its_item_processor() {
    let (test, api) = test_api();
    let (parent, child) = failed(&test, &api).await;
    let of_child =
        ask(&api, "DescribeStateMachineForExecution", json!({ "executionArn": child })).await.unwrap();
    assert_eq!(of_child["stateMachineArn"], format!("{MACHINE}/Items"));
    assert_eq!(of_child["label"], "Items");
    let definition: Value = serde_json::from_str(of_child["definition"].as_str().unwrap()).unwrap();
    let whole: Value = serde_json::from_str(DEFINITION).unwrap();
    assert_eq!(definition, whole["States"]["M"]["ItemProcessor"]);
    let own = ask(&api, "DescribeStateMachineForExecution", json!({ "executionArn": parent })).await.unwrap();
    assert_eq!(own["stateMachineArn"], MACHINE);
    assert_eq!(serde_json::from_str::<Value>(own["definition"].as_str().unwrap()).unwrap(), whole);
}

/// LocalStack's AWS-validated snapshots and AWS captures of 2026, rows 16 and 17 of what AWS was recorded doing.
#[tokio::test]
async fn refusals_have_the_words_of_aws() {
    let (test, api) = test_api();
    test.functions.on("f", |payload| Ok(payload.clone()));
    let done = test.run(json!({})).await.execution_arn;
    test.functions.on_async("f", |_| Box::pin(std::future::pending()));
    let running = test.start(json!({})).await;
    let cases = [
        (
            "RedriveExecution",
            json!({ "executionArn": running }),
            "ExecutionNotRedrivable",
            "Execution ARN invalid for redrive as: Execution is RUNNING and cannot be redriven",
        ),
        (
            "RedriveExecution",
            json!({ "executionArn": done }),
            "ExecutionNotRedrivable",
            "Execution ARN invalid for redrive as: Execution is SUCCEEDED and cannot be redriven",
        ),
        (
            "DescribeExecution",
            json!({ "executionArn": "x" }),
            "InvalidArn",
            "Invalid Arn: 'Invalid ARN prefix: x'",
        ),
        (
            "DescribeExecution",
            json!({ "executionArn": MACHINE }),
            "InvalidArn",
            "Invalid Arn: 'Resource type not valid in this context: stateMachine'",
        ),
        (
            "ListExecutions",
            json!({ "stateMachineArn": MACHINE, "maxResults": 1001 }),
            "ValidationException",
            "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000",
        ),
        (
            "ListExecutions",
            json!({ "stateMachineArn": MACHINE, "statusFilter": "succeeded" }),
            "ValidationException",
            "1 validation error detected: Value 'succeeded' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]",
        ),
        (
            "StartExecution",
            json!({ "stateMachineArn": MACHINE, "input": "" }),
            "InvalidExecutionInput",
            "Invalid State Machine Execution Input: 'Invalid execution input.'",
        ),
    ];
    for (action, request, name, message) in cases {
        let got = refusal(&api, action, request).await;
        assert_eq!((got.0.as_str(), got.1.as_str()), (name, message));
    }
    let labelled = json!({ "stateMachineArn": format!("{MACHINE}/Items"), "input": "{}" });
    assert_eq!(refusal(&api, "StartExecution", labelled).await.0, "ValidationException");
}
