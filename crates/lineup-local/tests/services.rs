//! The embedded services, as users meet them: through the AWS SDKs and the aws command line.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "services/commands.rs"]
mod commands;
#[path = "services/dynamodb.rs"]
mod dynamodb;
#[path = "services/run.rs"]
mod run;
#[path = "services/s3.rs"]
mod s3;
#[path = "services/sandbox.rs"]
mod sandbox;
#[path = "services/sfn.rs"]
mod sfn;
#[path = "services/sns.rs"]
mod sns;
#[path = "services/storage.rs"]
mod storage;
