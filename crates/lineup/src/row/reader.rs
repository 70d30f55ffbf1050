//! Reading rows under a header.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};

use super::nested;
use super::written::{self, MomentError, WrittenEnd, WrittenMoment, WrittenStart, WrittenTimes};
use super::{Performance, moment};
use crate::clock_time::{self, ClockTime, WrittenOffset, WrittenTime};
use crate::date;
use crate::header::{Columns, KnownColumn, Role};
use crate::reading::Reading;
use crate::reject::{Reason, Reject};
use crate::spelling;

const MINUTES_A_DAY: i64 = 24 * 60;

/// A start before this time may be in the night after the weekday that stands in its row.
const NIGHT_ENDS: u8 = 6;

/// Reads the records of a file into [`Performance`]s.
///
/// ```
/// use lineup::header::Columns;
/// use lineup::reading::Reading;
/// use lineup::row::RowReader;
///
/// let columns = Columns::from_names(["Performer", "Stage", "Start", "End", "Date"])?;
/// let mut reader = RowReader::new(&columns, &Reading::default());
/// let record = ["Stormzy", "Pyramid Stage", "8:00pm", "21:30", "Fri 24 June 2022"];
/// let performance = reader.read(record.map(str::as_bytes).into_iter())?.unwrap();
/// assert_eq!((performance.start.to_string(), performance.date.to_string()), ("20:00".into(), "2022-06-24".into()));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct RowReader {
    columns: Vec<Read>,
    /// The header's name of each known column, for messages.
    names: [Arc<str>; KnownColumn::ALL.len()],
    reading: Reading,
    above: RowAbove,
}

/// How the field of a column is read.
#[derive(Debug, Clone)]
enum Read {
    Known(KnownColumn),
    /// As text, kept under this name.
    Extra(Arc<str>),
    /// As text, kept under this name, and as the weekday of the date.
    Weekday(Arc<str>),
}

/// The date and the stage of the row above, as text: what a blank field means with
/// [`Reading::fill_down`].
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RowAbove {
    /// The date.
    pub date: String,
    /// The stage.
    pub stage: String,
}

/// The fields of a record by what they are: known ones, and the weekday.
struct KnownFields<'r> {
    known: [&'r [u8]; KnownColumn::ALL.len()],
    weekday: &'r [u8],
    /// How many fields the record has.
    found: usize,
    /// Whether a column that is only kept has text.
    has_extras: bool,
}

impl RowReader {
    /// A reader of rows under this header.
    pub fn new(columns: &Columns, reading: &Reading) -> Self {
        let is = |known: KnownColumn| move |role: &Role| *role == Role::Known(known);
        let name = |known: KnownColumn| {
            let column = columns.iter().find(|column| is(known)(&column.role));
            column.map_or(known.name(), |column| &column.name).into()
        };
        let read = |role: &Role| match role {
            Role::Known(known) => Read::Known(*known),
            Role::Extra(name) => Read::Extra(name.as_str().into()),
            Role::Weekday(name) => Read::Weekday(name.as_str().into()),
        };
        Self {
            names: KnownColumn::ALL.map(name),
            columns: columns.iter().map(|column| read(&column.role)).collect(),
            reading: reading.clone(),
            above: RowAbove::default(),
        }
    }

    /// Begins behind a row with this date and stage.
    pub fn with_above(self, above: RowAbove) -> Self {
        Self { above, ..self }
    }

    /// The date and the stage that a blank field would mean now.
    pub fn above(&self) -> &RowAbove {
        &self.above
    }

