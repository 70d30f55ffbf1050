//! Workbooks of Excel since 2007, read cell by cell.

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use super::book::{Book, BookForm, SheetName, TakeRow};
use super::number::{DateSystem, NumberFormat};
use super::parts;
use crate::container::{ReadSeek, Stream};
use crate::error::{Amount, ConvertError};
use crate::monitor::Monitor;

/// The most columns of a sheet (Excel specifications and limits).
const MAX_COLUMNS: usize = 16_384;

/// How many cells are read between two questions whether to stop.
const STOP_CELLS: u64 = 1 << 16;

/// A workbook whose sheets are read as streams.
pub(super) struct StreamedBook<'m> {
    book: Xlsx<Box<dyn ReadSeek + 'm>>,
    system: DateSystem,
    /// What the number format of each style shows.
    shown: Option<Vec<NumberFormat>>,
    cells: u64,
    monitor: &'m Monitor<'m>,
}

impl<'m> StreamedBook<'m> {
    pub(super) fn open(stream: &Stream<'m>, monitor: &'m Monitor<'m>) -> Result<Self, ConvertError> {
        parts::check_xlsx(stream.open_file()?, monitor)?;
        let book: Result<Xlsx<_>, _> = Xlsx::new(stream.open_file()?).map_err(error_of);
        let book = monitor.settle(book)?;
        let system = if book.has_1904_epoch() { DateSystem::From1904 } else { DateSystem::From1900 };
        Ok(Self { book, system, shown: None, cells: 0, monitor })
    }
}

fn error_of(error: XlsxError) -> ConvertError {
    match error {
        XlsxError::Password => ConvertError::Encrypted { form: BookForm::Xlsx.name() },
        error => ConvertError::damaged(BookForm::Xlsx.name(), error),
    }
}

impl Book for StreamedBook<'_> {
    fn sheets(&self) -> Vec<SheetName> {
        let sheets = self.book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        sheets
            .map(|sheet| SheetName {
                name: sheet.name.clone(),
                hidden: sheet.visible != SheetVisible::Visible,
            })
            .collect()
    }

    fn rows(&mut self, sheet: &str, take: &mut TakeRow<'_>) -> Result<(), ConvertError> {
        let read = self.read(sheet, take);
        self.monitor.settle(read)
    }
}

impl StreamedBook<'_> {
    fn read(&mut self, sheet: &str, take: &mut TakeRow<'_>) -> Result<(), ConvertError> {
        let mut reader = self.book.worksheet_cells_reader(sheet).map_err(error_of)?;
        let shown = self.shown.get_or_insert_with(|| {
            let format = |style: &calamine::Style| {
                style
                    .number_format
                    .as_ref()
                    .map_or(NumberFormat::Number, |format| NumberFormat::of(&format.format_code))
            };
            reader.styles().iter().map(format).collect()
        });
        let mut row = RowCells::default();
        loop {
            let (cell, style) = match reader.next_cell_with_style_id() {
                Ok(Some(found)) => found,
                Ok(None) => break,
                // An error value that is not known. The cell stays blank.
                Err(XlsxError::CellError(_)) => continue,
                Err(error) => return Err(error_of(error)),
            };
            self.cells += 1;
            check_cells(self.cells, self.monitor)?;
            let (number, column) = cell.get_position();
            if u64::from(number) + 1 != row.number && !row.give(take)? {
                return Ok(());
            }
            let text = row.cell(u64::from(number) + 1, column as usize)?;
            write_value(
                cell.get_value(),
                shown.get(style).unwrap_or(&NumberFormat::Number),
                self.system,
                text,
            );
            row.mark(column as usize);
        }
        row.give(take).map(drop)
    }
}

fn check_cells(cells: u64, monitor: &Monitor<'_>) -> Result<(), ConvertError> {
    if cells.is_multiple_of(STOP_CELLS) {
        monitor.ask_now()?;
    }
    if cells <= monitor.limits.cells {
        return Ok(());
    }
    Err(ConvertError::Limit {
        what: "the size of the workbook".to_owned(),
        reached: Amount::Cells(cells),
        limit: Amount::Cells(monitor.limits.cells),
        advice: "delete rows and columns without values, or save it as CSV",
    })
}

/// The cells of a row so far. Their memory is used again.
#[derive(Default)]
struct RowCells {
    /// The number of the row, from 1.
    number: u64,
    cells: Vec<String>,
    /// How many there are up to the last with a value.
    used: usize,
}

impl RowCells {
    /// Gives the row to `take`, if it has a value, and begins another. False ends the reading.
    fn give(&mut self, take: &mut TakeRow<'_>) -> Result<bool, ConvertError> {
        let more = self.used == 0 || take(self.number, &self.cells[..self.used])?;
        self.cells[..self.used].iter_mut().for_each(String::clear);
        self.used = 0;
        Ok(more)
    }

