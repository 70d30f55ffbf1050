//! What answers are made of.

use std::time::{Duration, SystemTime};

use s3s::dto::{ETag, Timestamp};
use s3s::{S3Error, S3Result};

/// Runs what reads many files where it blocks nobody.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> S3Result<T> + Send + 'static,
) -> S3Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(S3Error::internal_error)?
}

/// A time of so many milliseconds since 1970.
pub(super) fn time(milliseconds: u64) -> Timestamp {
    Timestamp::from(SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds))
}

/// An entity tag, given without quotes.
pub(super) fn strong(etag: &str) -> ETag {
    ETag::Strong(etag.to_owned())
}

/// A size, as S3 has it.
pub(super) fn signed(size: u64) -> Option<i64> {
    i64::try_from(size).ok()
}
