//! The errors of `convert`.

use std::io;

use forms::ConvertError;
use lineup_aws::settings;
use lineup_contracts::error::{ErrorName, Named};

/// Why a file is not converted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file holds nothing that can be read, or more than is read.
    #[error("{file} cannot be imported")]
    NotALineup {
        /// `s3://bucket/key`.
        file: String,
        /// Why.
        #[source]
        source: ConvertError,
    },
    /// A temporary file cannot be written or read.
    #[error("the function's temporary files cannot be used")]
    Scratch(#[source] io::Error),
    /// The function's environment has a value that cannot be used.
    #[error(transparent)]
    Setting(#[from] settings::Error),
    /// A call to AWS failed.
    #[error(transparent)]
    Aws(#[from] lineup_aws::Error),
}

impl Error {
    /// The error for a conversion of `file` that failed. What reads the source and writes the text puts its own
    /// error into that of the I/O.
    pub(crate) fn of(error: ConvertError, file: impl FnOnce() -> String) -> Self {
        match error {
            ConvertError::Source(error) | ConvertError::Output(error) => match error.downcast() {
                Ok(error) => Self::Aws(error),
                Err(error) => Self::Scratch(error),
            },
            ConvertError::Scratch(error) => Self::Scratch(error),
            source => Self::NotALineup { file: file(), source },
        }
    }
}

impl Named for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::NotALineup { .. } => ErrorName::InvalidInput,
            Self::Scratch(_) => ErrorName::Unavailable,
            Self::Setting(error) => error.name(),
            Self::Aws(error) => error.name(),
        }
    }
}
