//! Tests that take long or need programs and files from outside. `make test` runs them;
//! `cargo test` leaves them out, because this target has `test = false` in Cargo.toml:
//!
//!     cargo test --workspace --test slow
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod aws_cli;
#[path = "../command/mod.rs"]
mod command;
mod glastonbury;
#[cfg(unix)]
mod interruptions;
#[cfg(target_os = "linux")]
mod million;
