//! The errors of `hold`.

use lineup_aws::settings;
use lineup_contracts::error::{ErrorName, Named};
use lineup_versions::RunError;

/// Why it is not known whether an execution may write.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The state does not say which import it is about.
    #[error("the state names no import: it has neither \"import\" nor \"rerun\" nor \"detail\"")]
    NoImport,
    /// The keys of two versions cannot be compared.
    #[error("the keys of the versions cannot be compared")]
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
            Self::NoImport => ErrorName::InvalidInput,
            Self::Run(_) => ErrorName::InvalidRequest,
            Self::Setting(error) => error.name(),
            Self::Aws(error) => error.name(),
        }
    }
}
