//! What the tests start, and clients for it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::Credentials;
use embedded_aws::{Embedded, FunctionSpec, Options, Pipeline, Ports, function_arn};
use serde_json::{Value, json};

/// One state: the function is invoked with the input.
const DEFINITION: &str = r#"{
  "StartAt": "Only",
  "States": {
    "Only": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": { "FunctionName": "${FunctionArn}", "Payload.$": "$" },
      "End": true
    }
  }
}"#;

/// An upload of a CSV file starts the state machine.
const RULE: &str = r#"{
  "source": ["aws.s3"],
  "detail": {
    "bucket": { "name": ["${Uploads}"] },
    "object": { "key": [{ "suffix": { "equals-ignore-case": ".csv" } }] }
  }
}"#;

/// The bucket whose events start the state machine.
pub(crate) const UPLOADS_BUCKET: &str = "uploads";
/// Another bucket.
pub(crate) const OTHER_BUCKET: &str = "other";
/// A bucket that keeps versions.
pub(crate) const VERSIONED: &str = "versioned";
pub(crate) const TOPIC: &str = "news";
pub(crate) const STATE_MACHINE: &str = "echo";

/// Where the tests keep objects.
fn buckets() -> Vec<String> {
    [UPLOADS_BUCKET, OTHER_BUCKET, VERSIONED].map(str::to_owned).into()
}

/// A table with an index, as CreateTable takes it.
pub(crate) fn table() -> Value {
    json!({
        "TableName": "Sets",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            { "AttributeName": "Performer", "AttributeType": "S" },
            { "AttributeName": "Stage", "AttributeType": "S" }
        ],
        "KeySchema": [{ "AttributeName": "Performer", "KeyType": "HASH" }],
        "GlobalSecondaryIndexes": [{
            "IndexName": "ByStage",
            "KeySchema": [{ "AttributeName": "Stage", "KeyType": "HASH" }],
            "Projection": { "ProjectionType": "ALL" }
        }]
    })
}

/// This test program, started again as a function that does `behaviour`.
pub(crate) fn function(behaviour: &str) -> FunctionSpec {
    FunctionSpec {
        name: behaviour.to_owned(),
        program: std::env::current_exe().unwrap(),
        args: ["sandbox::sandbox", "--exact", "--ignored", "--nocapture"].map(str::to_owned).to_vec(),
        env: vec![("BEHAVIOUR".to_owned(), behaviour.to_owned())],
        timeout: Duration::from_secs(60),
        memory_mb: 128,
        max_concurrency: 2,
    }
}

/// For S3 and DynamoDB alone.
pub(crate) fn storage_options(data: &Path) -> Options {
    Options {
        data: data.to_owned(),
        ports: Ports { shared: Some(0), ..Ports::default() },
        buckets: buckets(),
        versioned: vec![VERSIONED.to_owned()],
        tables: vec![table()],
        pipeline: None,
    }
}

/// S3 and DynamoDB alone.
pub(crate) async fn storage(data: &Path) -> Embedded {
    Embedded::start(storage_options(data)).await.unwrap()
}

/// Everything, with a state machine that echoes its input.
pub(crate) async fn everything(data: &Path) -> Embedded {
    everything_with(data, "echo").await
}

/// Everything, with a state machine that invokes one function, which does `behaviour`.
pub(crate) async fn everything_with(data: &Path, behaviour: &str) -> Embedded {
    let pipeline = Pipeline {
        functions: vec![function(behaviour)],
        state_machine: STATE_MACHINE.to_owned(),
        definition: DEFINITION.to_owned(),
        substitutions: BTreeMap::from([
            ("FunctionArn".to_owned(), function_arn(behaviour)),
            ("Uploads".to_owned(), UPLOADS_BUCKET.to_owned()),
        ]),
        event_bucket: UPLOADS_BUCKET.to_owned(),
        rule: RULE.to_owned(),
        topic: TOPIC.to_owned(),
        idle: Duration::from_secs(60),
        interrupted_hint: String::new(),
    };
    Embedded::start(Options { pipeline: Some(pipeline), ..storage_options(data) }).await.unwrap()
}

/// A client configuration with credentials that nobody issued.
pub(crate) async fn client(endpoint: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("anyone", "anything", None, None, "test"))
        .endpoint_url(endpoint)
        .load()
        .await
}
