//! The engine, by the rules of AWS's documentation. Each
//! test names the page that its rule is from; "guide" is the Step Functions
//! developer guide, "API" its API reference, "specification" the Amazon States
//! Language specification. Where AWS was recorded doing something else, AWS is right:
//! recorded.rs and recorded_maps.rs have a test for each of these rows.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod faults;
mod map_run;
mod recorded;
mod recorded_maps;
mod redrive;
mod rules;
mod store;
mod support;
