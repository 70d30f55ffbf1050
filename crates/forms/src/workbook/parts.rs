//! Looks through the parts of a workbook before it is opened, since its reader takes what a file states of itself on
//! trust, and takes all the memory that it states.

use std::io::{self, BufReader, Read};

use memchr::{memchr2, memmem};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::book::BookForm;
use crate::container::ReadSeek;
use crate::error::{Amount, ConvertError};
use crate::monitor::Monitor;

/// The longest text or tag, in bytes. A cell holds at most 32,767 characters (Excel specifications and limits).
const MAX_RUN_BYTES: u64 = 1 << 20;

/// How many texts a workbook may state that it has, if it has fewer: memory is taken for them.
const MAX_STATED_TEXTS: u64 = 10_000_000;

type Zip<'m> = ZipArchive<Box<dyn ReadSeek + 'm>>;

/// Checks a workbook of Excel since 2007: the parts that its reader reads.
pub(super) fn check_xlsx<'m>(
    file: Box<dyn ReadSeek + 'm>,
    monitor: &'m Monitor<'m>,
) -> Result<(), ConvertError> {
    let mut zip = open(file, BookForm::Xlsx, monitor)?;
    for index in 0..zip.len() {
        let name = zip.name_for_index(index).and_then(Result::ok).unwrap_or_default().to_ascii_lowercase();
        let loaded =
            ["sharedstrings", "styles", "workbook", "theme", ".rels"].iter().any(|part| name.contains(part));
        let sheet = name.contains("worksheets/");
        let read = name.ends_with(".xml") || name.ends_with(".rels");
        if !read || !(loaded || sheet) {
            continue;
        }
        let limit = if sheet { monitor.limits.decoded_bytes } else { monitor.limits.loaded_bytes };
        let part =
            zip.by_index(index).map_err(|error| ConvertError::damaged(BookForm::Xlsx.name(), error))?;
        let mut part = BookPart::new(part, BookForm::Xlsx, limit, monitor);
        let head = part.read_through()?;
        if name.contains("sharedstrings") {
            check_stated_texts(&head, part.bytes)?;
        }
    }
    Ok(())
}

/// Memory is taken for as many texts as the first tag states.
fn check_stated_texts(head: &[u8], bytes: u64) -> Result<(), ConvertError> {
    const NAME: &[u8] = b"uniqueCount=";
    let Some(at) = memmem::find(head, NAME) else { return Ok(()) };
    let digits = head[at + NAME.len() + 1..].iter().take_while(|byte| byte.is_ascii_digit());
    let stated =
        digits.fold(0_u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    // The shortest text is `<si/>`.
    if stated > MAX_STATED_TEXTS && stated > bytes / 5 {
        return Err(ConvertError::damaged(BookForm::Xlsx.name(), "it states more texts than it has"));
    }
    Ok(())
}

fn open<'m>(
    file: Box<dyn ReadSeek + 'm>,
    form: BookForm,
    monitor: &'m Monitor<'m>,
) -> Result<Zip<'m>, ConvertError> {
    let zip = ZipArchive::new(file).map_err(|error| ConvertError::damaged(form.name(), error));
    monitor.settle(zip)
}

/// Checks an OpenDocument spreadsheet: how many cells it comes to once repeats are written out.
pub(super) fn check_ods<'m>(
    file: Box<dyn ReadSeek + 'm>,
    monitor: &'m Monitor<'m>,
) -> Result<(), ConvertError> {
    let damaged =
        |error: Box<dyn std::error::Error + Send + Sync>| ConvertError::damaged(BookForm::Ods.name(), error);
    let mut zip = open(file, BookForm::Ods, monitor)?;
    let content = zip.by_name("content.xml").map_err(|error| damaged(error.into()))?;
    let part = BookPart::new(content, BookForm::Ods, monitor.limits.loaded_bytes, monitor);
    let mut reader = Reader::from_reader(BufReader::new(part));
    let mut cells = RepeatedCells::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer).map_err(|error| damaged(error.into()));
        match monitor.settle(event)? {
            Event::Start(tag) => cells.tag(&tag, false),
            Event::Empty(tag) => cells.tag(&tag, true),
            Event::End(tag) if tag.name().as_ref() == "table:table-row" => cells.end_row(),
            Event::Eof => break,
            _ => {}
        }
        check_loaded_cells(cells.count(), monitor)?;
    }
    Ok(())
}

