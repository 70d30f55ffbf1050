//! Sets as iCalendar (RFC 5545).
//!
//! Times are floating (section 3.3.5, form 1): `20:00` is 20:00 on the clock of whoever looks, as it is printed on
//! the site. A lineup has no time zone. Columns that lineup does not read are left out: a calendar is given
//! to everyone, and such a column may have a fee or a telephone number.

use std::fmt::Write;
use std::iter::once;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::day::FestivalSet;

/// The most octets of a line, without its line break (section 3.1).
const LINE_OCTETS: usize = 75;

/// What every event of a calendar says of its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventStamp {
    /// When the lineup was last changed, UTC: DTSTAMP (section 3.8.7.2).
    pub at: DateTime,
    /// A number that grows with every change of the lineup: SEQUENCE (section 3.8.7.4).
    pub sequence: u32,
}

impl EventStamp {
    /// The stamp of a lineup that was last changed at this moment, UTC. The sequence is the minute, counted from
    /// 2020: it grows with every later change.
    ///
    /// ```
    /// use lineup_timetable::icalendar::EventStamp;
    ///
    /// let stamp = EventStamp::at("2020-01-01T02:00:59".parse()?);
    /// assert_eq!(stamp.sequence, 120);
    /// # Ok::<_, jiff::Error>(())
    /// ```
    pub fn at(at: DateTime) -> Self {
        let since = at.duration_since(DateTime::constant(2020, 1, 1, 0, 0, 0, 0));
        Self { at, sequence: u32::try_from(since.as_secs() / 60).unwrap_or_default() }
    }

    /// DTSTAMP: `20250712T090000Z`.
    pub fn text(self) -> String {
        format!("{}Z", local(self.at))
    }
}

/// A calendar of these sets. RFC 5545 wants at least one.
///
/// ```
/// use lineup::row::Performance;
/// use lineup_timetable::festival_days;
/// use lineup_timetable::icalendar::{EventStamp, calendar};
///
/// let set = Performance { performer: "Tyler, the Creator".to_owned(), ..Performance::blank() };
/// let days = festival_days("festival", [&set], "06:00".parse()?);
/// let text = calendar("Main Stage", &days[0].sets, EventStamp::at("2025-07-01T00:00".parse()?));
/// assert!(text.contains("\r\nSUMMARY:Tyler\\, the Creator\r\n"));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub fn calendar<'p>(
    name: &str,
    sets: impl IntoIterator<Item = &'p FestivalSet<'p>>,
    stamp: EventStamp,
) -> String {
    calendar_in(name, sets, stamp, None)
}

/// The same with the times of a zone's clock in UTC (section 3.3.5, form 2), so that a calendar far away shows the moment at which a set
/// starts. A time that the clock shows twice is the first of them; one that it leaves out is an hour later.
pub fn calendar_in<'p>(
    name: &str,
    sets: impl IntoIterator<Item = &'p FestivalSet<'p>>,
    stamp: EventStamp,
    zone: Option<&TimeZone>,
) -> String {
    let events = sets.into_iter().map(|set| calendar_event(set, stamp, zone));
    once(calendar_head(name)).chain(events).chain(once(calendar_end())).collect()
}

/// What a calendar begins with. It, [`calendar_event`] and [`calendar_end`] are for calendars that are too large to be held in memory.
pub fn calendar_head(name: &str) -> String {
    let mut head = String::new();
    for fixed in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//lineup//timetable//EN", "CALSCALE:GREGORIAN"] {
        line(&mut head, fixed);
    }
    // The name has a property of its own since RFC 7986; programs of before read the other.
    line(&mut head, &format!("NAME:{}", escaped(name)));
    line(&mut head, &format!("X-WR-CALNAME:{}", escaped(name)));
    head
}

/// A set as an event of a calendar, with times as in [`calendar_in`].
pub fn calendar_event(set: &FestivalSet, stamp: EventStamp, zone: Option<&TimeZone>) -> String {
    let mut text = String::new();
    event(&mut text, set, stamp, zone);
    text
}

/// What a calendar ends with.
pub fn calendar_end() -> String {
    let mut end = String::new();
    line(&mut end, "END:VCALENDAR");
    end
}

fn event(text: &mut String, set: &FestivalSet, stamp: EventStamp, zone: Option<&TimeZone>) {
    let performance = set.performance;
    line(text, "BEGIN:VEVENT");
    line(text, &format!("UID:{}", set.key.uid()));
    line(text, &format!("DTSTAMP:{}", stamp.text()));
    line(text, &format!("SEQUENCE:{}", stamp.sequence));
    line(text, &format!("DTSTART:{}", time(performance.start_moment(), zone)));
    line(text, &format!("DTEND:{}", time(performance.end_moment(), zone)));
    line(text, &format!("SUMMARY:{}", escaped(&performance.performer)));
    line(text, &format!("LOCATION:{}", escaped(&performance.stage)));
    line(text, "END:VEVENT");
}

