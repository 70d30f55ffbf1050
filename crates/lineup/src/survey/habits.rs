//! How the rows of a file use times, stages and popularities: what warnings are made of.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::sighting::{Sighting, Sightings};
use crate::clock_time::ClockTime;
use crate::origin::Origin;
use crate::row::{Performance, WrittenEnd, WrittenTimes};
use crate::spelling;

/// The most stages, and nights of a stage, that are compared. Beyond them, a warning says so.
pub(super) const LIMIT: usize = 20_000;

/// A set longer than this is unusual.
const LONG_HOURS: i64 = 8;
/// A start from this hour on is in the night that began on its date.
const LATE: u8 = 22;
/// A start before this hour is in the night that began on the day before.
const EARLY: u8 = 6;
/// The first hour of the day that only 24-hour times reach.
const AFTERNOON: u8 = 13;
/// A start before this hour is rare, other than in the night.
const MORNING: u8 = 9;

/// How the rows of a chunk use times, stages and popularities.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Habits {
    /// Whether a time has am or pm.
    pub(super) has_half_days: bool,
    /// Whether a set starts from 13:00 on.
    pub(super) has_afternoons: bool,
    /// Sets that start before 09:00.
    pub(super) mornings: Sightings,
    /// Sets longer than 8 hours, but for those of a whole day.
    pub(super) long: Sightings,
    /// Sets whose end is their start.
    pub(super) without_length: Sightings,
    /// Popularities that cannot be read.
    pub(super) popularities: Sightings,
    /// The nights of each stage.
    pub(super) nights: BTreeMap<String, BTreeMap<Date, Night>>,
    /// The spellings of stages, each with its first row.
    pub(super) stages: BTreeMap<String, u64>,
    /// Whether there are more stages or stage-days than are compared.
    pub(super) is_cut: bool,
}

/// The night of a stage-day.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Night {
    /// Whether a set starts, or is still on, past 22:00.
    pub(super) is_late: bool,
    /// Sets that start before 06:00.
    pub(super) early: Sightings,
}

impl Habits {
    /// Adds a row.
    pub(super) fn add(&mut self, line: u64, written: &WrittenTimes<'_>, performance: &Performance) {
        let Performance { performer, start, end, .. } = performance;
        let shown = || format!("{performer} {start}-{end}");
        let end_half = match &written.end {
            WrittenEnd::At(moment) => moment.time.half,
            _ => None,
        };
        self.has_half_days |= written.start.time.half.or(end_half).is_some();
        self.has_afternoons |= start.hour() >= AFTERNOON;
        if start.hour() < MORNING {
            self.mornings.add(line, shown);
        }
        if start == end {
            self.without_length.add(line, shown);
        } else if minutes(*start, *end) > LONG_HOURS * 60 {
            self.long.add(line, shown);
        }
        if let Some(text) = &written.unread_popularity {
            self.popularities.add(line, || format!("{performer}: {text}"));
        }
        self.add_night(line, performance);
        self.add_stage(line, &performance.stage);
    }

    /// Adds the habits of other rows.
    pub(super) fn merge(&mut self, other: Self) {
        self.has_half_days |= other.has_half_days;
        self.has_afternoons |= other.has_afternoons;
        self.mornings.merge(other.mornings);
        self.long.merge(other.long);
        self.without_length.merge(other.without_length);
        self.popularities.merge(other.popularities);
        self.is_cut |= other.is_cut;
        for (stage, nights) in other.nights {
            let own = self.nights.entry(stage).or_default();
            for (date, night) in nights {
                let own = own.entry(date).or_default();
                own.is_late |= night.is_late;
                own.early.merge(night.early);
            }
        }
        for (stage, line) in other.stages {
            let first = self.stages.entry(stage).or_insert(line);
            *first = line.min(*first);
        }
        self.is_cut |= keep_limit(&mut self.nights) | keep_limit(&mut self.stages);
    }

    /// The starts before 06:00 that follow a late set of the same stage and date, while the day before has none.
    pub(super) fn misdated_nights(&self) -> Sightings {
        let mut found = Sightings::default();
        for nights in self.nights.values() {
            let is_late = |date: &Date| nights.get(date).is_some_and(|night| night.is_late);
            for (date, night) in nights {
                let follows_late = date.yesterday().is_ok_and(|yesterday| is_late(&yesterday));
                if night.is_late && night.early.count > 0 && !follows_late {
                    found.merge(night.early.clone());
                }
            }
        }
        found
    }

    fn add_night(&mut self, line: u64, performance: &Performance) {
        let Performance { stage, date, start, end, performer, .. } = performance;
        let is_early = start.hour() < EARLY;
        let is_late = start.hour() >= LATE || (!is_early && (end <= start || end.hour() >= LATE));
        if !is_early && !is_late {
            return;
        }
        let Some(nights) = entry(&mut self.nights, stage, &mut self.is_cut) else { return };
        if nights.len() >= LIMIT && !nights.contains_key(date) {
            self.is_cut = true;
            return;
        }
        let night = nights.entry(*date).or_default();
        night.is_late |= is_late;
        if is_early {
            night.early.add(line, || format!("{performer}, {stage}, {date} {start}"));
        }
    }

    fn add_stage(&mut self, line: u64, stage: &str) {
        let Some(first) = entry(&mut self.stages, stage, &mut self.is_cut) else { return };
        *first = if *first == 0 { line } else { line.min(*first) };
    }
}

/// The entry of `key`, or `None` where there are [`LIMIT`] others already.
fn entry<'m, V: Default>(
    map: &'m mut BTreeMap<String, V>,
    key: &str,
    is_cut: &mut bool,
) -> Option<&'m mut V> {
    if !map.contains_key(key) {
        if map.len() >= LIMIT {
            *is_cut = true;
            return None;
        }
        map.insert(key.to_owned(), V::default());
    }
    map.get_mut(key)
}

/// Removes the entries beyond [`LIMIT`], and says whether there were any.
fn keep_limit<V>(map: &mut BTreeMap<String, V>) -> bool {
    let is_over = map.len() > LIMIT;
    while map.len() > LIMIT {
        map.pop_last();
    }
    is_over
}

/// How long a set takes that ends within a day.
fn minutes(start: ClockTime, end: ClockTime) -> i64 {
    let minute = |time: ClockTime| i64::from(time.hour()) * 60 + i64::from(time.minute());
    (minute(end) - minute(start)).rem_euclid(24 * 60)
}

impl Habits {
    /// Stages that differ only in case, accents, punctuation or spaces: their spellings.
    pub(super) fn alike_stages(&self) -> Sightings {
        let mut groups: BTreeMap<String, Vec<(&String, u64)>> = BTreeMap::new();
        for (stage, line) in &self.stages {
            groups.entry(spelling::fold(stage)).or_default().push((stage, *line));
        }
        let mut found = Sightings::default();
        for spellings in groups.values().filter(|spellings| spellings.len() > 1) {
            let names: Vec<_> = spellings.iter().map(|(name, _)| format!("{name:?}")).collect();
            let line = spellings.iter().map(|(_, line)| *line).max().unwrap_or_default();
            found.add(line, || names.join(" and "));
        }
        found
    }

    /// The first sightings, each at its place in the file that was uploaded.
    pub(super) fn shown(sightings: &Sightings, origin: &Origin) -> Vec<String> {
        let shown = |Sighting { line, text }: &Sighting| format!("{}: {text}", origin.place(*line));
        sightings.first.iter().map(shown).collect()
    }
}
