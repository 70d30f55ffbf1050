//! Writes batches of puts: those that wait are committed together.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use dynoxide::actions::batch_get_item::{BatchGetItemRequest, KeysAndAttributes};
use dynoxide::actions::batch_write_item::BatchWriteItemResponse;
use dynoxide::types::Item;
use dynoxide::{Database, ImportOptions};
use tokio::sync::{Mutex, oneshot};

use super::put_batch::PutBatch;
use super::put_table::{ItemKey, PutTable, PutUnits};

/// The most batches of a commit. More of them would let the first wait without saving much.
const MOST_BATCHES: usize = 16;

/// How many items are read at a time: of 400 KB each they fit into an answer of BatchGetItem, which has at most 16 MB.
const READ_AT_A_TIME: usize = 25;

/// The thread that writes batches of puts, in the order in which they come.
#[derive(Debug)]
pub(super) struct PutWriter {
    batches: Sender<WaitingBatch>,
}

/// A batch, and who waits for its answer. Without an answer the library is asked.
#[derive(Debug)]
struct WaitingBatch {
    batch: PutBatch,
    answer: oneshot::Sender<BatchWriteItemResponse>,
}

impl PutWriter {
    /// Starts the thread. It takes `writes` for each commit, which every other write takes too, so that what it read
    /// before is so until the commit. It ends when the writer is dropped.
    pub(super) fn start(database: Database, writes: Arc<Mutex<()>>) -> io::Result<(Self, JoinHandle<()>)> {
        let (batches, waiting) = mpsc::channel();
        let work = move || write_until_closed(&database, &writes, &waiting);
        let thread = thread::Builder::new().name("dynamodb-puts".to_owned()).spawn(work)?;
        Ok((Self { batches }, thread))
    }

    /// Writes a batch. Once there is an answer, the batch is in the file's log. `None` if nothing was written because the
    /// batch is invalid, or the table is not one for it, or the file refused it: the library says which.
    pub(super) async fn write(&self, batch: PutBatch) -> Option<BatchWriteItemResponse> {
        let (answer, answered) = oneshot::channel();
        self.batches.send(WaitingBatch { batch, answer }).ok()?;
        answered.await.ok()
    }
}

fn write_until_closed(database: &Database, writes: &Mutex<()>, waiting: &Receiver<WaitingBatch>) {
    while let Ok(first) = waiting.recv() {
        let writes = writes.blocking_lock();
        // Those that came while another write was under way are here too.
        let mut tables: HashMap<String, Vec<WaitingBatch>> = HashMap::new();
        for next in std::iter::once(first).chain(waiting.try_iter().take(MOST_BATCHES - 1)) {
            tables.entry(next.batch.table.clone()).or_default().push(next);
        }
        for (table, batches) in tables {
            if commit(database, &table, batches).is_none() {
                tracing::debug!(table, "batches of puts are left to the library");
            }
        }
        drop(writes);
    }
}

/// Imports all batches, or none of them.
fn commit(database: &Database, table: &str, batches: Vec<WaitingBatch>) -> Option<()> {
    let metadata = database.get_table_metadata(table).ok()??;
    let table = PutTable::of(&metadata)?;
    // A batch that cannot be imported is left to the library alone.
    let batches: Vec<(WaitingBatch, Vec<ItemKey>)> =
        batches.into_iter().filter_map(|next| keys(&table, &next.batch).map(|keys| (next, keys))).collect();
    let wants = |next: &WaitingBatch| matches!(next.batch.capacity.as_deref(), Some("TOTAL" | "INDEXES"));
    let before = match batches.iter().any(|(next, _)| wants(next)) {
        true => stored(database, &metadata.table_name, &table, &batches)?,
        false => HashMap::new(),
    };
    let units = consumed(&table, &batches, &before);
    let (mut puts, mut answers) = (Vec::new(), Vec::new());
    for ((next, keys), units) in batches.into_iter().zip(units) {
        let consumed_capacity =
            wants(&next).then(|| table.consumed(&units, &next.batch.capacity).into_iter().collect());
        answers.push((next.answer, BatchWriteItemResponse { consumed_capacity, ..Default::default() }));
        puts.extend(keys.into_iter().zip(next.batch.items));
    }
    let changes = changes(puts, &before);
    if !changes.is_empty() {
        database.import_items(&metadata.table_name, changes, ImportOptions::default()).ok()?;
    }
    for (to, answer) in answers {
        // A caller that has gone does not want it.
        let _ = to.send(answer);
    }
    Some(())
}

