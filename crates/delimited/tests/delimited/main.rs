//! Tests of the crate as a whole. The tests that count allocations need no process of their own:
//! allocation-counter counts those of the current thread.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod split_allocations;
mod splitting;
