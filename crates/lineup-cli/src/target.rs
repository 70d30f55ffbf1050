//! Where the commands work: the embedded services, or a deployed stack.

use std::time::Duration;

use lineup_aws::schema::Tables;

/// The clients and names that a command needs. Commands know nothing else
/// about where they run, so that the outputs of a CloudFormation stack can
/// fill the same fields as the embedded services do.
#[derive(Debug, Clone)]
pub struct Target {
    /// Buckets.
    pub s3: aws_sdk_s3::Client,
    /// Tables.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// Executions.
    pub sfn: aws_sdk_sfn::Client,
    /// An object that is put here starts an import.
    pub uploads_bucket: String,
    /// What the pipeline writes about imports; see [`lineup_contracts::layout`].
    pub imports_bucket: String,
    /// The names of the tables.
    pub tables: Tables,
    /// The state machine of `statemachine/import.asl.json`.
    pub state_machine_arn: String,
    /// How often to ask how far an execution is.
    pub poll: Duration,
}
