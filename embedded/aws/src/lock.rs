//! One process at a time works on a data directory.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Why the data directory could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error(
        "{} is in use by process {holder}",
        directory.display()
    )]
    Held {
        /// The data directory.
        directory: PathBuf,
        /// The process's id, or `unknown`.
        holder: String,
    },
    /// The directory cannot be created, or its lock not be opened.
    #[error("{} cannot be used as the data directory", directory.display())]
    Unusable {
        /// The data directory.
        directory: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
}

/// A data directory that is ours until this is dropped. The operating system
/// gives it back when the process ends, however it ends.
#[derive(Debug)]
pub struct DataLock {
    file: File,
    directory: PathBuf,
}

impl DataLock {
    /// Takes `directory`, creating it if need be.
    pub fn acquire(directory: &Path) -> Result<Self, LockError> {
        let unusable = |source| LockError::Unusable { directory: directory.to_owned(), source };
        fs::create_dir_all(directory).map_err(unusable)?;
        let path = directory.join("lock");
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held { directory: directory.to_owned(), holder: holder(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        // On a full disk nobody learns who has it; that stops nobody.
        if let Err(error) = record_holder(&mut file) {
            tracing::warn!(%error, "the process id could not be written into the lock");
        }
        Ok(Self { file, directory: directory.to_owned() })
    }

    /// The directory.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for DataLock {
    fn drop(&mut self) {
        // Closing the file is not enough: a process that another thread is just starting has the file open, too,
        // until it runs its own program. An error means that the directory is free when this process ends.
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the data directory could not be given back");
        }
    }
}

fn record_holder(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn holder(file: &mut File) -> String {
    let mut pid = String::new();
    match file.read_to_string(&mut pid) {
        Ok(_) if !pid.trim().is_empty() => pid.trim().to_owned(),
        _ => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_user_is_told_who_has_the_directory_until_the_first_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataLock::acquire(folder.path()).unwrap();
        let refused = DataLock::acquire(folder.path()).unwrap_err().to_string();
        assert!(refused.contains(&std::process::id().to_string()), "{refused}");
        drop(first);
        DataLock::acquire(folder.path()).unwrap();
    }
}
