//! What must hold: always, of a message, and in the end.

use std::collections::{BTreeMap, BTreeSet};

use delimited::Chunk;
use lineup_contracts::layout::Layout;
use lineup_testing::{CALENDAR, PERFORMANCES};
use serde_json::{Value, json};

use crate::lineups::{Item, Row};
use crate::message::Message;
use crate::world::{IMPORTS, World};

/// Rows by what must happen to them; as `lineup_contracts::RowCounts`, but counted here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    read: usize,
    written: usize,
    rejected: usize,
    replaced: usize,
}

impl Counts {
    fn of(rows: &[Row]) -> Self {
        let keys: Vec<_> = rows.iter().filter_map(Row::key).collect();
        let written = keys.iter().collect::<BTreeSet<_>>().len();
        let replaced = keys.len() - written;
        Self { read: rows.len(), written, rejected: rows.len() - keys.len(), replaced }
    }

    fn json(self) -> Value {
        let Self { read, written, rejected, replaced } = self;
        json!({"read": read, "written": written, "rejected": rejected, "replaced": replaced})
    }

    fn add(&mut self, other: Self) {
        self.read += other.read;
        self.written += other.written;
        self.rejected += other.rejected;
        self.replaced += other.replaced;
    }
}

/// The chunks with their rows.
fn split(world: &World) -> Vec<(Chunk, Vec<Row>)> {
    let rows_of = |chunk: &Chunk| {
        let rows = world.lineup.rows.iter().filter(|row| (chunk.start..chunk.end).contains(&row.start));
        rows.cloned().collect::<Vec<_>>()
    };
    let chunks = world.chunks().unwrap_or_default();
    chunks.into_iter().map(|chunk| (chunk, rows_of(&chunk))).collect()
}

fn total(chunks: &[(Chunk, Vec<Row>)]) -> Counts {
    let mut total = Counts::default();
    chunks.iter().for_each(|(_, rows)| total.add(Counts::of(rows)));
    total
}

/// The items of a table, as text; a key's items are one.
fn items(world: &World, table: &str) -> Vec<Item> {
    let text = |(name, value): (&String, &Value)| {
        let text = value["S"].as_str().or(value["N"].as_str()).unwrap_or("neither text nor number");
        (name.clone(), text.to_owned())
    };
    let items = world.aws.db.items(table);
    items.iter().map(|item| item.as_object().unwrap().iter().map(text).collect()).collect()
}

/// The table's items by key, without the shard that is computed from it.
fn table(world: &World) -> BTreeMap<(String, String), Item> {
    let each = |mut item: Item| {
        let sharded = item.remove("PopularityShard").is_some();
        world.must(sharded == item.contains_key("Popularity"), || format!("a shard without need: {item:?}"));
        ((item["Performer"].clone(), item["Performance"].clone()), item)
    };
    items(world, PERFORMANCES).into_iter().map(each).collect()
}

/// Whatever was killed, whenever: a loaded chunk's rows are all there, no row
/// is there that is not in the file, and every row's stage-day is in the calendar.
pub fn always(world: &World) {
    let table = table(world);
    for (chunk, rows) in split(world).iter().filter(|(chunk, _)| world.is_loaded(chunk.chunk)) {
        for key in rows.iter().filter_map(Row::key) {
            world.must(table.contains_key(&key), || {
                format!("chunk {} has a result, but {key:?} is not in the table", chunk.chunk)
            });
        }
    }
    let calendar: BTreeSet<_> = items(world, CALENDAR)
        .into_iter()
        .map(|item| (item["Entry"].clone(), item["Value"].clone()))
        .collect();
    for item in table.values() {
        let of_file = world.lineup.rows.iter().any(|row| row.becomes.as_ref() == Ok(item));
        world.must(of_file, || format!("no row of the file is {item:?}"));
        let (stage, date) = (item["Stage"].clone(), item["Date"].clone());
        let entries = [
            ("days".to_owned(), date.clone()),
            (format!("stage#{stage}"), date.clone()),
            (format!("day#{date}"), stage),
        ];
        for entry in entries {
            world.must(calendar.contains(&entry), || format!("{entry:?} is not in the calendar"));
        }
    }
}

/// What a message says is so.
pub fn message(world: &World, message: &Message) {
    let Some(execution) = message.field("Execution") else {
        return world.wrong(format!("a message names no execution: {message:?}"));
    };
    if message.subject.contains("chunks not loaded") {
        let missing = world.missing.lock().unwrap().get(execution).cloned().unwrap_or_default();
        names_the_missing(world, message, &missing);
    } else if message.subject.contains("is imported") {
        let Counts { read, written, rejected, replaced } = total(&split(world));
        let rows = format!(
            "{read} read = {written} written + {rejected} rejected + {replaced} replaced by a later row"
        );
        world.must(message.field("Rows") == Some(&rows), || format!("not {rows:?}: {message:?}"));
    } else {
        let begun = message.subject.contains("could not be imported");
        world.must(begun, || format!("a strange message: {message:?}"));
    }
}

