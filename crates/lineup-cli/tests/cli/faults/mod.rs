//! Every fault at every stage. docs/semantics.md has the table of results, and cites these tests by name.
#[cfg(unix)]
mod functions;
mod lineup_file;
#[cfg(unix)]
mod pipeline;
#[cfg(unix)]
mod redrives;
#[cfg(unix)]
mod requests;
mod stage;
mod stages;
