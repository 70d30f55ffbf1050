//! Rows that could not be read: the reason, and the CSV file that keeps them.

use std::sync::Arc;
use std::{fmt, io};

use jiff::civil::{DateTime, Weekday};

use crate::clock_time::ClockTimeError;
use crate::date::DateError;
use crate::spelling::ControlCharacter;

/// A row that is not in the table, and why.
///
/// ```
/// use lineup::reject::{Reason, Reject};
///
/// let column = Some("STAGE".into());
/// let reject = Reject { column, value: String::new(), reason: Reason::Missing };
/// assert_eq!(reject.to_string(), "STAGE: missing");
/// assert_eq!(Reject::whole_row(Reason::RecordTooLong).to_string(), "record longer than 1 MiB");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The column, by the header's name; `None` if the reject is about the whole row.
    pub column: Option<Arc<str>>,
    /// The column's value; U+FFFD replaces bytes that are not UTF-8.
    pub value: String,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A required value is empty.
    #[error("missing")]
    Missing,
    /// Start or End is not a time.
    #[error(transparent)]
    Time(#[from] ClockTimeError),
    /// Date is not a date.
    #[error(transparent)]
    Date(#[from] DateError),
    /// The weekday in a column of its own is not that of the date.
    #[error("is a {of_date:?}, not a {weekday:?}")]
    OtherWeekday {
        /// The weekday that stands there.
        weekday: Weekday,
        /// The weekday of the date.
        of_date: Weekday,
    },
    /// A time in UTC, and no zone.
    #[error("is in UTC: say where the festival is, such as --zone Europe/London")]
    NoZone,
    /// An end with a date that is not within 24 hours of the start.
    #[error("not within the 24 hours after the start, {start}")]
    NotWithinADay {
        /// The start.
        start: DateTime,
    },
    /// A name has a control character.
    #[error(transparent)]
    Spelling(#[from] ControlCharacter),
    /// A field has bytes that are not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Text in a field beyond the last column.
    #[error("{found} fields where the header has {expected}")]
    FieldCount {
        /// Fields of the record.
        found: usize,
        /// Columns of the header.
        expected: usize,
    },
    /// The record ends before a required field.
    #[error("{found} field{} where the header has {expected}", if *.found == 1 { "" } else { "s" })]
    TooFewFields {
        /// Fields of the record.
        found: usize,
        /// Columns of the header.
        expected: usize,
    },
    /// A quote is closed in the middle of a field, or takes in lines that are rows of their own.
    #[error(
        "a quote (\") is wrong in {}: write two quotes for one in a name, and close each field's",
        lines(*.first, *.last)
    )]
    Misquoted {
        /// The first line of the record, from 1.
        first: u64,
        /// Its last line.
        last: u64,
    },
    /// The row can be read, but not stored. The text says why.
    #[error("{0}")]
    NotStorable(String),
    /// The record is too long to be read, see [`MAX_RECORD_BYTES`](delimited::records::MAX_RECORD_BYTES).
    #[error("record longer than 1 MiB")]
    RecordTooLong,
}

fn lines(first: u64, last: u64) -> String {
    if first == last {
        format!("line {first}")
    } else {
        format!("lines {first} to {last}, which are one record")
    }
}

impl Reject {
    /// A reject that is not about one column.
    pub fn whole_row(reason: Reason) -> Self {
        Self { column: None, value: String::new(), reason }
    }
}

/// `Start "late": not a time (try 20:00 or 8:00pm)`; a long value is cut.
impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, self.column.as_deref(), &self.value, &self.reason)
    }
}

impl std::error::Error for Reject {}

