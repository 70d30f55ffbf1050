#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
//! `notify` against SNS on loopback.

use lineup_aws::client;
use lineup_contracts::error::{ErrorName, Named};
use lineup_testing::{Aws, Fault};
use notify::{LineupCommand, NotifyContext, handle};
use serde_json::json;

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:lineup";

async fn context(aws: &Aws) -> NotifyContext {
    let config = client::config_at(&aws.endpoint).await;
    NotifyContext {
        sns: aws_sdk_sns::Client::new(&config),
        topic_arn: TOPIC.into(),
        lineup: LineupCommand::on_stack("festival"),
    }
}

fn input() -> lineup_contracts::NotifyInput {
    let state = json!({
        "detail": {"bucket": {"name": "uploads"}, "object": {"key": "a.csv", "etag": "e", "sequencer": "1"}},
        "summary": {"Error": "InvalidInput", "Cause": "no header"}
    });
    let input = json!({"state": state, "execution_arn": "arn:one", "state_machine_arn": "arn:machine"});
    serde_json::from_value(input).unwrap()
}

#[tokio::test]
async fn the_message_is_published_to_the_topic() {
    let aws = Aws::start().await;
    let output = handle(&context(&aws).await, input()).await.unwrap();
    assert_eq!(output.message_id, "message-1");
    let published = aws.published.lock().unwrap();
    assert_eq!(published.len(), 1);
    for part in ["TopicArn=arn%3Aaws%3Asns", "Subject=lineup%3A%20a.csv%20could%20not", "no%20header"] {
        assert!(published[0].contains(part), "{part} is not in {}", published[0]);
    }
}

#[tokio::test]
async fn a_topic_that_refuses_is_named() {
    let aws = Aws::start().await;
    aws.fail(|_| Some(Fault::Refused(403, "AuthorizationError")));
    let error = handle(&context(&aws).await, input()).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::AccessDenied);
    assert_eq!(error.to_string(), format!("sns:Publish on {TOPIC} failed"));
}
