//! Invokes a function in a process of its own: this program, started again.
//!
//! `cargo run -p embedded-lambda --example invoke`

use std::error::Error;
use std::time::Duration;

use embedded_lambda::{FunctionSpec, Functions, exit_with_parent};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        exit_with_parent();
        return lambda_runtime::run(service_fn(double)).await;
    }
    let logs = tempfile::tempdir()?;
    let function = FunctionSpec {
        name: "double".to_owned(),
        program: std::env::current_exe()?,
        args: Vec::new(),
        env: Vec::new(),
        timeout: Duration::from_secs(5),
        memory_mb: 128,
        max_concurrency: 2,
    };
    let idle = Duration::from_secs(60);
    let functions = Functions::new(vec![function], "eu-west-1", "123456789012", logs.path(), idle)?;

    println!("21 doubled is {}", functions.invoke("double", &json!(21)).await?);
    if let Err(error) = functions.invoke("double", &json!("x")).await {
        println!("{}: {}", error.name(), error.cause());
    }
    println!("log: {}", std::fs::read_to_string(logs.path().join("double.log"))?);
    Ok(())
}

/// The function.
async fn double(event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    println!("{} was asked to double {}", std::process::id(), event.payload);
    match event.payload.as_i64() {
        Some(number) => Ok(json!(number * 2)),
        None => Err(Diagnostic {
            error_type: "NotANumber".to_owned(),
            error_message: format!("{} is no number", event.payload),
        }),
    }
}
