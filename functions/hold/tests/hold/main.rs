//! Tests of `hold`: who takes the hold of a lineup, and what comparing many keys costs.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod many_keys;
mod ranges;
mod taking;

use std::time::{Duration, Instant};

/// When an invocation stops that has all the time it needs.
fn later() -> Instant {
    Instant::now() + Duration::from_secs(900)
}
