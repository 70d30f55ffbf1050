//! What a run keeps of a row.

use lineup::row::Performance;
use lineup_table::Item;
use serde::{Deserialize, Serialize};

use crate::value::value_hash;

/// The table's key of an item. Keys are ordered as DynamoDB's are, by bytes: first by performer, then by sort key, so
/// that the sets of a performer are neighbours, in the order of their dates and starts.
///
/// ```
/// use lineup_versions::ItemKey;
///
/// let early = ItemKey::new("Stormzy", "2025-07-12#20:00#Main Stage");
/// let late = ItemKey::new("Stormzy", "2025-07-13#00:30#Dance Tent");
/// assert!(early < late && late < ItemKey::new("Stormzy B", "2025-07-12#20:00#Main Stage"));
/// ```
#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemKey {
    /// The partition key, `Performer`.
    pub performer: String,
    /// The sort key, `Performance`: see [`lineup_table::keys::performance`].
    pub performance: String,
}

impl ItemKey {
    /// The key with these parts.
    pub fn new(performer: impl Into<String>, performance: impl Into<String>) -> Self {
        Self { performer: performer.into(), performance: performance.into() }
    }

    /// Overwrites it, and keeps its buffers.
    pub fn set(&mut self, performer: &str, performance: &str) {
        self.performer.clear();
        self.performer.push_str(performer);
        self.performance.clear();
        self.performance.push_str(performance);
    }

    /// The first eight bytes of the performer as a number, so that most comparisons take one instruction. It is
    /// ordered as performers are, but for equal numbers.
    pub(crate) fn prefix(performer: &str) -> u64 {
        let mut first = [0; 8];
        let bytes = performer.as_bytes();
        let length = bytes.len().min(first.len());
        first[..length].copy_from_slice(&bytes[..length]);
        u64::from_be_bytes(first)
    }
}

/// A row in a run: the key of its item, and what is needed to compare it with other rows of the key.
///
/// ```
/// use lineup_table::Item;
/// use lineup_versions::RunEntry;
///
/// let mut performance = lineup::row::Performance::blank();
/// performance.performer = "Stormzy".to_owned();
/// performance.stage = "Main Stage".to_owned();
/// performance.date = lineup::date::parse("2025-07-12")?;
/// (performance.start, performance.end) = ("23:00".parse()?, "00:30".parse()?);
/// let entry = RunEntry::of(&Item::new(performance)?, 4096);
/// assert_eq!(entry.key.performance, "2025-07-12#23:00#Main Stage");
/// assert_eq!((entry.offset, entry.minutes), (4096, 90));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct RunEntry {
    /// The key of the item.
    pub key: ItemKey,
    /// The byte of the text at which the record begins. Of the rows of a key the one with the highest offset stays.
    pub offset: u64,
    /// The [`value_hash`] of the item.
    pub value: u128,
    /// How long the set is, 1 to 1,440 minutes.
    pub minutes: u16,
}

impl RunEntry {
    /// The entry of `item`, whose record begins at the byte `offset` of the text.
    pub fn of(item: &Item, offset: u64) -> Self {
        let mut entry = Self::default();
        entry.set(item, offset);
        entry
    }

    /// As [`RunEntry::of`], but overwrites this one and keeps its buffers: no allocation for a row.
    pub fn set(&mut self, item: &Item, offset: u64) {
        let (performer, performance) = item.key();
        self.key.set(performer, performance);
        self.offset = offset;
        self.value = value_hash(item.attributes());
        self.minutes = minutes(item.performance());
    }

    /// Overwrites it with another one, and keeps its buffers.
    pub(crate) fn copy(&mut self, other: &Self) {
        self.key.set(&other.key.performer, &other.key.performance);
        self.offset = other.offset;
        self.value = other.value;
        self.minutes = other.minutes;
    }
}

/// How long a set is: an end at or before the start is on the next day.
fn minutes(performance: &Performance) -> u16 {
    const DAY: u16 = 24 * 60;
    let of_day = |time: lineup::clock_time::ClockTime| u16::from(time.hour()) * 60 + u16::from(time.minute());
    let (start, end) = (of_day(performance.start), of_day(performance.end));
    if end > start { end - start } else { DAY - start + end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_set_is_as_long_as_from_its_start_to_its_end() {
        let cases = [
            ("20:00", "21:30", 90),
            ("23:00", "00:30", 90),
            ("20:00", "20:00", 1440),
            ("00:00", "23:59", 1439),
        ];
        for (start, end, expected) in cases {
            let mut performance = Performance::blank();
            (performance.start, performance.end) = (start.parse().unwrap(), end.parse().unwrap());
            assert_eq!(minutes(&performance), expected, "{start} to {end}");
        }
    }

    proptest! {
        #[test]
        fn prefixes_are_ordered_as_performers_are(one in "[a-c\u{0}é]{0,10}", other in "[a-c\u{0}é]{0,10}") {
            match ItemKey::prefix(&one).cmp(&ItemKey::prefix(&other)) {
                std::cmp::Ordering::Equal => {}
                order => prop_assert_eq!(order, one.cmp(&other)),
            }
        }
    }
}
