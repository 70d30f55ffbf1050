//! Reading the source: a stream of a range of the pinned object, which resumes after a broken connection.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use lineup_contracts::Source;
use lineup_contracts::error::ErrorName;

use crate::error::{Cause, Error};
use crate::object_store::{ObjectStore, Pieces, StoreError, uri};

/// How often in a row a body may break before its first byte.
const TRIES: u32 = 5;
/// The longest wait before the first retry; it doubles with each.
const WAIT: Duration = Duration::from_millis(100);

/// The bytes of a range of the source, in the pieces in which they arrive. It
/// holds one piece at a time, so its memory does not depend on the size of the range.
pub struct SourceReader {
    store: Arc<dyn ObjectStore>,
    source: Source,
    next: u64,
    end: u64,
    body: Option<Pieces>,
    failures: u32,
}

impl SourceReader {
    /// The bytes `range` of the pinned object.
    pub fn new(store: Arc<dyn ObjectStore>, source: Source, range: Range<u64>) -> Self {
        Self { store, source, next: range.start, end: range.end, body: None, failures: 0 }
    }

    /// The next piece, never empty; `None` after the last byte of the range.
    ///
    /// # Errors
    /// [`Error::SourceChanged`] if the object was overwritten or deleted, even in the
    /// middle of the range: every request requires the pinned etag.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        while self.next < self.end {
            let mut body = match self.body.take() {
                Some(body) => body,
                None => {
                    let body = self.store.get_range(&self.source, self.next..self.end).await;
                    body.map_err(|error| source_error(error, &self.source))?
                }
            };
            match body.next().await {
                Some(Ok(bytes)) if !bytes.is_empty() => {
                    self.body = Some(body);
                    return Ok(Some(self.take(bytes)));
                }
                Some(Ok(_)) => self.body = Some(body),
                Some(Err(error)) => self.broken(error.into()).await?,
                None => self.broken("the body ended too early".into()).await?,
            }
        }
        Ok(None)
    }

    fn take(&mut self, mut bytes: Bytes) -> Bytes {
        let left = usize::try_from(self.end - self.next).unwrap_or(usize::MAX);
        bytes.truncate(left);
        self.next += bytes.len() as u64;
        self.failures = 0;
        bytes
    }

    /// Waits before the next try, or gives up.
    async fn broken(&mut self, cause: Cause) -> Result<(), Error> {
        self.failures += 1;
        if self.failures >= TRIES {
            let target = format!("{} from byte {}", uri(&self.source.bucket, &self.source.key), self.next);
            let name = ErrorName::Unavailable;
            return Err(Error::Service { call: "s3:GetObject", target, name, source: cause });
        }
        tracing::warn!(byte = self.next, %cause, "reading the source broke off; going on from there");
        tokio::time::sleep(WAIT.mul_f64(fastrand::f64() * f64::from(1u32 << self.failures))).await;
        Ok(())
    }
}

/// Why a request for the pinned object failed: it was overwritten or deleted, or the store's error.
pub(crate) fn source_error(error: StoreError, source: &Source) -> Error {
    let object = uri(&source.bucket, &source.key);
    match error {
        StoreError::NotFound(source) | StoreError::PreconditionFailed(source) => {
            Error::SourceChanged { object, source }
        }
        error => error.on("s3:GetObject", object),
    }
}
