//! Versions that are not current any more, of a bucket that keeps them.
//!
//! They lie under `<root>/.versions/<bucket>/`, in a folder for each key: `<version>.object`. Delete markers lie there too, also the
//! one that is current: then there is no object, and the newest version is a delete marker.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::BucketStoreError;
use crate::object::{Footer, read_footer};
use crate::path::{Entry, entry, folder_path, object_path};
use crate::staged::Staged;

/// The noncurrent versions of one bucket.
pub(crate) struct NoncurrentVersions {
    folder: PathBuf,
}

impl NoncurrentVersions {
    /// Those of a bucket of the store in `root`.
    pub(crate) fn of(root: &Path, bucket: &str) -> Self {
        Self { folder: root.join(".versions").join(bucket) }
    }

    /// Where the versions of all keys lie.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
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

    /// The versions of an object that are kept, newest first.
    pub(crate) fn of_key(&self, key: &str) -> Result<Vec<Footer>, BucketStoreError> {
        let folder = self.folder.join(folder_path(key));
        let failed = |source| BucketStoreError::Io { path: folder.clone(), source };
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut versions = Vec::new();
        for file in entries {
            let name = file.map_err(failed)?.file_name();
            let Some(Entry::Object(version)) = name.to_str().and_then(entry) else { continue };
            // One that was deleted meanwhile is left out.
            versions.extend(self.open(key, &version)?.map(|(_, footer)| footer));
        }
        versions.sort_by(|a, b| (b.modified, b.version()).cmp(&(a.modified, a.version())));
        Ok(versions)
    }

    /// Takes a sealed file in as a version.
    pub(crate) fn add(&self, key: &str, version: &str, staged: &Staged) -> Result<(), BucketStoreError> {
        let path = self.path(key, version);
        let failed = |source| BucketStoreError::Io { path: path.clone(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        fs::rename(staged.path(), &path).map_err(failed)
    }

    /// Makes a version the object that lies at `current`, in the place of what is there.
    pub(crate) fn promote(&self, key: &str, version: &str, current: &Path) -> Result<(), BucketStoreError> {
        let path = self.path(key, version);
        let failed = |source| BucketStoreError::Io { path: path.clone(), source };
        if let Some(folder) = current.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        fs::rename(&path, current).map_err(failed)?;
        remove_empty_folders(&path, &self.folder);
        Ok(())
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
    remove_empty_folders(path, root);
    Ok(())
}

/// Removes the folders above a file that is gone, below `root`. The first one that holds something else ends the walk.
fn remove_empty_folders(path: &Path, root: &Path) {
    for folder in path.ancestors().skip(1).take_while(|folder| *folder != root) {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
}