fn names_the_missing(world: &World, message: &Message, missing: &[u32]) {
    const NAMED: usize = 20;
    let named = &missing[..missing.len().min(NAMED)];
    let expected = (named.to_vec(), missing.len() - named.len());
    world.must(message.chunks() == expected, || format!("{missing:?} are missing, not {message:?}"));
    let rerun = if named.len() == missing.len() { named } else { &[] };
    world.must(message.rerun().as_deref() == Some(rerun), || format!("re-runs not {missing:?}: {message:?}"));
}

/// When the import succeeded: the chunks are the file, the table is its rows,
/// the rejects are its bad rows, and every count is exact.
pub fn finally(world: &World) {
    let chunks = split(world);
    whole(world, &chunks);
    written(world, &chunks);
    for (chunk, rows) in &chunks {
        result(world, *chunk, rows);
    }
    summary(world, &chunks);
}

fn whole(world: &World, chunks: &[(Chunk, Vec<Row>)]) {
    let rows = &world.lineup.rows;
    let (mut at, size) = (rows[0].start, world.lineup.bytes.len() as u64);
    for (number, (chunk, rows)) in (1..).zip(chunks) {
        let first = rows.first().map(|row| (row.start, row.line));
        let expected = (number, at, Some((at, chunk.first_line)));
        world.must((chunk.chunk, chunk.start, first) == expected, || {
            format!("{chunk:?} is not chunk {expected:?}")
        });
        at = chunk.end;
    }
    world.must(at == size, || format!("the last chunk ends at {at}, the file at {size}"));
}

/// A key that several chunks have may be of any of them; in a chunk the last row wins.
fn written(world: &World, chunks: &[(Chunk, Vec<Row>)]) {
    let mut winners: BTreeMap<_, Vec<&Item>> = BTreeMap::new();
    for (_, rows) in chunks {
        let last: BTreeMap<_, _> =
            rows.iter().filter_map(|row| Some((row.key()?, row.becomes.as_ref().ok()?))).collect();
        last.into_iter().for_each(|(key, item)| winners.entry(key).or_default().push(item));
    }
    let table = table(world);
    let keys = table.keys().eq(winners.keys());
    world.must(keys, || format!("the table has {:?}, the file {:?}", table.keys(), winners.keys()));
    for (key, item) in &table {
        let wins = winners.get(key).is_some_and(|winners| winners.contains(&item));
        world.must(wins, || format!("{item:?} is none of {:?}", winners.get(key)));
    }
}

/// The chunk's result, and the rejects that it names.
fn result(world: &World, chunk: Chunk, rows: &[Row]) {
    let Some(result) = world.json(&Layout(world.import_id).result(chunk.chunk)) else {
        return world.wrong(format!("chunk {} has no result", chunk.chunk));
    };
    let counts = Counts::of(rows).json();
    world.must(result["rows"] == counts, || {
        format!("chunk {}: {} and not {counts}", chunk.chunk, result["rows"])
    });
    world.must(result["bytes"] == chunk.end - chunk.start, || {
        format!("chunk {}: {}", chunk.chunk, result["bytes"])
    });
    let keys = result["rejects"].as_array().unwrap().iter().map(|key| key.as_str().unwrap());
    let rejects: Vec<_> = keys.flat_map(|key| rejects(world, key)).collect();
    let expected: Vec<_> = rows.iter().filter_map(reject).collect();
    world.must(rejects == expected, || format!("chunk {}: {rejects:?} and not {expected:?}", chunk.chunk));
}

/// Line, column, value, reason, row.
type Reject = Vec<Vec<u8>>;

fn reject(row: &Row) -> Option<Reject> {
    let rejected = row.becomes.as_ref().err()?;
    let line = row.line.to_string();
    let texts = [&line, &rejected.column, &rejected.value, &rejected.reason];
    let texts = texts.map(|text| text.clone().into_bytes());
    Some(texts.into_iter().chain([row.raw.clone()]).collect())
}

fn rejects(world: &World, key: &str) -> Vec<Reject> {
    let Some(file) = world.aws.s3.get(&format!("{IMPORTS}/{key}")) else {
        world.wrong(format!("the rejects {key} are missing"));
        return Vec::new();
    };
    let records = csv::Reader::from_reader(&file.body[..]).into_byte_records();
    records.map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect()).collect()
}

fn summary(world: &World, chunks: &[(Chunk, Vec<Row>)]) {
    let total = total(chunks);
    let outcome = if total.rejected == 0 { "SUCCEEDED" } else { "PARTIAL" };
    let count = chunks.len();
    let expected = json!({
        "outcome": outcome, "rows": total.json(), "failed_chunks": [],
        "chunks": {"total": count, "loaded": count, "failed": 0}
    });
    let summary = world.json(&Layout(world.import_id).summary()).unwrap_or_default();
    for (field, value) in expected.as_object().unwrap() {
        world.must(summary[field] == *value, || format!("{field} is {} and not {value}", summary[field]));
    }
    let samples = summary["reject_samples"].as_array().map_or(0, Vec::len);
    world.must(samples == total.rejected.min(5), || {
        format!("{samples} samples of {} rejects", total.rejected)
    });
}
