//! Which sheets are read, and their rows.

use lineup::origin::SheetOrigin;

use super::book::{Book, BookForm};
use crate::error::ConvertError;
use crate::known;
use crate::monitor::Output;
use crate::record::RecordWriter;

/// How many rows of a sheet are searched for its header.
const HEAD_ROWS: usize = 50;

/// The first rows of a sheet.
struct SheetHead {
    name: String,
    rows: Vec<(u64, Vec<String>)>,
}

/// A header, and the row in which it stands.
struct SheetHeader {
    row: u64,
    names: Vec<String>,
}

/// Writes the header, then the rows of every sheet that has it. Hidden sheets are not read: what a planner does not
/// see is often a draft or a list for a menu. Those left out are named, each with the reason.
pub(super) fn write(
    book: &mut dyn Book,
    form: BookForm,
    output: &mut Output<'_>,
) -> Result<(Vec<SheetOrigin>, Vec<String>), ConvertError> {
    let (mut heads, mut hidden) = (Vec::new(), Vec::new());
    for sheet in book.sheets() {
        let rows = head(book, &sheet.name)?;
        match (rows.is_empty(), sheet.hidden) {
            (true, _) => {}
            (false, true) => hidden.push(sheet.name),
            (false, false) => heads.push(SheetHead { name: sheet.name, rows }),
        }
    }
    let Some((first, header)) = find_header(&heads) else { return Err(no_rows(form, hidden)) };
    let mut left_out: Vec<String> = hidden.iter().map(|name| format!("{name} (hidden)")).collect();
    let mut writer = RecordWriter::new(output);
    let mut origins = Vec::new();
    for (index, sheet) in heads.iter().enumerate() {
        let found = if index == first { Some((header.row, None)) } else { columns_of(&header, sheet) };
        // The header of the workbook comes first, whichever sheets stand before it.
        match found {
            Some((row, columns)) if index >= first => {
                let first_row = if index == first { row } else { row + 1 };
                let origin = SheetOrigin { name: sheet.name.clone(), first_line: writer.line(), first_row };
                let width = header.names.len();
                SheetWriter { first_row, columns, width, writer: &mut writer }.write(book, &sheet.name)?;
                origins.push(origin);
            }
            _ => left_out.push(format!("{} (another header)", sheet.name)),
        }
    }
    Ok((origins, left_out))
}

fn no_rows(form: BookForm, hidden: Vec<String>) -> ConvertError {
    let form = form.name();
    if hidden.is_empty() {
        ConvertError::NoRows { form }
    } else {
        ConvertError::HiddenRows { form, sheets: hidden }
    }
}

/// The first rows of a sheet that have a value.
fn head(book: &mut dyn Book, sheet: &str) -> Result<Vec<(u64, Vec<String>)>, ConvertError> {
    let mut rows = Vec::new();
    book.rows(sheet, &mut |row, cells| {
        rows.push((row, cells.to_vec()));
        Ok(rows.len() < HEAD_ROWS)
    })?;
    Ok(rows)
}

/// The header of the workbook, and the index of the first sheet that has it: the row with the most columns of a lineup.
/// Where none has enough, it is the first row that looks like a header, so that the message about it names its columns.
fn find_header(heads: &[SheetHead]) -> Option<(usize, SheetHeader)> {
    let mut best: Option<(usize, usize, SheetHeader)> = None;
    for (index, sheet) in heads.iter().enumerate() {
        for (row, cells) in &sheet.rows {
            let known = known::required(cells.iter().map(String::as_str));
            if known >= known::ENOUGH && best.as_ref().is_none_or(|(most, ..)| known > *most) {
                best = Some((known, index, SheetHeader { row: *row, names: cells.clone() }));
            }
        }
    }
    best.map(|(_, index, header)| (index, header)).or_else(|| unknown_header(heads))
}

/// The first row with at least three values or, where there is none, the first row.
fn unknown_header(heads: &[SheetHead]) -> Option<(usize, SheetHeader)> {
    let rows =
        || heads.iter().enumerate().flat_map(|(index, sheet)| sheet.rows.iter().map(move |row| (index, row)));
    let values = |cells: &[String]| cells.iter().filter(|cell| !cell.trim().is_empty()).count();
    let (index, (row, names)) =
        rows().find(|(_, (_, cells))| values(cells) >= 3).or_else(|| rows().next())?;
    Some((index, SheetHeader { row: *row, names: names.clone() }))
}

/// The row of a sheet that has the same names, in any order, and for each of its columns that of the header; `None`
/// for the columns where the order is the same.
fn columns_of(header: &SheetHeader, sheet: &SheetHead) -> Option<(u64, Option<Vec<usize>>)> {
    let wanted: Vec<String> = header.names.iter().map(|name| folded(name)).collect();
    sheet.rows.iter().find_map(|(row, cells)| {
        let names: Vec<String> = cells.iter().map(|name| folded(name)).collect();
        if names == wanted {
            return Some((*row, None));
        }
        let mut free: Vec<Option<&String>> = wanted.iter().map(Some).collect();
        let take = |name: &String| {
            let column = free.iter().position(|other| *other == Some(name))?;
            free[column] = None;
            Some(column)
        };
        let columns: Option<Vec<usize>> = names.iter().map(take).collect();
        let blank = free.iter().flatten().all(|name| name.is_empty());
        columns.filter(|_| blank).map(|columns| (*row, Some(columns)))
    })
}

fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Writes the rows of a sheet.
struct SheetWriter<'s, 'o, 'w> {
    /// The first row that is written.
    first_row: u64,
    /// The column of the header for each of the sheet, where they differ.
    columns: Option<Vec<usize>>,
    /// How many columns the header has.
    width: usize,
    writer: &'s mut RecordWriter<'o, 'w>,
}

impl SheetWriter<'_, '_, '_> {
    fn write(mut self, book: &mut dyn Book, sheet: &str) -> Result<(), ConvertError> {
        let mut next = self.first_row;
        book.rows(sheet, &mut |row, cells| {
            if row < self.first_row {
                return Ok(true);
            }
            for _ in next..row {
                self.writer.end()?;
            }
            next = row + 1;
            self.row(cells)?;
            Ok(true)
        })
    }

    fn row(&mut self, cells: &[String]) -> Result<(), ConvertError> {
        match &self.columns {
            None => {
                for cell in cells {
                    self.writer.field(cell)?;
                }
                for _ in cells.len()..self.width {
                    self.writer.field("")?;
                }
            }
            Some(columns) => {
                let from = |column: usize| columns.iter().position(|other| *other == column);
                for column in 0..self.width {
                    let cell = from(column).and_then(|at| cells.get(at));
                    self.writer.field(cell.map_or("", String::as_str))?;
                }
                for cell in cells.iter().skip(columns.len()) {
                    self.writer.field(cell)?;
                }
            }
        }
        self.writer.end()
    }
}
