//! Why a file has no usable header, and the limits of a header.

use std::fmt;

use delimited::records::MAX_RECORD_BYTES;

use super::known::KnownColumn;
use super::options::column_option;
use crate::format::FileFormat;
use crate::origin::Origin;

/// How many of a header's columns a message shows.
const SHOWN_COLUMNS: usize = 20;
/// How many characters of each.
const SHOWN_CHARACTERS: usize = 40;

/// The most bytes of a file that are searched for its header. The header is a record and has its limit.
pub const MAX_HEADER_BYTES: usize = MAX_RECORD_BYTES;

/// The most records of a file that are searched for its header: titles, notes and empty rows may stand above it.
pub const MAX_HEADER_RECORDS: usize = 50;

/// The most columns that a header may have: those of a spreadsheet (Excel specifications and limits).
pub const MAX_COLUMNS: usize = 16_384;

/// The longest name of an extra column, in bytes. It becomes the name of an attribute, which DynamoDB limits
/// to less than 64 KB (DynamoDB developer guide, "Constraints").
pub const MAX_NAME_BYTES: usize = 64 * 1024 - 1;

/// Why a file is not a lineup.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// It is empty, or has only byte order marks, blank lines and lines of empty fields.
    #[error(
        "the file is empty: it needs a header with {} and a row for each performance",
        KnownColumn::USUAL
    )]
    Empty,
    /// By its first bytes it is not delimited text.
    #[error("the file is {format}, not CSV: {}", format.advice())]
    NotCsv {
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
    /// A record above the header, a title, opens a quote that takes the header in.
    #[error(
        "the quote (\") that opens on line {line} takes in line {header_line}, which looks like the header: close or \
         remove it"
    )]
    HiddenHeader {
        /// The line of the opening quote, from 1.
        line: u64,
        /// The line that looks like the header.
        header_line: u64,
    },
    /// Required columns are missing.
    #[error("{place} has no column {}. It has {}: {}", missing.join(", "), shown(found), what_to_name(missing, likely))]
    MissingColumns {
        /// Where it stands.
        place: HeaderPlace,
        /// Those that are missing, by [`KnownColumn::name`].
        missing: Vec<&'static str>,
        /// Those that are there.
        found: Vec<String>,
        /// The options that name a likely column, ready to paste: `--column Stage=Ort2`.
        likely: Vec<String>,
    },
    /// It has no header: the first record that could be one is a row.
    #[error(
        "{} looks like a row and not like a header, {}: put a line above it that names the columns, \
         such as Performer,Stage,Start,End,Date",
        place.place(), shown(found)
    )]
    NoHeader {
        /// Where it stands.
        place: HeaderPlace,
        /// Its fields.
        found: Vec<String>,
    },
    /// There is a column for each stage, or for each time.
    #[error(
        "{place} has the columns {}, and it looks like a grid with a column for each stage or time: \
         lineup needs one row for each performance, with the columns {}",
        shown(found),
        KnownColumn::USUAL
    )]
    Grid {
        /// Where it stands.
        place: HeaderPlace,
        /// Its columns.
        found: Vec<String>,
    },
    /// Columns of the same name could be a known one.
    #[error("{place} has the column {column} {count} times: rename or remove all but one")]
    RepeatedColumn {
        /// Where it stands.
        place: HeaderPlace,
        /// The name of the first of them, cut short.
        column: String,
        /// How often it stands there.
        count: usize,
    },
    /// Columns of different names could be a known one.
    #[error(
        "{place} has {} columns that may be {column}, {}: say which one it is, {}",
        found.len(), shown(found), options.join(" or ")
    )]
    AmbiguousColumns {
        /// Where it stands.
        place: HeaderPlace,
        /// The column, by [`KnownColumn::name`].
        column: &'static str,
        /// The names that may be it.
        found: Vec<String>,
        /// The options that name one of them, ready to paste.
        options: Vec<String>,
    },
    /// A column that the planner named is not there.
    #[error(
        "{place} has no column {name:?}, which {} names. It has {}",
        column_option(*column, name), shown(found)
    )]
    UnknownName {
        /// Where it stands.
        place: HeaderPlace,
        /// The column that was named.
        column: KnownColumn,
        /// The name that the header lacks, cut short.
        name: String,
        /// Those that it has.
        found: Vec<String>,
    },
    /// Two options name one column, or a known column is named twice.
    #[error("--column says twice what {column} or the column {name:?} is: leave one of the two out")]
    NamedTwice {
        /// The known column, by [`KnownColumn::name`].
        column: &'static str,
        /// The name that was given for it.
        name: String,
    },
    /// There are more columns than [`MAX_COLUMNS`].
    #[error(
        "{place} has {count} columns, and {MAX_COLUMNS} are the most that are read: is \
         the file's delimiter a comma, a semicolon, a tab or a bar?"
    )]
    TooManyColumns {
        /// Where it stands.
        place: HeaderPlace,
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

impl HeaderError {
    /// What the file is, if it is no delimited text.
    pub fn format(&self) -> Option<FileFormat> {
        match self {
            Self::NotCsv { format } => Some(*format),
            _ => None,
        }
    }

    /// The same error about a text that was made of another file: it names the place in that one.
    ///
    /// ```
    /// use lineup::header::Columns;
    /// use lineup::origin::{Origin, SheetOrigin};
    ///
    /// let error = Columns::from_names(["Performer", "Stage", "Genre"]).unwrap_err();
    /// assert!(error.to_string().starts_with("the header on line 1 has no column Start"));
    /// let sheets = vec![SheetOrigin { name: "Friday".into(), first_line: 1, first_row: 3 }];
    /// let error = error.at(&Origin::Rows { sheets });
    /// assert!(error.to_string().starts_with("the header, sheet Friday, row 3, has no column Start"));
    /// ```
    #[must_use]
    pub fn at(mut self, origin: &Origin) -> Self {
        match &mut self {
            Self::MissingColumns { place, .. }
            | Self::NoHeader { place, .. }
            | Self::Grid { place, .. }
            | Self::RepeatedColumn { place, .. }
            | Self::AmbiguousColumns { place, .. }
            | Self::UnknownName { place, .. }
            | Self::TooManyColumns { place, .. } => place.set(origin),
            _ => {}
        }
        self
    }
}

impl HeaderError {
    pub(super) fn repeated(line: u64, name: &str, count: usize) -> Self {
        Self::RepeatedColumn { place: HeaderPlace::on(line), column: cut(name), count }
    }

    pub(super) fn unknown_name(line: u64, column: KnownColumn, name: &str, found: &[String]) -> Self {
        Self::UnknownName { place: HeaderPlace::on(line), column, name: cut(name), found: found.to_vec() }
    }

    pub(super) fn ambiguous(line: u64, known: KnownColumn, found: &[&String]) -> Self {
        /// How many options a message gives.
        const OPTIONS: usize = 3;
        Self::AmbiguousColumns {
            place: HeaderPlace::on(line),
            column: known.name(),
            found: found.iter().copied().cloned().collect(),
            options: found.iter().take(OPTIONS).map(|name| column_option(known, name)).collect(),
        }
    }
}

/// Where a header stands: `the header on line 3`, or in the file of which the text was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderPlace {
    line: u64,
    /// `sheet Friday, row 3`, where the text has other lines than the file.
    in_file: Option<String>,
}

