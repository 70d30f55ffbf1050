//! The model test and the corpora of the fuzz targets: one binary, because each links the SDK.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod corpora;
mod seeds;
