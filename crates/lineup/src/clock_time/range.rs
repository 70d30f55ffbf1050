//! Ranges of times in one text.

use super::error::ClockTimeError;
use super::form::{read, read_or_hour};
use super::written::{HalfDay, WrittenTime};
use crate::folded::Folded;

/// The start and the end of a text that is a range, as they are written: `20:00-21:30`, `8 – 9:30 PM`, `20h to
/// 21h30`, `von 20.00 bis 21.30 Uhr`, with any dash, `~`, an arrow, or a word such as `to`, `bis`, `à`.
///
/// Each may have a date before its time (`2025-07-12 20:00 - 2025-07-12 21:30`); whether it is a date is not looked
/// at here. `None` if the text is no range: a date is none (`2025-07-12`), nor is a time with an offset behind
/// its seconds (`2025-07-12T20:00:00-04:00`). An hour alone may be the start or the end of a range.
///
/// ```
/// use lineup::clock_time::split_range;
///
/// assert_eq!(split_range("8 – 9:30 PM"), Some(("8", "9:30 PM")));
/// assert_eq!(split_range("12 Jul 23:00 to 13 Jul 1am"), Some(("12 Jul 23:00", "13 Jul 1am")));
/// assert_eq!(split_range("2025-07-12"), None);
/// ```
pub fn split_range(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    // Words and dashes between spaces divide moments whose dates have dashes of their own.
    [word as Divider, spaced_dash, arrow_or_slash, dash]
        .into_iter()
        .find_map(|divider| parts(text, divider).find(|(start, end, gap)| is_range(start, end, gap)))
        .map(|(start, end, _)| (start, end))
}

/// Reads a range of two times. Where one of them alone says am or pm, the other is of the half that is nearer:
/// `8 – 9:30 PM` starts at 20:00, `11 – 1 PM` at 11:00, and `11 PM – 1` ends at 01:00.
///
/// `None` if the text is no range, see [`split_range`].
///
/// # Errors
/// The range is one of moments, whose dates are to be read first, or a time has seconds.
///
/// ```
/// let (start, end) = lineup::clock_time::read_range("8 – 9:30 PM").unwrap()?;
/// assert_eq!((start.hour, start.minute, end.hour, end.minute), (20, 0, 21, 30));
/// # Ok::<_, lineup::clock_time::ClockTimeError>(())
/// ```
pub fn read_range(text: &str) -> Option<Result<(WrittenTime, WrittenTime), ClockTimeError>> {
    let (start, end) = split_range(text)?;
    let times = read_or_hour(start).and_then(|start| Ok((start.0, read_or_hour(end)?.0)));
    Some(times.map(|(start, end)| share_half_day(start, end)))
}

/// Gives am or pm to the one of two times that has none, if the other has it: the one that makes the range
/// twelve hours or less. For the times of a range whose parts have dates; [`read_range`] has done it.
pub fn share_half_day(start: WrittenTime, end: WrittenTime) -> (WrittenTime, WrittenTime) {
    const HALF_DAY: u16 = 12 * 60;
    let length =
        |start: WrittenTime, end: WrittenTime| (end.minutes() + 48 * 60 - start.minutes()) % (24 * 60);
    let fits = |start, end| (1..=HALF_DAY).contains(&length(start, end));
    let halves =
        |time: WrittenTime| [HalfDay::Am, HalfDay::Pm].into_iter().filter_map(move |half| time.in_half(half));
    match (start.half, end.half) {
        (None, Some(_)) => (halves(start).find(|start| fits(*start, end)).unwrap_or(start), end),
        (Some(_), None) => (start, halves(end).find(|end| fits(start, *end)).unwrap_or(end)),
        _ => (start, end),
    }
}

/// The next place at or behind `from` where a text may be divided: where the divider begins and where it ends.
type Divider = fn(text: &str, from: usize) -> Option<(usize, usize)>;

/// Every way to divide `text`: what is before, what is behind, and what is between.
fn parts(text: &str, divider: Divider) -> impl Iterator<Item = (&str, &str, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let (begin, end) = divider(text, from)?;
        from = end;
        Some((text.get(..begin)?.trim(), text.get(end..)?.trim(), text.get(begin..end)?))
    })
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '~' | '〜' | '～')
}

