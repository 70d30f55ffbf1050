//! The errors of the store.

use std::io;
use std::path::PathBuf;

/// What went wrong with an object.
#[derive(Debug, thiserror::Error)]
pub enum BucketStoreError {
    /// No such bucket.
    #[error("the bucket {0} does not exist")]
    NoSuchBucket(String),
    /// The bucket that is to be deleted has something in it.
    #[error("the bucket {0} is not empty: it has objects, or versions or delete markers of some")]
    BucketNotEmpty(String),
    /// No such object.
    #[error("there is no object {0}")]
    NoSuchKey(String),
    /// No such version of the object.
    #[error("there is no version {version} of {key}")]
    NoSuchVersion {
        /// The object.
        key: String,
        /// The id that was asked for.
        version: String,
    },
    /// The object was deleted: its current version is a delete marker.
    #[error("there is no object {key}: it was deleted")]
    Deleted {
        /// The object.
        key: String,
        /// The id of the delete marker.
        version: String,
    },
    /// The version that was asked for is a delete marker, which has no content.
    #[error("version {version} of {key} is a delete marker: all that can be done with it is to delete it")]
    DeleteMarker {
        /// The object.
        key: String,
        /// The id that was asked for.
        version: String,
        /// When the object was deleted, in milliseconds since 1970.
        modified: u64,
    },
    /// `If-Match` or `If-None-Match` says no.
    #[error("at least one of the preconditions did not hold for {0}")]
    PreconditionFailed(String),
    /// The file system.
    #[error("{path}: {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl BucketStoreError {
    /// The error's code in the S3 API, such as `NoSuchKey`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSuchBucket(_) => "NoSuchBucket",
            Self::BucketNotEmpty(_) => "BucketNotEmpty",
            Self::NoSuchKey(_) | Self::Deleted { .. } => "NoSuchKey",
            Self::DeleteMarker { .. } => "MethodNotAllowed",
            Self::NoSuchVersion { .. } => "NoSuchVersion",
            Self::PreconditionFailed(_) => "PreconditionFailed",
            Self::Io { .. } => "InternalError",
        }
    }
}
