//! Exit codes, and the errors that choose one.

use std::process::ExitCode;

/// How a command ended. The numbers are a contract with scripts; `lineup --help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The command succeeded.
    Succeeded,
    /// The command or the import failed.
    Failed,
    /// The command line is wrong: an unknown option, or a file that cannot be read.
    Usage,
    /// The file is imported, but some of its rows were rejected.
    Partial,
    /// Nothing matches.
    NothingFound,
    /// Ctrl-C: 128 + SIGINT, as shells count.
    Interrupted,
}

impl Exit {
    /// The worse of two, for a command that did several things.
    pub(crate) fn worse(self, other: Self) -> Self {
        let severity = |exit| match exit {
            Self::Succeeded => 0,
            Self::Partial => 1,
            Self::NothingFound => 2,
            Self::Usage => 3,
            Self::Failed => 4,
            Self::Interrupted => 5,
        };
        if severity(other) > severity(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Succeeded => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Partial => 3,
            Exit::NothingFound => 4,
            Exit::Interrupted => 130,
        })
    }
}

/// An error whose kind decides the exit code; every other error means [`Exit::Failed`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// See [`Exit::Usage`].
    #[error("{0}")]
    Usage(String),
    /// See [`Exit::NothingFound`].
    #[error("{0}")]
    NothingFound(String),
}

impl CommandError {
    /// The exit code of `error`. Context added to an error does not change it.
    pub(crate) fn exit(error: &anyhow::Error) -> Exit {
        match error.downcast_ref::<Self>() {
            Some(Self::Usage(_)) => Exit::Usage,
            Some(Self::NothingFound(_)) => Exit::NothingFound,
            None => Exit::Failed,
        }
    }
}
