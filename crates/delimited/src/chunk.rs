//! A chunk of a file.

use serde::{Deserialize, Serialize};

/// A range of a file that holds whole records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Its number, from 1.
    pub chunk: u32,
    /// The byte where its first record begins.
    pub start: u64,
    /// The byte after its last record.
    pub end: u64,
    /// The line of the file on which its first record begins, from 1. Lines
    /// end at the byte of [`crate::Dialect::line_end`].
    pub first_line: u64,
}
