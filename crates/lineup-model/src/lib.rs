//! A model of imports with faults: a random file, random faults and kills,
//! people who redrive and re-run, and the expected result in the end.
//!
//! Only the services are simulated. The deployed state machine in the embedded
//! engine, the functions' handlers and the SDK are real. All runs in one thread on tokio's
//! paused clock, so that the seed decides everything and waiting takes no time. The
//! expectations do not use the code under test: [`lineups`] knows what it writes.
//! [`fuzz`] has the fuzz targets. For tests only: errors of this crate panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

pub mod burst;
pub mod concurrency;
pub mod connector;
pub mod engine;
pub mod expected;
pub mod faults;
pub mod functions;
pub mod fuzz;
pub mod lineups;
pub mod message;
pub mod observations;
pub mod operator;
pub mod oracle;
pub mod process;
pub mod random;
pub mod simulation;
pub mod versions;
