//! The function against services on loopback. The test that counts allocations needs no process of its own:
//! allocation-counter counts those of the current thread.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod chunk;
mod many_rows;
