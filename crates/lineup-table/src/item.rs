//! The item of a performance.

use crate::keys;
use crate::names::attribute;
use crate::size::{
    ITEM_BYTES, PARTITION_KEY_BYTES, SORT_KEY_BYTES, TooLarge, WRITE_UNIT_BYTES, number_bytes,
};
use lineup::header::OF_FILE;
use lineup::row::Performance;

/// The value of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'i> {
    /// A string.
    S(&'i str),
    /// A number. Popularity is the only one, so a byte holds it.
    N(u8),
}

impl Value<'_> {
    /// Its size without its name.
    pub fn bytes(self) -> usize {
        match self {
            Self::S(text) => text.len(),
            Self::N(number) => number_bytes(u64::from(number)),
        }
    }
}

/// A performance with its keys. It fits into the table.
///
/// ```
/// use lineup_table::Item;
///
/// let item = Item::new(lineup::row::Performance {
///     performer: "Stormzy".into(),
///     stage: "Pyramid Stage".into(),
///     date: lineup::date::parse("2022-06-24")?,
///     start: "20:00".parse()?,
///     end: "21:30".parse()?,
///     popularity: Some(90),
///     extras: Vec::new(),
/// })?;
/// assert_eq!(item.key(), ("Stormzy", "2022-06-24#20:00#Pyramid Stage"));
/// assert_eq!((item.indexes(), item.write_units()), (2, 3));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    performance: Performance,
    sort_key: String,
    stage_day: String,
    start_performer: String,
    popularity_shard: Option<&'static str>,
}

impl Item {
    /// The item of `performance`.
    ///
    /// # Errors
    /// If a key or the whole item is larger than DynamoDB takes.
    pub fn new(performance: Performance) -> Result<Self, TooLarge> {
        let mut item = Self { performance, ..Self::blank() };
        item.set_keys();
        item.check_size()?;
        Ok(item)
    }

    /// Takes `performance`, and leaves it the buffers of the performance before: a row needs no allocation.
    ///
    /// # Errors
    /// If a key or the whole item is larger than DynamoDB takes.
    pub fn take(&mut self, performance: &mut Performance) -> Result<(), TooLarge> {
        std::mem::swap(&mut self.performance, performance);
        self.set_keys();
        self.drop_repeated_attributes();
        self.check_size()
    }

    /// An empty item, as buffers for [`Item::take`] and [`ItemReader`](crate::ItemReader).
    pub fn blank() -> Self {
        Self {
            performance: Performance::blank(),
            sort_key: String::new(),
            stage_day: String::new(),
            start_performer: String::new(),
            popularity_shard: None,
        }
    }

    /// For overwriting the performance. The keys are wrong until [`Item::set_keys`] is called.
    pub(crate) fn performance_mut(&mut self) -> &mut Performance {
        &mut self.performance
    }

    /// Computes the keys of the performance, and reuses the buffers of the keys before.
    pub(crate) fn set_keys(&mut self) {
        let of = &self.performance;
        keys::set_performance(&mut self.sort_key, of.date, of.start, &of.stage);
        keys::set_stage_day(&mut self.stage_day, &of.stage, of.date);
        keys::set_start_performer(&mut self.start_performer, of.start, &of.performer);
        let shard = |_| keys::popularity_shard(&of.performer, &self.sort_key);
        self.popularity_shard = of.popularity.map(shard);
    }

    /// Drops extra columns that repeat a computed attribute of this item, as files that `lineup export` wrote
    /// have them. A column with another value is kept, as `Performance (file)`.
    pub(crate) fn drop_repeated_attributes(&mut self) {
        let computed = [
            (attribute::PERFORMANCE, self.sort_key.as_str()),
            (attribute::STAGE_DAY, &self.stage_day),
            (attribute::START_PERFORMER, &self.start_performer),
            (attribute::POPULARITY_SHARD, self.popularity_shard.unwrap_or_default()),
        ];
        self.performance.extras.retain(|(name, text)| {
            let repeats = |(attribute, value): &(&str, &str)| is_of_file(name, attribute) && text == value;
            !computed.iter().any(repeats)
        });
    }

    /// The performance.
    pub fn performance(&self) -> &Performance {
        &self.performance
    }

    /// The table's key: `Performer` and `Performance`.
    pub fn key(&self) -> (&str, &str) {
        (&self.performance.performer, &self.sort_key)
    }

    /// The partition key of `ByStageDay`.
    pub fn stage_day(&self) -> &str {
        &self.stage_day
    }

