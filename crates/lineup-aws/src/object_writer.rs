//! Writing an object of any size: in parts, without knowing its size before.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::runtime::Handle;

use crate::error::Error;
use crate::object_store::{Head, ObjectStore, PendingUpload, PutCondition, StoreError, uri};
use crate::task::OwnedTask;

/// The size of a part, in bytes. S3 takes 10,000 parts (S3 guide, "Amazon S3 multipart upload limits"), so an object
/// may have 156 GiB.
pub const PART_BYTES: usize = 16 << 20;
/// How many parts are sent at a time. Memory holds so many, and the one that is filled.
const PARTS_IN_FLIGHT: usize = 3;

/// An object as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// The entity tag, without quotes.
    pub etag: String,
    /// Bytes.
    pub size: u64,
}

/// Writes an object once. What fits into one part is one request (PutObject); more is a multipart upload, whose
/// parts are sent while the next ones are filled. The object is there when [`Self::finish`] returns, and not before.
///
/// Dropped before that, it removes the parts that were sent, in a task of the runtime. A caller that can wait calls
/// [`Self::abort`]. What both fail to remove, the bucket's lifecycle rule does.
#[derive(Debug)]
pub struct ObjectWriter {
    store: Arc<dyn ObjectStore>,
    bucket: String,
    key: String,
    content_type: &'static str,
    part_bytes: usize,
    buffer: BytesMut,
    size: u64,
    upload: Option<Arc<PendingUpload>>,
    /// The entity tags of the first parts.
    parts: Vec<String>,
    /// The parts after these.
    in_flight: VecDeque<OwnedTask<Result<String, StoreError>>>,
}

impl ObjectWriter {
    /// Writes the object `key`, in parts of [`PART_BYTES`].
    pub fn new(
        store: Arc<dyn ObjectStore>,
        bucket: impl Into<String>,
        key: impl Into<String>,
        content_type: &'static str,
    ) -> Self {
        Self {
            store,
            bucket: bucket.into(),
            key: key.into(),
            content_type,
            part_bytes: PART_BYTES,
            buffer: BytesMut::new(),
            size: 0,
            upload: None,
            parts: Vec::new(),
            in_flight: VecDeque::new(),
        }
    }

    /// The same with parts of another size. S3 takes no less than 5 MiB; stores of tests do.
    #[must_use]
    pub fn with_part_bytes(mut self, part_bytes: usize) -> Self {
        self.part_bytes = part_bytes;
        self
    }

    /// How many bytes were written so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends bytes. It waits while as many parts are under way as may be.
    ///
    /// # Errors
    /// The store's, of this part or an earlier one. The object cannot be finished then.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            // A full buffer waits for the next byte: an object of exactly one part is one request.
            if self.buffer.len() == self.part_bytes {
                let part = self.buffer.split().freeze();
                self.send(part).await.map_err(|error| self.failed(error))?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(self.part_bytes - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            self.size += now.len() as u64;
            bytes = later;
        }
        Ok(())
    }

    /// Completes the object, unless there is one: then it is that one, which an earlier try of the same work wrote.
    ///
    /// # Errors
    /// The store's; [`Error::AnotherVersion`] if the object that is there has another size. The parts are removed.
    pub async fn finish(mut self) -> Result<StoredObject, Error> {
        let finished = match self.complete().await {
            Ok(etag) => Ok(StoredObject { etag, size: self.size }),
            // An upload that is not there any more was completed by a request whose answer was lost.
            Err(StoreError::PreconditionFailed(cause) | StoreError::NotFound(cause)) => {
                self.existing(StoreError::Conflict(cause)).await
            }
            Err(error) => Err(self.failed(error)),
        };
        self.abort().await;
        finished
    }

    /// Removes the parts that were sent. That this may fail is only logged: the caller has another error to report.
    pub async fn abort(mut self) {
        // Without waiting for parts that are under way, whose requests end here.
        self.in_flight.clear();
        if let Some(upload) = self.upload.take() {
            remove(&self.store, &upload).await;
        }
    }

    async fn complete(&mut self) -> Result<String, StoreError> {
        let last = self.buffer.split().freeze();
        if self.upload.is_none() {
            let (bucket, key) = (&self.bucket, &self.key);
            let put = self.store.put_object(bucket, key, self.content_type, last, PutCondition::IfAbsent);
            return put.await;
        }
        let upload = self.send(last).await?;
        while !self.in_flight.is_empty() {
            self.join_first().await?;
        }
        let etag = self.store.complete_upload(&upload, &self.parts, PutCondition::IfAbsent).await?;
        self.upload = None;
        Ok(etag)
    }

    /// Sends a part, and returns the upload that it is of.
    async fn send(&mut self, body: Bytes) -> Result<Arc<PendingUpload>, StoreError> {
        let upload = match &self.upload {
            Some(upload) => Arc::clone(upload),
            None => {
                let created = self.store.create_upload(&self.bucket, &self.key, self.content_type).await?;
                Arc::clone(self.upload.insert(Arc::new(created)))
            }
        };
        if self.in_flight.len() == PARTS_IN_FLIGHT {
            self.join_first().await?;
        }
        let number = u32::try_from(self.parts.len() + self.in_flight.len() + 1).unwrap_or(u32::MAX);
        let (store, of) = (Arc::clone(&self.store), Arc::clone(&upload));
        let sent = OwnedTask::spawn(async move { store.put_part(&of, number, body).await });
        self.in_flight.push_back(sent);
        Ok(upload)
    }

    async fn join_first(&mut self) -> Result<(), StoreError> {
        if let Some(first) = self.in_flight.pop_front() {
            self.parts.push(first.join().await?);
        }
        Ok(())
    }

    /// The object that is there already. If there is none after all, the error is `otherwise`.
    async fn existing(&self, otherwise: StoreError) -> Result<StoredObject, Error> {
        match self.store.head_latest(&self.bucket, &self.key).await {
            Ok(Head { etag, size, .. }) if size == self.size => Ok(StoredObject { etag, size }),
            Ok(_) => Err(Error::AnotherVersion { object: uri(&self.bucket, &self.key) }),
            Err(StoreError::NotFound(_)) => Err(self.failed(otherwise)),
            Err(error) => Err(error.on("s3:GetObject", uri(&self.bucket, &self.key))),
        }
    }

    fn failed(&self, error: StoreError) -> Error {
        error.on("s3:PutObject", uri(&self.bucket, &self.key))
    }
}

impl Drop for ObjectWriter {
    fn drop(&mut self) {
        self.in_flight.clear();
        if let (Some(upload), Ok(runtime)) = (self.upload.take(), Handle::try_current()) {
            let store = Arc::clone(&self.store);
            runtime.spawn(async move { remove(&store, &upload).await });
        }
    }
}

async fn remove(store: &Arc<dyn ObjectStore>, upload: &PendingUpload) {
    match store.abort_upload(upload).await {
        Ok(()) | Err(StoreError::NotFound(_)) => {}
        Err(error) => {
            tracing::warn!(%error, object = uri(&upload.bucket, &upload.key), "parts of an upload stay");
        }
    }
}
