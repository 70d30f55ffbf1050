//! Packing items for `BatchWriteItem`, so that the last row of a key wins.
//!
//! DynamoDB refuses a batch that has one key twice, and may write batches that are sent at
//! the same time in any order. So in the open batch a later row replaces an earlier one with
//! its key. A batch that repeats a key of an earlier batch whose request may not have
//! ended is marked as a [`Batch::barrier`].

use crate::calendar::{StageDay, StageDays};
use crate::item::{Item, Value};
use crate::key_map::{KeyHash, KeyMap};
use crate::names::attribute;
use crate::puts::Puts;

/// The most items that `BatchWriteItem` takes (API reference, `BatchWriteItem`).
pub const BATCH_ITEMS: usize = 25;
/// The most bytes of JSON in a batch, unless it is one item. DynamoDB takes 16 MB. Larger batches would
/// save no time, because only small items gain from fewer requests, and all batches that are being sent
/// are in memory.
pub const BATCH_JSON_BYTES: usize = 1 << 20;

/// The epoch of the keys that an earlier invocation wrote: before all others.
const BEFORE: u32 = 0;

/// Items to write with one request, with what must be written before them, and how far the chunk is written after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch<P> {
    /// 1 to [`BATCH_ITEMS`] items with different keys.
    pub puts: Puts,
    /// The stage-days that are new in the chunk. Their calendar entries must be written before the items.
    pub stage_days: Vec<StageDay>,
    /// Whether every earlier batch must be written before this one is sent.
    pub barrier: bool,
    /// Once this batch and all earlier ones are written, all rows before this place in the chunk are.
    pub end: P,
}

/// Turns the items of a chunk, in the order of the file, into batches.
///
/// It remembers a hash of 128 bits for every key. If two keys had one hash, no row would be
/// lost, because a row replaces another only if their keys are equal byte for
/// byte. But one written row would be counted as replaced.
///
/// Memory: one open batch, and a hash table of at most 2^20 places of 21 bytes: 22 MB.
/// When [`Batcher::REMEMBERED_KEYS`] are remembered, the next batch is a barrier and all are
/// forgotten. Rows with one key that are further apart are still written in order, but
/// the earlier one is not counted as replaced.
///
/// ```
/// use lineup::header::Columns;
/// use lineup::reading::Reading;
/// use lineup_table::ItemReader;
/// use lineup_table::batch::Batcher;
///
/// let columns = Columns::from_names(["Performer", "Stage", "Start", "End", "Date"])?;
/// let mut reader = ItemReader::new(&columns, &Reading::default());
/// let mut batcher = Batcher::new();
/// for (line, end) in [(2, "21:00"), (3, "21:30")] {
///     let record = ["Stormzy", "Pyramid Stage", "20:00", end, "2022-06-24"];
///     assert!(batcher.push(reader.read(record.map(str::as_bytes).into_iter())?.unwrap(), line).is_none());
/// }
/// let batch = batcher.finish(4).unwrap();
/// assert_eq!((batch.puts.len(), batch.stage_days.len(), batch.barrier, batch.end), (1, 1, false, 4));
/// assert_eq!(batcher.replaced(), 1);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Batcher {
    /// The items of the batch that is being filled.
    open: Puts,
    /// The hash of each of their keys, in the same order.
    hashes: Vec<KeyHash>,
    barrier: bool,
    stage_days: StageDays,
    /// The keys of earlier batches, each with its epoch.
    sent: KeyMap<u32>,
    remembered_keys: usize,
    /// How many barriers there were, and one. A key that was sent before the latest one is written.
    epoch: u32,
    replaced: u64,
    /// The attribute `Lineup` of each item.
    lineup: Option<String>,
}

impl Default for Batcher {
    fn default() -> Self {
        Self::new()
    }
}

