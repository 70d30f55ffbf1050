//! The header of a lineup: finding it, its columns, and the dialect of the file.

mod columns;
mod error;
mod format;
mod known;

pub use columns::{COMPUTED_NAMES, Column, Columns, OF_FILE, Role};
pub use error::{HeaderError, MAX_COLUMNS, MAX_HEADER_BYTES, MAX_NAME_BYTES};
pub use format::FileFormat;
pub use known::KnownColumn;

use delimited::records::{Next, Record, Records};
use delimited::{Dialect, LineEnd};

/// The delimiters that are tried. The one that finds the most required columns is the
/// file's; the first of several that find equally many.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The header of a file: its first record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// How the file is written.
    pub dialect: Dialect,
    /// The columns.
    pub columns: Columns,
    /// The file offset at which to continue: that of the next record or, if
    /// the head ends before it, of a line break before that record.
    pub next_start: u64,
    /// The line of that byte, from 1.
    pub next_line: u64,
}

impl Header {
    /// Finds the header in `head`, the first bytes of a file, or all of them if
    /// it is `whole`. `None` asks for more bytes. It is never returned for [`MAX_HEADER_BYTES`].
    ///
    /// ```
    /// use lineup::header::Header;
    ///
    /// assert_eq!(Header::read(b"Performer;Stage;St", false)?, None);
    ///
    /// let header = Header::read(b"Performer;Stage;Start;End;Date\r\nStormzy;", false)?.unwrap();
    /// assert_eq!((header.dialect.delimiter, header.next_start, header.next_line), (b';', 32, 2));
    ///
    /// let error = Header::read(b"Performer,Stage,Start,Date\n", true).unwrap_err();
    /// assert!(error.to_string().starts_with("the header on line 1 has no column End"));
    /// # Ok::<_, lineup::header::HeaderError>(())
    /// ```
    ///
    /// # Errors
    /// [`HeaderError`]: the file is not a lineup.
    pub fn read(head: &[u8], whole: bool) -> Result<Option<Self>, HeaderError> {
        if let Some(format) = FileFormat::of(head) {
            return Err(HeaderError::Binary { format });
        }
        if head.len() < FileFormat::SIGNATURE_BYTES && !whole {
            return Ok(None);
        }
        let mut best = Err(HeaderError::Empty);
        for delimiter in DELIMITERS {
            let found = Candidate::read(head, whole, delimiter);
            if matches!(found, Ok(None)) && head.len() < MAX_HEADER_BYTES {
                return Ok(None);
            }
            let found = found.and_then(|candidate| candidate.ok_or(HeaderError::TooLong));
            if delimiter == DELIMITERS[0] || rank(&found) > rank(&best) {
                best = found;
            }
        }
        best.and_then(Candidate::header).map(Some)
    }
}

fn rank(found: &Result<Candidate, HeaderError>) -> usize {
    found.as_ref().map_or(0, |candidate| candidate.names.as_deref().map_or(0, columns::required_among))
}

/// The first record, read with one of the delimiters.
struct Candidate {
    dialect: Dialect,
    line: u64,
    /// The index of the byte after it.
    end: usize,
    /// `Err` with the file offset of the first byte that is not UTF-8.
    names: Result<Vec<String>, u64>,
    next_start: u64,
    next_line: u64,
}

impl Candidate {
    /// `None` if the record does not end in `head`.
    fn read(head: &[u8], whole: bool, delimiter: u8) -> Result<Option<Self>, HeaderError> {
        let byte_order_mark = head.starts_with(BYTE_ORDER_MARK);
        let dialect = Dialect { delimiter, byte_order_mark, line_end: LineEnd::Lf };
        Self::read_lines(head, whole, dialect).map(|found| found?.with_line_end(head, whole))
    }

    /// Counts lines by CR if the record ends with a CR alone. `None` if the byte after the CR is
    /// not in `head`.
    fn with_line_end(self, head: &[u8], whole: bool) -> Option<Self> {
        match (head.get(self.end), head.get(self.end + 1)) {
            (Some(b'\r'), None) if !whole => None,
            (Some(b'\r'), next) if next != Some(&b'\n') => {
                let dialect = Dialect { line_end: LineEnd::Cr, ..self.dialect };
                Self::read_lines(head, whole, dialect).ok().flatten()
            }
            _ => Some(self),
        }
    }

    fn read_lines(head: &[u8], whole: bool, dialect: Dialect) -> Result<Option<Self>, HeaderError> {
        let start = if dialect.byte_order_mark { BYTE_ORDER_MARK.len() } else { 0 };
        let mut records = Records::new(dialect, start as u64, 1);
        records.push(&head[start..]);
        if whole {
            records.finish();
        }
        let (line, end, names) = match records.next_record() {
            Some(Next::Record(record)) => (record.line, record.end as usize, names(&record)),
            Some(Next::TooLong(_)) => return Err(HeaderError::TooLong),
            Some(Next::UnclosedQuote { line }) => return Err(HeaderError::UnclosedQuote { line }),
            None if whole => return Err(HeaderError::Empty),
            None => return Ok(None),
        };
        let (next_start, next_line) = (records.next_start(), records.next_line());
        Ok(Some(Self { dialect, line, end, names, next_start, next_line }))
    }

    fn header(self) -> Result<Header, HeaderError> {
        let Self { dialect, line, next_start, next_line, .. } = self;
        let names = self.names.map_err(|offset| HeaderError::NotUtf8 { offset })?;
        let columns = Columns::on_line(line, names)?;
        Ok(Header { dialect, columns, next_start, next_line })
    }
}

fn names(record: &Record<'_>) -> Result<Vec<String>, u64> {
    std::str::from_utf8(record.raw).map_err(|error| record.start + error.valid_up_to() as u64)?;
    // Delimiters and quotes are ASCII, so a field of UTF-8 is UTF-8.
    Ok(record.fields.iter().map(|field| String::from_utf8_lossy(field).trim().to_owned()).collect())
}
