//! JSON: an array of objects, an object with such an array, JSON Lines.
//!
//! The file is read twice: [`survey`] finds where the rows are and which keys they have, [`rows`] writes them.

mod rows;
mod shape;
mod survey;
mod tokens;

use crate::container::Stream;
use crate::error::ConvertError;
use crate::monitor::Output;
use shape::RowsAt;

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
