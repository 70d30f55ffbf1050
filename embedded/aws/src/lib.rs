//! An embedded AWS: S3, DynamoDB, SNS, Lambda and Step Functions on loopback, as the AWS SDKs and the aws
//! command line speak to them.
//!
//! [`Embedded`] starts them: storage alone (S3 and DynamoDB), or with a state machine that the events of a
//! bucket start. Everything is kept in one data directory and
//! outlives the process; one process at a time works on it. Others join it ([`JoinedServer`]) if it lets them
//! ([`Embedded::let_join`]).
//!
//! ```text
//! <data>/lock             the process that works on it
//! <data>/server.json      where its services listen, and how to join it
//! <data>/s3/              objects, as plain files with a footer
//! <data>/dynamodb.sqlite  tables
//! <data>/sns/             published messages, one JSON object a line
//! <data>/executions/      the state machine's executions
//! <data>/logs/            what the functions print
//! <data>/reserve          space that is given up where there is none: reading takes some
//! ```

mod arn;
mod deliveries;
mod dynamodb;
mod embedded;
mod endpoints;
mod events;
mod guard;
mod join_port;
mod joined_server;
mod lock;
mod options;
mod ports;
mod server;
mod server_file;
mod shared_port;
mod space;

pub use arn::{ACCOUNT, REGION, function_arn, state_machine_arn, topic_arn};
pub use asl;
pub use dynamodb::DynamoDbError;
pub use embedded::{Embedded, StartError};
pub use embedded_lambda::{FunctionSpec, exit_with_parent};
pub use embedded_sns::Published;
pub use embedded_step_functions as step_functions;
pub use endpoints::{Endpoints, Ports};
pub use events::{DeliveryError, Rule, RuleError};
pub use join_port::ExecutionEnd;
pub use joined_server::JoinedServer;
pub use lock::{DataLock, LockError};
pub use options::{Options, Pipeline};
pub use server_file::{ServerFile, ServerLabel};
pub use space::{DataSpace, is_full};
