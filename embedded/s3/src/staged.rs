//! Files that are being written.

use std::fs;
use std::path::{Path, PathBuf};

/// A file that is being written; gone when dropped, unless it was committed.
#[derive(Debug)]
pub(crate) struct Staged(PathBuf);

impl Staged {
    /// A file at `path`, which is not there yet.
    pub(crate) const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // A committed file is no longer here.
        let _ = fs::remove_file(&self.0);
    }
}
