//! The calendar: the days and stages over which queries fan out.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::item::Item;
use crate::key_map::{KeyHash, KeyMap};

/// The partition that lists every day.
pub const DAYS: &str = "days";

/// The partition that lists the stages of a day.
pub fn day_entry(date: Date) -> String {
    format!("day#{date}")
}

/// The partition that lists the days of a stage.
pub fn stage_entry(stage: &str) -> String {
    format!("stage#{stage}")
}

/// An item of the calendar. It has its two keys and no other attribute.
///
/// ```
/// use lineup_table::CalendarEntry;
///
/// let entries = CalendarEntry::of("Main Stage", lineup::date::parse("2025-07-12")?);
/// let keys = entries.each_ref().map(|entry| (entry.entry.as_str(), entry.value.as_str()));
/// assert_eq!(keys[0], ("day#2025-07-12", "Main Stage"));
/// assert_eq!(keys[1], ("stage#Main Stage", "2025-07-12"));
/// assert_eq!(keys[2], ("days", "2025-07-12"));
/// # Ok::<_, lineup::date::DateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CalendarEntry {
    /// The partition: [`DAYS`], [`day_entry`] or [`stage_entry`].
    pub entry: String,
    /// The sort key: a day, or a stage of the day.
    pub value: String,
}

impl CalendarEntry {
    /// The three entries for a `stage` that has performances on `date`.
    /// They are written before any row that needs them, so that a query which
    /// fans out over the calendar never misses a row.
    pub fn of(stage: &str, date: Date) -> [Self; 3] {
        [
            Self { entry: day_entry(date), value: stage.to_owned() },
            Self { entry: stage_entry(stage), value: date.to_string() },
            Self { entry: DAYS.to_owned(), value: date.to_string() },
        ]
    }
}

/// A stage on a day on which it has performances.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageDay {
    /// The day.
    pub date: Date,
    /// The stage.
    pub stage: String,
}

/// Finds the stage-days that a chunk has not had before. It keeps hashes of 128 bits of the keys
/// of `ByStageDay`: 21 bytes a place. A stage-day that is not new allocates nothing.
///
/// ```
/// use lineup::header::Columns;
/// use lineup::reading::Reading;
/// use lineup_table::{ItemReader, StageDays};
///
/// let columns = Columns::from_names(["Performer", "Stage", "Start", "End", "Date"])?;
/// let mut reader = ItemReader::new(&columns, &Reading::default());
/// let mut stage_days = StageDays::default();
/// for performer in ["Stormzy", "Megan Thee Stallion"] {
///     let record = [performer, "Pyramid Stage", "20:00", "21:30", "2022-06-24"];
///     stage_days.add(reader.read(record.map(str::as_bytes).into_iter())?.unwrap());
/// }
/// assert_eq!(stage_days.take_new().len(), 1);
/// assert!(stage_days.take_new().is_empty());
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct StageDays {
    seen: KeyMap<()>,
    new: Vec<StageDay>,
}

impl StageDays {
    /// Takes the stage-day of an item.
    pub fn add(&mut self, item: &Item) {
        if self.seen.insert(KeyHash::of((item.stage_day(), "")), ()) {
            let of = item.performance();
            self.new.push(StageDay { date: of.date, stage: of.stage.clone() });
        }
    }

    /// Takes the stage-days that are new since the last call.
    pub fn take_new(&mut self) -> Vec<StageDay> {
        std::mem::take(&mut self.new)
    }
}

/// The stage-days whose entries exist, for the days that were queried. It keeps hashes, as
/// [`StageDays`] does.
#[derive(Debug, Default)]
pub struct KnownDays {
    /// Whether each day has a stage.
    days: HashMap<Date, bool>,
    stage_days: KeyMap<()>,
}

impl KnownDays {
    /// Records that `stage` has its entries for `date`.
    pub fn learn_stage(&mut self, date: Date, stage: &str) {
        self.stage_days.insert(KeyHash::of((&crate::keys::stage_day(stage, date), "")), ());
    }

    /// Records that all stages of `date` were queried, and whether there are any.
    pub fn learn_day(&mut self, date: Date, has_stages: bool) {
        *self.days.entry(date).or_default() |= has_stages;
    }

    /// Whether the day was queried.
    pub fn knows_day(&self, date: Date) -> bool {
        self.days.contains_key(&date)
    }

    /// Whether the day has a stage. It is in the list of days then.
    pub fn has_stages(&self, date: Date) -> bool {
        self.days.get(&date).copied().unwrap_or_default()
    }

    /// Whether the stage-day has its entries.
    pub fn knows(&self, StageDay { date, stage }: &StageDay) -> bool {
        self.stage_days.get(KeyHash::of((&crate::keys::stage_day(stage, *date), ""))).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lineup::row::Performance;

    #[test]
    fn a_row_has_three_entries() {
        let entries = CalendarEntry::of("Main Stage", Date::constant(2025, 7, 12));
        let entries = entries.map(|entry| format!("{}/{}", entry.entry, entry.value));
        assert_eq!(entries, ["day#2025-07-12/Main Stage", "stage#Main Stage/2025-07-12", "days/2025-07-12"]);
    }

    #[test]
    fn a_day_is_known_when_it_was_asked_about_and_a_stage_day_when_it_was_found() {
        let (date, other) = (Date::constant(2025, 7, 12), Date::constant(2025, 7, 13));
        let on = |date, stage: &str| StageDay { date, stage: stage.into() };
        let mut known = KnownDays::default();
        known.learn_stage(date, "Main");
        assert_eq!((known.knows(&on(date, "Main")), known.knows_day(date)), (true, false));
        known.learn_day(date, true);
        known.learn_day(other, false);
        assert_eq!((known.has_stages(date), known.has_stages(other)), (true, false));
        assert_eq!((known.knows_day(date), known.knows_day(other)), (true, true));
        assert!(!known.knows(&on(other, "Main")) && !known.knows(&on(date, "Tent")));
    }

    #[test]
    fn a_stage_day_is_new_once() {
        let item = |stage: &str, day: i8| {
            let mut row = Performance::blank();
            (row.performer, row.stage, row.date) = ("P".into(), stage.into(), Date::constant(2025, 7, day));
            Item::new(row).unwrap()
        };
        let mut days = StageDays::default();
        let mut new = |rows: &[(&str, i8)]| {
            rows.iter().for_each(|(stage, day)| days.add(&item(stage, *day)));
            days.take_new()
                .into_iter()
                .map(|new| format!("{} {}", new.stage, new.date.day()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            new(&[("Main", 12), ("Tent", 12), ("Main", 12), ("Main", 13)]),
            ["Main 12", "Tent 12", "Main 13"]
        );
        assert_eq!(new(&[("Main", 12), ("Tent", 13)]), ["Tent 13"]);
    }
}
