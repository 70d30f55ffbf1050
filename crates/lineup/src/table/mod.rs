//! The tables: names, keys, and the item that a row is. `docs/data-model.md`
//! says why they are so.

mod calendar;
mod item;
mod parse;
mod puts;
mod reader;
mod size;

pub use calendar::{CalendarEntry, DAYS, KnownDays, StageDay, StageDays, day_entry, stage_entry};
pub use item::{Item, Value};
pub use parse::ItemError;
pub(crate) use puts::Put;
pub use puts::Puts;
pub use reader::ItemReader;
pub use size::{ITEM_BYTES, PARTITION_KEY_BYTES, SORT_KEY_BYTES, TooLarge, WRITE_UNIT_BYTES, number_bytes};

use jiff::civil::Date;

use crate::clock_time::ClockTime;

/// The table of performances, as the template names it without a stack.
pub const PERFORMANCES: &str = "Performances";
/// The table that says which stages a day has and which days a stage has.
pub const CALENDAR: &str = "Calendar";

/// The global secondary indexes of [`PERFORMANCES`].
pub mod index {
    /// [`super::attribute::STAGE_DAY`], sorted by [`super::attribute::START_PERFORMER`].
    pub const BY_STAGE_DAY: &str = "ByStageDay";
    /// [`super::attribute::POPULARITY_SHARD`], sorted by [`super::attribute::POPULARITY`];
    /// only rows that have a popularity.
    pub const BY_POPULARITY: &str = "ByPopularity";
}

/// The attributes.
pub mod attribute {
    use crate::header::KnownColumn;

    /// Partition key of the table.
    pub const PERFORMER: &str = KnownColumn::Performer.name();
    /// Sort key of the table: `2025-07-12#20:00#Main Stage`.
    pub const PERFORMANCE: &str = "Performance";
    /// The stage.
    pub const STAGE: &str = KnownColumn::Stage.name();
    /// The day on which it starts, `2025-07-12`.
    pub const DATE: &str = KnownColumn::Date.name();
    /// `20:00`.
    pub const START: &str = KnownColumn::Start.name();
    /// `21:30`.
    pub const END: &str = KnownColumn::End.name();
    /// Partition key of `ByStageDay`: `Main Stage#2025-07-12`.
    pub const STAGE_DAY: &str = "StageDay";
    /// Sort key of `ByStageDay`: `20:00#Megan Thee Stallion`.
    pub const START_PERFORMER: &str = "StartPerformer";
    /// Partition key of `ByPopularity`: `POP#0` to `POP#15`.
    pub const POPULARITY_SHARD: &str = "PopularityShard";
    /// Sort key of `ByPopularity`, a number from 1 to 100.
    pub const POPULARITY: &str = KnownColumn::Popularity.name();
    /// Partition key of the calendar: `day#2025-07-12`, `stage#Main Stage` or `days`.
    pub const ENTRY: &str = "Entry";
    /// Sort key of the calendar.
    pub const VALUE: &str = "Value";

    /// The attributes that are computed from the others.
    pub const COMPUTED: [&str; 4] = [PERFORMANCE, STAGE_DAY, START_PERFORMER, POPULARITY_SHARD];
}

/// The partition keys of `ByPopularity`. Sixteen partitions take 16,000 write
/// units a second together; one would take 1,000.
pub const POPULARITY_SHARDS: [&str; 16] = [
    "POP#0", "POP#1", "POP#2", "POP#3", "POP#4", "POP#5", "POP#6", "POP#7", "POP#8", "POP#9", "POP#10",
    "POP#11", "POP#12", "POP#13", "POP#14", "POP#15",
];

/// The sort key of the table. Date and time have a fixed length, so no two
/// performances of one performer have the same key unless all three are equal.
pub fn performance(date: Date, start: ClockTime, stage: &str) -> String {
    let mut key = String::new();
    set_performance(&mut key, date, start, stage);
    key
}

/// As [`performance`], in place of what was in `key`; [`item`] keeps its buffers.
fn set_performance(key: &mut String, date: Date, start: ClockTime, stage: &str) {
    key.clear();
    crate::date::push(key, date);
    key.push('#');
    key.push_str(start.as_str());
    key.push('#');
    key.push_str(stage);
}