pub(super) fn check_loaded_cells(cells: u64, monitor: &Monitor<'_>) -> Result<(), ConvertError> {
    let limit = monitor.limits.loaded_cells();
    if cells <= limit {
        return Ok(());
    }
    Err(ConvertError::Limit {
        what: "the size of the workbook".to_owned(),
        reached: Amount::Cells(cells),
        limit: Amount::Cells(limit),
        advice: "save it as .xlsx or CSV",
    })
}

/// How many cells the tables of an OpenDocument spreadsheet have, as its reader holds them: the area from the first
/// cell to the last that has a value.
#[derive(Default)]
struct RepeatedCells {
    /// Those of the tables that have ended.
    before: u64,
    rows: u64,
    rows_with_values: u64,
    columns: u64,
    row_repeats: u64,
    column: u64,
    row_columns: u64,
}

impl RepeatedCells {
    fn tag(&mut self, tag: &BytesStart<'_>, is_empty: bool) {
        match tag.name().as_ref() {
            "table:table" => {
                self.before = self.count();
                (self.rows, self.rows_with_values, self.columns) = (0, 0, 0);
            }
            "table:table-row" => {
                self.row_repeats = number(tag, "table:number-rows-repeated");
                (self.column, self.row_columns) = (0, 0);
                if is_empty {
                    self.end_row();
                }
            }
            "table:table-cell" | "table:covered-table-cell" => {
                self.column = self.column.saturating_add(number(tag, "table:number-columns-repeated"));
                if tag.attributes().flatten().any(|attribute| attribute.key.as_ref().starts_with("office:"))
                    || !is_empty
                {
                    self.row_columns = self.column;
                }
            }
            _ => {}
        }
    }

    fn end_row(&mut self) {
        self.rows = self.rows.saturating_add(std::mem::take(&mut self.row_repeats));
        if std::mem::take(&mut self.row_columns) > 0 {
            self.rows_with_values = self.rows;
        }
        self.columns = self.columns.max(self.column);
    }

    fn count(&self) -> u64 {
        let columns = self.columns.max(self.row_columns);
        self.before.saturating_add(self.rows_with_values.max(1).saturating_mul(columns))
    }
}

fn number(tag: &BytesStart<'_>, name: &str) -> u64 {
    let attribute = tag.try_get_attribute(name).ok().flatten();
    attribute.and_then(|attribute| attribute.value.parse().ok()).unwrap_or(1)
}

/// A part of a workbook that is read through. It ends with an error where it is too long, or has a text too long.
struct BookPart<'m, R> {
    inner: R,
    form: BookForm,
    bytes: u64,
    limit: u64,
    /// How many bytes there are since the last `<` or `>`.
    run: u64,
    monitor: &'m Monitor<'m>,
}

impl<'m, R: Read> BookPart<'m, R> {
    const fn new(inner: R, form: BookForm, limit: u64, monitor: &'m Monitor<'m>) -> Self {
        Self { inner, form, bytes: 0, limit, run: 0, monitor }
    }

    /// Reads all of it. Returns its first bytes.
    fn read_through(&mut self) -> Result<Vec<u8>, ConvertError> {
        let mut head = Vec::new();
        let read =
            self.by_ref().take(1 << 12).read_to_end(&mut head).and_then(|_| io::copy(self, &mut io::sink()));
        let read = read.map_err(|error| ConvertError::damaged(self.form.name(), error));
        self.monitor.settle(read)?;
        Ok(head)
    }

    fn check(&self) -> Result<(), ConvertError> {
        let (what, reached, limit) = if self.run > MAX_RUN_BYTES {
            ("a text in the workbook", self.run, MAX_RUN_BYTES)
        } else if self.bytes > self.limit {
            ("the workbook, decompressed,", self.bytes, self.limit)
        } else {
            return Ok(());
        };
        let (what, reached, limit) = (what.to_owned(), Amount::Bytes(reached), Amount::Bytes(limit));
        Err(ConvertError::Limit {
            what,
            reached,
            limit,
            advice: "save it as CSV, or cut it into smaller workbooks",
        })
    }
}

impl<R: Read> Read for BookPart<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        let mut rest = &buffer[..count];
        while let Some(at) = memchr2(b'<', b'>', rest) {
            self.run += at as u64;
            self.check().map_err(|cause| self.monitor.fail(cause))?;
            self.run = 0;
            rest = &rest[at + 1..];
        }
        self.run += rest.len() as u64;
        self.check()
            .and_then(|()| self.monitor.count(count as u64))
            .map_err(|cause| self.monitor.fail(cause))?;
        Ok(count)
    }
}
