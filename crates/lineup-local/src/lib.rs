//! The embedded run of lineup: S3, DynamoDB, SNS, Lambda and Step Functions on
//! loopback, as the AWS SDKs and the aws command line speak to them.
//!
//! [`Embedded`] starts them. Everything is kept in one data directory and
//! outlives the process; one process at a time works on it.
//!
//! ```text
//! <data>/lock             the process that works on it
//! <data>/s3/              objects, as plain files with a footer
//! <data>/dynamodb.sqlite  tables
//! <data>/sns/             published messages, one JSON object a line
//! <data>/executions/      the state machine's executions
//! <data>/logs/            what the functions print
//! ```

mod deliveries;
mod dynamodb;
mod embedded;
mod endpoints;
mod events;
mod lock;
mod ports;

pub use asl;
pub use dynamodb::DynamoDbError;
pub use embedded::{Embedded, LocalError, Options, Pipeline};
pub use embedded_lambda::{FunctionSpec, exit_with_parent};
pub use embedded_sns::Published;
pub use embedded_step_functions as step_functions;
pub use endpoints::{
    ACCOUNT, Endpoints, IMPORTS_BUCKET, Ports, REGION, STATE_MACHINE, TOPIC, UPLOADS_BUCKET, function_arn,
    state_machine_arn, topic_arn,
};
pub use events::{Rule, RuleError};
pub use lock::{DataLock, LockError};
