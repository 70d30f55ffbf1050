//! A model of imports that go wrong: a random file, random faults and kills,
//! people who redrive and re-run, and what must have come of it in the end.
//!
//! Everything but the services is real: the deployed state machine in the
//! embedded engine, the functions' handlers, the SDK. It runs in one thread on tokio's
//! paused clock, so that a seed decides all and waiting takes no time. The expectations are
//! written here, without the code under test: [`lineups`] knows what it writes.
//! [`fuzz`] has the fuzz targets. For tests only: what goes wrong here panics.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

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
