//! JSON: an array of objects, an object with such an array, JSON Lines.
//!
//! The file is read twice: [`survey`] finds where the rows are and which keys they have, [`rows`] writes them.

mod rows;
mod survey;
mod tokens;

use crate::container::Stream;
use crate::error::ConvertError;
use crate::monitor::Output;

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
    fn in_object(self, number: u64) -> ConvertError {
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

/// Writes the keys, then a record for each object. Returns what the file is, and which arrays were left out.
pub(crate) fn write(
    stream: &Stream<'_>,
    output: &mut Output<'_>,
) -> Result<(&'static str, Vec<String>), ConvertError> {
    let surveyed = survey::survey(stream)?;
    rows::write(stream, &surveyed.rows_at, &surveyed.keys, output)?;
    let form = match surveyed.rows_at {
        RowsAt::Lines => "JSON Lines",
        RowsAt::Array => "JSON array",
        RowsAt::Member(_) => "JSON object",
    };
    Ok((form, surveyed.left_out))
}
