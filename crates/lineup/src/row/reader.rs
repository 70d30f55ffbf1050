//! Reading rows under a header.

use std::str;
use std::sync::Arc;

use super::{Performance, trimmed};
use crate::clock_time::{ClockTime, ClockTimeError};
use crate::date;
use crate::header::{Columns, KnownColumn, Role};
use crate::reject::{Reason, Reject};

/// Reads the records of a file into [`Performance`]s.
///
/// ```
/// use lineup::header::Columns;
/// use lineup::row::RowReader;
///
/// let reader = RowReader::new(&Columns::from_names(["Performer", "Stage", "Start", "End", "Date"])?);
/// let record = ["Stormzy", "Pyramid Stage", "8:00pm", "21:30", "2022-06-24"];
/// let performance = reader.read(record.map(str::as_bytes).into_iter())?;
/// assert_eq!(performance.start.to_string(), "20:00");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct RowReader {
    columns: Vec<Read>,
    /// The header's name of each known column, for messages.
    names: [Arc<str>; KnownColumn::ALL.len()],
}

/// How the field of a column is read.
#[derive(Debug, Clone)]
enum Read {
    Known(KnownColumn),
    /// As text, kept under this name.
    Extra(Arc<str>),
}

impl RowReader {
    /// A reader of rows under this header.
    pub fn new(columns: &Columns) -> Self {
        let is = |known: KnownColumn| move |role: &Role| *role == Role::Known(known);
        let name = |known: KnownColumn| {
            let column = columns.iter().find(|column| is(known)(&column.role));
            column.map_or(known.name(), |column| &column.name).into()
        };
        let read = |role: &Role| match role {
            Role::Known(known) => Read::Known(*known),
            Role::Extra(name) => Read::Extra(name.as_str().into()),
        };
        Self {
            names: KnownColumn::ALL.map(name),
            columns: columns.iter().map(|column| read(&column.role)).collect(),
        }
    }

    /// Reads the fields of one record, unquoted.
    ///
    /// Space around a known field is dropped. Extra fields are kept byte for
    /// byte; empty ones are left out.
    ///
    /// # Errors
    /// The first error in the record.
    pub fn read<'r>(&self, fields: impl ExactSizeIterator<Item = &'r [u8]>) -> Result<Performance, Reject> {
        let mut performance = Performance::blank();
        self.read_into(fields, &mut performance)?;
        Ok(performance)
    }

    /// As [`RowReader::read`], but overwrites `into` and reuses its buffers, so that a row needs no allocation.
    /// After an error the content of `into` is undefined.
    ///
    /// # Errors
    /// As [`RowReader::read`].
    pub fn read_into<'r>(
        &self,
        fields: impl ExactSizeIterator<Item = &'r [u8]>,
        into: &mut Performance,
    ) -> Result<(), Reject> {
        self.check_count(fields.len())?;
        let mut known: [&[u8]; KnownColumn::ALL.len()] = [b""; KnownColumn::ALL.len()];
        let mut extras = 0;
        for (column, field) in self.columns.iter().zip(fields) {
            match column {
                Read::Known(which) => known[*which as usize] = field,
                Read::Extra(_) if field.is_empty() => {}
                Read::Extra(name) => {
                    set_extra(&mut into.extras, extras, name, text(name, field)?);
                    extras += 1;
                }
            }
        }
        into.extras.truncate(extras);
        KnownFields { names: &self.names, fields: known }.read(into)
    }

    /// A reject about a known column, under the header's name for it.
    pub fn reject(&self, column: KnownColumn, value: &str, reason: Reason) -> Reject {
        Reject { column: Some(Arc::clone(&self.names[column as usize])), value: value.to_owned(), reason }
    }

    fn check_count(&self, found: usize) -> Result<(), Reject> {
        let expected = self.columns.len();
        if found == expected {
            Ok(())
        } else {
            Err(Reject::whole_row(Reason::FieldCount { found, expected }))
        }
    }
}

