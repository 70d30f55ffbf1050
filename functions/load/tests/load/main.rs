//! The function against services on loopback. The test that counts allocations runs in the same process:
//! allocation-counter counts only those of the current thread.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod chunk;
mod many_rows;
