//! S3, as far as an import needs it: whole small objects, and the source.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use lineup_contracts::Source;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Failure};
use crate::source::SourceReader;

/// How the source lies in the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Bytes.
    pub size: u64,
    metadata: std::collections::HashMap<String, String>,
}

impl Head {
    /// The value of `x-amz-meta-<name>`, with which the object was uploaded.
    pub fn metadata(&self, name: &str) -> Option<&str> {
        self.metadata.get(name).map(String::as_str)
    }
}

/// What came of [`Objects::put_if_absent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The object is ours.
    Written,
    /// There was one already.
    AlreadyExists,
}

/// The objects of all buckets.
#[derive(Debug, Clone)]
pub struct Objects {
    client: Client,
}

impl Objects {
    /// Over a client of [`crate::client::s3`].
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Asks for the pinned source.
    ///
    /// Without `s3:ListBucket`, S3 answers 403 where an object is missing (S3
    /// API reference, "HeadObject"): the role needs it to tell the two apart.
    pub async fn head(&self, source: &Source) -> Result<Head, Error> {
        let head = self
            .client
            .head_object()
            .bucket(&source.bucket)
            .key(&source.key)
            .set_version_id(source.version_id.clone())
            .if_match(quoted(&source.etag))
            .send()
            .await
            .map_err(|error| of_source(Failure::of(error), source))?;
        Ok(Head {
            size: head.content_length().and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
            metadata: head.metadata.unwrap_or_default(),
        })
    }

    /// The bytes `range` of the pinned source, as a stream that survives broken connections.
    pub fn read(&self, source: &Source, range: std::ops::Range<u64>) -> SourceReader {
        SourceReader::new(self.clone(), source.clone(), range)
    }

    /// A whole object; `None` if there is none.
    pub async fn get(&self, bucket: &str, key: &str) -> Result<Option<Bytes>, Error> {
        let answer = match self.client.get_object().bucket(bucket).key(key).send().await {
            Ok(answer) => answer,
            Err(error) => {
                let failure = Failure::of(error);
                return if is_absent(&failure) {
                    Ok(None)
                } else {
                    Err(failure.on("s3:GetObject", uri(bucket, key)))
                };
            }
        };
        let body = answer.body.collect().await.map_err(|error| Error::Service {
            call: "s3:GetObject",
            target: uri(bucket, key),
            name: lineup_contracts::error::ErrorName::Unavailable,
            source: error.into(),
        })?;
        Ok(Some(body.into_bytes()))
    }

    /// An object that is JSON; `None` if there is none.
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
        self.client
            .put_object()
            .bucket(bucket)
            .key(key)
            .content_type(content_type)
            .body(ByteStream::from(body.into()))
            .send()
            .await
            .map_err(|error| Failure::of(error).on("s3:PutObject", uri(bucket, key)))?;
        Ok(())
    }

    /// Writes an object as JSON.
    pub async fn put_json<T: Serialize>(&self, bucket: &str, key: &str, value: &T) -> Result<(), Error> {
        self.put(bucket, key, "application/json", json(bucket, key, value)?).await
    }

    /// Writes an object unless there is one: of several writers exactly one
    /// gets [`Put::Written`]. A writer whose answer was lost gets
    /// [`Put::AlreadyExists`] for its own object: the object must say whose it is.
    ///
    /// # Errors
    /// `Unavailable` where another write of the object is under way: S3 answers 409 then and wants
    /// the request again (S3 guide, "Conditional requests"), and there may be no object yet to read.
    pub async fn put_if_absent(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
        body: impl Into<Bytes>,
    ) -> Result<Put, Error> {
        let put = self
            .client
            .put_object()
            .bucket(bucket)
            .key(key)
            .content_type(content_type)
            .if_none_match("*")
            .body(ByteStream::from(body.into()))
            .send()
            .await;
        match put.map_err(Failure::of) {
            Ok(_) => Ok(Put::Written),
            Err(failure) if failure.status == Some(412) => Ok(Put::AlreadyExists),
            Err(failure) => Err(failure.on("s3:PutObject", uri(bucket, key))),
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

    /// Calls `each` with every key under `prefix`, in order, a page of 1,000 at a time.
    pub async fn list(&self, bucket: &str, prefix: &str, mut each: impl FnMut(&str)) -> Result<(), Error> {
        let mut pages = self.client.list_objects_v2().bucket(bucket).prefix(prefix).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Failure::of(error).on("s3:ListBucket", uri(bucket, prefix)))?;
            page.contents().iter().filter_map(|object| object.key()).for_each(&mut each);
        }
        Ok(())
    }

    /// The folders right under `prefix`, each with its slash.
    pub async fn folders(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, Error> {
        let list = self.client.list_objects_v2().bucket(bucket).prefix(prefix).delimiter("/");
        let mut pages = list.into_paginator().send();
        let mut folders = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Failure::of(error).on("s3:ListBucket", uri(bucket, prefix)))?;
            folders.extend(
                page.common_prefixes().iter().filter_map(|folder| folder.prefix().map(str::to_owned)),
            );
        }
        Ok(folders)
    }

    /// Deletes an object, if it is there.
    pub async fn delete(&self, bucket: &str, key: &str) -> Result<(), Error> {
        self.client
            .delete_object()
            .bucket(bucket)
            .key(key)
            .send()
            .await
            .map_err(|error| Failure::of(error).on("s3:DeleteObject", uri(bucket, key)))?;
        Ok(())
    }
}

/// How people and the aws command write the place of an object.
pub fn uri(bucket: &str, key: &str) -> String {
    format!("s3://{bucket}/{key}")
}

/// An entity tag as HTTP writes it (RFC 9110, section 8.8.3); events carry it without quotes.
pub(crate) fn quoted(etag: &str) -> String {
    format!("\"{}\"", etag.trim_matches('"'))
}

/// A failure to read the pinned source. 412: overwritten; 404: deleted, in a
/// bucket without versions, or the version itself; 405: the version asked for
/// is a delete marker (S3 API reference, "GetObject").
pub(crate) fn of_source(failure: Failure, source: &Source) -> Error {
    let object = uri(&source.bucket, &source.key);
    if is_absent(&failure) || matches!(failure.status, Some(412 | 405)) {
        Error::SourceChanged { object, source: failure.cause }
    } else {
        failure.on("s3:GetObject", object)
    }
}

/// Whether it is the object that does not exist, and not its bucket.
fn is_absent(failure: &Failure) -> bool {
    failure.status == Some(404) && failure.code.as_deref() != Some("NoSuchBucket")
}

fn json<T: Serialize>(bucket: &str, key: &str, value: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec_pretty(value).map_err(|source| Error::Malformed { object: uri(bucket, key), source })
}
