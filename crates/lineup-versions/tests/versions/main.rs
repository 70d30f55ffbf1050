//! Tests of what several versions of a lineup come to, by the crate's public items alone.

mod imports;
mod interleavings;
mod whole;
