//! AWS for tests: S3, DynamoDB and SNS on one loopback port, with injected faults.
//!
//! [`Aws`] runs the services. S3 is a map in memory with the features that an import uses
//! (conditions, ranges, metadata, versions, lists). DynamoDB is dynoxide in memory. A [`Proxy`]
//! injects the same faults in front of any other service on loopback. Code that only needs
//! objects needs no port: it takes a [`MemoryStore`], or a [`FailingStore`] in front of
//! one. For tests only: errors of this crate panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

mod acknowledging;
mod aws;
mod dynamodb;
mod failing;
mod fault;
pub mod import;
mod in_process;
mod layer;
mod memory;
mod proxy;
mod response;
mod s3;
mod server;

pub use acknowledging::{Acknowledging, Asked};
pub use aws::Aws;
pub use dynamodb::Db;
pub use failing::FailingStore;
pub use fault::{Fault, Faults, Gate, nth};
pub use in_process::InProcess;
pub use lineup_table::{CALENDAR, PERFORMANCES};
pub use memory::{MemoryStore, Object};
pub use proxy::Proxy;