/// Overwrites the extra column at `index` and reuses its buffer.
fn set_extra(extras: &mut Vec<(Arc<str>, String)>, index: usize, name: &Arc<str>, text: &str) {
    match extras.get_mut(index) {
        Some(extra) => {
            extra.0.clone_from(name);
            set(&mut extra.1, text);
        }
        None => extras.push((Arc::clone(name), text.to_owned())),
    }
}

fn set(to: &mut String, text: &str) {
    to.clear();
    to.push_str(text);
}

/// The fields of the known columns, by [`KnownColumn`]; empty where a record has none.
struct KnownFields<'r> {
    names: &'r [Arc<str>; KnownColumn::ALL.len()],
    fields: [&'r [u8]; KnownColumn::ALL.len()],
}

impl<'r> KnownFields<'r> {
    fn read(&self, into: &mut Performance) -> Result<(), Reject> {
        set(&mut into.performer, self.required(KnownColumn::Performer)?);
        set(&mut into.stage, self.required(KnownColumn::Stage)?);
        into.start = self.time(KnownColumn::Start, ClockTime::parse)?;
        into.end = self.time(KnownColumn::End, ClockTime::parse_end)?;
        into.date = self.date()?;
        into.popularity = self.popularity()?;
        Ok(())
    }

    fn name(&self, which: KnownColumn) -> &Arc<str> {
        &self.names[which as usize]
    }

    fn text(&self, which: KnownColumn) -> Result<&'r str, Reject> {
        text(self.name(which), self.fields[which as usize]).map(trimmed)
    }

    fn required(&self, which: KnownColumn) -> Result<&'r str, Reject> {
        match self.text(which)? {
            "" => Err(self.reject(which, "", Reason::Missing)),
            text => Ok(text),
        }
    }

    fn time(
        &self,
        which: KnownColumn,
        parse: fn(&str) -> Result<ClockTime, ClockTimeError>,
    ) -> Result<ClockTime, Reject> {
        let text = self.required(which)?;
        parse(text).map_err(|error| self.reject(which, text, error.into()))
    }

    fn date(&self) -> Result<date::Date, Reject> {
        let text = self.required(KnownColumn::Date)?;
        date::parse(text).map_err(|error| self.reject(KnownColumn::Date, text, error.into()))
    }

    fn popularity(&self) -> Result<Option<u8>, Reject> {
        match self.text(KnownColumn::Popularity)? {
            "" => Ok(None),
            text => popularity(text)
                .map(Some)
                .ok_or_else(|| self.reject(KnownColumn::Popularity, text, Reason::NotAPopularity)),
        }
    }

    fn reject(&self, which: KnownColumn, value: &str, reason: Reason) -> Reject {
        Reject { column: Some(Arc::clone(self.name(which))), value: value.to_owned(), reason }
    }
}

/// A whole number from 1 to 100, without a sign.
fn popularity(text: &str) -> Option<u8> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && (1..=100).contains(number))
}

