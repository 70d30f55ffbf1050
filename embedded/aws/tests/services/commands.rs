//! The real aws command line. `AWS_CLI` names it where it is not called `aws`.

use std::path::Path;
use std::process::{Command, Output};

use embedded_aws::{Embedded, state_machine_arn, topic_arn};
use serde_json::Value;

use crate::run::{STATE_MACHINE, TOPIC, UPLOADS_BUCKET, everything};

fn aws(embedded: &Embedded, folder: &Path, args: &[&str]) -> Output {
    let program = std::env::var("AWS_CLI").unwrap_or_else(|_| "aws".to_owned());
    let mut command = Command::new(&program);
    command.args(args).current_dir(folder).envs(embedded.endpoints().environment());
    command.env_remove("AWS_PROFILE");
    let keys = [
        ("AWS_ACCESS_KEY_ID", "anyone"),
        ("AWS_SECRET_ACCESS_KEY", "anything"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ];
    let output = command.envs(keys).env("AWS_PAGER", "").output();
    output.unwrap_or_else(|error| panic!("{program}: {error}; install it with: pip install awscli"))
}

fn succeeded(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_aws_command_line_copies_lists_and_removes_objects() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = everything(&folder.path().join("data")).await;
    let run = |args: &[&str]| succeeded(aws(&embedded, folder.path(), args));
    let content: Vec<u8> = (0..5_000_000_u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(folder.path().join("big.bin"), &content).unwrap();
    let target = format!("s3://{UPLOADS_BUCKET}/2025/big.bin");
    run(&["s3", "cp", "big.bin", &target]);
    let listed = run(&["s3", "ls", "--recursive", UPLOADS_BUCKET]);
    assert!(listed.contains("20000000 2025/big.bin"), "{listed}");
    run(&["s3", "cp", &target, "back.bin"]);
    assert!(std::fs::read(folder.path().join("back.bin")).unwrap() == content, "the bytes differ");
    run(&["s3", "rm", &target]);
    assert_eq!(run(&["s3", "ls", "--recursive", UPLOADS_BUCKET]), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_aws_command_line_publishes_and_queries() {
    let folder = tempfile::tempdir().unwrap();
    let mut embedded = everything(&folder.path().join("data")).await;
    let mut messages = embedded.messages().unwrap();
    let topic = topic_arn(TOPIC);
    let run = |args: &[&str]| succeeded(aws(&embedded, folder.path(), args));
    run(&[
        "sns",
        "publish",
        "--topic-arn",
        &topic,
        "--subject",
        "Hello",
        "--message",
        "from the command line",
    ]);
    assert_eq!(messages.recv().await.unwrap().message, "from the command line");
    let item = r#"{"Performer":{"S":"Lizzo"},"Stage":{"S":"Main Stage"}}"#;
    run(&["dynamodb", "put-item", "--table-name", "Sets", "--item", item]);
    let values = r#"{":p":{"S":"Lizzo"}}"#;
    let condition = ["--key-condition-expression", "Performer = :p", "--expression-attribute-values", values];
    let found = run(&[&["dynamodb", "query", "--table-name", "Sets"], &condition[..]].concat());
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found["Items"][0]["Stage"]["S"], "Main Stage");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_aws_command_line_follows_the_execution_that_its_copy_started() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = everything(&folder.path().join("data")).await;
    let json = |args: &[&str]| -> Value {
        serde_json::from_str(&succeeded(aws(&embedded, folder.path(), args))).unwrap()
    };
    let machine = state_machine_arn(STATE_MACHINE);
    std::fs::write(folder.path().join("sets.csv"), "Performer\n").unwrap();
    succeeded(aws(&embedded, folder.path(), &["s3", "cp", "sets.csv", &format!("s3://{UPLOADS_BUCKET}")]));
    // The event is delivered after the copy was acknowledged.
    let list = ["stepfunctions", "list-executions", "--state-machine-arn", &machine];
    let arn = loop {
        if let Some(arn) = json(&list)["executions"][0]["executionArn"].as_str() {
            break arn.to_owned();
        }
    };
    embedded.engine().unwrap().wait(&arn).await.unwrap();
    let execution = json(&["stepfunctions", "describe-execution", "--execution-arn", &arn]);
    assert_eq!(execution["status"], "SUCCEEDED", "{execution}");
    let history = json(&["stepfunctions", "get-execution-history", "--execution-arn", &arn]);
    assert_eq!(history["events"][0]["type"], "ExecutionStarted");
    assert_eq!(
        json(&["stepfunctions", "list-map-runs", "--execution-arn", &arn])["mapRuns"],
        serde_json::json!([])
    );
    let started =
        json(&["stepfunctions", "start-execution", "--state-machine-arn", &machine, "--input", "{}"]);
    let started = started["executionArn"].as_str().unwrap();
    json(&["stepfunctions", "stop-execution", "--execution-arn", started]);
}