impl HeaderPlace {
    pub(super) const fn on(line: u64) -> Self {
        Self { line, in_file: None }
    }

    fn set(&mut self, origin: &Origin) {
        self.in_file = (*origin != Origin::Lines).then(|| origin.place(self.line));
    }

    /// `line 3`, `sheet Friday, row 3` or `the keys of the objects`.
    fn place(&self) -> String {
        self.in_file.clone().unwrap_or_else(|| Origin::Lines.place(self.line))
    }
}

impl fmt::Display for HeaderPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.in_file {
            Some(place) => write!(f, "the header, {place},"),
            None => write!(f, "the header on {}", self.place()),
        }
    }
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

/// The options to paste, or how one is written where no column is likely. A file of one stage may have no column for it.
fn what_to_name(missing: &[&str], likely: &[String]) -> String {
    let column = if likely.is_empty() {
        let first = missing.first().copied().unwrap_or_default();
        format!("if one of these is meant, name it, as in --column {first}=NAME")
    } else {
        format!("if this is what is meant, say so with {}", likely.join(" "))
    };
    let required = KnownColumn::ALL.iter().filter(|known| known.required()).count();
    let may_have_one_stage = missing.contains(&KnownColumn::Stage.name()) && missing.len() < required;
    let stage = if may_have_one_stage { "; or, if there is one stage, --stage \"Main Stage\"" } else { "" };
    column + stage
}

fn cut(column: &str) -> String {
    column.chars().take(SHOWN_CHARACTERS).collect()
}
