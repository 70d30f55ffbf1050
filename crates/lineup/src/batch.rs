//! Packing items for `BatchWriteItem`, so that the last row of a key wins.
//!
//! DynamoDB refuses a batch that has one key twice, and gives batches in flight
//! no order. So within the open batch a later row takes the place of an earlier
//! one, and a batch that repeats a key which may still be in flight is marked
//! as a [`Batch::barrier`].

use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{BuildHasherDefault, Hasher},
};

use crate::table::Item;

/// The most items that `BatchWriteItem` takes (API reference, `BatchWriteItem`).
pub const BATCH_ITEMS: usize = 25;
/// The most bytes that a `BatchWriteItem` request may have, as JSON.
pub const BATCH_JSON_BYTES: usize = 16 * 1024 * 1024;

/// Items to write with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// 1 to [`BATCH_ITEMS`] items with different keys.
    pub items: Vec<Item>,
    /// Whether every batch given out before must be written before this one is sent.
    pub barrier: bool,
}

/// Turns the items of a chunk, in the order of the file, into batches.
///
/// For every key it remembers a hash of 128 bits. Two keys with one hash among
/// 900,000 have odds of 1 in 10^27; no row is ever lost to that, as a row only
/// takes the place of another whose key is equal to the byte, but one row would
/// be counted as replaced that was written. (With 64 bits, one such chunk in 46 million
/// would be miscounted: not odds to have in a tool that is asked for its counts.)
///
/// Memory: one open batch, and 21 bytes a remembered key in a hash table of at
/// most 2^20 places: 22 MB, and 11 MB more while it grows. When it is full, it
/// is emptied behind a barrier; rows further apart than that in one chunk are
/// still written in order, but the earlier one is not counted as replaced.
#[derive(Debug)]
pub struct Batcher {
    open: Open,
    sent: HashMap<KeyHash, u32, BuildHasherDefault<DefaultHasher>>,
    remembered_keys: usize,
    /// Counts the barriers: a key sent before the latest one is no longer in flight.
    epoch: u32,
    replaced: u64,
}

impl Default for Batcher {
    fn default() -> Self {
        Self::new()
    }
}

impl Batcher {
    /// How many keys a hash table with 2^20 places holds before it grows.
    const REMEMBERED_KEYS: usize = (1 << 20) / 8 * 7;

    /// A batcher for one chunk.
    pub fn new() -> Self {
        Self::remembering(Self::REMEMBERED_KEYS)
    }

    fn remembering(keys: usize) -> Self {
        Self { open: Open::default(), sent: HashMap::default(), remembered_keys: keys, epoch: 0, replaced: 0 }
    }

    /// Takes the next item, and gives a batch if one is full.
    pub fn push(&mut self, item: Item) -> Option<Batch> {
        let hash = KeyHash::of(item.key());
        if self.open.remove(hash, item.key()) {
            self.replaced += 1;
        } else if let Some(epoch) = self.sent.get(&hash) {
            self.replaced += 1;
            self.open.barrier |= *epoch == self.epoch;
        }
        let full = if self.open.has_room(&item) { None } else { self.take() };
        // The batch just given out may have held the row that this one repeats.
        self.open.barrier |= full.is_some() && self.sent.get(&hash) == Some(&self.epoch);
        self.open.add(hash, item);
        full.or_else(|| if self.open.items.len() == BATCH_ITEMS { self.take() } else { None })
    }

    /// Gives what is left, at the end of the chunk or wherever loading stops.
    pub fn finish(&mut self) -> Option<Batch> {
        self.take()
    }

    /// How many of the items pushed so far were repeated by a later one:
    /// all others are written when every batch is.
    pub fn replaced(&self) -> u64 {
        self.replaced
    }

    fn take(&mut self) -> Option<Batch> {
        let open = std::mem::take(&mut self.open);
        if open.items.is_empty() {
            return None;
        }
        let forget = self.sent.len() + open.items.len() > self.remembered_keys;
        if forget {
            self.sent.clear();
        }
        let barrier = open.barrier || forget;
        self.epoch += u32::from(barrier);
        self.sent.extend(open.hashes.iter().map(|hash| (*hash, self.epoch)));
        Some(Batch { items: open.items, barrier })
    }
}

/// The batch that is being filled.
#[derive(Debug, Default)]
struct Open {
    items: Vec<Item>,
    /// Of each item's key, in the same order.
    hashes: Vec<KeyHash>,
    json_bytes: usize,
    barrier: bool,
}

impl Open {
    fn has_room(&self, item: &Item) -> bool {
        self.items.is_empty() || self.json_bytes + item.json_bytes_at_most() <= BATCH_JSON_BYTES
    }

