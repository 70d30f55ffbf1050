//! Tests a state machine without AWS: a function that fails twice and is retried, then a Choice.
//!
//! `cargo run -p embedded-step-functions --example state_machine`

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};

use asl::load;
use embedded_step_functions::testing::{TestEngine, fails};
use serde_json::json;

const DEFINITION: &str = r#"{
  "StartAt": "Price",
  "States": {
    "Price": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": { "FunctionName": "price", "Payload.$": "$" },
      "ResultSelector": { "cents.$": "$.Payload.cents" },
      "ResultPath": "$.price",
      "Retry": [{ "ErrorEquals": ["Busy"], "IntervalSeconds": 60, "BackoffRate": 2, "MaxAttempts": 3 }],
      "Next": "IsCheap"
    },
    "IsCheap": {
      "Type": "Choice",
      "Choices": [{ "Variable": "$.price.cents", "NumericLessThan": 1000, "Next": "Bought" }],
      "Default": "TooDear"
    },
    "Bought": { "Type": "Succeed" },
    "TooDear": { "Type": "Fail", "Error": "TooDear" }
  }
}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let test = TestEngine::new(load(DEFINITION, &BTreeMap::new())?);
    let invocations = AtomicUsize::new(0);
    test.functions.on("price", move |order| {
        if invocations.fetch_add(1, Ordering::Relaxed) < 2 {
            return fails("Busy");
        }
        Ok(json!({ "cents": order["pieces"].as_u64().unwrap_or(0) * 250 }))
    });

    let ended = test.run(json!({ "pieces": 3 })).await;
    // The retries have waited three minutes, and no time has passed.
    for event in test.events(&ended.execution_arn) {
        println!("{:2} {:.0} {}", event.id, event.timestamp, event.event_type);
    }
    println!("{}: {}", ended.status.as_str(), ended.output.unwrap_or_default());
    println!("states: {}", test.route(&ended.execution_arn).join(", "));

    let ended = test.run(json!({ "pieces": 5 })).await;
    println!("{}: {}", ended.status.as_str(), ended.error.unwrap_or_default());
    Ok(())
}
