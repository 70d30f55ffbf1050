//! The file that is converted.

use std::io::{self, Read, Seek};

/// A file that can be opened any number of times, each time from its start. It must not change meanwhile.
pub trait Reopen {
    /// What reads it.
    type Reader: Read + Seek;

    /// Opens it at its start.
    ///
    /// # Errors
    /// It cannot be opened.
    fn open(&self) -> io::Result<Self::Reader>;
}
