//! Loads a definition, shows where its Choice leads, and what a definition is refused for.
//!
//! `cargo run -p asl --example choose`

use std::collections::BTreeMap;
use std::error::Error;

use asl::definition::{Choice, StateKind};
use asl::load;
use serde_json::{Value, json};

const DEFINITION: &str = r#"{
  "StartAt": "HowLong",
  "States": {
    "HowLong": {
      "Type": "Choice",
      "Choices": [
        { "Variable": "$.minutes", "NumericGreaterThan": 90, "Next": "Long" },
        { "Variable": "$.minutes", "IsPresent": true, "Next": "Short" }
      ],
      "Default": "Unknown"
    },
    "Long": { "Type": "Succeed" },
    "Short": { "Type": "Succeed" },
    "Unknown": { "Type": "Fail", "Error": "NoMinutes" }
  }
}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let machine = load(DEFINITION, &BTreeMap::new())?;
    let start = &machine.graph.states[&machine.graph.start_at];
    if let StateKind::Choice(choice) = &start.kind {
        for input in [json!({"minutes": 120}), json!({"minutes": 30}), json!({"minutes": "an hour"})] {
            println!("{input} leads to {}", next(choice, &input));
        }
    }

    let parallel = DEFINITION.replace("Succeed", "Parallel");
    if let Err(refused) = load(&parallel, &BTreeMap::new()) {
        println!("refused: {refused}");
    }
    Ok(())
}

/// The state that the first rule which holds leads to, or the error of a rule that cannot be evaluated.
fn next(choice: &Choice, input: &Value) -> String {
    for (rule, next) in &choice.rules {
        match rule.holds(input, &Value::Null) {
            Ok(true) => return next.clone(),
            Ok(false) => {}
            Err(failure) => return format!("{}: {}", failure.error, failure.cause),
        }
    }
    choice.default.clone().unwrap_or_else(|| "no state".to_owned())
}