    fn add(&mut self, hash: KeyHash, item: Item) {
        self.json_bytes += item.json_bytes_at_most();
        self.hashes.push(hash);
        self.items.push(item);
    }

    /// Whether there was an item with this key.
    fn remove(&mut self, hash: KeyHash, key: (&str, &str)) -> bool {
        let same = |(other, item): (&KeyHash, &Item)| *other == hash && item.key() == key;
        let Some(at) = self.hashes.iter().zip(&self.items).position(same) else { return false };
        self.hashes.swap_remove(at);
        self.json_bytes -= self.items.swap_remove(at).json_bytes_at_most();
        true
    }
}

/// 128 bits, as two SipHash values of the key with a different byte before it.
/// In four parts, so that an entry of the hash table is not padded to 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct KeyHash([u32; 4]);

impl KeyHash {
    fn of((performer, performance): (&str, &str)) -> Self {
        let half = |first: u8| {
            let mut hasher = DefaultHasher::new();
            hasher.write_u8(first);
            hasher.write_usize(performer.len());
            hasher.write(performer.as_bytes());
            hasher.write(performance.as_bytes());
            hasher.finish()
        };
        let (one, other) = (half(0), half(1));
        Self([one as u32, (one >> 32) as u32, other as u32, (other >> 32) as u32])
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::row::Performance;
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
            date: crate::date::parse("2025-07-12").unwrap(),
            start: "20:00".parse().unwrap(),
            end: "21:00".parse().unwrap(),
            popularity: None,
            extras,
        })
        .unwrap()
    }

    fn batches(batcher: &mut Batcher, items: impl IntoIterator<Item = Item>) -> Vec<Batch> {
        let mut batches: Vec<Batch> = items.into_iter().filter_map(|item| batcher.push(item)).collect();
        batches.extend(batcher.finish());
        batches
    }

    #[test]
    fn a_batch_has_at_most_25_items() {
        let mut batcher = Batcher::new();
        let sizes: Vec<usize> = batches(&mut batcher, (0..60).map(|key| item(key, 0)))
            .iter()
            .map(|batch| batch.items.len())
            .collect();
        assert_eq!(sizes, [25, 25, 10]);
        assert_eq!((batcher.replaced(), batcher.finish()), (0, None));
    }

    #[test]
    fn a_batch_never_has_more_json_than_dynamodb_takes() {
        let mut batcher = Batcher::new();
        let large = batches(&mut batcher, (0..25).map(|key| sized_item(key, 0, 400_000)));
        assert!(large.len() > 1);
        assert_eq!(large.iter().map(|batch| batch.items.len()).sum::<usize>(), 25);
        let json = |batch: &Batch| batch.items.iter().map(Item::json_bytes_at_most).sum::<usize>();
        assert!(large.iter().all(|batch| json(batch) <= BATCH_JSON_BYTES));
    }

    #[test]
    fn in_the_open_batch_the_last_row_of_a_key_takes_the_place_of_the_earlier() {
        let mut batcher = Batcher::new();
        let batches = batches(&mut batcher, [item(1, 0), item(2, 1), item(1, 2)]);
        assert_eq!(batches, [Batch { items: vec![item(2, 1), item(1, 2)], barrier: false }]);
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

    #[test]
    fn keys_that_differ_only_in_where_they_are_cut_have_different_hashes() {
        assert_ne!(KeyHash::of(("ab", "c")), KeyHash::of(("a", "bc")));
    }

    /// Plays a service that finishes requests in any order.
    struct Service {
        table: BTreeMap<String, Item>,
        in_flight: Vec<Batch>,
    }

    impl Service {
        fn send(&mut self, batch: Batch, finish: impl IntoIterator<Item = usize>) {
            assert!((1..=BATCH_ITEMS).contains(&batch.items.len()));
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
                let keys: std::collections::HashSet<_> = batch.items.iter().map(Item::key).collect();
                assert_eq!(keys.len(), batch.items.len(), "one key twice in a batch");
                for item in &batch.items {
                    self.table.insert(item.key().0.to_owned(), item.clone());
                }
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
            for row in &rows {
                if let Some(batch) = batcher.push(row.clone()) {
                    service.send(batch, finishes.next().unwrap().iter().copied());
                }
            }
            if let Some(batch) = batcher.finish() {
                service.send(batch, []);
            }
            service.finish(std::iter::repeat(0));

            let expected: BTreeMap<String, Item> = rows.iter().map(|row| (row.key().0.to_owned(), row.clone())).collect();
            let written = rows.len() as u64 - batcher.replaced();
            prop_assert_eq!(&service.table, &expected);
            if remembered == Batcher::REMEMBERED_KEYS {
                prop_assert_eq!(written, expected.len() as u64, "read = written + replaced");
            } else {
                prop_assert!(written >= expected.len() as u64);
            }
        }
    }
}
