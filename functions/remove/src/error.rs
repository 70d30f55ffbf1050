//! The errors of `remove`.

use lineup_aws::settings;
use lineup_contracts::error::{ErrorName, Named};
use lineup_versions::RunError;

/// Why rows are not removed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The state does not say which import it is about.
    #[error("the state names no import: it has neither \"import\" nor \"rerun\" nor \"detail\"")]
    NoImport,
    /// The execution does not hold the lineup any more.
    #[error("a newer upload of this file took over; nothing is removed for this one any more")]
    Superseded,
    /// The time was over before the first rows were removed.
    #[error("no row could be removed in {seconds} s: look at the table's latency and throttling")]
    NoProgress {
        /// How long it tried.
        seconds: u64,
    },
    /// The list of keys is damaged.
    #[error("the keys that are to be removed cannot be read")]
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
            Self::Superseded => ErrorName::Superseded,
            Self::NoProgress { .. } => ErrorName::Throttled,
            Self::Run(_) => ErrorName::InvalidRequest,
            Self::Setting(error) => error.name(),
            Self::Aws(error) => error.name(),
        }
    }
}
