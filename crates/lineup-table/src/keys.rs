//! The keys of a performance.
//!
//! ```
//! use lineup::clock_time::ClockTime;
//! use lineup_table::keys;
//!
//! let (date, start) = (lineup::date::parse("2025-07-12")?, ClockTime::parse("8pm")?);
//! let sort_key = keys::performance(date, start, "Main Stage");
//! assert_eq!(sort_key, "2025-07-12#20:00#Main Stage");
//! assert_eq!(keys::stage_day("Main Stage", date), "Main Stage#2025-07-12");
//! assert_eq!(keys::start_performer(start, "Stormzy"), "20:00#Stormzy");
//! assert!(keys::POPULARITY_SHARDS.contains(&keys::popularity_shard("Stormzy", &sort_key)));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

use jiff::civil::Date;
use lineup::clock_time::ClockTime;

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

/// As [`performance`], but overwrites `key`, so that an item reuses its buffers.
pub(crate) fn set_performance(key: &mut String, date: Date, start: ClockTime, stage: &str) {
    key.clear();
    lineup::date::push(key, date);
    key.push('#');
    key.push_str(start.as_str());
    key.push('#');
    key.push_str(stage);
}

/// Date, start and stage of a sort key that [`performance`] made; `None` for any other text.
///
/// ```
/// let (date, start, stage) = lineup_table::keys::split_performance("2025-07-12#20:00#Main #2").unwrap();
/// assert_eq!((date.to_string().as_str(), start.as_str(), stage), ("2025-07-12", "20:00", "Main #2"));
/// assert_eq!(lineup_table::keys::split_performance("2025-07-12#8 PM#Main"), None);
/// ```
pub fn split_performance(key: &str) -> Option<(Date, ClockTime, &str)> {
    let (date, rest) = key.split_at_checked("2025-07-12".len())?;
    let (time, rest) = rest.strip_prefix('#')?.split_at_checked("20:00".len())?;
    let start = ClockTime::parse(time).ok().filter(|start| start.as_str() == time)?;
    Some((lineup::date::parse(date).ok()?, start, rest.strip_prefix('#')?))
}

/// The partition key of `ByStageDay`. The date has a fixed length, so two stage-days
/// never have one key, even if a stage's name contains a `#`.
pub fn stage_day(stage: &str, date: Date) -> String {
    let mut key = String::new();
    set_stage_day(&mut key, stage, date);
    key
}

/// As [`stage_day`], but overwrites `key`.
pub(crate) fn set_stage_day(key: &mut String, stage: &str, date: Date) {
    key.clear();
    key.push_str(stage);
    key.push('#');
    lineup::date::push(key, date);
}

/// The sort key of `ByStageDay`: text order is time order.
pub fn start_performer(start: ClockTime, performer: &str) -> String {
    let mut key = String::new();
    set_start_performer(&mut key, start, performer);
    key
}

/// As [`start_performer`], but overwrites `key`.
pub(crate) fn set_start_performer(key: &mut String, start: ClockTime, performer: &str) {
    key.clear();
    key.push_str(start.as_str());
    key.push('#');
    key.push_str(performer);
}

/// The partition key of `ByPopularity` for the item with this key. It is the same on
/// every load, so that a row that is loaded twice has one entry in the index.
///
/// FNV-1a with 64 bits over the partition key, a zero byte and the sort key
/// (draft-eastlake-fnv), folded by XOR to 4 bits. This must never change: items of the table
/// would get another key.
pub fn popularity_shard(performer: &str, performance: &str) -> &'static str {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let bytes = performer.bytes().chain([0]).chain(performance.bytes());
    let hash = bytes.fold(OFFSET_BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    let folded = [32, 16, 8, 4].iter().fold(hash, |hash, bits| hash ^ (hash >> bits));
    POPULARITY_SHARDS[(folded & 0xf) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_as_documented() {
        let (date, start) = (lineup::date::parse("2025-07-12").unwrap(), "20:00".parse().unwrap());
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

        #[test]
        fn a_sort_key_can_be_split_again(
            (year, month, day) in (1i16..=9999, 1i8..=12, 1i8..=28), hour in 0u8..24, stage in "[a#é0-9:]{0,12}",
        ) {
            let (date, start) = (Date::new(year, month, day).unwrap(), ClockTime::new(hour, 5).unwrap());
            let key = performance(date, start, &stage);
            prop_assert_eq!(split_performance(&key), Some((date, start, stage.as_str())));
        }

        #[test]
        fn no_text_panics_that_is_split(text in "[0-9#:é-]{0,20}") {
            if let Some((date, start, stage)) = split_performance(&text) {
                prop_assert_eq!(performance(date, start, stage), text);
            }
        }
    }
}
