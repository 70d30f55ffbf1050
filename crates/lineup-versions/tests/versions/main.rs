//! Tests of what several versions of a lineup come to, by the crate's public items alone.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod imports;
mod interleavings;
mod whole;
