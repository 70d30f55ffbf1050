//! Festival days: which sets belong to one, and the key of each.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use jiff::civil::Date;
use lineup::clock_time::ClockTime;
use lineup::row::Performance;

use crate::base32;

/// Minutes of a day.
const DAY: u32 = 24 * 60;

/// What a set is known by: made of the lineup, the performer, the festival day, and which of the performer's
/// sets of that day it is. So a set whose time or stage is corrected keeps its key. 16 letters of base 32.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey(String);

impl EventKey {
    /// The key of the `nth` set, from 1, of a performer on a festival day.
    pub fn new(lineup: &str, performer: &str, day: Date, nth: usize) -> Self {
        Self(base32::hash(&[lineup, performer, &day.to_string(), &nth.to_string()]))
    }

    /// The letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The UID of the event in a calendar (RFC 5545, section 3.8.4.7).
    pub fn uid(&self) -> String {
        format!("{}@lineup", self.0)
    }
}

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A performance on its festival day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FestivalSet<'p> {
    /// What the table or the file says of it.
    pub performance: &'p Performance,
    /// What it is known by.
    pub key: EventKey,
    /// When it starts, in minutes since the midnight at which the day of the festival day began.
    pub start: u32,
    /// When it ends, counted as `start`: after it, by at most 24 hours.
    pub end: u32,
}

/// The sets that start within 24 hours, from the time at which festival days start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FestivalDay<'p> {
    /// The day on which it starts.
    pub date: Date,
    /// Its sets: by start, then by stage, end and performer.
    pub sets: Vec<FestivalSet<'p>>,
}

/// Sorts performances into festival days, in order. `lineup` names the lineup in the keys of the sets.
///
/// ```
/// use lineup::row::Performance;
/// use lineup_timetable::festival_days;
///
/// let set = |date: &str, start: &str, end: &str| Performance {
///     performer: "Honey Dijon".to_owned(),
///     date: lineup::date::parse(date).unwrap(),
///     start: start.parse().unwrap(),
///     end: end.parse().unwrap(),
///     ..Performance::blank()
/// };
/// let sets = [set("2025-07-13", "01:00", "02:30"), set("2025-07-12", "23:30", "01:00")];
/// let days = festival_days("festival", &sets, "06:00".parse()?);
/// assert_eq!(days.len(), 1, "the night belongs to the day before");
/// let minutes: Vec<_> = days[0].sets.iter().map(|set| (set.start / 60, set.end / 60)).collect();
/// assert_eq!(minutes, [(23, 25), (25, 26)]);
/// # Ok::<_, lineup::clock_time::ClockTimeError>(())
/// ```
pub fn festival_days<'p>(
    lineup: &str,
    performances: impl IntoIterator<Item = &'p Performance>,
    day_starts: ClockTime,
) -> Vec<FestivalDay<'p>> {
    let mut days: BTreeMap<Date, Vec<&Performance>> = BTreeMap::new();
    for performance in performances {
        days.entry(performance.festival_day(day_starts)).or_default().push(performance);
    }
    days.into_iter().map(|(date, performances)| FestivalDay::new(lineup, date, performances)).collect()
}

impl<'p> FestivalDay<'p> {
    fn new(lineup: &str, date: Date, mut performances: Vec<&'p Performance>) -> Self {
        performances.sort_by_key(|set| {
            (set.start_moment(), set.stage.as_str(), set.end_moment(), set.performer.as_str())
        });
        let mut counts: HashMap<&str, usize> = HashMap::new();
        let sets = performances.into_iter().map(|performance| {
            let nth = counts.entry(&performance.performer).or_default();
            *nth += 1;
            let key = EventKey::new(lineup, &performance.performer, date, *nth);
            let (start, end) = minutes(date, performance);
            FestivalSet { performance, key, start, end }
        });
        Self { date, sets: sets.collect() }
    }
}

/// Start and end in minutes since the beginning of `day`.
fn minutes(day: Date, performance: &Performance) -> (u32, u32) {
    let of = |time: ClockTime| u32::from(time.hour()) * 60 + u32::from(time.minute());
    let (start, end) = (of(performance.start), of(performance.end));
    let length = if end > start { end - start } else { end + DAY - start };
    let start = if performance.date > day { start + DAY } else { start };
    (start, start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(performer: &str, date: &str, start: &str, end: &str) -> Performance {
        Performance {
            performer: performer.to_owned(),
            stage: "Tent".to_owned(),
            date: lineup::date::parse(date).unwrap(),
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
            ..Performance::blank()
        }
    }

    fn of(sets: &[Performance]) -> Vec<FestivalDay<'_>> {
        festival_days("festival", sets, "06:00".parse().unwrap())
    }

    #[test]
    fn a_set_belongs_to_the_festival_day_on_which_its_night_began() {
        let cases = [
            ("2025-07-12", "06:00", "07:00", "2025-07-12", 360, 420),
            ("2025-07-12", "05:59", "07:00", "2025-07-11", 1799, 1860),
            ("2025-07-12", "00:00", "00:00", "2025-07-11", 1440, 2880),
            ("2025-07-12", "23:00", "01:00", "2025-07-12", 1380, 1500),
            ("2025-03-01", "02:00", "03:00", "2025-02-28", 1560, 1620),
        ];
        for (date, start, end, day, from, to) in cases {
            let sets = [set("A", date, start, end)];
            let days = of(&sets);
            let found = (days[0].date.to_string(), days[0].sets[0].start, days[0].sets[0].end);
            assert_eq!(found, (day.to_owned(), from, to), "{date} {start}");
        }
    }

    #[test]
    fn a_set_keeps_its_key_when_its_time_end_or_stage_is_corrected() {
        let key = |sets: &[Performance], at: usize| of(sets)[0].sets[at].key.clone();
        let before = [set("A", "2025-07-12", "20:00", "21:00"), set("B", "2025-07-12", "20:30", "21:00")];
        let mut moved = set("A", "2025-07-12", "22:00", "23:30");
        moved.stage = "Other".to_owned();
        let after = [before[1].clone(), moved];
        assert_eq!(key(&before, 0), key(&after, 1));
        // Its night set, too: the festival day is the same.
        assert_eq!(key(&before, 0), key(&[set("A", "2025-07-13", "01:00", "02:00")], 0));
    }

    #[test]
    fn two_sets_of_a_performer_have_two_keys() {
        let sets = [
            set("A", "2025-07-12", "20:00", "21:00"),
            set("A", "2025-07-12", "20:00", "21:00"),
            set("A", "2025-07-13", "20:00", "21:00"),
        ];
        let days = of(&sets);
        let keys: std::collections::BTreeSet<_> =
            days.iter().flat_map(|day| &day.sets).map(|set| set.key.uid()).collect();
        assert_eq!(keys.len(), 3);
    }
}