fn describe(
    f: &mut fmt::Formatter<'_>,
    column: Option<&str>,
    value: &str,
    reason: &dyn fmt::Display,
) -> fmt::Result {
    const SHOWN: usize = 60;
    let Some(column) = column else { return write!(f, "{reason}") };
    let shown: String = value.chars().take(SHOWN).collect();
    match (shown.is_empty(), shown.len() < value.len()) {
        (true, _) => write!(f, "{column}: {reason}"),
        (false, true) => write!(f, "{column} \"{shown}…\": {reason}"),
        (false, false) => write!(f, "{column} \"{shown}\": {reason}"),
    }
}

/// The columns of a rejects file.
const HEADER: [&str; 5] = ["line", "column", "value", "reason", "row"];

/// Writes a rejects file: `line,column,value,reason,row`. [`read_rejects`] reads it.
///
/// ```
/// use lineup::reject::{Reason, Reject, RejectsWriter, read_rejects};
///
/// let mut writer = RejectsWriter::new(Vec::new())?;
/// writer.write(7, &Reject::whole_row(Reason::NotUtf8), b"\xff,Main Stage")?;
/// let file = writer.finish()?;
/// let row = read_rejects(&file[..]).next().unwrap()?;
/// assert_eq!(row.to_string(), "line 7, not UTF-8");
/// assert_eq!(row.row, b"\xff,Main Stage");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub struct RejectsWriter<W: io::Write>(csv::Writer<W>);

impl<W: io::Write> RejectsWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Those of `output`.
    pub fn new(output: W) -> Result<Self, csv::Error> {
        let mut writer = csv::Writer::from_writer(output);
        writer.write_record(HEADER)?;
        Ok(Self(writer))
    }

    /// Writes one reject. `line` is the line of the file on which the record
    /// begins, from 1. `row` is the unchanged record, with its quotes.
    ///
    /// # Errors
    /// Those of the output.
    pub fn write(&mut self, line: u64, reject: &Reject, row: &[u8]) -> Result<(), csv::Error> {
        self.0.write_field(line.to_string())?;
        self.0.write_field(reject.column.as_deref().unwrap_or(""))?;
        self.0.write_field(&reject.value)?;
        self.0.write_field(reject.reason.to_string())?;
        self.0.write_field(row)?;
        self.0.write_record(None::<&[u8]>)
    }

    /// Flushes, and returns the output.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(self) -> io::Result<W> {
        self.0.into_inner().map_err(|error| error.into_error())
    }
}

/// A line of a rejects file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// The line of the imported file, from 1.
    pub line: u64,
    /// The column; `None` if the reject is about the whole row.
    pub column: Option<String>,
    /// The column's value.
    pub value: String,
    /// What was wrong, as text of a [`Reason`].
    pub reason: String,
    /// The unchanged record of the imported file; it need not be UTF-8.
    pub row: Vec<u8>,
}

impl RejectedRow {
    /// The row as people read it, at `place` in the file: `sheet Friday, row 7, Start "late": not a time`. A
    /// long value is cut.
    pub fn at(&self, place: &str) -> impl fmt::Display {
        fmt::from_fn(move |f| {
            write!(f, "{place}, ")?;
            describe(f, self.column.as_deref(), &self.value, &self.reason)
        })
    }
}

/// The row at its line: `line 7, Start "late": not a time (try 20:00 or 8:00pm)`.
impl fmt::Display for RejectedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.at(&format!("line {}", self.line)).fmt(f)
    }
}

/// A rejects file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RejectsError {
    /// It could not be read to its end, or a record does not have five fields.
    #[error("the rejects file cannot be read")]
    Csv(#[from] csv::Error),
    /// Its first field is not a line number.
    #[error("record {record} of the rejects file has no line number")]
    NoLine {
        /// The record's number, from 1.
        record: usize,
    },
}

/// Reads a rejects file back, row by row.
pub fn read_rejects(input: impl io::Read) -> impl Iterator<Item = Result<RejectedRow, RejectsError>> {
    let records = csv::Reader::from_reader(input).into_byte_records();
    records.enumerate().map(|(index, record)| rejected_row(index + 1, &record?))
}

