//! Dates with a time beside them.

use super::error::DateError;
use super::forms::read_day;
use super::iso;
use super::written::{self, WrittenDate};
use crate::clock_time::{self, ClockTimeError};

/// Reads a date in any of these forms, without case and accents, with any space around it:
///
/// - `2025-07-12`, `2025/7/12`, `2025.07.12`, `20250712`;
/// - `12.07.2025`, `12.7.25`, `12.07.`: with dots the day is first;
/// - `12/07/2025`, `7/12/25`, `12-07-2025`, `12/07`: the order is open;
/// - `12 July 2025`, `July 12, 2025`, `12-Jul-25`, `12th July`, `12 de julio de 2025`, `1er juillet`, `Jul 12`, with
///   the names of ten languages, full and short;
/// - all of these with a weekday: `Sat 12 Jul 2025`, `Samstag, 12. Juli 2025`; and a weekday alone;
/// - `45850`, the serial number of a day from 2000 to 2099 in a workbook that counts from 1900;
/// - any of these with midnight behind it, as programs write a date: `2025-07-12 00:00:00`, `2025-07-12T00:00Z`.
///
/// Two digits of a year are of this century.
///
/// # Errors
/// The text has none of these forms; the calendar has no such day; or the weekday is another one.
///
/// ```
/// use lineup::date::{Date, DateError, WrittenDate, read};
///
/// let date = Date::constant(2025, 7, 12);
/// assert_eq!(read("Samstag, 12. Juli 2025"), Ok(WrittenDate::Day(date)));
/// assert!(matches!(read("07/12/2025"), Ok(WrittenDate::Numbers { first: 7, second: 12, .. })));
/// assert_eq!(read("31.04.2025"), Err(DateError::NoSuchDay));
/// ```
pub fn read(text: &str) -> Result<WrittenDate, DateError> {
    if let Ok(date) = iso::parse(text) {
        return Ok(WrittenDate::Day(date));
    }
    match read_day(text) {
        Err(DateError::NotADate) => match split_moment(text) {
            Some((date, time)) if is_midnight(time) => read_day(date),
            _ => Err(DateError::NotADate),
        },
        read => read,
    }
}

/// Reads a day and a month in three or four digits: `1126`, `418`. The second number has two of them. The order is open.
/// A time may look the same, so that only a column of dates is read like this.
///
/// ```
/// use lineup::date::{WrittenDate, read_packed};
///
/// assert!(matches!(read_packed("418"), Some(WrittenDate::Numbers { first: 4, second: 18, year: None, .. })));
/// assert_eq!(read_packed("2025"), None);
/// ```
pub fn read_packed(text: &str) -> Option<WrittenDate> {
    let text = text.trim();
    if !matches!(text.len(), 3 | 4) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (first, second) = text.split_at_checked(text.len() - 2)?;
    written::numbers(first.parse().ok()?, second.parse().ok()?, None, None).ok()
}

/// Midnight in digits, as programs write it.
fn is_midnight(time: &str) -> bool {
    let is_clock = time.starts_with(|c: char| c.is_ascii_digit());
    is_clock && clock_time::read(time).is_ok_and(|time| time.hour == 0 && time.minute == 0)
}

/// The date and the time of a text that has both, as they are written: `2025-07-12 20:00`,
/// `2025-07-12T23:30:00+02:00`, `20250712T200000Z`, `Sat 12 Jul 8pm`, `12.07.2025 um 20 Uhr`, `8pm, Sat 12 Jul`,
/// `Saturday 20:00`, and `45850.8333`, the number of a moment in a workbook.
///
/// Each of the two has the form of a date or a time; [`read`] and [`clock_time::read`] may still refuse it, because it
/// has seconds or there is no such day. `None` for a date alone, also where its year could be a time.
///
/// ```
/// use lineup::date::split_moment;
///
/// assert_eq!(split_moment("2025-07-12T23:30:00+02:00"), Some(("2025-07-12", "23:30:00+02:00")));
/// assert_eq!(split_moment("Sat 12 Jul 8pm"), Some(("Sat 12 Jul", "8pm")));
/// assert_eq!(split_moment("45850.8333"), Some(("45850", ".8333")));
/// assert_eq!(split_moment("Sat 12 Jul 2025"), None);
/// ```
pub fn split_moment(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    iso_moment(text)
        .or_else(|| serial_moment(text))
        .or_else(|| if is_date_alone(text) { None } else { joined_by_t(text).or_else(|| spaced(text)) })
}

/// `2025-07-12 20:00` and `2025-07-12T20:00`, the quick way.
fn iso_moment(text: &str) -> Option<(&str, &str)> {
    let (date, rest) = text.split_at_checked(10)?;
    let time = rest.strip_prefix(['T', 't', ' '])?.trim_start();
    if iso::parse(date).is_ok() && is_time(time) { Some((date, time)) } else { None }
}

/// `45850.8333`: the day and the fraction of it.
fn serial_moment(text: &str) -> Option<(&str, &str)> {
    let (date, time) = text.split_at_checked(5)?;
    let fraction = time.strip_prefix(['.', ','])?;
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number(date) && is_number(fraction) && is_date(date) { Some((date, time)) } else { None }
}

/// `20250712T200000Z`, and an ISO date that the calendar does not have.
fn joined_by_t(text: &str) -> Option<(&str, &str)> {
    let parts = text.match_indices(['T', 't']).map(|(at, _)| (&text[..at], &text[at + 1..]));
    let mut parts = parts.filter(|(date, time)| {
        let digits = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        digits(date.chars().next_back()) && digits(time.chars().next())
    });
    parts.find(|(date, time)| is_date(date) && is_time(time))
}

/// A date and a time with space between them, in either order.
fn spaced(text: &str) -> Option<(&str, &str)> {
    let spaces = || text.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(at, _)| text.split_at(at));
    let date_first = |(date, time)| (without_mark_behind(date), without_mark_before(time));
    let time_first = |(time, date)| (without_mark_before(date), without_mark_behind(time));
    let is_moment = |(date, time): &(&str, &str)| is_time(time) && is_date(date);
    spaces().map(date_first).find(is_moment).or_else(|| spaces().map(time_first).find(is_moment))
}

const fn is_mark(c: char) -> bool {
    matches!(c, ',' | ';' | '-' | '–' | '—' | '|' | '·' | '@' | '/')
}

fn without_mark_behind(text: &str) -> &str {
    let text = text.trim().trim_end_matches(is_mark).trim_end();
    // The words of `12 Jul at 8pm` and `12 de julio a las 20:00` belong to the time.
    let connectives = [
        " a las",
        " a la",
        " at",
        " um",
        " om",
        " ab",
        " à",
        " às",
        " alle",
        " alle ore",
        " ore",
        " from",
        " kl",
        " kl.",
    ];
    connectives.into_iter().find_map(|word| text.strip_suffix(word)).map_or(text, str::trim_end)
}

fn without_mark_before(text: &str) -> &str {
    text.trim().trim_start_matches(is_mark).trim_start()
}

fn is_date_alone(text: &str) -> bool {
    !matches!(read_day(text), Err(DateError::NotADate | DateError::NoSuchDay))
}

/// Whether the text has the form of a date.
fn is_date(text: &str) -> bool {
    !matches!(read_day(text), Err(DateError::NotADate))
}

/// Whether the text has the form of a time.
fn is_time(text: &str) -> bool {
    !matches!(clock_time::read(text), Err(ClockTimeError::NotATime))
}
