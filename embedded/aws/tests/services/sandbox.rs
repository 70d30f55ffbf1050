//! The function that the tests' state machine invokes.

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::{Value, json};

/// A function. What it does, `BEHAVIOUR` says.
#[test]
#[ignore = "started by the embedded Lambda, as a process of its own"]
fn sandbox() {
    let Ok(behaviour) = std::env::var("BEHAVIOUR") else { return };
    embedded_aws::exit_with_parent();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(lambda_runtime::run(service_fn(move |event| handle(behaviour.clone(), event)))).unwrap();
}

async fn handle(behaviour: String, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    match behaviour.as_str() {
        "sleeps" => std::future::pending().await,
        _ => Ok(json!({ "event": event.payload })),
    }
}
