//! When a set is on, as its row says it: before it is known in which order the file writes day and month.

use std::borrow::Cow;

use crate::clock_time::{self, ClockTimeError, WrittenTime};
use crate::date::{self, DateError, Weekday, WrittenDate};

/// When a set is on, as its row says it.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenTimes<'r> {
    /// The date column, and its text.
    pub date: Option<(WrittenDate, Cow<'r, str>)>,
    /// The start.
    pub start: WrittenMoment,
    /// The text of the start.
    pub start_text: Cow<'r, str>,
    /// The end.
    pub end: WrittenEnd,
    /// The text of the end; empty if it is not said.
    pub end_text: Cow<'r, str>,
    /// The weekday in a column of its own beside the date.
    pub weekday: Option<Weekday>,
    /// How many fields the record has.
    pub found: usize,
    /// The text of a popularity that cannot be read.
    pub unread_popularity: Option<Cow<'r, str>>,
}

/// A time, with its date if it stands beside it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WrittenMoment {
    /// The date that stands with the time.
    pub date: Option<WrittenDate>,
    /// The time.
    pub time: WrittenTime,
}

/// How a row says when a set ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WrittenEnd {
    /// At this time.
    At(WrittenMoment),
    /// After this many minutes.
    After(u16),
    /// It does not say it.
    Open,
}

/// Why a start or an end cannot be read.
pub(super) enum MomentError {
    Time(ClockTimeError),
    Date(DateError),
}

/// A start, and the end that stands with it as the second half of a range.
pub(super) type WrittenStart = (WrittenMoment, Option<WrittenMoment>);

/// Reads a start: a time, or a date and a time, or a range of these. Ranges come first: `20:00-05:00` is one,
/// and alone it would be a time with its offset.
pub(super) fn start(text: &str) -> Result<WrittenStart, MomentError> {
    let Some((from, to)) = clock_time::split_range(text) else { return Ok((moment(text)?, None)) };
    let of_time = |time| WrittenMoment { date: None, time };
    if let Some(Ok((from, to))) = clock_time::read_range(text) {
        return Ok((of_time(from), Some(of_time(to))));
    }
    let (from, to) = (moment(from)?, moment(to)?);
    let (start, end) = clock_time::share_half_day(from.time, to.time);
    Ok((WrittenMoment { time: start, ..from }, Some(WrittenMoment { time: end, ..to })))
}

/// Reads a time, or a date and a time.
pub(super) fn moment(text: &str) -> Result<WrittenMoment, MomentError> {
    let error = match clock_time::read(text) {
        Ok(time) => return Ok(WrittenMoment { date: None, time }),
        Err(error) => error,
    };
    let Some((date, time)) = date::split_moment(text) else {
        return unmarked(text)
            .map(moment)
            .or_else(|| unix_time(text).map(Ok))
            .unwrap_or(Err(MomentError::Time(error)));
    };
    let time = clock_time::read(time).map_err(MomentError::Time)?;
    let date = date::read(date).map_err(MomentError::Date)?;
    Ok(WrittenMoment { date: Some(date), time })
}

/// Reads a date, or the date of a date and a time.
pub(super) fn date(text: &str) -> Result<WrittenDate, DateError> {
    date::read(text).or_else(|error| match date::split_moment(text) {
        Some((date, time)) if clock_time::read(time).is_ok() => date::read(date),
        Some(_) => Err(error),
        None => unmarked(text).map(date).or_else(|| date::read_packed(text).map(Ok)).unwrap_or(Err(error)),
    })
}

/// The text behind the mark that keeps a spreadsheet from reading a cell as a number: `'12/07`, also as a backquote.
fn unmarked(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(['\'', '`', '’', '‘'])?;
    (!rest.starts_with(['\'', '`', '’', '‘'])).then(|| rest.trim_start())
}

/// The moment that a number counts in seconds or milliseconds from 1970 on, in UTC, if it is of the years 2000 to
/// 2099: JSON of programs has such numbers. Seconds that make no whole minute are left out.
pub(super) fn unix_time(text: &str) -> Option<WrittenMoment> {
    const YEARS: std::ops::Range<i64> = 946_684_800..4_102_444_800;
    let number: i64 = text.parse().ok()?;
    let seconds = match text.len() {
        9 | 10 => number,
        12 | 13 => number / 1000,
        _ => return None,
    };
    let timestamp = jiff::Timestamp::from_second(seconds).ok().filter(|_| YEARS.contains(&seconds))?;
    let utc = jiff::tz::Offset::UTC.to_datetime(timestamp);
    // jiff's hours and minutes are never negative.
    let (hour, minute) = (utc.hour() as u8, utc.minute() as u8);
    let time = WrittenTime { hour, minute, half: None, offset: Some(clock_time::WrittenOffset::Utc) };
    Some(WrittenMoment { date: Some(WrittenDate::Day(utc.date())), time })
}

/// Whether the text says that something is not known yet, or not given: `TBA`, `N/A`, `?`, a dash.
pub(super) fn is_unknown(text: &str) -> bool {
    const WORDS: [&str; 12] =
        ["tba", "tbd", "tbc", "tbs", "n/a", "na", "n.a.", "none", "null", "nan", "unknown", "open end"];
    let is_mark = |c: char| matches!(c, '-' | '–' | '—' | '−' | '?' | '.' | '…' | '/' | '*' | '_');
    text.chars().all(is_mark) || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}