fn text<'r>(column: &Arc<str>, field: &'r [u8]) -> Result<&'r str, Reject> {
    str::from_utf8(field).map_err(|_| Reject {
        column: Some(Arc::clone(column)),
        value: String::from_utf8_lossy(field).into_owned(),
        reason: Reason::NotUtf8,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn reader() -> RowReader {
        let names = ["Performer", "Stage", " START ", "End", "Date", "Popularity", "Genre"];
        RowReader::new(&Columns::from_names(names).unwrap())
    }

    fn read(fields: &[&[u8]]) -> Result<Performance, Reject> {
        reader().read(fields.iter().copied())
    }

    const GOOD: [&[u8]; 7] =
        [b" Megan Thee Stallion ", b"Main Stage", b"8:00pm", b"21:00", b"2025-07-12", b"95", b" rap "];

    #[test]
    fn a_row_is_normalised() {
        let performance = read(&GOOD).unwrap();
        assert_eq!(performance.performer, "Megan Thee Stallion");
        assert_eq!(performance.start.to_string(), "20:00");
        assert_eq!(performance.popularity, Some(95));
        assert_eq!(performance.extras, [("Genre".into(), " rap ".to_owned())]);
    }

    #[test]
    fn an_empty_extra_or_popularity_is_left_out() {
        let mut fields = GOOD;
        fields[5] = b" ";
        fields[6] = b"";
        let performance = read(&fields).unwrap();
        assert_eq!((performance.popularity, performance.extras.len()), (None, 0));
    }

    #[test]
    fn what_is_wrong_with_a_row_is_said_with_column_and_value() {
        let cases: &[(usize, &[u8], &str)] = &[
            (0, b"", "Performer: missing"),
            (0, b" \t", "Performer: missing"),
            (1, b"", "Stage: missing"),
            (2, b"", "START: missing"),
            (2, b"late", "START \"late\": not a time (try 20:00 or 8:00pm)"),
            (2, b"24:00", "START \"24:00\": not a time (try 20:00 or 8:00pm)"),
            (3, b"20:00:30", "End \"20:00:30\": not a whole minute (try 20:00)"),
            (4, b"12/07/2025", "Date \"12/07/2025\": not a date (try 2025-07-12)"),
            (4, b"2025-02-30", "Date \"2025-02-30\": not a date (try 2025-07-12)"),
            (5, b"0", "Popularity \"0\": not a whole number from 1 to 100"),
            (5, b"101", "Popularity \"101\": not a whole number from 1 to 100"),
            (5, b"80.5", "Popularity \"80.5\": not a whole number from 1 to 100"),
            (5, b"+80", "Popularity \"+80\": not a whole number from 1 to 100"),
            (5, b"99999999999", "Popularity \"99999999999\": not a whole number from 1 to 100"),
            (1, b"caf\xe9", "Stage \"caf\u{fffd}\": not UTF-8"),
            (6, b"\xff", "Genre \"\u{fffd}\": not UTF-8"),
        ];
        for (index, value, expected) in cases {
            let mut fields = GOOD;
            fields[*index] = value;
            assert_eq!(read(&fields).unwrap_err().to_string(), *expected);
        }
        assert_eq!(read(&GOOD[..6]).unwrap_err().to_string(), "6 fields where the header has 7");
        assert_eq!(read(&[b"x"]).unwrap_err().to_string(), "1 field where the header has 7");
    }

    #[test]
    fn an_end_at_24_00_is_the_end_of_the_day() {
        let mut fields = GOOD;
        fields[3] = b"24:00";
        assert_eq!(read(&fields).unwrap().end_moment().to_string(), "2025-07-13T00:00:00");
    }

    const GOOD_ROWS: [[&str; 7]; 4] = [
        ["Megan", "Main Stage", "20:00", "21:00", "2025-07-12", "95", "rap"],
        ["M", "S", "8pm", "24:00", "2025-07-13", "", ""],
        [
            "Stormzy and others",
            "A very long name of a stage",
            "8pm",
            "9pm",
            "2026-07-13",
            "",
            "grime, mostly",
        ],
        ["é", "é", "00:00", "00:00", "2024-02-29", "1", "\u{7}\""],
    ];

    proptest! {
        #[test]
        fn no_record_panics(fields in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..12), 0..9)) {
            let _ = reader().read(fields.iter().map(Vec::as_slice));
        }

        #[test]
        fn a_row_is_read_the_same_whatever_was_read_before(rows in proptest::collection::vec(
            prop_oneof![select(&GOOD_ROWS[..]).prop_map(|row| row.map(str::to_owned).to_vec()), proptest::collection::vec("[a-z]{0,2}", 6..8)],
            0..12,
        )) {
            let (reader, mut one) = (reader(), Performance::blank());
            for row in &rows {
                let fields = || row.iter().map(|field| field.as_bytes());
                let read = reader.read_into(fields(), &mut one).map(|()| one.clone());
                prop_assert_eq!(read, reader.read(fields()));
            }
        }
    }
}
