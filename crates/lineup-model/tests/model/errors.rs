//! The retries of the deployed definition: how often each error of each function is retried, where the
//! execution ends after the last retry, and that a redrive continues from there.

use embedded_aws::step_functions::record::ExecutionStatus;
use embedded_aws::step_functions::testing::{TestEngine, fails};
use serde_json::json;

use crate::import::{event, import, loaded, plan, summary};

/// Errors of the functions and of Lambda, each with the number of invocations if it always occurs.
const ERRORS: [(&str, usize); 18] = [
    ("Throttled", 7),
    ("Unavailable", 7),
    ("Lambda.ServiceException", 7),
    ("Lambda.AWSLambdaException", 7),
    ("Lambda.SdkClientException", 7),
    ("Lambda.ClientExecutionTimeoutException", 7),
    ("Lambda.TooManyRequestsException", 151),
    ("Sandbox.Timedout", 3),
    ("Runtime.ExitError", 3),
    ("Runtime.OutOfMemory", 3),
    ("Lambda.Unknown", 3),
    ("AccessDenied", 1),
    ("ResourceNotFound", 1),
    ("InvalidRequest", 1),
    ("InvalidInput", 1),
    ("SourceChanged", 1),
    ("ChunksNotSurveyed", 1),
    ("ChunksNotLoaded", 1),
];

/// An import of one chunk in which `function` always fails with this error.
fn failing(function: &str, error: &'static str) -> TestEngine {
    let test = import(1, |_, _, _| loaded());
    test.functions.on("recover", |payload| match payload["redrive_count"].as_u64() {
        Some(0) => fails("ChunksNotLoaded"),
        _ => Ok(plan("chunks.jsonl", 1)),
    });
    if function == "recover" {
        // Only chunks that are not loaded wait for a redrive.
        test.functions.on("load", |_| fails("AccessDenied"));
    }
    if function == "convert" {
        test.functions.on("split", |_| {
            let mut plan = plan("chunks.jsonl", 1);
            plan["convert"] = true.into();
            Ok(plan)
        });
    }
    test.functions.on(function, move |_| fails(error));
    test
}

/// A file that cannot be imported ends the execution, and no redrive continues it.
fn is_final(function: &str, error: &str) -> bool {
    matches!((function, error), ("convert" | "split" | "summarize", "InvalidInput" | "SourceChanged"))
}

/// The error of the execution. If the failure is caught, it is that of the state that waits for a redrive.
fn final_error(function: &str, error: &'static str) -> &'static str {
    let caught = matches!(function, "convert" | "split" | "load" | "summarize");
    if caught && !is_final(function, error) { "ChunksNotLoaded" } else { error }
}

fn heal(test: &TestEngine) {
    test.functions.on("split", |_| Ok(plan("chunks.jsonl", 1)));
    test.functions.on("load", |_| loaded());
    test.functions.on("summarize", |payload| Ok(summary(payload, 1)));
    test.functions.on("notify", |_| Ok(json!({"message_id": "m-2"})));
    test.functions.on("recover", |_| Ok(plan("chunks.jsonl", 1)));
}

#[tokio::test]
async fn each_error_of_each_function_is_retried_as_the_definition_says_and_a_redrive_goes_on() {
    for function in ["convert", "split", "load", "summarize", "notify", "recover"] {
        for (error, invocations) in ERRORS {
            let case = format!("{error} of {function}");
            let test = failing(function, error);
            let record = test.run(event()).await;
            assert_eq!(test.functions.calls_of(function).len(), invocations, "{case}");
            assert_eq!(record.status, ExecutionStatus::Failed, "{case}");
            assert_eq!(record.error.as_deref(), Some(final_error(function, error)), "{case}");
            heal(&test);
            test.engine.redrive_execution(&record.execution_arn).await.unwrap();
            let redriven = test.end(&record.execution_arn).await;
            let expected =
                if is_final(function, error) { ExecutionStatus::Failed } else { ExecutionStatus::Succeeded };
            assert_eq!(redriven.status, expected, "{case}");
        }
    }
}
