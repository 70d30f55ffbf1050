//! The errors of the store.

use std::io;
use std::path::PathBuf;

/// What went wrong with an object.
#[derive(Debug, thiserror::Error)]
pub enum BucketStoreError {
    /// No such bucket.
    #[error("the bucket {0} does not exist")]
    NoSuchBucket(String),
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
            Self::NoSuchKey(_) => "NoSuchKey",
            Self::NoSuchVersion { .. } => "NoSuchVersion",
            Self::PreconditionFailed(_) => "PreconditionFailed",
            Self::Io { .. } => "InternalError",
        }
    }
}
