//! The errors of `summarize`.

use lineup_aws::settings;
use lineup_contracts::error::{ErrorName, Named};

/// Why there is no summary.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The state does not say which import it is about.
    #[error("the state names no import: it has neither \"import\" nor \"rerun\" nor \"detail\"")]
    NoImport,
    /// A rejects file is not the CSV that `load` writes.
    #[error("the rejects file {key} cannot be read; was it changed by hand?")]
    Rejects {
        /// Its key.
        key: String,
        /// The first record that cannot be read.
        #[source]
        source: lineup::reject::RejectsError,
    },
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
            Self::Rejects { .. } => ErrorName::InvalidRequest,
            Self::Setting(error) => error.name(),
            Self::Aws(error) => error.name(),
        }
    }
}
