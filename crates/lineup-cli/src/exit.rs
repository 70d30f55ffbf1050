//! What the process says with its exit code.

use std::process::ExitCode;

/// How a command ended. The numbers are a contract with scripts; `lineup --help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked.
    Succeeded,
    /// It did not, or the import failed.
    Failed,
    /// The command line makes no sense: an unknown option, a file that cannot be read.
    Usage,
    /// The file is imported, without the rows that were rejected.
    Partial,
    /// There is nothing that matches.
    NothingFound,
    /// Ctrl-C: 128 + SIGINT, as shells count.
    Interrupted,
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
pub enum CommandError {
    /// See [`Exit::Usage`].
    #[error("{0}")]
    Usage(String),
    /// See [`Exit::NothingFound`].
    #[error("{0}")]
    NothingFound(String),
}

impl CommandError {
    /// The exit code of `error`, whatever context was added to it.
    pub fn exit(error: &anyhow::Error) -> Exit {
        match error.downcast_ref::<Self>() {
            Some(Self::Usage(_)) => Exit::Usage,
            Some(Self::NothingFound(_)) => Exit::NothingFound,
            None => Exit::Failed,
        }
    }
}