/// A word between spaces that means "until".
fn word(text: &str, from: usize) -> Option<(usize, usize)> {
    let mut begin = from;
    loop {
        begin += text.get(begin..)?.find(char::is_whitespace)?;
        let rest = text.get(begin..)?.trim_start();
        begin = text.len() - rest.len();
        let end = begin + rest.find(char::is_whitespace)?;
        let word = text.get(begin..end)?;
        let is_until = |word: &Folded| {
            matches!(
                word.as_str(),
                "to" | "until"
                    | "till"
                    | "til"
                    | "thru"
                    | "through"
                    | "bis"
                    | "a"
                    | "al"
                    | "alle"
                    | "as"
                    | "tot"
                    | "ate"
                    | "hasta"
                    | "jusqua"
                    | "and"
                    | "et"
                    | "e"
                    | "y"
            )
        };
        if word.chars().all(char::is_alphabetic) && Folded::new(word).as_ref().is_some_and(is_until) {
            return Some((begin, end));
        }
    }
}

/// Dashes with space on both sides.
fn spaced_dash(text: &str, from: usize) -> Option<(usize, usize)> {
    let mut from = from;
    loop {
        let (begin, end) = dash(text, from)?;
        let before = text.get(..begin)?.ends_with(char::is_whitespace);
        if before && text.get(end..)?.starts_with(char::is_whitespace) {
            return Some((begin, end));
        }
        from = end;
    }
}

/// An arrow, or the slash of ISO 8601.
fn arrow_or_slash(text: &str, from: usize) -> Option<(usize, usize)> {
    let (at, found) = text.get(from..)?.match_indices(['→', '/']).next()?;
    Some((from + at, from + at + found.len()))
}

/// One dash or more, and the head of an arrow.
fn dash(text: &str, from: usize) -> Option<(usize, usize)> {
    let begin = from + text.get(from..)?.find(is_dash)?;
    let rest = text.get(begin..)?;
    let length = rest.find(|c| !is_dash(c) && c != '>').unwrap_or(rest.len());
    Some((begin, begin + length))
}

fn is_range(start: &str, end: &str, divider: &str) -> bool {
    let (Some(start), Some(end)) = (Side::of(start), Side::of(end)) else { return false };
    let dates = !start.has_date && end.has_date;
    let month = start.is_number && end.is_number && start.length.abs_diff(end.length) > 1;
    let offset = matches!(divider, "-" | "−") && start.is_exact && end.may_be_offset;
    let slash = divider == "/" && !(start.has_colon && end.has_colon);
    !(dates || month || offset || slash)
}

/// What [`is_range`] asks of the start or the end of a range.
struct Side {
    has_date: bool,
    /// It is written with digits alone.
    is_number: bool,
    has_colon: bool,
    /// It has seconds, or a `T` between date and time: behind it stands an offset rather than an end.
    is_exact: bool,
    may_be_offset: bool,
    length: usize,
}

impl Side {
    fn of(text: &str) -> Option<Self> {
        let (date, time) = if is_time(text) { ("", text) } else { date_and_time(text)? };
        Some(Self {
            has_date: !date.is_empty(),
            is_number: text.bytes().all(|byte| byte.is_ascii_digit()),
            has_colon: time.contains(':'),
            is_exact: time.matches(':').count() == 2 || date.ends_with('T'),
            may_be_offset: may_be_offset(text),
            length: text.len(),
        })
    }
}

/// Whether the text is a time, or would be one without its seconds.
fn is_time(text: &str) -> bool {
    !matches!(read_or_hour(text), Err(ClockTimeError::NotATime))
}

/// `04:00`, `0400` and `04` behind a dash.
fn may_be_offset(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let form = matches!((digits, text.len()), (2, 2) | (4, 4)) || digits == 4 && text.get(2..3) == Some(":");
    form && text < "15"
}

/// The shortest time at the end of a text, if something without a colon stands before it that may be a date.
fn date_and_time(text: &str) -> Option<(&str, &str)> {
    let is_date = |date: &str| {
        !date.is_empty() && !date.contains(':') && spaced_dash(date.trim_end_matches([' ', '-']), 0).is_none()
    };
    let is_full_time = |time: &str| !matches!(read(time), Err(ClockTimeError::NotATime));
    let spaces = text.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(at, _)| (at, at));
    let letters = text.match_indices('T').map(|(at, _)| (at + 1, at + 1));
    let mut places = letters.chain(spaces);
    places.find_map(|(end, begin)| {
        let (date, time) = (text.get(..end)?.trim_end(), text.get(begin..)?.trim_start());
        if is_date(date) && is_full_time(time) { Some((date, time)) } else { None }
    })
}