/// The partition key of `ByStageDay`. The date has a fixed length, so a `#` in
/// the stage's name makes no two stage-days one.
pub fn stage_day(stage: &str, date: Date) -> String {
    let mut key = String::new();
    set_stage_day(&mut key, stage, date);
    key
}

/// As [`stage_day`], in place of what was in `key`.
fn set_stage_day(key: &mut String, stage: &str, date: Date) {
    key.clear();
    key.push_str(stage);
    key.push('#');
    crate::date::push(key, date);
}

/// The sort key of `ByStageDay`: text order is time order.
pub fn start_performer(start: ClockTime, performer: &str) -> String {
    let mut key = String::new();
    set_start_performer(&mut key, start, performer);
    key
}

/// As [`start_performer`], in place of what was in `key`.
fn set_start_performer(key: &mut String, start: ClockTime, performer: &str) {
    key.clear();
    key.push_str(start.as_str());
    key.push('#');
    key.push_str(performer);
}

/// The partition key of `ByPopularity` for the item with this key: the same on
/// every load, so that a row loaded twice stays one entry of the index.
///
/// FNV-1a with 64 bits over the partition key, a zero byte and the sort key
/// (draft-eastlake-fnv; never to change, as items would move), folded by XOR to 4 bits.
pub fn popularity_shard(performer: &str, performance: &str) -> &'static str {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let bytes = performer.bytes().chain([0]).chain(performance.bytes());
    let hash = bytes.fold(OFFSET_BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    let folded = [32, 16, 8, 4].iter().fold(hash, |hash, bits| hash ^ (hash >> bits));
    POPULARITY_SHARDS[(folded & 0xf) as usize]
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_extra_column_is_kept_under_the_name_of_a_computed_attribute() {
        assert_eq!(attribute::COMPUTED, crate::header::COMPUTED_NAMES);
    }

    #[test]
    fn keys_are_as_documented() {
        let (date, start) = (crate::date::parse("2025-07-12").unwrap(), "20:00".parse().unwrap());
        assert_eq!(performance(date, start, "Main Stage"), "2025-07-12#20:00#Main Stage");
        assert_eq!(stage_day("Main Stage", date), "Main Stage#2025-07-12");
        assert_eq!(start_performer(start, "Megan Thee Stallion"), "20:00#Megan Thee Stallion");
    }

    /// Were it to change, a row loaded again would move to another shard.
    #[test]
    fn the_shard_of_a_key_never_changes() {
        assert_eq!(popularity_shard("Megan Thee Stallion", "2025-07-12#20:00#Main Stage"), "POP#2");
    }

    #[test]
    fn shards_share_a_lineup_evenly() {
        let mut rows = std::collections::HashMap::<&str, u32>::new();
        for act in 0..200 {
            for day in 10..30 {
                let key = format!("2025-07-{day}#{:02}:00#Stage {}", act % 24, act % 7);
                *rows.entry(popularity_shard(&format!("Act {act}"), &key)).or_default() += 1;
            }
        }
        assert_eq!(rows.len(), POPULARITY_SHARDS.len());
        // 4,000 rows over 16 shards: 250 each, give or take five standard deviations.
        assert!(rows.values().all(|count| (172..=328).contains(count)), "{rows:?}");
    }

    proptest! {
        #[test]
        fn different_rows_have_different_keys(
            a in ("[a#]{1,3}", 1i8..=28, 0u8..24), b in ("[a#]{1,3}", 1i8..=28, 0u8..24),
        ) {
            let key = |(stage, day, hour): &(String, i8, u8)| {
                let (date, start) = (Date::new(2025, 7, *day).unwrap(), ClockTime::new(*hour, 0).unwrap());
                (performance(date, start, stage), (stage_day(stage, date), start_performer(start, stage)))
            };
            let (one, other) = (key(&a), key(&b));
            prop_assert_eq!(one.0 == other.0, a == b);
            prop_assert_eq!(one.1 == other.1, a == b);
        }
    }
}
