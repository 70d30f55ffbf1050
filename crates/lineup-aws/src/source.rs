//! Reading the source: a stream of a range of the pinned object that goes on where a connection broke.

use std::ops::Range;
use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use lineup_contracts::Source;
use lineup_contracts::error::ErrorName;

use crate::error::{Error, Failure};
use crate::objects::{Objects, of_source, quoted, uri};

/// How often in a row a body may break without a single byte.
const TRIES: u32 = 5;
/// The longest wait before the first retry; it doubles with each.
const WAIT: Duration = Duration::from_millis(100);

/// The bytes of a range of the source, in the pieces in which they arrive. It
/// holds one piece at a time; how large the range is does not matter.
#[derive(Debug)]
pub struct SourceReader {
    objects: Objects,
    source: Source,
    next: u64,
    end: u64,
    body: Option<ByteStream>,
    failures: u32,
}

impl SourceReader {
    pub(crate) fn new(objects: Objects, source: Source, range: Range<u64>) -> Self {
        Self { objects, source, next: range.start, end: range.end, body: None, failures: 0 }
    }

    /// The next piece, never empty; `None` after the last byte of the range.
    ///
    /// # Errors
    /// [`Error::SourceChanged`] if the object is not the pinned one any more,
    /// whenever that happens: every request asks for its etag.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        while self.next < self.end {
            let mut body = match self.body.take() {
                Some(body) => body,
                None => self.open().await?,
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

    async fn open(&self) -> Result<ByteStream, Error> {
        let Source { bucket, key, version_id, etag, .. } = &self.source;
        let answer = self
            .objects
            .client()
            .get_object()
            .bucket(bucket)
            .key(key)
            .set_version_id(version_id.clone())
            .if_match(quoted(etag))
            .range(format!("bytes={}-{}", self.next, self.end - 1))
            .send()
            .await
            .map_err(|error| of_source(Failure::of(error), &self.source))?;
        if self.next > 0 && answer.content_range().is_none() {
            return Err(self.failed(ErrorName::InvalidRequest, "the endpoint ignores Range".into()));
        }
        Ok(answer.body)
    }

    /// Waits before the next try, or gives up.
    async fn broken(&mut self, cause: crate::error::Cause) -> Result<(), Error> {
        self.failures += 1;
        if self.failures >= TRIES {
            return Err(self.failed(ErrorName::Unavailable, cause));
        }
        tracing::warn!(byte = self.next, %cause, "reading the source broke off; going on from there");
        tokio::time::sleep(WAIT.mul_f64(fastrand::f64() * f64::from(1u32 << self.failures))).await;
        Ok(())
    }

    fn failed(&self, name: ErrorName, source: crate::error::Cause) -> Error {
        let target = format!("{} from byte {}", uri(&self.source.bucket, &self.source.key), self.next);
        Error::Service { call: "s3:GetObject", target, name, source }
    }
}
