//! The buckets themselves: each is a folder.

use std::fs;
use std::io;
use std::time::SystemTime;

use crate::error::BucketStoreError;
use crate::list::{Query, list};
use crate::list_versions::{VersionQuery, list_versions};
use crate::store::BucketStore;

impl BucketStore {
    /// Makes `bucket` exist.
    pub(crate) fn create_bucket(&self, bucket: &str) -> io::Result<()> {
        fs::create_dir_all(self.root().join(bucket))
    }

    /// The buckets with the time they were created at.
    pub(crate) fn buckets(&self) -> io::Result<Vec<(String, SystemTime)>> {
        let mut buckets = Vec::new();
        for entry in fs::read_dir(self.root())? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() && !name.starts_with('.') {
                let metadata = entry.metadata()?;
                buckets.push((name, metadata.created().or_else(|_| metadata.modified())?));
            }
        }
        buckets.sort();
        Ok(buckets)
    }

    /// Deletes a bucket in which there is nothing: no object, no version, no delete marker (S3 API reference, "DeleteBucket").
    pub(crate) fn delete_bucket(&self, bucket: &str) -> Result<(), BucketStoreError> {
        let folder = self.bucket(bucket)?;
        let failed = |source| BucketStoreError::Io { path: folder.clone(), source };
        let _commit = self.lock();
        let query = Query { limit: 1, ..Query::default() };
        let objects = list(&folder, &query).map_err(failed)?;
        let versions = list_versions(self, bucket, &VersionQuery { query, ..VersionQuery::default() })?;
        if !(objects.is_empty() && versions.is_empty()) {
            return Err(BucketStoreError::BucketNotEmpty(bucket.to_owned()));
        }
        // Empty folders may have been left by a process that was killed.
        fs::remove_dir_all(&folder).map_err(failed)
    }
}
