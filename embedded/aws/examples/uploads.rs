//! Starts everything: an upload starts a state machine, whose function is this program, started again.
//!
//! `cargo run -p embedded-aws --example uploads`

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

use embedded_aws::step_functions::{ExecutionFilter, Page};
use embedded_aws::{Embedded, FunctionSpec, Options, Pipeline, Ports, exit_with_parent, function_arn};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const DEFINITION: &str = r#"{
  "StartAt": "Describe",
  "States": {
    "Describe": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": { "FunctionName": "${DescribeArn}", "Payload.$": "$.detail.object" },
      "ResultSelector": { "text.$": "$.Payload" },
      "End": true
    }
  }
}"#;

const RULE: &str = r#"{
  "source": ["aws.s3"],
  "detail": { "object": { "key": [{ "suffix": { "equals-ignore-case": ".txt" } }] } }
}"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        exit_with_parent();
        return lambda_runtime::run(service_fn(describe)).await;
    }
    let data = tempfile::tempdir()?;
    let embedded = Embedded::start(options(data.path())?).await?;
    for (name, value) in embedded.endpoints().environment() {
        println!("export {name}={value}");
    }

    let engine = embedded.engine().ok_or("there is a pipeline, so there is an engine")?;
    let mut changes = engine.subscribe();
    put(&embedded.endpoints().s3, "/letters/2025/picture.png", "not a text").await?;
    put(&embedded.endpoints().s3, "/letters/2025/dear.TXT", "Dear reader").await?;
    // The event is delivered after the put was answered.
    let arn = loop {
        let executions = engine.list_executions(&ExecutionFilter::default(), &Page::default())?.items;
        match executions.first() {
            Some(execution) => break execution.execution_arn.clone(),
            None => changes.changed().await?,
        }
    };
    let ended = engine.wait(&arn).await?;
    println!("{} {}", ended.status.as_str(), ended.output.unwrap_or_default());
    embedded.shutdown().await;
    Ok(())
}

fn options(data: &Path) -> std::io::Result<Options> {
    let function = FunctionSpec {
        name: "describe".to_owned(),
        program: std::env::current_exe()?,
        args: Vec::new(),
        env: Vec::new(),
        timeout: Duration::from_secs(5),
        memory_mb: 128,
        max_concurrency: 4,
    };
    let pipeline = Pipeline {
        functions: vec![function],
        state_machine: "describe-letters".to_owned(),
        definition: DEFINITION.to_owned(),
        substitutions: BTreeMap::from([("DescribeArn".to_owned(), function_arn("describe"))]),
        event_bucket: "letters".to_owned(),
        rule: RULE.to_owned(),
        topic: "news".to_owned(),
        idle: Duration::from_secs(60),
        interrupted_hint: "Redrive it.".to_owned(),
    };
    Ok(Options {
        data: data.to_owned(),
        ports: Ports::default(),
        buckets: vec!["letters".to_owned()],
        versioned: Vec::new(),
        tables: Vec::new(),
        pipeline: Some(pipeline),
    })
}

/// The function: what the event says of the object.
async fn describe(event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let (key, size) = (&event.payload["key"], &event.payload["size"]);
    Ok(json!(format!("{key} has {size} bytes")))
}

/// Puts an object. An SDK would sign the request; nobody checks.
async fn put(endpoint: &str, path: &str, body: &str) -> std::io::Result<()> {
    let address = endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await?;
    let length = body.len();
    let head = format!("PUT {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n{body}").as_bytes()).await?;
    stream.read_to_string(&mut String::new()).await?;
    Ok(())
}
