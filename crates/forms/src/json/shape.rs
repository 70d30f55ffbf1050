//! What both passes say: where the rows are, and why reading stopped.

use crate::error::ConvertError;

/// Why reading stopped.
pub(super) enum JsonFault {
    /// The text is no JSON; the caller knows which object it is in.
    Broken { line: u64, reason: String },
    /// Anything else.
    Failed(ConvertError),
}

impl From<ConvertError> for JsonFault {
    fn from(error: ConvertError) -> Self {
        Self::Failed(error)
    }
}

impl JsonFault {
    /// With the number of the object in which it is, from 1; 0 is before the first.
    pub(super) fn in_object(self, number: u64) -> ConvertError {
        match self {
            Self::Broken { line, reason } => {
                let place = if number == 0 {
                    format!("line {line}")
                } else {
                    format!("object {number} (line {line})")
                };
                ConvertError::Json { place, reason }
            }
            Self::Failed(error) => error,
        }
    }
}

/// Where the rows are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RowsAt {
    /// Each value of the file is one.
    Lines,
    /// They are the elements of the array that the file is.
    Array,
    /// They are the elements of the array that is this member of the one object.
    Member(String),
}
