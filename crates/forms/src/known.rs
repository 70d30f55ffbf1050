//! How much the names of columns look like those of a lineup. All that is asked of [`lineup::header`] is asked here.

use lineup::header::{Columns, HeaderError, KnownColumn};

/// How many required columns must be found for a row to be taken for a header.
pub(crate) const ENOUGH: usize = 2;

/// How many of the required columns are among these names.
pub(crate) fn required<'n>(names: impl IntoIterator<Item = &'n str>) -> usize {
    let all = KnownColumn::ALL.into_iter().filter(|known| known.required()).count();
    match Columns::from_names(names) {
        Ok(_) | Err(HeaderError::RepeatedColumn { .. }) => all,
        Err(HeaderError::MissingColumns { missing, .. }) => all - missing.len().min(all),
        Err(_) => 0,
    }
}
