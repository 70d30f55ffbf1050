//! Small state machines.

use std::collections::BTreeMap;

use asl::load;
use embedded_step_functions::record::ExecutionRecord;
use embedded_step_functions::testing::TestEngine;
use serde_json::{Value, json};

/// An engine on a definition.
pub(crate) fn engine_of(definition: &Value) -> TestEngine {
    TestEngine::new(load(&definition.to_string(), &BTreeMap::new()).unwrap())
}

/// The one `Task` `A` that invokes the function `f`, with more or other fields.
pub(crate) fn task(fields: Value) -> Value {
    let mut state = json!({
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Parameters": {"FunctionName": "f", "Payload.$": "$"}
    });
    for (name, value) in fields.as_object().unwrap() {
        state[name] = value.clone();
    }
    state
}

pub(crate) fn machine(states: Value) -> Value {
    json!({"StartAt": "A", "States": states})
}

pub(crate) fn output(record: &ExecutionRecord) -> Value {
    serde_json::from_str(record.output.as_deref().unwrap_or("null")).unwrap()
}