    /// Reads the fields of one record, unquoted. `None` if the record is no row: every field is blank, or it
    /// repeats the header.
    ///
    /// Performer and stage are spelled as [`spelling::key`] does. Extra fields are kept byte for
    /// byte; empty ones are left out.
    ///
    /// # Errors
    /// The first error in the record.
    pub fn read<'r>(
        &mut self,
        fields: impl ExactSizeIterator<Item = &'r [u8]>,
    ) -> Result<Option<Performance>, Reject> {
        let mut performance = Performance::blank();
        let is_row = self.read_into(fields, &mut performance)?;
        Ok(is_row.then_some(performance))
    }

    /// As [`RowReader::read`], but overwrites `into` and reuses its buffers, so that a row needs no allocation.
    /// Returns whether the record is a row. If it is none, and after an error, the content of `into` is undefined.
    ///
    /// # Errors
    /// As [`RowReader::read`].
    pub fn read_into<'r>(
        &mut self,
        fields: impl ExactSizeIterator<Item = &'r [u8]>,
        into: &mut Performance,
    ) -> Result<bool, Reject> {
        let Some(written) = self.written(fields, into)? else { return Ok(false) };
        self.resolve(&written, into)?;
        Ok(true)
    }

    /// Reads everything but the times into `into`, and returns the times as they are written. `None` if the
    /// record is no row.
    ///
    /// # Errors
    /// Those of [`RowReader::read`] that do not depend on the order of day and month and the like.
    pub fn written<'r>(
        &mut self,
        fields: impl ExactSizeIterator<Item = &'r [u8]>,
        into: &mut Performance,
    ) -> Result<Option<WrittenTimes<'r>>, Reject> {
        let fields = self.known_fields(fields, &mut into.extras)?;
        if self.is_no_row(&fields) {
            return Ok(None);
        }
        self.set_key(KnownColumn::Performer, &fields, &mut into.performer)?;
        self.set_key(KnownColumn::Stage, &fields, &mut into.stage)?;
        if self.reading.fill_down {
            self.above.stage.clone_from(&into.stage);
        }
        let (start_text, (start, range_end)) = self.start(&fields)?;
        let (end_text, end) = self.end(&fields, range_end)?;
        let date = self.date(&fields)?;
        let popularity = self.text(KnownColumn::Popularity, &fields)?;
        into.popularity = spelling::popularity(&popularity);
        Ok(Some(WrittenTimes {
            date,
            start,
            start_text,
            end,
            end_text,
            weekday: date::weekday(&String::from_utf8_lossy(fields.weekday)),
            found: fields.found,
            unread_popularity: (into.popularity.is_none() && !popularity.is_empty()).then_some(popularity),
        }))
    }

    /// Reads the times of a row by [`Reading`] into `into`.
    ///
    /// # Errors
    /// The date or a time is not one of the file's reading, or the end is not within 24 hours of the start.
    pub fn resolve(&self, written: &WrittenTimes<'_>, into: &mut Performance) -> Result<(), Reject> {
        let date = self.start_date(written)?;
        let start = self.local(KnownColumn::Start, &written.start_text, date, written.start.time)?;
        let shifts = written.start.date.is_none() && start.date() == date;
        let is_night = shifts && self.reading.day_starts.is_some_and(|day| time_of(start) < day);
        let start = if is_night { tomorrow(start) } else { start };
        let end = self.end_moment(written, start)?;
        (into.date, into.start, into.end) = (start.date(), time_of(start), time_of(end));
        Ok(())
    }

    /// A reject about a known column, under the header's name for it.
    pub fn reject(&self, column: KnownColumn, value: &str, reason: Reason) -> Reject {
        Reject { column: Some(Arc::clone(&self.names[column as usize])), value: value.to_owned(), reason }
    }

    /// The number of a known column, from 0, if the file has it.
    pub(super) fn column(&self, which: KnownColumn) -> Option<usize> {
        self.columns.iter().position(|column| matches!(column, Read::Known(known) if *known == which))
    }

    /// How many columns the file has.
    pub(super) fn columns(&self) -> usize {
        self.columns.len()
    }

    /// The text of a field; `None` if it is no text in the file's encoding.
    pub(super) fn decode<'r>(&self, field: &'r [u8]) -> Option<Cow<'r, str>> {
        self.reading.encoding.decode(field).ok()
    }

    /// Sorts the fields by their columns, and keeps the extra ones in `extras`.
    fn known_fields<'r>(
        &self,
        mut fields: impl ExactSizeIterator<Item = &'r [u8]>,
        extras: &mut Vec<(Arc<str>, String)>,
    ) -> Result<KnownFields<'r>, Reject> {
        let found = fields.len();
        let mut sorted =
            KnownFields { known: [b""; KnownColumn::ALL.len()], weekday: b"", found, has_extras: false };
        let mut kept = 0;
        for (column, field) in self.columns.iter().zip(fields.by_ref()) {
            let name = match column {
                Read::Known(which) => {
                    sorted.known[*which as usize] = field;
                    continue;
                }
                Read::Weekday(name) => {
                    sorted.weekday = field;
                    name
                }
                Read::Extra(name) => name,
            };
            if !field.is_empty() {
                set_extra(extras, kept, name, &self.decoded(name, field)?);
                kept += 1;
                sorted.has_extras |= !is_blank(field);
            }
        }
        extras.truncate(kept);
        // A surplus field may be blank: programs end lines with delimiters.
        if fields.all(is_blank) {
            return Ok(sorted);
        }
        Err(Reject::whole_row(Reason::FieldCount { found, expected: self.columns.len() }))
    }

    /// Whether the record is blank or repeats the header.
    fn is_no_row(&self, fields: &KnownFields<'_>) -> bool {
        let performer = fields.known[KnownColumn::Performer as usize];
        let bytes = performer.trim_ascii();
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        if bytes == self.names[KnownColumn::Performer as usize].as_bytes() {
            let is_named = |known: KnownColumn| {
                let field = fields.known[known as usize].trim_ascii();
                known == KnownColumn::Performer
                    || field == self.names[known as usize].as_bytes()
                    || field.is_empty()
            };
            return KnownColumn::ALL.into_iter().all(is_named)
                && !fields.known[KnownColumn::Start as usize].is_empty();
        }
        is_blank(performer) && !fields.has_extras && fields.known.iter().all(|field| is_blank(field))
    }

    fn set_key(
        &self,
        column: KnownColumn,
        fields: &KnownFields<'_>,
        into: &mut String,
    ) -> Result<(), Reject> {
        let text = self.decoded(&self.names[column as usize], fields.known[column as usize])?;
        let text = nested::names(column, &text).map_or(text, Cow::Owned);
        let key = spelling::key(&text).map_err(|error| self.reject(column, &text, error.into()))?;
        into.clear();
        into.push_str(&key);
        if into.is_empty() && column == KnownColumn::Stage {
            into.push_str(self.unsaid_stage());
        }
        if into.is_empty() { Err(self.missing(column, fields.found)) } else { Ok(()) }
    }

    /// The stage of a row without one: empty if nothing says it.
    fn unsaid_stage(&self) -> &str {
        let above = if self.reading.fill_down { self.above.stage.as_str() } else { "" };
        let said = self.reading.stage.as_deref().unwrap_or_default();
        if above.is_empty() { said } else { above }
    }

    fn start<'r>(&self, fields: &KnownFields<'r>) -> Result<(Cow<'r, str>, WrittenStart), Reject> {
        let text = self.text(KnownColumn::Start, fields)?;
        if text.is_empty() {
            return Err(self.missing(KnownColumn::Start, fields.found));
        }
        let start =
            written::start(&text).map_err(|error| self.reject(KnownColumn::Start, &text, error.into()))?;
        Ok((text, start))
    }

    fn end<'r>(
        &self,
        fields: &KnownFields<'r>,
        range_end: Option<WrittenMoment>,
    ) -> Result<(Cow<'r, str>, WrittenEnd), Reject> {
        let text = self.text(KnownColumn::End, fields)?;
        if !text.is_empty() {
            match written::moment(&text) {
                Ok(end) => return Ok((text, WrittenEnd::At(end))),
                Err(_) if written::is_unknown(&text) => {}
                Err(error) => return Err(self.reject(KnownColumn::End, &text, error.into())),
            }
        }
        if let Some(end) = range_end {
            return Ok((text, WrittenEnd::At(end)));
        }
        let text = self.text(KnownColumn::Duration, fields)?;
        let said = match clock_time::read_duration(&text) {
            Ok(minutes) => Some(minutes),
            Err(_) if text.is_empty() || written::is_unknown(&text) => self.reading.minutes,
            Err(error) => return Err(self.reject(KnownColumn::Duration, &text, error.into())),
        };
        Ok((text, said.map_or(WrittenEnd::Open, WrittenEnd::After)))
    }

    fn date<'r>(
        &mut self,
        fields: &KnownFields<'r>,
    ) -> Result<Option<(date::WrittenDate, Cow<'r, str>)>, Reject> {
        let text = match self.text(KnownColumn::Date, fields)? {
            text if !self.reading.fill_down => text,
            text if text.is_empty() => Cow::Owned(self.above.date.clone()),
            text => {
                self.above.date.clear();
                self.above.date.push_str(&text);
                text
            }
        };
        if text.is_empty() {
            return Ok(None);
        }
        let date = match written::date(&text) {
            Ok(date) => date,
            Err(error) => match (self.reading.dates.named_day(&text), written::unix_time(&text)) {
                (Some(day), _) => date::WrittenDate::Day(day),
                (None, Some(moment)) => date::WrittenDate::Day(self.local_date(&text, moment)?),
                _ => return Err(self.reject(KnownColumn::Date, &text, error.into())),
            },
        };
        Ok(Some((date, text)))
    }

    /// The local day of a moment of UTC.
    fn local_date(&self, text: &str, at: WrittenMoment) -> Result<Date, Reject> {
        let date = at.date.and_then(|date| date.date(&self.reading.dates).ok()).unwrap_or_default();
        self.local(KnownColumn::Date, text, date, at.time).map(|local| local.date())
    }

    /// The day on which the set starts, as it is written.
    fn start_date(&self, written: &WrittenTimes<'_>) -> Result<Date, Reject> {
        let rules = &self.reading.dates;
        if let Some(date) = &written.start.date {
            let date = date.date(rules);
            return date.map_err(|error| self.reject(KnownColumn::Start, &written.start_text, error.into()));
        }
        let Some((date, text)) = &written.date else {
            if let Some(day) = self.reading.day {
                return Ok(day);
            }
            return Err(self.missing(KnownColumn::Date, written.found));
        };
        let date = date.date(rules).map_err(|error| self.reject(KnownColumn::Date, text, error.into()))?;
        match written.weekday {
            Some(weekday) if weekday != date.weekday() && !is_night_of(written, weekday, date) => Err(self
                .reject(KnownColumn::Date, text, Reason::OtherWeekday { weekday, of_date: date.weekday() })),
            _ => Ok(date),
        }
    }

    /// The time on this date, in local time.
    fn local(
        &self,
        column: KnownColumn,
        text: &str,
        date: Date,
        time: WrittenTime,
    ) -> Result<DateTime, Reject> {
        let time = if self.reading.pm { time.afternoon() } else { time };
        let (clock, is_next_day) = time.clock();
        let at = moment(date, clock);
        let at = if is_next_day { tomorrow(at) } else { at };
        if time.offset != Some(WrittenOffset::Utc) {
            return Ok(at);
        }
        let local = self.reading.zone.as_ref().and_then(|zone| zone.local(at));
        local.ok_or_else(|| self.reject(column, text, Reason::NoZone))
    }

    fn end_moment(&self, written: &WrittenTimes<'_>, start: DateTime) -> Result<DateTime, Reject> {
        let column = if written.end_text.is_empty() { KnownColumn::Start } else { KnownColumn::End };
        let text = if written.end_text.is_empty() { &written.start_text } else { &written.end_text };
        match &written.end {
            WrittenEnd::After(minutes) => Ok(after(start, i64::from(*minutes))),
            WrittenEnd::Open => Err(self.missing(KnownColumn::End, written.found)),
            // Only its time of day counts: it is within 24 hours of the start.
            WrittenEnd::At(WrittenMoment { date: None, time }) => {
                self.local(column, text, start.date(), *time)
            }
            WrittenEnd::At(WrittenMoment { date: Some(date), time }) => {
                let date = date.date(&self.reading.dates);
                let date = date.map_err(|error| self.reject(column, text, error.into()))?;
                let end = self.local(column, text, date, *time)?;
                if start < end && end <= after(start, MINUTES_A_DAY) {
                    return Ok(end);
                }
                Err(self.reject(column, text, Reason::NotWithinADay { start }))
            }
        }
    }

    /// The reject for a value that is missing. A record that is too short is told so.
    fn missing(&self, column: KnownColumn, found: usize) -> Reject {
        let expected = self.columns.len();
        if found < expected {
            return Reject::whole_row(Reason::TooFewFields { found, expected });
        }
        self.reject(column, "", Reason::Missing)
    }

    fn text<'r>(&self, column: KnownColumn, fields: &KnownFields<'r>) -> Result<Cow<'r, str>, Reject> {
        let text = self.decoded(&self.names[column as usize], fields.known[column as usize])?;
        Ok(match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        })
    }

    fn decoded<'r>(&self, column: &Arc<str>, field: &'r [u8]) -> Result<Cow<'r, str>, Reject> {
        self.reading.encoding.decode(field).map_err(|_| Reject {
            column: Some(Arc::clone(column)),
            value: String::from_utf8_lossy(field).into_owned(),
            reason: Reason::NotUtf8,
        })
    }
}

