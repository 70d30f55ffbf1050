//! The engine, by the rules of AWS's documentation. Each
//! test names the page that its rule is from; "guide" is the Step Functions
//! developer guide, "API" its API reference, "specification" the Amazon States
//! Language specification.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod map_run;
mod redrive;
mod rules;
mod store;
mod support;
