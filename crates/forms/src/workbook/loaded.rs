//! Workbooks that are loaded whole: those of Excel before 2007, and OpenDocument spreadsheets.

use calamine::{Data, DataRef, Ods, OdsError, Range, Reader, SheetType, SheetVisible, Xls, XlsError};

use super::book::{Book, BookForm, SheetName, TakeRow};
use super::number::{DateSystem, NumberFormat};
use super::streamed::write_value;
use super::{compound, parts};
use crate::container::{ReadSeek, Stream};
use crate::error::ConvertError;
use crate::monitor::Monitor;

/// A workbook in memory.
pub(super) struct LoadedBook<'m> {
    sheets: Vec<SheetName>,
    system: DateSystem,
    cells: CellsOf<'m>,
}

enum CellsOf<'m> {
    Xls(Xls<Box<dyn ReadSeek + 'm>>),
    Ods(Ods<Box<dyn ReadSeek + 'm>>),
}

impl<'m> LoadedBook<'m> {
    pub(super) fn open_xls(stream: &Stream<'m>, monitor: &'m Monitor<'m>) -> Result<Self, ConvertError> {
        compound::check_xls(stream.open_file()?, monitor)?;
        let book = Xls::new(stream.open_file()?).map_err(xls_error);
        let book = monitor.settle(book)?;
        let system = if book.has_1904_epoch() { DateSystem::From1904 } else { DateSystem::From1900 };
        Ok(Self { sheets: sheet_names(book.sheets_metadata()), system, cells: CellsOf::Xls(book) })
    }

    pub(super) fn open_ods(stream: &Stream<'m>, monitor: &'m Monitor<'m>) -> Result<Self, ConvertError> {
        parts::check_ods(stream.open_file()?, monitor)?;
        let book = Ods::new(stream.open_file()?).map_err(ods_error);
        let book = monitor.settle(book)?;
        let sheets = sheet_names(book.sheets_metadata());
        Ok(Self { sheets, system: DateSystem::From1900, cells: CellsOf::Ods(book) })
    }

    fn range(&mut self, sheet: &str) -> Result<Range<Data>, ConvertError> {
        match &mut self.cells {
            CellsOf::Xls(book) => book.worksheet_range(sheet).map_err(xls_error),
            CellsOf::Ods(book) => book.worksheet_range(sheet).map_err(ods_error),
        }
    }
}

fn xls_error(error: XlsError) -> ConvertError {
    match error {
        XlsError::Password => ConvertError::Encrypted { form: BookForm::Xls.name() },
        error => ConvertError::damaged(BookForm::Xls.name(), error),
    }
}

fn ods_error(error: OdsError) -> ConvertError {
    match error {
        OdsError::Password => ConvertError::Encrypted { form: BookForm::Ods.name() },
        error => ConvertError::damaged(BookForm::Ods.name(), error),
    }
}

fn sheet_names(sheets: &[calamine::Sheet]) -> Vec<SheetName> {
    let sheets = sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    sheets
        .map(|sheet| SheetName { name: sheet.name.clone(), hidden: sheet.visible != SheetVisible::Visible })
        .collect()
}

impl Book for LoadedBook<'_> {
    fn sheets(&self) -> Vec<SheetName> {
        self.sheets.clone()
    }

    fn rows(&mut self, sheet: &str, take: &mut TakeRow<'_>) -> Result<(), ConvertError> {
        let range = self.range(sheet)?;
        let Some((first_row, first_column)) = range.start() else { return Ok(()) };
        let mut cells: Vec<String> = Vec::new();
        for (row, values) in (u64::from(first_row) + 1..).zip(range.rows()) {
            let used = values.iter().rposition(|value| !is_blank(value)).map_or(0, |last| last + 1);
            if used == 0 {
                continue;
            }
            cells.resize_with(first_column as usize + used, String::new);
            cells.iter_mut().for_each(String::clear);
            for (cell, value) in cells[first_column as usize..].iter_mut().zip(values) {
                write_value(&borrowed(value), &NumberFormat::Number, self.system, cell);
            }
            if !take(row, &cells)? {
                break;
            }
        }
        Ok(())
    }
}

fn is_blank(value: &Data) -> bool {
    match value {
        Data::Empty => true,
        Data::String(text) => text.is_empty(),
        _ => false,
    }
}

fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(moment) => DataRef::DateTime(*moment),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}
