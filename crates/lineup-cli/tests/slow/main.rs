//! Tests that take long or need other programs and files. `make test` runs them. `cargo test`
//! does not, because this target has `test = false` in Cargo.toml. To run them alone:
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
mod restore;
#[cfg(unix)]
mod s3_clients;
