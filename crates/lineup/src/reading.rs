//! How the values of a file are read: what the planner said about them, and what the file itself decides.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

use crate::clock_time::ClockTime;
use crate::date::DateRules;
use crate::text::TextEncoding;

/// How the values of a file are read. `survey::decide` makes it of what the planner said and what stands in
/// the file; the manifest's `reading` keeps it.
///
/// ```
/// use lineup::reading::Reading;
///
/// let reading: Reading = serde_json::from_str(r#"{"pm": true, "day_starts": "06:00"}"#)?;
/// assert!(reading.pm && reading.minutes.is_none());
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// The order of day and month, the year, and the dates of weekdays.
    pub dates: DateRules,
    /// The encoding of the file's text.
    pub encoding: TextEncoding,
    /// The day of rows without any date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// A start before this time is in the night after its date.
    #[serde(with = "as_text", skip_serializing_if = "Option::is_none")]
    pub day_starts: Option<ClockTime>,
    /// Times below 12:00 without am or pm are in the afternoon.
    #[serde(skip_serializing_if = "is_false")]
    pub pm: bool,
    /// Where the festival is: times in UTC are converted to its local time.
    #[serde(with = "as_text", skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// How long a set is, in minutes, if its row does not say when it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u16>,
    /// The stage of rows that have none: of every row, if the file has no such column. It has the spelling of
    /// [`key`](crate::spelling::key).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// A blank date or stage is that of the row above.
    #[serde(skip_serializing_if = "is_false")]
    pub fill_down: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// A time zone: a name of the IANA database or an offset from UTC.
///
/// ```
/// use lineup::reading::Zone;
///
/// let utc = "2025-07-12T18:00:00".parse().unwrap();
/// let zone: Zone = "Europe/London".parse()?;
/// assert_eq!(zone.local(utc).map(|local| local.to_string()).as_deref(), Some("2025-07-12T19:00:00"));
/// assert!("Europe/Londn".parse::<Zone>().is_err());
/// # Ok::<_, lineup::reading::ZoneError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    text: String,
    zone: TimeZone,
}

/// A text that names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time zone (try Europe/London or +02:00)")]
pub struct ZoneError(String);

impl Zone {
    /// The local time at this moment of UTC; `None` beyond the years that can be counted.
    pub fn local(&self, utc: DateTime) -> Option<DateTime> {
        let moment = TimeZone::UTC.to_timestamp(utc).ok()?;
        Some(moment.to_zoned(self.zone.clone()).datetime())
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        let zone = match offset(text) {
            Some(offset) => TimeZone::fixed(offset),
            None => TimeZone::get(text).map_err(|_| ZoneError(text.to_owned()))?,
        };
        Ok(Self { text: text.to_owned(), zone })
    }
}

/// `+02:00`, `-0430` or `+2` as an offset.
fn offset(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.strip_prefix('+') {
        Some(digits) => (1, digits),
        None => (-1, text.strip_prefix('-')?),
    };
    let digits = digits.replace(':', "");
    let (hours, minutes) = digits.split_at_checked(digits.len().min(2))?;
    let minutes = if minutes.is_empty() { "0" } else { minutes };
    let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = i32::from(hours) * 3600 + i32::from(minutes) * 60;
    Offset::from_seconds(sign * seconds).ok().filter(|_| hours <= 14 && minutes < 60)
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A value that may be absent, in JSON as text: for `#[serde(with = …)]`.
pub mod as_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes it as it is displayed.
    pub fn serialize<T: Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    /// Reads it as it is parsed.
    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_comes_back_from_json_and_is_short_where_nothing_was_said() {
        let reading = Reading {
            day_starts: Some("06:00".parse().unwrap()),
            zone: Some("+02:00".parse().unwrap()),
            minutes: Some(60),
            ..Reading::default()
        };
        let json = serde_json::to_string(&reading).unwrap();
        assert!(json.contains(r#""day_starts":"06:00""#) && json.contains(r#""zone":"+02:00""#), "{json}");
        assert_eq!(serde_json::from_str::<Reading>(&json).unwrap(), reading);
        assert_eq!(serde_json::from_str::<Reading>("{}").unwrap(), Reading::default());
    }

    #[test]
    fn a_zone_is_a_name_or_an_offset() {
        for (text, local) in
            [("+02:00", "20:00:00"), ("-0430", "13:30:00"), ("+2", "20:00:00"), ("Asia/Kolkata", "23:30:00")]
        {
            let zone: Zone = text.parse().unwrap();
            let local_time = zone.local("2025-07-12T18:00:00".parse().unwrap()).unwrap();
            assert_eq!(local_time.time().to_string(), local, "{text}");
            assert_eq!(zone.to_string(), text);
        }
        for text in ["", "+", "+25:00", "+02:99", "London", "+é"] {
            assert!(text.parse::<Zone>().is_err(), "{text:?}");
        }
    }
}