/// A time as it is written: of no zone, or in UTC. One that is near the end of the calendar has no moment, and stays without a zone.
fn time(at: DateTime, zone: Option<&TimeZone>) -> String {
    match zone.map(|zone| zone.to_timestamp(at)) {
        Some(Ok(moment)) => format!("{}Z", local(TimeZone::UTC.to_datetime(moment))),
        _ => local(at),
    }
}

/// `20250712T200000`.
fn local(at: DateTime) -> String {
    let (year, month, day) = (at.year(), at.month(), at.day());
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}", at.hour(), at.minute(), at.second())
}

/// TEXT (section 3.3.11). It has no control characters but tab and the line break that `\n` stands for.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push(character),
            _ if character.is_control() => {}
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Adds a line, folded between characters where it is longer than 75 octets (section 3.1).
fn line(text: &mut String, line: &str) {
    let mut room = LINE_OCTETS;
    for character in line.chars() {
        if character.len_utf8() > room {
            text.push_str("\r\n ");
            // The space counts.
            room = LINE_OCTETS - 1;
        }
        text.push(character);
        room -= character.len_utf8();
    }
    // Writing into a String does not fail.
    let _ = text.write_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day::festival_days;
    use lineup::row::Performance;
    use proptest::prelude::*;

    /// What a reader makes of a folded text: each line whole.
    fn unfolded(text: &str) -> Vec<String> {
        text.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
    }

    /// The value of TEXT as a reader has it.
    fn unescaped(text: &str) -> String {
        let mut read = String::new();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => read.extend(letters.next().map(|letter| if letter == 'n' { '\n' } else { letter })),
                _ => read.push(letter),
            }
        }
        read
    }

    fn night() -> Performance {
        Performance {
            performer: "Sigur Rós".to_owned(),
            stage: "Tent; left".to_owned(),
            date: lineup::date::parse("2025-07-12").unwrap(),
            start: "23:30".parse().unwrap(),
            end: "01:00".parse().unwrap(),
            ..Performance::blank()
        }
    }

    fn written(set: &Performance) -> String {
        let days = festival_days("festival", [set], "06:00".parse().unwrap());
        calendar("Festival", &days[0].sets, EventStamp::at("2025-07-01T10:00:07".parse().unwrap()))
    }

    #[test]
    fn an_event_says_who_where_and_when() {
        let text = written(&night());
        let lines: Vec<_> = text.split("\r\n").filter(|line| !line.starts_with("UID")).collect();
        assert_eq!(
            lines,
            [
                "BEGIN:VCALENDAR",
                "VERSION:2.0",
                "PRODID:-//lineup//timetable//EN",
                "CALSCALE:GREGORIAN",
                "NAME:Festival",
                "X-WR-CALNAME:Festival",
                "BEGIN:VEVENT",
                "DTSTAMP:20250701T100007Z",
                "SEQUENCE:2892120",
                "DTSTART:20250712T233000",
                "DTEND:20250713T010000",
                "SUMMARY:Sigur Rós",
                "LOCATION:Tent\\; left",
                "END:VEVENT",
                "END:VCALENDAR",
                "",
            ]
        );
    }

    #[test]
    fn times_are_those_of_the_zone_of_the_festival_on_either_side_of_a_change() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let cases = [
            ("2025-07-12", "23:30", "20250712T213000Z"),
            ("2025-12-12", "23:30", "20251212T223000Z"),
            // Left out, and twice: 02:30 on the nights of the changes.
            ("2025-03-30", "02:30", "20250330T013000Z"),
            ("2025-10-26", "02:30", "20251026T003000Z"),
        ];
        for (date, start, expected) in cases {
            let set = Performance {
                date: lineup::date::parse(date).unwrap(),
                start: start.parse().unwrap(),
                ..night()
            };
            let days = festival_days("festival", [&set], "06:00".parse().unwrap());
            let stamp = EventStamp::at("2025-07-01T10:00:07".parse().unwrap());
            let text = calendar_in("Festival", &days[0].sets, stamp, Some(&zone));
            assert!(text.contains(&format!("\r\nDTSTART:{expected}\r\n")), "{date} {start}: {text}");
        }
    }

    #[test]
    fn a_name_cannot_add_a_line_of_its_own() {
        let set = Performance { performer: "A\r\nEND:VEVENT\r\nATTACH:x".to_owned(), ..night() };
        let lines = unfolded(&written(&set));
        assert!(lines.contains(&"SUMMARY:A\\nEND:VEVENT\\nATTACH:x".to_owned()), "{lines:?}");
    }

    proptest! {
        #[test]
        fn every_name_reads_back_from_lines_of_75_octets(name in "(\\PC|[\\\\;,\n]){0,120}") {
            let text = written(&Performance { performer: name.clone(), ..night() });
            prop_assert!(text.split("\r\n").all(|line| line.len() <= LINE_OCTETS));
            prop_assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
            let lines = unfolded(&text);
            let summary = lines.iter().find_map(|line| line.strip_prefix("SUMMARY:")).unwrap();
            prop_assert_eq!(unescaped(summary), name);
        }
    }
}
