//! Workbooks: the rows of the sheets that have the header of the lineup.

mod book;
mod compound;
mod loaded;
mod number;
mod parts;
mod sheets;
mod streamed;

use std::panic::{AssertUnwindSafe, catch_unwind};

use lineup::origin::SheetOrigin;

use crate::container::Stream;
use crate::error::ConvertError;
use crate::monitor::{Monitor, Output};
pub(crate) use book::BookForm;
use loaded::LoadedBook;
use streamed::StreamedBook;

/// Writes the rows of a workbook. Returns where they stand, and which sheets were left out.
///
/// The readers of workbooks trust what a file says of itself. What [`parts`] and [`compound`] do not find may make them panic.
pub(crate) fn write<'m>(
    stream: &Stream<'m>,
    form: BookForm,
    output: &mut Output<'_>,
    monitor: &'m Monitor<'m>,
) -> Result<(Vec<SheetOrigin>, Vec<String>), ConvertError> {
    let written = catch_unwind(AssertUnwindSafe(|| match form {
        BookForm::Xlsx => sheets::write(&mut StreamedBook::open(stream, monitor)?, form, output),
        BookForm::Xls => sheets::write(&mut LoadedBook::open_xls(stream, monitor)?, form, output),
        BookForm::Ods => sheets::write(&mut LoadedBook::open_ods(stream, monitor)?, form, output),
    }));
    written.unwrap_or_else(|_| Err(ConvertError::damaged(form.name(), "it contradicts itself")))
}
