//! The `lineup` command as its users run it, and the whole pipeline behind it. Slow tests are in `slow`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bad_input;
#[path = "../command/mod.rs"]
mod command;
mod cost;
mod documents;
mod examples;
mod exports;
mod faults;
mod files;
mod help;
mod imports;
mod joining;
mod lineup_commands;
mod questions;
mod reading;
mod repeats;
mod samples;
mod source_changes;
mod space;
mod timetable;
mod versions;
mod web;
