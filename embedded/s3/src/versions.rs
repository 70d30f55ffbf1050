//! Versions that are not current any more, of a bucket that keeps them.
//!
//! They lie under `<root>/.versions/<bucket>/`, in a folder for each key: `<version>.object`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::BucketStoreError;
use crate::object::{Footer, read_footer};
use crate::path::{folder_path, object_path};

/// The noncurrent versions of one bucket.
pub(crate) struct NoncurrentVersions {
    folder: PathBuf,
}

impl NoncurrentVersions {
    /// Those of a bucket of the store in `root`.
    pub(crate) fn of(root: &Path, bucket: &str) -> Self {
        Self { folder: root.join(".versions").join(bucket) }
    }

    fn path(&self, key: &str, version: &str) -> PathBuf {
        self.folder.join(folder_path(key)).join(object_path(version))
    }

    /// Keeps the file of the current version of an object. Its own name stays until that is overwritten or removed, so that the
    /// version is always under one of the two. It can be repeated.
    pub(crate) fn keep(&self, key: &str, current: &Path, version: &str) -> Result<(), BucketStoreError> {
        let path = self.path(key, version);
        let failed = |source| BucketStoreError::Io { path: path.clone(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        match fs::hard_link(current, &path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            // Not every file system has links.
            Err(_) => fs::copy(current, &path).map(drop).map_err(failed),
            Ok(()) => Ok(()),
        }
    }

    /// A version of an object; `None` if it is not kept.
    pub(crate) fn open(&self, key: &str, version: &str) -> Result<Option<(File, Footer)>, BucketStoreError> {
        let path = self.path(key, version);
        let mut file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(BucketStoreError::Io { path, source }),
            Ok(file) => file,
        };
        let footer = read_footer(&mut file).map_err(|source| BucketStoreError::Io { path, source })?;
        Ok(Some((file, footer)))
    }

    /// Removes a version, if it is kept.
    pub(crate) fn remove(&self, key: &str, version: &str) -> Result<(), BucketStoreError> {
        remove_with_folders(&self.path(key, version), &self.folder)
    }
}

/// Removes a file, and the folders below `root` that it leaves empty.
pub(crate) fn remove_with_folders(path: &Path, root: &Path) -> Result<(), BucketStoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(BucketStoreError::Io { path: path.to_owned(), source }),
        Ok(()) => {}
    }
    let folders = path.ancestors().skip(1).take_while(|folder| *folder != root);
    // The first folder that holds something else ends the walk.
    for folder in folders {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}
