//! The objects of an import: small objects read and written whole, as bytes or JSON, and the source. An error
//! names the call and the object that failed.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use lineup_contracts::Source;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::object_store::{Head, ObjectStore, PutCondition, StoreError, uri};
use crate::object_writer::ObjectWriter;
use crate::source::{SourceReader, source_error};

/// The result of [`Objects::put_if_absent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// This call wrote the object.
    Written,
    /// There was an object already.
    AlreadyExists,
}

/// The objects of all buckets. Clones are the same store.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
}

impl Objects {
    /// The objects of `store`; in production S3, over a client of [`crate::client::s3`].
    pub fn new(store: impl ObjectStore + 'static) -> Self {
        Self { store: Arc::new(store) }
    }

    /// Size and metadata of the pinned source.
    pub async fn head(&self, source: &Source) -> Result<Head, Error> {
        self.store.head_object(source).await.map_err(|error| source_error(error, source))
    }

    /// The bytes `range` of the pinned source, as a stream that resumes after broken connections.
    pub fn read(&self, source: &Source, range: Range<u64>) -> SourceReader {
        SourceReader::new(Arc::clone(&self.store), source.clone(), range)
    }

    /// Writes an object of any size, once, in parts.
    pub fn writer(&self, bucket: &str, key: &str, content_type: &'static str) -> ObjectWriter {
        ObjectWriter::new(Arc::clone(&self.store), bucket, key, content_type)
    }

    /// A whole object; `None` if it does not exist.
    pub async fn get(&self, bucket: &str, key: &str) -> Result<Option<Bytes>, Error> {
        match self.store.get_object(bucket, key).await {
            Ok(object) => Ok(Some(object.body)),
            Err(StoreError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.on("s3:GetObject", uri(bucket, key))),
        }
    }

    /// An object as JSON, with its entity tag; `None` if it does not exist.
    pub async fn get_tagged_json<T: DeserializeOwned>(
        &self,
        bucket: &str,
        key: &str,
    ) -> Result<Option<(T, String)>, Error> {
        let object = match self.store.get_object(bucket, key).await {
            Ok(object) => object,
            Err(StoreError::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error.on("s3:GetObject", uri(bucket, key))),
        };
        let value = serde_json::from_slice(&object.body);
        let value = value.map_err(|source| Error::Malformed { object: uri(bucket, key), source })?;
        Ok(Some((value, object.etag)))
    }

    /// Writes an object as JSON in the place of the one with the entity tag `of`, or where there is none. Returns whether it did:
    /// not if another one is there by now, or is being written.
    pub async fn replace_json<T: Serialize>(
        &self,
        bucket: &str,
        key: &str,
        value: &T,
        of: Option<&str>,
    ) -> Result<bool, Error> {
        let condition = of.map_or(PutCondition::IfAbsent, PutCondition::IfMatch);
        let body = json(bucket, key, value)?.into();
        match self.store.put_object(bucket, key, "application/json", body, condition).await {
            Ok(_) => Ok(true),
            Err(StoreError::PreconditionFailed(_) | StoreError::Conflict(_) | StoreError::NotFound(_)) => {
                Ok(false)
            }
            Err(error) => Err(error.on("s3:PutObject", uri(bucket, key))),
        }
    }

    /// The object that is there now, pinned; `None` if there is none.
    pub async fn latest(&self, bucket: &str, key: &str) -> Result<Option<Source>, Error> {
        match self.store.head_latest(bucket, key).await {
            Ok(Head { size, etag, .. }) => {
                let (bucket, key) = (bucket.to_owned(), key.to_owned());
                Ok(Some(Source { bucket, key, version_id: None, etag, size }))
            }
            Err(StoreError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.on("s3:GetObject", uri(bucket, key))),
        }
    }

    /// An object as JSON; `None` if it does not exist.
    pub async fn get_json<T: DeserializeOwned>(&self, bucket: &str, key: &str) -> Result<Option<T>, Error> {
        let Some(bytes) = self.get(bucket, key).await? else { return Ok(None) };
        match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(Some(value)),
            Err(source) => Err(Error::Malformed { object: uri(bucket, key), source }),
        }
    }

    /// Writes an object, over an earlier one if there is one.
    pub async fn put(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
        body: impl Into<Bytes>,
    ) -> Result<(), Error> {
        let put = self.store.put_object(bucket, key, content_type, body.into(), PutCondition::Always).await;
        put.map_err(|error| error.on("s3:PutObject", uri(bucket, key)))?;
        Ok(())
    }

    /// Writes an object as JSON.
    pub async fn put_json<T: Serialize>(&self, bucket: &str, key: &str, value: &T) -> Result<(), Error> {
        self.put(bucket, key, "application/json", json(bucket, key, value)?).await
    }

    /// Writes an object unless there is one. Of several writers exactly one
    /// succeeds and gets [`Put::Written`]. If the answer was lost, the retry gets
    /// [`Put::AlreadyExists`] for the writer's own object, so the object must name its writer.
    ///
    /// # Errors
    /// `Unavailable` if another write of the object has not ended ([`StoreError::Conflict`]).
    pub async fn put_if_absent(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
        body: impl Into<Bytes>,
    ) -> Result<Put, Error> {
        match self.store.put_object(bucket, key, content_type, body.into(), PutCondition::IfAbsent).await {
            Ok(_) => Ok(Put::Written),
            Err(StoreError::PreconditionFailed(_)) => Ok(Put::AlreadyExists),
            Err(error) => Err(error.on("s3:PutObject", uri(bucket, key))),
        }
    }

    /// [`Self::put_if_absent`] of JSON.
    pub async fn put_json_if_absent<T: Serialize>(
        &self,
        bucket: &str,
        key: &str,
        value: &T,
    ) -> Result<Put, Error> {
        self.put_if_absent(bucket, key, "application/json", json(bucket, key, value)?).await
    }

    /// Calls `each` with every key under `prefix`, in order. One page of keys is in memory.
    pub async fn list(&self, bucket: &str, prefix: &str, mut each: impl FnMut(&str)) -> Result<(), Error> {
        let mut pages = self.store.list_objects(bucket, prefix, None);
        while let Some(page) = pages.try_next().await.map_err(|error| listing_error(error, bucket, prefix))? {
            page.keys.iter().map(String::as_str).for_each(&mut each);
        }
        Ok(())
    }

    /// The folders right under `prefix`, each with its slash.
    pub async fn folders(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, Error> {
        let mut pages = self.store.list_objects(bucket, prefix, Some("/"));
        let mut folders = Vec::new();
        while let Some(page) = pages.try_next().await.map_err(|error| listing_error(error, bucket, prefix))? {
            folders.extend(page.folders);
        }
        Ok(folders)
    }

    /// Deletes an object, if it is there.
    pub async fn delete(&self, bucket: &str, key: &str) -> Result<(), Error> {
        let deleted = self.store.delete_object(bucket, key).await;
        deleted.map_err(|error| error.on("s3:DeleteObject", uri(bucket, key)))
    }
}

fn listing_error(error: StoreError, bucket: &str, prefix: &str) -> Error {
    error.on("s3:ListBucket", uri(bucket, prefix))
}

fn json<T: Serialize>(bucket: &str, key: &str, value: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec_pretty(value).map_err(|source| Error::Malformed { object: uri(bucket, key), source })
}
