//! The embedded services, as users meet them: through the AWS SDKs and the aws command line.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod commands;
mod dynamodb;
mod joining;
mod put_batches;
mod run;
mod s3;
mod s3_buckets;
mod s3_copies;
mod s3_presigned;
mod s3_versions;
mod sandbox;
mod sfn;
mod shared_port;
mod sns;
mod storage;
