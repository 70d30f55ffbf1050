//! What workbooks of every form have in common.

use crate::error::ConvertError;

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
pub(super) struct SheetName {
    pub(super) name: String,
    pub(super) hidden: bool,
}

/// Takes a row: its number in the sheet, from 1, and its cells as text. False ends the reading.
pub(super) type TakeRow<'t> = dyn FnMut(u64, &[String]) -> Result<bool, ConvertError> + 't;

/// A workbook that is open.
pub(super) trait Book {
    /// Its sheets with cells, in their order.
    fn sheets(&self) -> Vec<SheetName>;

    /// Reads a sheet: the rows that have a value, in their order, without blank cells at their end.
    fn rows(&mut self, sheet: &str, take: &mut TakeRow<'_>) -> Result<(), ConvertError>;
}
