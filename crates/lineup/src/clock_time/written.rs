//! Times as lineups write them.

use super::clock::ClockTime;

/// The half of a day that a text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HalfDay {
    /// From midnight to noon.
    Am,
    /// From noon to midnight.
    Pm,
}

/// The offset from UTC that a text names. Lineups are in local time, so the time is kept as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrittenOffset {
    /// `Z`, `UTC` or `GMT`: the time is not the local one, unless the festival is there.
    Utc,
    /// `+02:00`, `+0200`, `+02`: minutes east of UTC.
    Minutes(i16),
}

/// A time as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenTime {
    /// 0 to 29, on a clock of 24 hours: 20 for `8pm`. From 24 on it is of the night after: 25 is 01:00 of the
    /// next day.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// The half of the day, where the text names it: with am or pm, or as `noon`.
    pub half: Option<HalfDay>,
    /// The offset from UTC, where the text names one.
    pub offset: Option<WrittenOffset>,
}

impl WrittenTime {
    /// The time of day, and whether it is of the day after: so it is from `24:00` to `29:59`.
    ///
    /// ```
    /// use lineup::clock_time::{ClockTime, read};
    ///
    /// assert_eq!(read("8.30pm")?.clock(), (ClockTime::parse("20:30")?, false));
    /// assert_eq!(read("25:30")?.clock(), (ClockTime::parse("01:30")?, true));
    /// # Ok::<_, lineup::clock_time::ClockTimeError>(())
    /// ```
    pub fn clock(self) -> (ClockTime, bool) {
        // The fallback is for fields that were set out of range.
        let time = ClockTime::new(self.hour % 24, self.minute).unwrap_or(ClockTime::MIDNIGHT);
        (time, self.hour >= 24)
    }

    /// The same time read as afternoon, if it says neither am nor pm: `8:30` is 20:30. Noon stays (`12:45`), and so
    /// do hours that no clock of twelve hours has (`0:30`, `13:00`).
    ///
    /// ```
    /// assert_eq!(lineup::clock_time::read("8:30")?.afternoon().hour, 20);
    /// assert_eq!(lineup::clock_time::read("8:30 am")?.afternoon().hour, 8);
    /// # Ok::<_, lineup::clock_time::ClockTimeError>(())
    /// ```
    #[must_use]
    pub fn afternoon(self) -> Self {
        match (self.half, self.hour) {
            (None, 1..=11) => Self { hour: self.hour + 12, ..self },
            _ => self,
        }
    }

    /// The same time on a clock of twelve hours, in this half; `None` if its hour is not on that clock or if it
    /// names a half already.
    pub(super) fn in_half(self, half: HalfDay) -> Option<Self> {
        match self.half {
            None if (1..=12).contains(&self.hour) => {
                half_day(self.hour, Some(half)).map(|hour| Self { hour, half: Some(half), ..self })
            }
            _ => None,
        }
    }

    /// Minutes after midnight of the day that the text means.
    pub(super) fn minutes(self) -> u16 {
        u16::from(self.hour) * 60 + u16::from(self.minute)
    }
}

/// The hour on a clock of 24 hours. Programs write `20:00 PM` and `00:30 AM`, which can mean one thing only.
pub(super) fn half_day(hour: u8, half: Option<HalfDay>) -> Option<u8> {
    match (half, hour) {
        (None, 0..=29) => Some(hour),
        (Some(HalfDay::Am), 0..=12) => Some(hour % 12),
        (Some(HalfDay::Pm), 1..=12) => Some(hour % 12 + 12),
        (Some(HalfDay::Pm), 13..=23) => Some(hour),
        _ => None,
    }
}