    /// The text of a cell, empty.
    fn cell(&mut self, number: u64, column: usize) -> Result<&mut String, ConvertError> {
        if number < self.number {
            return Err(ConvertError::damaged(BookForm::Xlsx.name(), "its rows are out of order"));
        }
        if column >= MAX_COLUMNS {
            return Err(ConvertError::damaged(BookForm::Xlsx.name(), "a row has too many columns"));
        }
        self.number = number;
        if self.cells.len() <= column {
            self.cells.resize_with(column + 1, String::new);
        }
        self.cells[column].clear();
        Ok(&mut self.cells[column])
    }

    /// Takes note of the cell that was written.
    fn mark(&mut self, column: usize) {
        if !self.cells[column].is_empty() {
            self.used = self.used.max(column + 1);
        }
    }
}

/// Writes a value as its number format shows it.
pub(super) fn write_value(value: &DataRef<'_>, shown: &NumberFormat, system: DateSystem, text: &mut String) {
    match value {
        DataRef::Int(number) => shown.write(*number as f64, system, text),
        DataRef::Float(number) => shown.write(*number, system, text),
        DataRef::String(value) => text.push_str(value),
        DataRef::SharedString(value) => text.push_str(value),
        DataRef::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        DataRef::DateTime(moment) if shown.is_time() => shown.write(moment.as_f64(), system, text),
        DataRef::DateTime(moment) => {
            let serial = moment.as_f64();
            NumberFormat::by_value(serial, moment.is_duration()).write(serial, system, text);
        }
        DataRef::DateTimeIso(value) => write_iso(value, shown, text),
        DataRef::DurationIso(value) => write_iso_duration(value, text),
        DataRef::Error(error) => text.push_str(&error.to_string()),
        DataRef::Empty => {}
    }
}

/// A date, a time or both in ISO 8601, without seconds that are zero.
fn write_iso(value: &str, shown: &NumberFormat, text: &mut String) {
    let (date, time) = match value.split_once(['T', ' ']) {
        Some((date, time)) => (date, time.trim_end_matches('Z')),
        None if value.contains(':') => ("", value),
        None => (value, ""),
    };
    let time = time.split_once('.').map_or(time, |(time, _)| time);
    let time = time.strip_suffix(":00").filter(|short| short.contains(':')).unwrap_or(time);
    let date = if *shown == NumberFormat::Time && !time.is_empty() { "" } else { date };
    let time = if *shown == NumberFormat::Date && !date.is_empty() { "" } else { time };
    text.push_str(date);
    if !date.is_empty() && !time.is_empty() {
        text.push(' ');
    }
    text.push_str(time);
}

/// A duration in ISO 8601, as OpenDocument writes times of day: `PT20H30M00S` is 20:30.
fn write_iso_duration(value: &str, text: &mut String) {
    let parts = value.strip_prefix("PT").and_then(|rest| {
        let (hours, rest) = rest.split_once('H')?;
        let (minutes, seconds) = rest.split_once('M')?;
        let seconds = seconds.strip_suffix('S').unwrap_or("0").split(['.', ',']).next()?;
        Some((hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok()?, seconds.parse::<u32>().ok()?))
    });
    match parts {
        Some((hours, minutes, 0)) => text.push_str(&format!("{hours:02}:{minutes:02}")),
        Some((hours, minutes, seconds)) => text.push_str(&format!("{hours:02}:{minutes:02}:{seconds:02}")),
        None => text.push_str(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: DataRef<'_>, shown: &NumberFormat) -> String {
        let mut text = String::new();
        write_value(&value, shown, DateSystem::From1900, &mut text);
        text
    }

    #[test]
    fn moments_in_iso_8601_are_read_as_they_are_written() {
        let iso = |value: &str, shown| text(DataRef::DateTimeIso(value.to_owned()), &shown);
        assert_eq!(iso("2025-07-12", NumberFormat::Number), "2025-07-12");
        assert_eq!(iso("2025-07-12T20:30:00", NumberFormat::Number), "2025-07-12 20:30");
        assert_eq!(iso("2025-07-12T20:30:05.250", NumberFormat::DateTime), "2025-07-12 20:30:05");
        assert_eq!(iso("2025-07-12T00:00:00Z", NumberFormat::Date), "2025-07-12");
        assert_eq!(iso("1899-12-31T20:30:00", NumberFormat::Time), "20:30");
        assert_eq!(iso("20:30:00", NumberFormat::Number), "20:30");
    }

    #[test]
    fn durations_in_iso_8601_are_hours_and_minutes() {
        let iso = |value: &str| text(DataRef::DurationIso(value.to_owned()), &NumberFormat::Number);
        assert_eq!(iso("PT20H30M00S"), "20:30");
        assert_eq!(iso("PT01H30M05.5S"), "01:30:05");
        assert_eq!(iso("PT26H00M00S"), "26:00");
        assert_eq!(iso("P1D"), "P1D");
    }
}
