//! Why a file has no usable header, and the limits of a header.

use delimited::records::MAX_RECORD_BYTES;

use super::format::FileFormat;
use super::known::KnownColumn;

/// How many of a header's columns a message shows.
const SHOWN_COLUMNS: usize = 20;
/// How many characters of each.
const SHOWN_CHARACTERS: usize = 40;

/// The most bytes of a file that are searched for its header. The header is a record and has its limit.
pub const MAX_HEADER_BYTES: usize = MAX_RECORD_BYTES;

/// The most columns that a header may have: those of a spreadsheet (Excel specifications and limits).
pub const MAX_COLUMNS: usize = 16_384;

/// The longest name of an extra column, in bytes. It becomes the name of an attribute, which DynamoDB limits
/// to less than 64 KB (DynamoDB developer guide, "Constraints").
pub const MAX_NAME_BYTES: usize = 64 * 1024 - 1;

/// Why a file is not a lineup.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// It is empty, or has only a byte order mark and blank lines.
    #[error(
        "the file is empty: it needs a header with {} and a row for each performance",
        KnownColumn::REQUIRED
    )]
    Empty,
    /// By its first bytes it is not text in UTF-8.
    #[error("the file is {format}, not CSV: {}", format.advice())]
    Binary {
        /// The format that was recognised.
        format: FileFormat,
    },
    /// The header's record has no end within [`MAX_HEADER_BYTES`].
    #[error(
        "the header does not end within {MAX_HEADER_BYTES} bytes: save the file as CSV with the column names \
         in its first line, and close every quote in that line"
    )]
    TooLong,
    /// The file ends inside a quoted column name.
    #[error("the quote (\") that opens on line {line}, in the header, is never closed: close or remove it")]
    UnclosedQuote {
        /// The line of the opening quote, from 1.
        line: u64,
    },
    /// The header is not UTF-8.
    #[error("the header is not UTF-8 (the byte at offset {offset} is not): save the file as CSV in UTF-8")]
    NotUtf8 {
        /// The file offset of the first byte that is not.
        offset: u64,
    },
    /// Required columns are missing.
    #[error(
        "the header on line {line} has no column {}: it needs {}, in any case and order, and has {}",
        missing.join(", "), KnownColumn::REQUIRED, shown(found)
    )]
    MissingColumns {
        /// The header's line, from 1.
        line: u64,
        /// Those that are missing, by [`KnownColumn::name`].
        missing: Vec<&'static str>,
        /// Those that are there.
        found: Vec<String>,
    },
    /// A known column stands more than once.
    #[error("the header on line {line} has the column {column} {count} times: rename or remove all but one")]
    RepeatedColumn {
        /// The header's line, from 1.
        line: u64,
        /// The column, by [`KnownColumn::name`].
        column: &'static str,
        /// How often it stands there.
        count: usize,
    },
    /// There are more columns than [`MAX_COLUMNS`].
    #[error(
        "the header on line {line} has {count} columns, and {MAX_COLUMNS} are the most that are read: is \
         the file's delimiter a comma, a semicolon, a tab or a bar?"
    )]
    TooManyColumns {
        /// The header's line, from 1.
        line: u64,
        /// How many it has.
        count: usize,
    },
    /// The name of a column is longer than [`MAX_NAME_BYTES`].
    #[error("the name of column {number} is {bytes} bytes, DynamoDB takes {MAX_NAME_BYTES}: shorten it")]
    NameTooLong {
        /// The column's number, from 1.
        number: usize,
        /// The name's length.
        bytes: usize,
    },
}

/// The first columns, each cut short, because the header of a file that is not a lineup may be of any length.
fn shown(columns: &[String]) -> String {
    let mut text: Vec<String> =
        columns.iter().take(SHOWN_COLUMNS).map(|column| format!("{:?}", cut(column))).collect();
    if columns.len() > SHOWN_COLUMNS {
        text.push(format!("and {} more", columns.len() - SHOWN_COLUMNS));
    }
    text.join(", ")
}

fn cut(column: &str) -> String {
    column.chars().take(SHOWN_CHARACTERS).collect()
}
