//! How much the names of columns look like those of a lineup. All that is asked of [`lineup::header`] is asked here.

use lineup::header::count_required;

/// How many required columns must be found for a row to be taken for a header.
pub(crate) const ENOUGH: usize = 2;

/// How many of the required columns are among these names. Several names for one column count once.
pub(crate) fn required<'n>(names: impl IntoIterator<Item = &'n str>) -> usize {
    count_required(names)
}
