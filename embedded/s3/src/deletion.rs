//! Deleting objects, and versions of them (S3 guide, "Deleting object versions from a versioning-enabled bucket").

use std::fs::File;
use std::path::Path;

use crate::error::BucketStoreError;
use crate::object::{Footer, Headers, NULL_VERSION, new_version, now, seal};
use crate::path::object_path;
use crate::store::BucketStore;
use crate::versions::{NoncurrentVersions, remove_with_folders};

/// What a deletion did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Deletion {
    /// The version that is gone, or the delete marker that was made; `None` in a bucket without versions.
    pub(crate) version: Option<String>,
    /// Whether that is a delete marker.
    pub(crate) is_marker: bool,
}

/// An object in a bucket that keeps versions.
struct Versioned<'a> {
    versions: &'a NoncurrentVersions,
    bucket: &'a str,
    key: &'a str,
    folder: &'a Path,
    /// Where the object lies, if there is one.
    path: &'a Path,
}

impl BucketStore {
    /// Removes an object, or one version of it for good. Where its bucket keeps versions, a delete marker takes the place of the
    /// object, also of one that is not there; and if the current version is removed for good, the one before it becomes current.
    /// Removing what is not there is no error.
    pub(crate) fn delete(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Deletion, BucketStoreError> {
        let _commit = self.lock();
        let folder = self.bucket(bucket)?;
        let path = folder.join(object_path(key));
        let Some(versions) = self.versions(bucket) else {
            if version.is_none_or(|version| version == NULL_VERSION) {
                remove_with_folders(&path, &folder)?;
            }
            return Ok(Deletion { version: version.map(str::to_owned), is_marker: false });
        };
        let object = Versioned { versions: &versions, bucket, key, folder: &folder, path: &path };
        match version {
            None => self.mark(&object),
            Some(version) => self.remove(&object, version),
        }
    }

    /// The marker is there before the object is gone: whoever is killed in between has deleted nothing.
    fn mark(&self, object: &Versioned<'_>) -> Result<Deletion, BucketStoreError> {
        self.keep_current(object.bucket, object.key, object.path)?;
        let newest = object.versions.of_key(object.key)?.first().map_or(0, |version| version.modified);
        let footer = Footer {
            etag: String::new(),
            size: 0,
            // The clock may have been set back.
            modified: now().max(newest.saturating_add(1)),
            version: new_version(),
            delete_marker: true,
            headers: Headers::default(),
        };
        let staged = self.stage();
        let sealed = File::create(staged.path()).and_then(|mut file| seal(&mut file, &footer));
        sealed.map_err(|source| BucketStoreError::Io { path: staged.path().to_owned(), source })?;
        object.versions.add(object.key, footer.version(), &staged)?;
        remove_with_folders(object.path, object.folder)?;
        Ok(Deletion { version: footer.version, is_marker: true })
    }

    fn remove(&self, object: &Versioned<'_>, version: &str) -> Result<Deletion, BucketStoreError> {
        let Versioned { versions, key, .. } = object;
        let current = match self.open_object(object.bucket, key) {
            Ok((_, footer)) => Some(footer),
            Err(BucketStoreError::NoSuchKey(_)) => None,
            Err(error) => return Err(error),
        };
        let mut kept = versions.of_key(key)?;
        // The current version is kept as well if a process was killed while it was overwritten.
        let latest_marker = kept.first().filter(|latest| current.is_none() && latest.delete_marker);
        let is_latest = current.as_ref().or(latest_marker).is_some_and(|latest| latest.version() == version);
        let is_marker = kept.iter().any(|footer| footer.version() == version && footer.delete_marker);
        kept.retain(|footer| footer.version() != version);
        if is_latest {
            match kept.first() {
                Some(next) if !next.delete_marker => versions.promote(key, next.version(), object.path)?,
                _ => remove_with_folders(object.path, object.folder)?,
            }
        }
        versions.remove(key, version)?;
        Ok(Deletion { version: Some(version.to_owned()), is_marker })
    }
}
