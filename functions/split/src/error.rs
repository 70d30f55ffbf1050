//! Why a file is not split.

use lineup::error::{ErrorName, Named};
use lineup::header::HeaderError;
use lineup::plan::PlanError;
use lineup_aws::settings;

/// Why a file is not split.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It has no header of a lineup.
    #[error("{file} cannot be imported")]
    Header {
        /// `s3://bucket/key`.
        file: String,
        /// What is wrong with its head.
        #[source]
        source: HeaderError,
    },
    /// It cannot be cut.
    #[error("{file} cannot be imported")]
    Plan {
        /// `s3://bucket/key`.
        file: String,
        /// Why.
        #[source]
        source: PlanError,
    },
    /// It would have too many chunks.
    #[error(
        "{file} has more than {} chunks of {chunk_bytes} bytes: upload it with a larger \
         x-amz-meta-chunk-bytes",
        crate::MAX_CHUNKS
    )]
    TooManyChunks {
        /// `s3://bucket/key`.
        file: String,
        /// The size that was aimed at.
        chunk_bytes: u64,
    },
    /// The object's metadata or the function's environment has a value that cannot be used.
    #[error(transparent)]
    Setting(#[from] settings::Error),
    /// A call to AWS failed.
    #[error(transparent)]
    Aws(#[from] lineup_aws::Error),
}

impl Named for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Header { source, .. } => source.name(),
            Self::Plan { source, .. } => source.name(),
            Self::TooManyChunks { .. } => ErrorName::InvalidInput,
            Self::Setting(error) => error.name(),
            Self::Aws(error) => error.name(),
        }
    }
}
