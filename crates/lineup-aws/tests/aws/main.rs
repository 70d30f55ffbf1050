//! The crate over the real SDK, against services on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod objects;
mod query;