/// Whether the start is in the night after this weekday: a row may name the day of the festival
/// beside the date of the calendar.
fn is_night_of(written: &WrittenTimes<'_>, weekday: date::Weekday, date: Date) -> bool {
    let (clock, _) = written.start.time.clock();
    clock.hour() < NIGHT_ENDS && weekday.next() == date.weekday()
}

fn tomorrow(at: DateTime) -> DateTime {
    at.date().tomorrow().map_or(at, |date| DateTime::from_parts(date, at.time()))
}

fn after(start: DateTime, minutes: i64) -> DateTime {
    start.checked_add(jiff::Span::new().minutes(minutes)).unwrap_or(DateTime::MAX)
}

/// The time of day. A moment of a row has no seconds.
fn time_of(at: DateTime) -> ClockTime {
    // jiff's hours and minutes are never negative, and within a clock's.
    ClockTime::new(at.hour() as u8, at.minute() as u8).unwrap_or(ClockTime::MIDNIGHT)
}

/// Whether a field holds nothing that a planner would see: blanks, a mark, or the Ctrl-Z with which DOS ends a file.
fn is_blank(field: &[u8]) -> bool {
    let is_mark = |bytes: &[u8]| matches!(bytes, [0xef, 0xbb, 0xbf] | [0xc2, 0xa0]);
    field.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0x1a) || is_mark(field)
}

/// Overwrites the extra column at `index` and reuses its buffer.
fn set_extra(extras: &mut Vec<(Arc<str>, String)>, index: usize, name: &Arc<str>, text: &str) {
    match extras.get_mut(index) {
        Some(extra) => {
            extra.0.clone_from(name);
            extra.1.clear();
            extra.1.push_str(text);
        }
        None => extras.push((Arc::clone(name), text.to_owned())),
    }
}

impl From<MomentError> for Reason {
    fn from(error: MomentError) -> Self {
        match error {
            MomentError::Time(error) => Self::Time(error),
            MomentError::Date(error) => Self::Date(error),
        }
    }
}

#[cfg(test)]
mod tests;