    /// The keys that a row can make too long, with their attributes and the longest that DynamoDB takes.
    fn keys(&self) -> [(&'static str, &str, usize); 4] {
        [
            (attribute::PERFORMER, &self.performance.performer, PARTITION_KEY_BYTES),
            (attribute::PERFORMANCE, &self.sort_key, SORT_KEY_BYTES),
            (attribute::STAGE_DAY, &self.stage_day, PARTITION_KEY_BYTES),
            (attribute::START_PERFORMER, &self.start_performer, SORT_KEY_BYTES),
        ]
    }

    /// Every attribute, in this order: Performer, Performance, Stage, Date,
    /// Start, End, StageDay, StartPerformer, with a popularity PopularityShard
    /// and Popularity, then the extra columns.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        let of = &self.performance;
        // The sort key begins with the date as text.
        let date = self.sort_key.split('#').next().unwrap_or_default();
        let required = [
            (attribute::PERFORMER, Value::S(&of.performer)),
            (attribute::PERFORMANCE, Value::S(&self.sort_key)),
            (attribute::STAGE, Value::S(&of.stage)),
            (attribute::DATE, Value::S(date)),
            (attribute::START, Value::S(of.start.as_str())),
            (attribute::END, Value::S(of.end.as_str())),
            (attribute::STAGE_DAY, Value::S(&self.stage_day)),
            (attribute::START_PERFORMER, Value::S(&self.start_performer)),
        ];
        let shard = self.popularity_shard.map(|shard| (attribute::POPULARITY_SHARD, Value::S(shard)));
        let popularity = of.popularity.map(|number| (attribute::POPULARITY, Value::N(number)));
        let extras = of.extras.iter().map(|(name, text)| (&**name, Value::S(text)));
        required.into_iter().chain(shard).chain(popularity).chain(extras)
    }

    /// Its size in bytes: of names and values, with the attribute `Lineup` that `load` adds.
    pub fn bytes(&self) -> usize {
        let own: usize = self.attributes().map(|(name, value)| name.len() + value.bytes()).sum();
        own + attribute::LINEUP.len() + attribute::LINEUP_BYTES
    }

    /// How many indexes have it: one, or two if it has a popularity.
    pub fn indexes(&self) -> usize {
        1 + usize::from(self.performance().popularity.is_some())
    }

    /// The write units that writing it consumes if no item has its key yet: its size in KB,
    /// rounded up, for the table and again for each index, because every index
    /// holds all attributes (developer guide, "Write operations consumption"
    /// and "Provisioned throughput considerations for Global Secondary Indexes").
    pub fn write_units(&self) -> usize {
        self.bytes().div_ceil(WRITE_UNIT_BYTES) * (1 + self.indexes())
    }

    /// Checks the limits of DynamoDB. They hold for the keys of indexes as for those of the table: one
    /// that is too long makes DynamoDB refuse the whole write.
    pub(crate) fn check_size(&self) -> Result<(), TooLarge> {
        for (attribute, key, limit) in self.keys() {
            if key.len() > limit {
                return Err(TooLarge::Key { attribute, bytes: key.len(), limit });
            }
        }
        let bytes = self.bytes();
        if bytes > ITEM_BYTES { Err(TooLarge::Item { bytes, limit: ITEM_BYTES }) } else { Ok(()) }
    }
}

