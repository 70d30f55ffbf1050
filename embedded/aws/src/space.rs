//! The space that the data directory's device has left, and a reserve for when it has none.
//!
//! Even reading takes some: SQLite makes files beside a database that it opens. So a file keeps some space while there is any, and is
//! removed where there is none. Whoever only reads finds it then.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What is written to see whether there is space: more than any one write of a service takes at least.
const PROBE_BYTES: usize = 128 << 10;
/// The reserve: some times the 64 KiB that SQLite's files take at first.
const RESERVE_BYTES: usize = 512 << 10;

/// The data directory, as far as its space goes.
#[derive(Debug, Clone)]
pub struct DataSpace {
    directory: PathBuf,
}

impl DataSpace {
    /// Of this directory.
    pub fn of(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// Whether the directory can be written: whether the reserve is there, or can be made, and a small file beside it.
    ///
    /// # Errors
    /// What the file system says, such as [`io::ErrorKind::StorageFull`].
    pub fn check(&self) -> io::Result<()> {
        let reserve = self.reserve();
        if !reserve.exists()
            && let Err(error) = write(&reserve, RESERVE_BYTES)
        {
            remove(&reserve)?;
            return Err(error);
        }
        let probe = self.directory.join("probe");
        let written = write(&probe, PROBE_BYTES);
        remove(&probe)?;
        written
    }

    /// The same, and gives the reserve up where there is no space.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub(crate) fn open(&self) -> io::Result<()> {
        let space = self.check();
        if space.as_ref().is_err_and(is_full) {
            remove(&self.reserve())?;
        }
        space
    }

    fn reserve(&self) -> PathBuf {
        self.directory.join("reserve")
    }
}

/// Removes a file, if it is there.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Whether no space is the reason.
pub fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// Random bytes, since file systems that compress give zeros no space.
fn write(path: &Path, bytes: usize) -> io::Result<()> {
    let content: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(bytes).collect();
    File::create(path)?.write_all(&content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_with_space_has_the_reserve_and_no_probe_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let space = DataSpace::of(folder.path());
        space.open().unwrap();
        space.open().unwrap();
        assert_eq!(fs::metadata(folder.path().join("reserve")).unwrap().len(), RESERVE_BYTES as u64);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_directory_that_is_not_there_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let error = DataSpace::of(&folder.path().join("gone")).open().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(!is_full(&error) && is_full(&io::Error::from(io::ErrorKind::QuotaExceeded)));
    }
}