impl Batcher {
    /// How many keys are remembered. No part of the map may grow beyond 2^16 places, of which seven eighths
    /// are used. With this number a part has 56,250 keys, give or take five standard deviations, 1,200.
    pub const REMEMBERED_KEYS: usize = 900_000;

    /// A batcher for one chunk.
    pub fn new() -> Self {
        Self::remembering(Self::REMEMBERED_KEYS)
    }

    fn remembering(keys: usize) -> Self {
        Self {
            open: Puts::default(),
            hashes: Vec::new(),
            barrier: false,
            stage_days: StageDays::default(),
            sent: KeyMap::default(),
            remembered_keys: keys,
            epoch: BEFORE + 1,
            replaced: 0,
            lineup: None,
        }
    }

    /// Makes all items parts of this lineup: their attribute `Lineup`.
    #[must_use]
    pub fn of_lineup(self, lineup: Option<String>) -> Self {
        Self { lineup, ..self }
    }

    /// Takes an item that an earlier invocation wrote. Only its key counts. Pass these items first.
    pub fn remember(&mut self, item: &Item) {
        let is_new = self.sent.insert(KeyHash::of(item.key()), BEFORE);
        self.replaced += u64::from(!is_new);
    }

    /// Takes the next item, and returns a batch if one is full. `before` is the place of the item's record.
    pub fn push<P>(&mut self, item: &Item, before: P) -> Option<Batch<P>> {
        let hash = KeyHash::of(item.key());
        self.stage_days.add(item);
        self.replace(item, hash);
        let lineup = self.lineup.as_deref().map(|id| (attribute::LINEUP, Value::S(id)));
        self.open.push(item.attributes().chain(lineup));
        if self.open.len() > 1 && self.open.json().len() > BATCH_JSON_BYTES {
            return self.overflow(hash, before);
        }
        self.hashes.push(hash);
        if self.open.len() == BATCH_ITEMS { self.finish(before) } else { None }
    }

    /// Returns the last batch, at the `end` of the chunk.
    pub fn finish<P>(&mut self, end: P) -> Option<Batch<P>> {
        if self.open.is_empty() {
            return None;
        }
        let forget = self.sent.len() + self.hashes.len() > self.remembered_keys;
        if forget {
            self.sent.clear();
        }
        let barrier = std::mem::take(&mut self.barrier) || forget;
        self.epoch += u32::from(barrier);
        for hash in self.hashes.drain(..) {
            self.sent.insert(hash, self.epoch);
        }
        // The next batch gets the capacity of this one's size, and an eighth more.
        let room = Puts::with_capacity(self.open.json().len() / 8 * 9, BATCH_ITEMS);
        let puts = std::mem::replace(&mut self.open, room);
        Some(Batch { puts, stage_days: self.stage_days.take_new(), barrier, end })
    }

    /// How many of the items so far were replaced by a later one with their key.
    /// All others are written when every batch is.
    pub fn replaced(&self) -> u64 {
        self.replaced
    }

    /// Lets the item, which comes next, replace the one with its key.
    fn replace(&mut self, item: &Item, hash: KeyHash) {
        let in_open =
            self.hashes.contains(&hash).then(|| self.open.beginning_with(item.attributes().take(2)));
        if let Some(at) = in_open.flatten() {
            self.hashes.remove(at);
            self.open = self.open.without(at);
            self.replaced += 1;
        } else if let Some(epoch) = self.sent.get(hash) {
            self.barrier |= *epoch == self.epoch;
            self.replaced += 1;
        }
    }