fn rejected_row(number: usize, record: &csv::ByteRecord) -> Result<RejectedRow, RejectsError> {
    let field = |index: usize| record.get(index).unwrap_or_default();
    let text = |index: usize| String::from_utf8_lossy(field(index)).into_owned();
    Ok(RejectedRow {
        line: text(0).parse().map_err(|_| RejectsError::NoLine { record: number })?,
        column: Some(text(1)).filter(|column| !column.is_empty()),
        value: text(2),
        reason: text(3),
        row: field(4).to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn late() -> Reject {
        Reject {
            column: Some("Start".into()),
            value: "late, very".into(),
            reason: Reason::Time(ClockTimeError::NotATime),
        }
    }

    #[test]
    fn the_file_is_what_people_expect() {
        let mut writer = RejectsWriter::new(Vec::new()).unwrap();
        writer.write(7, &late(), b"Megan,\"Main \"\"Stage\"\"\",\"late, very\"").unwrap();
        writer.write(9, &Reject::whole_row(Reason::TooFewFields { found: 1, expected: 5 }), b"x").unwrap();
        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        assert_eq!(
            text,
            "line,column,value,reason,row\n\
             7,Start,\"late, very\",not a time (try 20:00 or 8:00pm),\
             \"Megan,\"\"Main \"\"\"\"Stage\"\"\"\"\"\",\"\"late, very\"\"\"\n\
             9,,,1 field where the header has 5,x\n"
        );
    }

    #[test]
    fn a_reject_says_what_is_wrong_and_where() {
        assert_eq!(late().to_string(), "Start \"late, very\": not a time (try 20:00 or 8:00pm)");
        let row = RejectedRow {
            line: 7,
            column: Some("Start".into()),
            value: "late".into(),
            reason: "not a time".into(),
            row: Vec::new(),
        };
        assert_eq!(row.to_string(), "line 7, Start \"late\": not a time");
        let long = Reject { value: "é".repeat(100), ..late() };
        assert!(long.to_string().contains(&format!("\"{}…\"", "é".repeat(60))));
    }

    #[test]
    fn reasons_read_as_documented() {
        let cases = [
            (Reason::Missing, "missing"),
            (Reason::NotStorable("the item is 409601 bytes".into()), "the item is 409601 bytes"),
            (Reason::RecordTooLong, "record longer than 1 MiB"),
            (Reason::NotUtf8, "not UTF-8"),
        ];
        for (reason, text) in cases {
            assert_eq!(reason.to_string(), text);
        }
    }

    #[test]
    fn a_file_that_is_not_a_rejects_file_is_an_error() {
        let rows: Vec<_> = read_rejects(&b"line,column,value,reason,row\nx,,,,\n1,2\n"[..]).collect();
        assert!(matches!(rows[0], Err(RejectsError::NoLine { record: 1 })));
        assert!(matches!(rows[1], Err(RejectsError::Csv(_))));
    }

    proptest! {
        #[test]
        fn every_row_comes_back_to_the_byte(
            rows in proptest::collection::vec((1u64.., "[a,\"\r\n é]{0,6}", proptest::collection::vec(any::<u8>(), 0..20)), 0..5),
        ) {
            let mut writer = RejectsWriter::new(Vec::new()).unwrap();
            for (line, value, row) in &rows {
                writer.write(*line, &Reject { value: value.clone(), ..late() }, row).unwrap();
            }
            let file = writer.finish().unwrap();
            let back: Vec<RejectedRow> = read_rejects(&file[..]).collect::<Result<_, _>>().unwrap();
            let expected: Vec<RejectedRow> = rows.iter().map(|(line, value, row)| RejectedRow {
                line: *line,
                column: Some("Start".into()),
                value: value.clone(),
                reason: late().reason.to_string(),
                row: row.clone(),
            }).collect();
            prop_assert_eq!(back, expected);
        }
    }
}
