//! The crate over the real SDK, against services on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod object_store;
mod object_writer;
mod objects;
mod query;
mod source_file;
