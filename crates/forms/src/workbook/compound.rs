//! Looks through a workbook of Excel before 2007 before it is loaded: the area from the first cell to the last of each
//! sheet is held in memory, and a file of some kilobytes can have cells at both corners of all its sheets.

use std::io::{self, BufReader, ErrorKind, Read, SeekFrom};

use cfb::CompoundFile;

use super::book::BookForm;
use super::parts::check_loaded_cells;
use crate::container::ReadSeek;
use crate::error::{Amount, ConvertError};
use crate::monitor::Monitor;

/// The cells of a whole sheet: 65,536 rows of 256 columns ([MS-XLS], section 1.1).
const MOST_CELLS: u64 = 1 << 24;

/// Checks a compound file that should be a workbook.
pub(super) fn check_xls<'m>(
    mut file: Box<dyn ReadSeek + 'm>,
    monitor: &'m Monitor<'m>,
) -> Result<(), ConvertError> {
    let checked = check_size(&mut file, monitor)
        .and_then(|()| CompoundFile::open(file).map_err(damaged))
        .and_then(|mut compound| {
            let name = workbook_name(&compound)?;
            let stream = compound.open_stream(name).map_err(damaged)?;
            check_records(BufReader::new(stream), monitor)
        });
    monitor.settle(checked)
}

fn damaged(error: io::Error) -> ConvertError {
    ConvertError::damaged(BookForm::Xls.name(), error)
}

fn check_size(file: &mut dyn ReadSeek, monitor: &Monitor<'_>) -> Result<(), ConvertError> {
    let bytes = file.seek(SeekFrom::End(0)).map_err(ConvertError::Source)?;
    file.rewind().map_err(ConvertError::Source)?;
    let limit = monitor.limits.loaded_bytes / 4;
    if bytes <= limit {
        return Ok(());
    }
    Err(ConvertError::Limit {
        what: "the size of the workbook".to_owned(),
        reached: Amount::Bytes(bytes),
        limit: Amount::Bytes(limit),
        advice: "save it as .xlsx or CSV",
    })
}

fn workbook_name<F>(compound: &CompoundFile<F>) -> Result<&'static str, ConvertError> {
    if compound.is_stream("/EncryptedPackage") {
        return Err(ConvertError::Encrypted { form: BookForm::Xlsx.name() });
    }
    let names = ["/Workbook", "/Book"];
    names.into_iter().find(|name| compound.is_stream(name)).ok_or_else(|| {
        let what = if compound.is_stream("/WordDocument") {
            "a Word document"
        } else {
            "a compound file that is no Excel workbook"
        };
        ConvertError::Unsupported {
            what: what.to_owned(),
            advice: "put its table into a spreadsheet, and upload that",
        }
    })
}

/// Checks the records of a workbook: how large the area of its cells is.
fn check_records(mut stream: impl Read, monitor: &Monitor<'_>) -> Result<(), ConvertError> {
    let mut header = [0; 4];
    let mut data = Vec::new();
    let mut areas = Areas::default();
    loop {
        match stream.read_exact(&mut header) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            read => read.map_err(damaged)?,
        }
        let [kind, length] = [[header[0], header[1]], [header[2], header[3]]].map(u16::from_le_bytes);
        data.resize(usize::from(length), 0);
        match stream.read_exact(&mut data) {
            // Some writers pad the stream.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            read => read.map_err(damaged)?,
        }
        areas.record(kind, &data)?;
        check_loaded_cells(areas.cells(), monitor)?;
    }
}

/// The areas of the sheets.
#[derive(Default)]
struct Areas {
    /// The cells of those before.
    before: u64,
    /// The first and the last row and column of this one.
    area: Option<[u16; 4]>,
}

impl Areas {
    /// Takes note of a record ([MS-XLS], section 2.3).
    fn record(&mut self, kind: u16, data: &[u8]) -> Result<(), ConvertError> {
        let at =
            |index: usize| data.get(index..index + 2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
        match (kind, at(0), at(2)) {
            // BOF
            (0x0809, ..) => {
                self.before = self.cells();
                self.area = None;
            }
            // Dimensions, by which memory is taken
            (0x0200, ..) => check_dimensions(data)?,
            // Number, Label, BoolErr, RK, RString, LabelSst, Formula
            (0x0203 | 0x0204 | 0x0205 | 0x027e | 0x00d6 | 0x00fd | 0x0006, Some(row), Some(column)) => {
                self.cell(row, column);
            }
            // MulRk
            (0x00bd, Some(row), Some(column)) => {
                self.cell(row, column);
                self.cell(row, at(data.len().saturating_sub(2)).unwrap_or(column));
            }
            _ => {}
        }
        Ok(())
    }

    fn cell(&mut self, row: u16, column: u16) {
        let [top, bottom, left, right] = self.area.unwrap_or([row, row, column, column]);
        self.area = Some([top.min(row), bottom.max(row), left.min(column), right.max(column)]);
    }

    fn cells(&self) -> u64 {
        let area = self.area.map_or(0, |[top, bottom, left, right]| {
            (u64::from(bottom - top) + 1) * (u64::from(right - left) + 1)
        });
        self.before + area
    }
}

/// Rows are of four bytes since Excel 97, of two before.
fn check_dimensions(data: &[u8]) -> Result<(), ConvertError> {
    let number = |at: usize, bytes: usize| {
        data.get(at..at + bytes)
            .unwrap_or_default()
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    };
    let [top, bottom, right] = if data.len() < 14 {
        [number(0, 2), number(2, 2), number(6, 2)]
    } else {
        [number(0, 4), number(4, 4), number(10, 2)]
    };
    if (bottom > 0 && top > bottom) || bottom.saturating_mul(right) > MOST_CELLS {
        return Err(ConvertError::damaged(
            BookForm::Xls.name(),
            "it states more cells than a sheet can have",
        ));
    }
    Ok(())
}
