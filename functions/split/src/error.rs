//! The errors of `split`.

use lineup::splitter::SplitError;
use lineup_aws::settings;
use lineup_contracts::error::{ErrorName, Named};
use lineup_contracts::options::MAX_CHUNKS;

/// Why a file is not split.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file has no header of a lineup, or cannot be cut into chunks.
    #[error("{file} cannot be imported")]
    NotALineup {
        /// `s3://bucket/key`.
        file: String,
        /// Why.
        #[source]
        source: SplitError,
    },
    /// The file would have too many chunks.
    #[error(
        "{file} has more than {} chunks of {chunk_bytes} bytes: upload it with a larger \
         x-amz-meta-chunk-bytes",
        MAX_CHUNKS
    )]
    TooManyChunks {
        /// `s3://bucket/key`.
        file: String,
        /// The target size of a chunk, in bytes.
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
            Self::NotALineup { .. } | Self::TooManyChunks { .. } => ErrorName::InvalidInput,
            Self::Setting(error) => error.name(),
            Self::Aws(error) => error.name(),
        }
    }
}
