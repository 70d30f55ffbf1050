//! The context object, `$$` (Step Functions guide, "Accessing execution data
//! from the Context object").

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::record::ExecutionRecord;

/// The state that asks for the context object.
pub(crate) struct At<'a> {
    pub name: &'a str,
    pub entered: Timestamp,
    /// `None` for a state that knows no Retry.
    pub retry_count: Option<u64>,
}

/// The context object of a state. `input` is the execution's.
pub(crate) fn context(record: &ExecutionRecord, role_arn: &str, input: &Value, at: &At<'_>) -> Value {
    let mut context = json!({
        "Execution": {
            "Id": record.execution_arn,
            "Input": input,
            "Name": record.name,
            "RoleArn": role_arn,
            "StartTime": iso(record.start_date),
            "RedriveCount": record.redrive_count,
        },
        "State": {"EnteredTime": iso(at.entered), "Name": at.name},
        "StateMachine": {
            "Id": record.state_machine_arn,
            "Name": record.state_machine_arn.rsplit(':').next(),
        },
    });
    if let Some(count) = at.retry_count {
        context["State"]["RetryCount"] = count.into();
    }
    if let Some(time) = record.redrive_date {
        context["Execution"]["RedriveTime"] = iso(time).into();
    }
    context
}

/// Adds the item that a Map is at.
pub(crate) fn with_item(mut context: Value, index: u64, item: Value) -> Value {
    context["Map"] = json!({"Item": {"Index": index, "Value": item}});
    context
}

/// ISO 8601 in UTC with milliseconds.
pub(crate) fn iso(time: Timestamp) -> String {
    format!("{time:.3}")
}
