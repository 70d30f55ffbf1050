//! The history events that the engine writes, with the types and details of
//! the Step Functions API (API reference, HistoryEvent and its `…EventDetails`).

use asl::failure::{Failure, TIMEOUT};
use serde_json::{Value, json};

/// An event without its number and time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub event_type: String,
    /// The name and the fields of its details, if the type has any.
    pub details: Option<(&'static str, Value)>,
}

impl Event {
    fn bare(event_type: &str) -> Self {
        Self { event_type: event_type.into(), details: None }
    }

    fn with(event_type: &str, name: &'static str, details: Value) -> Self {
        Self { event_type: event_type.into(), details: Some((name, details)) }
    }

    fn failed(event_type: &str, name: &'static str, failure: &Failure) -> Self {
        Self::with(event_type, name, told(failure))
    }

    pub(crate) fn execution_started(input: &str, role_arn: &str) -> Self {
        let details = json!({"input": input, "inputDetails": whole(), "roleArn": role_arn});
        Self::with("ExecutionStarted", "executionStartedEventDetails", details)
    }

    pub(crate) fn execution_redriven(redrive_count: u32) -> Self {
        Self::with(
            "ExecutionRedriven",
            "executionRedrivenEventDetails",
            json!({"redriveCount": redrive_count}),
        )
    }

    pub(crate) fn execution_succeeded(output: &str) -> Self {
        let details = json!({"output": output, "outputDetails": whole()});
        Self::with("ExecutionSucceeded", "executionSucceededEventDetails", details)
    }

    pub(crate) fn execution_failed(failure: &Failure) -> Self {
        Self::failed("ExecutionFailed", "executionFailedEventDetails", failure)
    }

    pub(crate) fn execution_timed_out() -> Self {
        Self::with("ExecutionTimedOut", "executionTimedOutEventDetails", json!({"error": TIMEOUT}))
    }

    pub(crate) fn execution_aborted(error: Option<&str>, cause: Option<&str>) -> Self {
        let fields = [("error", error), ("cause", cause)];
        let fields =
            fields.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?))));
        Self::with("ExecutionAborted", "executionAbortedEventDetails", Value::Object(fields.collect()))
    }

    pub(crate) fn state_entered(kind: &str, name: &str, input: &str) -> Self {
        let details = json!({"name": name, "input": input, "inputDetails": whole()});
        Self::with(&format!("{kind}StateEntered"), "stateEnteredEventDetails", details)
    }

    pub(crate) fn state_exited(kind: &str, name: &str, output: &str) -> Self {
        let details = json!({"name": name, "output": output, "outputDetails": whole()});
        Self::with(&format!("{kind}StateExited"), "stateExitedEventDetails", details)
    }

    pub(crate) fn map_state_started() -> Self {
        // The items are not known yet: ItemReader reads them in the Map Run.
        Self::with("MapStateStarted", "mapStateStartedEventDetails", json!({"length": 0}))
    }

    pub(crate) fn map_state_succeeded() -> Self {
        Self::bare("MapStateSucceeded")
    }

    pub(crate) fn map_state_failed() -> Self {
        Self::bare("MapStateFailed")
    }

    pub(crate) fn map_run_started(arn: &str) -> Self {
        Self::with("MapRunStarted", "mapRunStartedEventDetails", json!({"mapRunArn": arn}))
    }

    pub(crate) fn map_run_redriven(arn: &str, redrive_count: u32) -> Self {
        let details = json!({"mapRunArn": arn, "redriveCount": redrive_count});
        Self::with("MapRunRedriven", "mapRunRedrivenEventDetails", details)
    }

    pub(crate) fn map_run_succeeded() -> Self {
        Self::bare("MapRunSucceeded")
    }

    pub(crate) fn map_run_failed(failure: &Failure) -> Self {
        Self::failed("MapRunFailed", "mapRunFailedEventDetails", failure)
    }

    pub(crate) fn map_run_aborted() -> Self {
        Self::bare("MapRunAborted")
    }
}

/// The events of a Task that invokes through `arn:aws:states:::lambda:invoke`.
pub(crate) mod task {
    use super::{Event, Failure, Value, json, told, whole};

    pub(crate) fn scheduled(region: &str, parameters: &str, timeout_seconds: Option<u64>) -> Event {
        let mut details = resource();
        details["region"] = region.into();
        details["parameters"] = parameters.into();
        if let Some(seconds) = timeout_seconds {
            details["timeoutInSeconds"] = seconds.into();
        }
        Event::with("TaskScheduled", "taskScheduledEventDetails", details)
    }

    pub(crate) fn started() -> Event {
        Event::with("TaskStarted", "taskStartedEventDetails", resource())
    }

    pub(crate) fn succeeded(output: &str) -> Event {
        let mut details = resource();
        details["output"] = output.into();
        details["outputDetails"] = whole();
        Event::with("TaskSucceeded", "taskSucceededEventDetails", details)
    }

    pub(crate) fn failed(failure: &Failure) -> Event {
        Event::with("TaskFailed", "taskFailedEventDetails", with_failure(failure))
    }

    pub(crate) fn timed_out(failure: &Failure) -> Event {
        Event::with("TaskTimedOut", "taskTimedOutEventDetails", with_failure(failure))
    }

    fn resource() -> Value {
        json!({"resourceType": "lambda", "resource": "invoke"})
    }

    fn with_failure(failure: &Failure) -> Value {
        let mut details = told(failure);
        details["resourceType"] = "lambda".into();
        details["resource"] = "invoke".into();
        details
    }
}

/// The events of a Task whose `Resource` is a function's ARN.
pub(crate) mod function {
    use super::{Event, Failure, json, whole};

    pub(crate) fn scheduled(resource: &str, input: &str, timeout_seconds: Option<u64>) -> Event {
        let mut details = json!({"resource": resource, "input": input, "inputDetails": whole()});
        if let Some(seconds) = timeout_seconds {
            details["timeoutInSeconds"] = seconds.into();
        }
        Event::with("LambdaFunctionScheduled", "lambdaFunctionScheduledEventDetails", details)
    }

    pub(crate) fn started() -> Event {
        Event::bare("LambdaFunctionStarted")
    }

    pub(crate) fn succeeded(output: &str) -> Event {
        let details = json!({"output": output, "outputDetails": whole()});
        Event::with("LambdaFunctionSucceeded", "lambdaFunctionSucceededEventDetails", details)
    }

    pub(crate) fn failed(failure: &Failure) -> Event {
        Event::failed("LambdaFunctionFailed", "lambdaFunctionFailedEventDetails", failure)
    }

    pub(crate) fn timed_out(failure: &Failure) -> Event {
        Event::failed("LambdaFunctionTimedOut", "lambdaFunctionTimedOutEventDetails", failure)
    }
}

/// `error` and `cause`, each where there is one.
fn told(failure: &Failure) -> Value {
    let fields = [("error", &failure.error), ("cause", &failure.cause)];
    let fields = fields.into_iter().filter(|(_, text)| !text.is_empty());
    Value::Object(fields.map(|(name, text)| (name.to_owned(), text.as_str().into())).collect())
}

/// `inputDetails` and `outputDetails` of an event: nothing was cut off.
fn whole() -> Value {
    json!({"truncated": false})
}