/// Whether `name` is the name under which a file's column `attribute` is kept, see
/// [`COMPUTED_NAMES`](lineup::header::COMPUTED_NAMES).
fn is_of_file(name: &str, attribute: &str) -> bool {
    name.strip_prefix(attribute) == Some(OF_FILE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ITEM_BYTES, ItemError};
    use lineup::header::KnownColumn;
    use proptest::prelude::*;

    fn performance() -> Performance {
        Performance {
            performer: "Megan Thee Stallion".into(),
            stage: "Main Stage".into(),
            date: lineup::date::parse("2025-07-12").unwrap(),
            start: "20:00".parse().unwrap(),
            end: "21:30".parse().unwrap(),
            popularity: Some(95),
            extras: vec![("Genre".into(), "rap".into())],
        }
    }

    #[test]
    fn attributes_come_in_the_documented_order() {
        let item = Item::new(performance()).unwrap();
        let shard = keys::popularity_shard("Megan Thee Stallion", "2025-07-12#20:00#Main Stage");
        let expected = [
            ("Performer", Value::S("Megan Thee Stallion")),
            ("Performance", Value::S("2025-07-12#20:00#Main Stage")),
            ("Stage", Value::S("Main Stage")),
            ("Date", Value::S("2025-07-12")),
            ("Start", Value::S("20:00")),
            ("End", Value::S("21:30")),
            ("StageDay", Value::S("Main Stage#2025-07-12")),
            ("StartPerformer", Value::S("20:00#Megan Thee Stallion")),
            ("PopularityShard", Value::S(shard)),
            ("Popularity", Value::N(95)),
            ("Genre", Value::S("rap")),
        ];
        assert_eq!(item.attributes().collect::<Vec<_>>(), expected);
        assert_eq!(item.key(), ("Megan Thee Stallion", "2025-07-12#20:00#Main Stage"));
    }

    #[test]
    fn a_row_without_a_popularity_is_in_one_index_and_costs_two_write_units() {
        let plain = Item::new(Performance { popularity: None, ..performance() }).unwrap();
        assert!(plain.attributes().all(|(name, _)| !name.starts_with("Popularity")));
        assert_eq!((plain.indexes(), plain.write_units()), (1, 2));
        assert_eq!(Item::new(performance()).unwrap().write_units(), 3);
    }

    #[test]
    fn write_units_are_the_size_in_kilobytes_rounded_up_for_the_table_and_each_index() {
        let with_note = |bytes: usize| {
            let extras = vec![("N".into(), "x".repeat(bytes))];
            Item::new(Performance { extras, ..performance() }).unwrap()
        };
        let around = with_note(0).bytes();
        assert_eq!(with_note(1024 - around).write_units(), 3);
        assert_eq!(with_note(1025 - around).write_units(), 6);
    }

    #[test]
    fn the_longest_keys_fit_and_one_byte_more_is_rejected() {
        let stage = |bytes: usize| Item::new(Performance { stage: "s".repeat(bytes), ..performance() });
        assert_eq!(stage(1007).unwrap().key().1.len(), 1024);
        let error = stage(1008).unwrap_err();
        assert_eq!(error.to_string(), "the key Performance is 1025 bytes, DynamoDB takes 1024");
        assert_eq!(error.column(), Some(KnownColumn::Stage));

        let performer =
            |bytes: usize| Item::new(Performance { performer: "p".repeat(bytes), ..performance() });
        assert!(performer(1018).is_ok());
        let error = performer(1019).unwrap_err();
        assert_eq!(error.to_string(), "the key StartPerformer is 1025 bytes, DynamoDB takes 1024");
        assert_eq!(error.column(), Some(KnownColumn::Performer));
        let error = performer(2049).unwrap_err();
        assert_eq!(error.to_string(), "the key Performer is 2049 bytes, DynamoDB takes 2048");
    }

    #[test]
    fn the_largest_item_fits_and_one_byte_more_is_rejected() {
        let with_note = |bytes: usize| {
            Item::new(Performance { extras: vec![("N".into(), "x".repeat(bytes))], ..performance() })
        };
        let room = ITEM_BYTES - with_note(0).unwrap().bytes();
        assert_eq!(with_note(room).unwrap().bytes(), ITEM_BYTES);
        let error = with_note(room + 1).unwrap_err();
        assert_eq!(error.to_string(), "the item is 409601 bytes, DynamoDB takes 409600");
    }

    fn text(item: &Item) -> Vec<(String, String)> {
        let text = |value| match value {
            Value::S(text) => text.to_owned(),
            Value::N(number) => number.to_string(),
        };
        item.attributes().map(|(name, value)| (name.to_owned(), text(value))).collect()
    }

    fn any_performance() -> impl Strategy<Value = Performance> {
        let name = "[a-zé# ]{0,4}[a-zé#]";
        let extras = proptest::collection::btree_map("X[a-z]{1,3}", "[a-zé\u{7}\"]{1,4}", 0..3);
        let popularity = proptest::option::of(1u8..=100);
        (
            name,
            name,
            (1i16..=9999, 1i8..=12, 1i8..=28),
            (0u8..24, 0u8..60),
            (0u8..24, 0u8..60),
            popularity,
            extras,
        )
            .prop_map(|(performer, stage, date, start, end, popularity, extras)| Performance {
                performer: performer.trim().into(),
                stage: stage.trim().into(),
                date: jiff::civil::Date::new(date.0, date.1, date.2).unwrap(),
                start: lineup::clock_time::ClockTime::new(start.0, start.1).unwrap(),
                end: lineup::clock_time::ClockTime::new(end.0, end.1).unwrap(),
                popularity,
                extras: extras.into_iter().map(|(name, text)| (name.into(), text)).collect(),
            })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(performance in any_performance()) {
            let attributes = text(&Item::new(performance.clone()).unwrap());
            // A table gives attributes in no particular order.
            let back = attributes.iter().rev().map(|(name, text)| (name.as_str(), text.as_str()));
            prop_assert_eq!(crate::parse::performance_from(back).unwrap(), performance);
        }

        #[test]
        fn an_item_without_one_of_its_attributes_is_an_error(performance in any_performance(), without in 0usize..6) {
            let name = ["Performer", "Stage", "Date", "Start", "End", "Popularity"][without];
            let attributes = text(&Item::new(performance.clone()).unwrap());
            let rest = attributes.iter().filter(|(other, _)| other != name);
            let back = crate::parse::performance_from(rest.map(|(name, text)| (name.as_str(), text.as_str())));
            match back {
                Ok(back) => prop_assert_eq!(back, Performance { popularity: None, ..performance }),
                Err(error) => prop_assert_eq!(error, ItemError::Missing { attribute: name }),
            }
        }
    }
}
