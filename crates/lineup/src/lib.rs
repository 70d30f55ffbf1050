//! A festival lineup: from the header of a file to the performances in its rows.
//!
//! [`format`](mod@format) tells what a file is by its first bytes and [`text`] reads its encoding. [`header`] finds the
//! header and the role of each column, [`splitter`] cuts the file into chunks, and
//! [`row`] turns a record of a chunk into a [`row::Performance`] or a [`reject::Reject`]. [`date`] and
//! [`clock_time`] read the forms in which lineups write days and times. [`asked`] finds the names that someone may mean, and [`clash`](mod@clash) what is at the same time. [`shown`] is how text of a file is
//! shown to people. Nothing here does I/O.

pub mod asked;
pub mod clash;
pub mod clock_time;
pub mod date;
mod folded;
pub mod format;
pub mod header;
pub mod options;
pub mod origin;
pub mod reading;
pub mod reject;
pub mod row;
mod shell;
pub mod shown;
pub mod spelling;
pub mod splitter;
pub mod survey;
pub mod text;
