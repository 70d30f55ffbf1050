//! Tests of `hold`: who takes the hold of a lineup, and what comparing many keys costs.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod many_keys;
mod taking;
