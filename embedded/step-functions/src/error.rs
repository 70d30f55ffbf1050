//! Why the engine refuses a request, by the names of the Step Functions API.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// A request that was refused, or a store that failed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No execution has this ARN.
    #[error("Execution Does Not Exist: '{0}'")]
    ExecutionDoesNotExist(String),
    /// An execution of this name exists, with another input (API reference, StartExecution).
    #[error("Execution Already Exists: '{0}'")]
    ExecutionAlreadyExists(String),
    /// The execution cannot be redriven; the reason is in DescribeExecution's words.
    #[error("Execution ARN invalid for redrive as: {reason}")]
    ExecutionNotRedrivable {
        /// `redriveStatusReason`.
        reason: String,
    },
    /// A child of a Map Run is not redriven by itself.
    #[error("Labeled Execution ARNs are not supported for this API")]
    LabeledExecution,
    /// The input is no JSON, or larger than 256 KiB.
    #[error("Invalid State Machine Execution Input: '{0}'")]
    InvalidExecutionInput(String),
    /// The execution's name has a character that names may not have, or is empty or over 80 long.
    #[error("Invalid Name: '{0}'")]
    InvalidName(String),
    /// No Map Run has this ARN, or it is not one.
    #[error("Resource not found: '{0}'")]
    ResourceNotFound(String),
    /// The page token is not one that was given out.
    #[error("Invalid Token: '{0}'")]
    InvalidToken(String),
    /// A file of the store is not what was written, as a power cut may leave it: it is empty, or cut.
    #[error("{} is damaged", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The store's folder could not be read or written.
    #[error("{doing} {}", path.display())]
    Store {
        /// What was tried: `reading`, `writing`.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl EngineError {
    /// The message, and behind `: ` that of what caused it, if anything did.
    pub(crate) fn chain(&self) -> String {
        match self.source() {
            Some(source) => format!("{self}: {source}"),
            None => self.to_string(),
        }
    }

    /// The error's name in the Step Functions API; `None` for a failure of the store.
    pub const fn api_name(&self) -> Option<&'static str> {
        Some(match self {
            Self::ExecutionDoesNotExist(_) => "ExecutionDoesNotExist",
            Self::ExecutionAlreadyExists(_) => "ExecutionAlreadyExists",
            Self::ExecutionNotRedrivable { .. } => "ExecutionNotRedrivable",
            Self::LabeledExecution => "ValidationException",
            Self::InvalidExecutionInput(_) => "InvalidExecutionInput",
            Self::InvalidName(_) => "InvalidName",
            Self::ResourceNotFound(_) => "ResourceNotFound",
            Self::InvalidToken(_) => "InvalidToken",
            Self::Damaged { .. } | Self::Store { .. } => return None,
        })
    }
}
