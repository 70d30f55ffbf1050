//! Tests of random imports, the corpora of the fuzz targets, and the deployed definition and rule.
//! They are one binary, because each links the SDK.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod burst;
mod corpora;
mod errors;
mod import;
mod rule;
mod seeds;
