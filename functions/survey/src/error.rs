//! The errors of `survey`.

use lineup_aws::settings;
use lineup_contracts::error::{ErrorName, Named};
use lineup_versions::RunError;

/// Why a chunk is not surveyed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The chunk's keys make no run.
    #[error("the chunk's keys make no run")]
    Run(#[from] RunError),
    /// The function's environment has a value that cannot be used.
    #[error(transparent)]
    Setting(#[from] settings::Error),
    /// A call to AWS failed.
    #[error(transparent)]
    Aws(#[from] lineup_aws::Error),
}

impl Named for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Run(_) => ErrorName::InvalidRequest,
            Self::Setting(error) => error.name(),
            Self::Aws(error) => error.name(),
        }
    }
}
