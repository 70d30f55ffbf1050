//! Times and dates: the value that is read is the one in the text, and its own text reads back.

use lineup::clock_time::ClockTime;
use lineup::date;

/// Any text as a time.
pub fn times(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(time) = ClockTime::parse(text) {
        assert_eq!(Some(time), minutes(text), "{text:?}");
        assert_eq!(ClockTime::parse(time.as_str()), Ok(time));
        assert_eq!(ClockTime::parse_end(text), Ok(time));
    } else if let Ok(end) = ClockTime::parse_end(text) {
        assert!(text.contains("24:00") && end == ClockTime::MIDNIGHT, "{text:?} is no end of a day");
    }
}

/// The time by its numbers: the first is the hour, the second the minute. An `a` or `p` is the half of the day.
fn minutes(text: &str) -> Option<ClockTime> {
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let mut numbers = numbers.map(|digits| digits.parse::<u8>().unwrap());
    let (hour, minute) = (numbers.next()?, numbers.next().unwrap_or(0));
    assert_eq!(numbers.sum::<u8>(), 0, "seconds are lost from {text:?}");
    let has = |letter: char| text.contains(letter) || text.contains(letter.to_ascii_uppercase());
    let hour = match (has('a'), has('p')) {
        (false, false) => hour,
        (_, afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
    };
    ClockTime::new(hour, minute)
}

/// Any text as a date: the result equals jiff's, for texts of the form that is allowed.
pub fn dates(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let trimmed = text.trim();
    let form =
        |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    let iso = trimmed.len() == 10 && trimmed.bytes().enumerate().all(form);
    let expected = if iso { trimmed.parse::<date::Date>().ok() } else { None };
    assert_eq!(date::parse(text).ok(), expected, "{text:?}");
}
