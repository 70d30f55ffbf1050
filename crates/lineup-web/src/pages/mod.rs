//! The pages: for each, what its address asks for, and its markup.

mod action;
mod address;
pub(crate) mod chunk;
mod chunk_map;
pub(crate) mod days;
pub(crate) mod executions;
pub(crate) mod file;
pub(crate) mod file_form;
pub(crate) mod import;
pub(crate) mod lineups;
mod pace_picture;
pub(crate) mod performer;
pub(crate) mod rejects;
pub(crate) mod search;
pub(crate) mod set;
mod states;
