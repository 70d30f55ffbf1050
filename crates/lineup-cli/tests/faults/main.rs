//! Every fault at every stage. docs/semantics.md has the table of what happens, and cites these tests by name.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../command/mod.rs"]
mod command;
#[cfg(unix)]
mod functions;
mod lineup_file;
#[cfg(unix)]
mod pipeline;
#[cfg(unix)]
mod redrives;
mod stage;
mod stages;
