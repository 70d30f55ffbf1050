//! A time of day to the minute, in the forms in which people type it.

use std::fmt;
use std::str::FromStr;

use super::error::ClockTimeError;

/// A time of day, to the minute. Written `HH:MM`, so that text order is time order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockTime(u16);

impl ClockTime {
    /// `00:00`.
    pub const MIDNIGHT: Self = Self(0);
    /// `23:59`.
    pub const LAST: Self = Self(24 * 60 - 1);

    /// The time `hour:minute`, if there is one on a clock of 24 hours.
    pub const fn new(hour: u8, minute: u8) -> Option<Self> {
        if hour < 24 && minute < 60 { Some(Self(hour as u16 * 60 + minute as u16)) } else { None }
    }

    /// 0 to 23.
    pub const fn hour(self) -> u8 {
        (self.0 / 60) as u8
    }

    /// 0 to 59.
    pub const fn minute(self) -> u8 {
        (self.0 % 60) as u8
    }

    /// `HH:MM`.
    pub fn as_str(self) -> &'static str {
        // Every time has an entry and every entry is ASCII, so the fallback is never used.
        TEXTS.get(usize::from(self.0)).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
    }

    /// Reads a time: `8:00`, `20:00`, `08:00:00`, `8:00pm`, `8 PM`, `8pm`,
    /// `12:30 a.m.`; any space around it or before `am` and `pm`.
    ///
    /// Seconds must be 00: the table keeps minutes, and dropping seconds would
    /// change the row. An hour alone needs `am` or `pm`. With these, it is 1 to 12.
    ///
    /// ```
    /// use lineup::clock_time::{ClockTime, ClockTimeError};
    ///
    /// assert_eq!(ClockTime::parse("8:30 p.m.")?.to_string(), "20:30");
    /// assert_eq!(ClockTime::parse("8"), Err(ClockTimeError::NotATime));
    /// assert_eq!(ClockTime::parse("20:00:30"), Err(ClockTimeError::NotAWholeMinute));
    /// # Ok::<_, ClockTimeError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, ClockTimeError> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(text.len());
        let (clock, suffix) = text.split_at(end);
        let half = Half::parse(suffix.trim_start()).ok_or(ClockTimeError::NotATime)?;
        let mut parts = clock.split(':');
        let hour = parts.next().and_then(|hour| digits(hour, 1..=2)).and_then(|hour| half.hour(hour));
        let minute = match parts.next() {
            None if half == Half::Neither => None,
            None => Some(0),
            Some(minute) => digits(minute, 2..=2),
        };
        let second =
            parts.next().map_or(Some(0), |second| digits(second, 2..=2).filter(|second| *second < 60));
        match (hour, minute, second, parts.next()) {
            (Some(hour), Some(minute), Some(second), None) => Self::whole(hour, minute, second),
            _ => Err(ClockTimeError::NotATime),
        }
    }

    /// As [`ClockTime::parse`], but reads `24:00`, the end of the day, as `00:00`. That
    /// is the same moment, because an end at or before its start is on the next day. A
    /// start at `24:00` is refused: its date would change.
    ///
    /// ```
    /// use lineup::clock_time::ClockTime;
    ///
    /// assert_eq!(ClockTime::parse_end("24:00"), Ok(ClockTime::MIDNIGHT));
    /// assert!(ClockTime::parse("24:00").is_err());
    /// ```
    pub fn parse_end(text: &str) -> Result<Self, ClockTimeError> {
        match text.trim() {
            "24:00" | "24:00:00" => Ok(Self::MIDNIGHT),
            other => Self::parse(other),
        }
    }

    fn whole(hour: u8, minute: u8, second: u8) -> Result<Self, ClockTimeError> {
        let time = Self::new(hour, minute).ok_or(ClockTimeError::NotATime)?;
        if second == 0 { Ok(time) } else { Err(ClockTimeError::NotAWholeMinute) }
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ClockTime {
    type Err = ClockTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Every time as text, so that a time is written into an item without allocation.
static TEXTS: [[u8; 5]; 24 * 60] = {
    let mut texts = [*b"00:00"; 24 * 60];
    let mut at = 0;
    while at < texts.len() {
        let (hour, minute) = ((at / 60) as u8, (at % 60) as u8);
        texts[at] = [b'0' + hour / 10, b'0' + hour % 10, b':', b'0' + minute / 10, b'0' + minute % 10];
        at += 1;
    }
    texts
};

/// The half of the day that the suffix names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Neither,
    Am,
    Pm,
}

impl Half {
    fn parse(suffix: &str) -> Option<Self> {
        let is = |names: [&str; 2]| names.iter().any(|name| name.eq_ignore_ascii_case(suffix));
        match suffix {
            "" => Some(Self::Neither),
            _ if is(["am", "a.m."]) => Some(Self::Am),
            _ if is(["pm", "p.m."]) => Some(Self::Pm),
            _ => None,
        }
    }

    fn hour(self, written: u8) -> Option<u8> {
        match (self, written) {
            (Self::Neither, hour) => Some(hour),
            (Self::Am, 1..=12) => Some(written % 12),
            (Self::Pm, 1..=12) => Some(written % 12 + 12),
            _ => None,
        }
    }
}

/// `text` as a number, if it consists of `length` ASCII digits.
fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<u8> {
    let only_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if only_digits && length.contains(&text.len()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOT_A_TIME: Result<&str, ClockTimeError> = Err(ClockTimeError::NotATime);

    /// Every form, and what comes of it as a start.
    const CASES: &[(&str, Result<&str, ClockTimeError>)] = &[
        ("8:00", Ok("08:00")),
        ("08:00", Ok("08:00")),
        ("20:00", Ok("20:00")),
        (" 20:00\t", Ok("20:00")),
        ("08:00:00", Ok("08:00")),
        ("8:00pm", Ok("20:00")),
        ("8:00 PM", Ok("20:00")),
        ("8:00\u{202f}PM", Ok("20:00")),
        ("8 PM", Ok("20:00")),
        ("8pm", Ok("20:00")),
        ("08:30:00 Am", Ok("08:30")),
        ("12am", Ok("00:00")),
        ("12pm", Ok("12:00")),
        ("12:30 a.m.", Ok("00:30")),
        ("11:59 P.M.", Ok("23:59")),
        ("0:00", Ok("00:00")),
        ("23:59", Ok("23:59")),
        ("20:00:01", Err(ClockTimeError::NotAWholeMinute)),
        ("24:00", NOT_A_TIME),
        ("25:00", NOT_A_TIME),
        ("20:60", NOT_A_TIME),
        ("20:00:60", NOT_A_TIME),
        ("20:00:00:00", NOT_A_TIME),
        ("20:00:00.5", NOT_A_TIME),
        ("13pm", NOT_A_TIME),
        ("0:30am", NOT_A_TIME),
        ("8", NOT_A_TIME),
        ("8:0", NOT_A_TIME),
        ("008:00", NOT_A_TIME),
        ("8:", NOT_A_TIME),
        (":30", NOT_A_TIME),
        ("8::pm", NOT_A_TIME),
        ("pm", NOT_A_TIME),
        ("8 o'clock", NOT_A_TIME),
        ("-8:00", NOT_A_TIME),
        ("+8:00", NOT_A_TIME),
        ("٢٠:٠٠", NOT_A_TIME),
        ("", NOT_A_TIME),
        ("late", NOT_A_TIME),
    ];

    #[test]
    fn every_form_reads_as_documented() {
        for (text, expected) in CASES {
            let read = ClockTime::parse(text).map(|time| time.to_string());
            assert_eq!(read.as_deref(), expected.as_ref().map(|text| *text), "{text:?}");
        }
    }

    #[test]
    fn an_end_may_be_the_end_of_the_day() {
        assert_eq!(ClockTime::parse_end(" 24:00 "), Ok(ClockTime::MIDNIGHT));
        assert_eq!(ClockTime::parse_end("24:00:00"), Ok(ClockTime::MIDNIGHT));
        assert_eq!(ClockTime::parse_end("24:01"), Err(ClockTimeError::NotATime));
        assert_eq!(ClockTime::parse_end("8pm").unwrap().to_string(), "20:00");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_and_sorts_as_time(a in 0u8..24, b in 0u8..60, c in 0u8..24, d in 0u8..60) {
            let (one, other) = (ClockTime::new(a, b).unwrap(), ClockTime::new(c, d).unwrap());
            prop_assert_eq!(ClockTime::parse(&one.to_string()), Ok(one));
            prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
        }

        #[test]
        fn twelve_and_twenty_four_hours_agree(hour in 0u8..24, minute in 0u8..60) {
            let half = if hour < 12 { "am" } else { "pm" };
            let text = format!("{}:{minute:02}{half}", (hour + 11) % 12 + 1);
            prop_assert_eq!(ClockTime::parse(&text), Ok(ClockTime::new(hour, minute).unwrap()));
        }

        #[test]
        fn no_text_panics(text in "[0-9:apm. \u{e9}]{0,10}|\\PC{0,12}") {
            let _ = ClockTime::parse_end(&text);
        }
    }
}
