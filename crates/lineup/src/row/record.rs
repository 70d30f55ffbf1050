//! Reading a record with what its quotes say.

use std::borrow::Cow;

use delimited::records::{FieldSplitter, Record};

use super::nested;
use super::{Performance, RowReader, WrittenTimes};
use crate::header::KnownColumn;
use crate::reject::{Reason, Reject};
use crate::spelling;

impl RowReader {
    /// As [`RowReader::written`], of a record with its bytes. A record whose quotes are damaged is one
    /// reject: text stands behind a closing quote, or a line inside a quoted field reads as a row by itself.
    ///
    /// # Errors
    /// As [`RowReader::read`].
    pub fn read_record<'r>(
        &mut self,
        record: &Record<'r>,
        into: &mut Performance,
    ) -> Result<Option<WrittenTimes<'r>>, Reject> {
        if record.text_behind_quote().is_some() || self.takes_in_rows(record) {
            let (first, last) = (record.line, record.last_line());
            return Err(Reject::whole_row(Reason::Misquoted { first, last }));
        }
        self.written(record.fields.iter(), into)
    }

    /// The performer of a record that is rejected, as [`spelling::key`] writes it. `None` if it cannot be told: the field is empty
    /// or no text, the quotes are damaged, or there are more fields than columns, so that any of them may be out of place.
    pub fn performer(&self, record: &Record<'_>) -> Option<String> {
        let column = self.column(KnownColumn::Performer)?;
        let is_damaged = record.text_behind_quote().is_some() || self.takes_in_rows(record);
        if is_damaged || record.fields.iter().len() > self.columns() {
            return None;
        }
        let text = self.decode(record.fields.iter().nth(column)?)?;
        let text = nested::names(KnownColumn::Performer, &text).map_or(text, Cow::Owned);
        let key = spelling::key(&text).ok()?;
        (!key.is_empty()).then(|| key.into_owned())
    }

    /// Whether a line inside a quoted field reads as a row by itself.
    fn takes_in_rows(&self, record: &Record<'_>) -> bool {
        let mut lines = record.quoted_lines().peekable();
        if lines.peek().is_none() {
            return false;
        }
        let (mut alone, mut splitter) = (self.clone(), FieldSplitter::new(record.dialect().delimiter));
        lines.any(|line| {
            let fields = splitter.split_line(line.raw);
            fields.is_some_and(|fields| matches!(alone.read(fields.iter()), Ok(Some(_))))
        })
    }
}
