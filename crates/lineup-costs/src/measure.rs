//! What the rows of a lineup cost to write and to keep.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use lineup_table::{CalendarEntry, Item};

/// What a file of a lineup is, as far as its cost depends on it.
///
/// ```
/// use lineup_costs::LineupMeasure;
/// use lineup_table::Item;
///
/// let item = Item::new(lineup::row::Performance {
///     performer: "Stormzy".into(),
///     stage: "Pyramid Stage".into(),
///     date: lineup::date::parse("2022-06-24")?,
///     start: "20:00".parse()?,
///     end: "21:30".parse()?,
///     popularity: None,
///     extras: Vec::new(),
/// })?;
/// let mut measure = LineupMeasure::default();
/// measure.add(&item);
/// measure.add(&item);
/// assert_eq!((measure.rows(), measure.write_units(), measure.calendar_entries()), (2, 4, 3));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct LineupMeasure {
    rows: u64,
    write_units: u64,
    item_bytes: u64,
    indexed: u64,
    stage_days: HashSet<u64>,
    days: HashSet<jiff::civil::Date>,
}

impl LineupMeasure {
    /// Takes the item of a row.
    pub fn add(&mut self, item: &Item) {
        self.rows += 1;
        self.write_units += item.write_units() as u64;
        self.item_bytes += item.bytes() as u64;
        self.indexed += item.indexes() as u64;
        let mut hasher = DefaultHasher::new();
        item.stage_day().hash(&mut hasher);
        self.stage_days.insert(hasher.finish());
        self.days.insert(item.performance().date);
    }

    /// Takes the rows of another part of the file.
    pub fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.write_units += other.write_units;
        self.item_bytes += other.item_bytes;
        self.indexed += other.indexed;
        self.stage_days.extend(other.stage_days);
        self.days.extend(other.days);
    }

    /// Rows that can be read.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Write units of the rows, without the calendar's.
    pub fn write_units(&self) -> u64 {
        self.write_units
    }

    /// Bytes of the items, once each.
    pub fn item_bytes(&self) -> u64 {
        self.item_bytes
    }

    /// How many entries the rows have in the indexes together.
    pub fn index_entries(&self) -> u64 {
        self.indexed
    }

    /// Stage-days.
    pub fn stage_days(&self) -> u64 {
        self.stage_days.len() as u64
    }

    /// Days.
    pub fn days(&self) -> u64 {
        self.days.len() as u64
    }

    /// Calendar entries, of a write unit each: of [`CalendarEntry::of`] two are of the stage-day, and one of the day.
    pub fn calendar_entries(&self) -> u64 {
        calendar_entries(self.stage_days(), self.days())
    }
}

/// The entries of so many stage-days on so many days.
pub(crate) fn calendar_entries(stage_days: u64, days: u64) -> u64 {
    let of_both = CalendarEntry::of("", jiff::civil::Date::constant(2025, 1, 1)).len() as u64;
    stage_days * (of_both - 1) + days
}
