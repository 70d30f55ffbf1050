//! Workbooks: the rows of the sheets that have the header of the lineup.

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
use loaded::LoadedBook;
use streamed::StreamedBook;

/// The form of a workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BookForm {
    /// .xlsx and .xlsm, read cell by cell.
    Xlsx,
    /// .xls, loaded whole.
    Xls,
    /// .ods, loaded whole.
    Ods,
}

impl BookForm {
    /// What it is called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Xlsx => "Excel workbook",
            Self::Xls => "Excel 97 workbook",
            Self::Ods => "OpenDocument spreadsheet",
        }
    }
}

/// A sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SheetName {
    name: String,
    hidden: bool,
}

/// Takes a row: its number in the sheet, from 1, and its cells as text. False ends the reading.
type TakeRow<'t> = dyn FnMut(u64, &[String]) -> Result<bool, ConvertError> + 't;

/// A workbook that is open.
trait Book {
    /// Its sheets with cells, in their order.
    fn sheets(&self) -> Vec<SheetName>;

    /// Reads a sheet: the rows that have a value, in their order, without blank cells at their end.
    fn rows(&mut self, sheet: &str, take: &mut TakeRow<'_>) -> Result<(), ConvertError>;
}

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