    /// Moves the last item, with which the batch is too large, into the next one.
    fn overflow<P>(&mut self, hash: KeyHash, before: P) -> Option<Batch<P>> {
        let last = self.open.pop()?;
        let full = self.finish(before);
        // The batch that is full may have the key of this item.
        self.barrier = self.sent.get(hash) == Some(&self.epoch);
        self.open.push_put(&last);
        self.hashes.push(hash);
        full
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use lineup::row::Performance;
    use proptest::prelude::*;

    /// An item with one of a few keys; `version` tells repeats of a key apart.
    fn item(key: u32, version: usize) -> Item {
        sized_item(key, version, 0)
    }

    fn sized_item(key: u32, version: usize, bytes: usize) -> Item {
        let extras = vec![("Version".into(), version.to_string()), ("Note".into(), "x".repeat(bytes))];
        Item::new(Performance {
            performer: format!("Act {key}"),
            stage: "Main Stage".into(),
            date: lineup::date::parse("2025-07-12").unwrap(),
            start: "20:00".parse().unwrap(),
            end: "21:00".parse().unwrap(),
            popularity: None,
            extras,
        })
        .unwrap()
    }

    fn puts(items: &[Item]) -> Puts {
        let mut puts = Puts::default();
        items.iter().for_each(|item| puts.push(item.attributes()));
        puts
    }

    /// The item that a put is, as JSON, by its performer.
    fn items<P>(batch: &Batch<P>) -> BTreeMap<String, Vec<u8>> {
        let performer = |put: &[u8]| {
            let put: serde_json::Value = serde_json::from_slice(put).unwrap();
            put["PutRequest"]["Item"]["Performer"]["S"].as_str().unwrap().to_owned()
        };
        batch.puts.iter().map(|put| (performer(put), put.to_vec())).collect()
    }

    /// The batches of these items. A place is the number of items before it.
    fn batches(batcher: &mut Batcher, items: impl IntoIterator<Item = Item>) -> Vec<Batch<usize>> {
        let (mut batches, mut end) = (Vec::new(), 0);
        for item in items {
            batches.extend(batcher.push(&item, end));
            end += 1;
        }
        batches.extend(batcher.finish(end));
        batches
    }

    #[test]
    fn a_batch_has_at_most_25_items() {
        let mut batcher = Batcher::new();
        let sizes: Vec<usize> = batches(&mut batcher, (0..60).map(|key| item(key, 0)))
            .iter()
            .map(|batch| batch.puts.len())
            .collect();
        assert_eq!(sizes, [25, 25, 10]);
        assert_eq!((batcher.replaced(), batcher.finish(60)), (0, None));
    }

    #[test]
    fn a_batch_of_several_items_never_has_more_json_than_is_held_at_once() {
        let mut batcher = Batcher::new();
        let large = batches(&mut batcher, (0..25).map(|key| sized_item(key, 0, 400_000)));
        let sizes: Vec<usize> = large.iter().map(|batch| batch.puts.len()).collect();
        assert_eq!(sizes, [[2; 12].as_slice(), &[1]].concat());
        assert!(large.iter().all(|batch| batch.puts.json().len() <= BATCH_JSON_BYTES));
    }

    #[test]
    fn in_the_open_batch_the_last_row_of_a_key_takes_the_place_of_the_earlier() {
        let mut batcher = Batcher::new();
        let batches = batches(&mut batcher, [item(1, 0), item(2, 1), item(1, 2)]);
        let expected = puts(&[item(2, 1), item(1, 2)]);
        assert_eq!(
            batches.iter().map(|batch| (&batch.puts, batch.end)).collect::<Vec<_>>(),
            [(&expected, 3)]
        );
        assert_eq!(batcher.replaced(), 1);
    }

    #[test]
    fn a_key_that_was_sent_comes_again_behind_a_barrier() {
        let mut batcher = Batcher::new();
        let rows = (0..25).map(|key| item(key, 0)).chain([item(7, 1)]);
        let batches = batches(&mut batcher, rows);
        assert_eq!(batches.iter().map(|batch| batch.barrier).collect::<Vec<_>>(), [false, true]);
        assert_eq!(batcher.replaced(), 1);
    }

    /// A file that was appended to itself must not load one batch at a time.
    #[test]
    fn one_barrier_is_enough_for_all_keys_sent_before_it() {
        let mut batcher = Batcher::new();
        let rows = (0..2).flat_map(|version| (0..100).map(move |key| item(key, version)));
        let barriers: Vec<bool> = batches(&mut batcher, rows).iter().map(|batch| batch.barrier).collect();
        assert_eq!(barriers, [false, false, false, false, true, false, false, false]);
        assert_eq!(batcher.replaced(), 100);
    }

    /// A service that finishes requests in any order.
    struct Service {
        table: BTreeMap<String, Vec<u8>>,
        in_flight: Vec<Batch<usize>>,
    }

    impl Service {
        fn send(&mut self, batch: Batch<usize>, finish: impl IntoIterator<Item = usize>) {
            assert!((1..=BATCH_ITEMS).contains(&batch.puts.len()));
            if batch.barrier {
                self.finish(std::iter::repeat(0));
            }
            self.in_flight.push(batch);
            self.finish(finish);
        }

        fn finish(&mut self, picks: impl IntoIterator<Item = usize>) {
            for pick in picks {
                if self.in_flight.is_empty() {
                    return;
                }
                let batch = self.in_flight.swap_remove(pick % self.in_flight.len());
                let items = items(&batch);
                assert_eq!(items.len(), batch.puts.len(), "one key twice in a batch");
                self.table.extend(items);
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_finishes_first_the_last_row_of_every_key_stays(
            keys in proptest::collection::vec((0u32..60, prop_oneof![19 => 0usize..10, 1 => 0usize..400_000]), 0..400),
            finishes in proptest::collection::vec(proptest::collection::vec(0usize..8, 0..4), 1..40),
            remembered in prop_oneof![Just(Batcher::REMEMBERED_KEYS), 0usize..100],
        ) {
            let mut batcher = Batcher::remembering(remembered);
            let mut service = Service { table: BTreeMap::new(), in_flight: Vec::new() };
            let rows: Vec<Item> = keys.iter().enumerate().map(|(row, (key, bytes))| sized_item(*key, row, *bytes)).collect();
            let mut finishes = finishes.iter().cycle();
            for batch in batches(&mut batcher, rows.iter().cloned()) {
                service.send(batch, finishes.next().unwrap().iter().copied());
            }
            service.finish(std::iter::repeat(0));

            let json = |row: &Item| puts(std::slice::from_ref(row)).json().to_vec();
            let expected: BTreeMap<String, Vec<u8>> = rows.iter().map(|row| (row.key().0.to_owned(), json(row))).collect();
            let written = rows.len() as u64 - batcher.replaced();
            prop_assert_eq!(&service.table, &expected);
            if remembered == Batcher::REMEMBERED_KEYS {
                prop_assert_eq!(written, expected.len() as u64, "read = written + replaced");
            } else {
                prop_assert!(written >= expected.len() as u64);
            }
        }

        #[test]
        fn gone_on_with_behind_any_batch_the_table_and_the_counts_are_those_of_one_go(
            keys in proptest::collection::vec(0u32..60, 0..400),
            stop in any::<proptest::sample::Index>(),
        ) {
            let rows: Vec<Item> = keys.iter().enumerate().map(|(row, key)| item(*key, row)).collect();
            let (mut whole, mut resumed) = (Batcher::new(), Batcher::new());
            let first = batches(&mut whole, rows.iter().cloned());
            let written = if first.is_empty() { &[] } else { &first[..=stop.index(first.len())] };
            let resume_at = written.last().map_or(0, |batch| batch.end);
            rows[..resume_at].iter().for_each(|row| resumed.remember(row));
            let rest = batches(&mut resumed, rows[resume_at..].iter().cloned());

            let table = |batches: &[Batch<usize>]| -> BTreeMap<String, Vec<u8>> { batches.iter().flat_map(items).collect() };
            let mut gone_on = table(written);
            gone_on.extend(table(&rest));
            prop_assert_eq!(gone_on, table(&first));
            prop_assert_eq!(resumed.replaced(), whole.replaced());
        }
    }
}