/// The keys of a batch. `None` if an item has none, or two have the same.
fn keys(table: &PutTable, batch: &PutBatch) -> Option<Vec<ItemKey>> {
    let keys: Vec<ItemKey> = batch.items.iter().map(|item| table.key_of(item)).collect::<Option<_>>()?;
    let different: HashSet<&ItemKey> = keys.iter().collect();
    (different.len() == keys.len()).then_some(keys)
}

/// The items that are stored under the keys.
fn stored(
    database: &Database,
    name: &str,
    table: &PutTable,
    batches: &[(WaitingBatch, Vec<ItemKey>)],
) -> Option<HashMap<ItemKey, Item>> {
    let mut asked = HashSet::new();
    let keys: Vec<Item> = batches
        .iter()
        .flat_map(|(next, keys)| next.batch.items.iter().zip(keys))
        .filter(|(_, key)| asked.insert(*key))
        .map(|(item, _)| table.key_attributes(item))
        .collect();
    let mut found = HashMap::new();
    for keys in keys.chunks(READ_AT_A_TIME) {
        let keys = KeysAndAttributes { keys: keys.to_vec(), ..Default::default() };
        let request_items = HashMap::from([(name.to_owned(), keys)]);
        let answer = database
            .batch_get_item(BatchGetItemRequest { request_items, return_consumed_capacity: None })
            .ok()?;
        if !answer.unprocessed_keys.is_empty() {
            return None;
        }
        for item in answer.responses.into_values().flatten() {
            found.insert(table.key_of(&item)?, item);
        }
    }
    Some(found)
}

/// The items of a commit that change what is stored. An identical put is not written: it would delete and insert the same
/// row of the table and of each index.
fn changes(puts: Vec<(ItemKey, Item)>, before: &HashMap<ItemKey, Item>) -> Vec<Item> {
    let mut changed = HashSet::new();
    let mut items = Vec::with_capacity(puts.len());
    for (key, item) in puts {
        if changed.contains(&key) || before.get(&key) != Some(&item) {
            changed.insert(key);
            items.push(item);
        }
    }
    items
}

/// What each batch consumes, in their order: the second of two finds what the first has put.
fn consumed(
    table: &PutTable,
    batches: &[(WaitingBatch, Vec<ItemKey>)],
    before: &HashMap<ItemKey, Item>,
) -> Vec<PutUnits> {
    let mut put: HashMap<&ItemKey, &Item> = HashMap::new();
    let mut all = Vec::with_capacity(batches.len());
    for (next, keys) in batches {
        let mut units = PutUnits::default();
        for (item, key) in next.batch.items.iter().zip(keys) {
            let old = put.insert(key, item).or_else(|| before.get(key));
            table.add(&mut units, old, item);
        }
        all.push(units);
    }
    all
}

#[cfg(test)]
mod tests {
    use dynoxide::types::AttributeValue;

    use super::*;

    fn put(key: &str, value: &str) -> (ItemKey, Item) {
        let attributes = [("Key", key), ("Value", value)];
        let item = attributes.map(|(name, text)| (name.to_owned(), AttributeValue::S(text.to_owned())));
        ((key.to_owned(), String::new()), item.into())
    }

    fn written(puts: &[(&str, &str)], stored: &[(&str, &str)]) -> Vec<Item> {
        let puts = puts.iter().map(|(key, value)| put(key, value)).collect();
        changes(puts, &stored.iter().map(|(key, value)| put(key, value)).collect())
    }

    fn items(puts: &[(&str, &str)]) -> Vec<Item> {
        puts.iter().map(|(key, value)| put(key, value).1).collect()
    }

    #[test]
    fn an_identical_put_is_not_written() {
        let puts = [("same", "1"), ("changed", "2"), ("new", "1")];
        assert_eq!(written(&puts, &[("same", "1"), ("changed", "1")]), items(&puts[1..]));
        assert!(written(&[("same", "1"), ("same", "1")], &[("same", "1")]).is_empty());
    }

    #[test]
    fn a_put_of_what_was_stored_before_a_change_of_the_same_commit_is_written() {
        let puts = [("a", "2"), ("a", "1")];
        assert_eq!(written(&puts, &[("a", "1")]), items(&puts));
    }
}
