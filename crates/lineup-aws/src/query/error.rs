//! Why a question has no answer.

use lineup_contracts::error::{ErrorName, Named};

use crate::item::AttributeError;

/// Why a question has no answer. An answer is never incomplete.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// A request to DynamoDB failed.
    #[error(transparent)]
    Service(#[from] crate::Error),
    /// An item is not a performance.
    #[error(transparent)]
    Item(#[from] AttributeError),
    /// The calendar has an entry that `load` cannot have written.
    #[error("the calendar has the entry {entry}/{value}: was it written by another program?")]
    Calendar {
        /// Its partition key.
        entry: String,
        /// Its sort key.
        value: String,
    },
    /// The range that was asked for is empty.
    #[error("the range from {from} to {to} is empty: its end must be after its start")]
    EmptyRange {
        /// Where it begins.
        from: String,
        /// Where it ends.
        to: String,
    },
}

impl Named for QueryError {
    fn name(&self) -> ErrorName {
        match self {
            Self::Service(error) => error.name(),
            Self::Item(error) => error.name(),
            Self::Calendar { .. } | Self::EmptyRange { .. } => ErrorName::InvalidInput,
        }
    }
}
