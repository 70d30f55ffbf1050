//! The checks: of table and objects at any time and in the end, of each message, and of the number of messages.

mod messages;
mod runs;

use std::collections::{BTreeMap, BTreeSet};

use delimited::Chunk;
use lineup_contracts::LineupId;
use lineup_contracts::layout::Layout;
use lineup_testing::{CALENDAR, PERFORMANCES};
use serde_json::{Value, json};

use crate::lineups::{ExpectedItem, Rejected, Row};
use crate::simulation::{IMPORTS, Simulation};

pub use messages::messages;
pub use runs::messages_of_runs;

/// The items of a table, each with its attributes as text.
fn items(simulation: &Simulation, table: &str) -> Vec<ExpectedItem> {
    let text = |(name, value): (&String, &Value)| {
        let text = value["S"].as_str().or(value["N"].as_str()).unwrap_or("neither text nor number");
        (name.clone(), text.to_owned())
    };
    let items = simulation.aws.db.items(table);
    items.iter().map(|item| item.as_object().unwrap().iter().map(text).collect()).collect()
}

/// The table's items by key, without the shard that is computed from it, and without their lineup.
pub(crate) fn table(simulation: &Simulation) -> BTreeMap<(String, String), ExpectedItem> {
    let source = &simulation.detail;
    let text = |pointer: &str| source.pointer(pointer).and_then(Value::as_str).unwrap();
    let own = LineupId::of(text("/bucket/name"), text("/object/key"));
    let own = own.as_str();
    let each = |mut item: ExpectedItem| {
        let sharded = item.remove("PopularityShard").is_some();
        let lineup = item.remove("Lineup");
        simulation.check(lineup.as_deref() == Some(own), || format!("a row of another lineup: {item:?}"));
        simulation
            .check(sharded == item.contains_key("Popularity"), || format!("a shard without need: {item:?}"));
        ((item["Performer"].clone(), item["Performance"].clone()), item)
    };
    items(simulation, PERFORMANCES).into_iter().map(each).collect()
}

/// Holds at any time, after any kill: all rows of loaded chunks are in the table, but those whose key a later row of the file
/// has; the table has no row but those of a chunk that has the last row of their key, and the stage-day of every row is in the calendar.
pub fn always(simulation: &Simulation) {
    let table = table(simulation);
    for number in simulation.loaded() {
        for key in simulation.expected.keys(number) {
            simulation.check(table.contains_key(&key), || {
                format!("chunk {number} has a result, but {key:?} is not in the table")
            });
        }
    }
    let calendar: BTreeSet<_> = items(simulation, CALENDAR)
        .into_iter()
        .map(|item| (item["Entry"].clone(), item["Value"].clone()))
        .collect();
    for item in table.values() {
        let may_stand = simulation.expected.rows_beside_the_last(item).any(|row| row == item);
        simulation
            .check(may_stand, || format!("{item:?} is no row of the chunk that has the last of its key"));
        let (stage, date) = (item["Stage"].clone(), item["Date"].clone());
        let entries = [
            ("days".to_owned(), date.clone()),
            (format!("stage#{stage}"), date.clone()),
            (format!("day#{date}"), stage),
        ];
        for entry in entries {
            simulation.check(calendar.contains(&entry), || format!("{entry:?} is not in the calendar"));
        }
    }
}

/// Holds after an import that succeeded: the chunks cover the file, the table has exactly its rows,
/// the rejects are exactly its bad rows, and every count is exact.
pub fn finally(simulation: &Simulation) {
    chunk_list(simulation);
    written(simulation);
    for chunk in &simulation.expected.chunks {
        result(simulation, *chunk);
    }
    summary(simulation);
}

fn chunk_list(simulation: &Simulation) {
    let list = simulation.aws.s3.get(&format!("{IMPORTS}/{}", Layout(simulation.import_id).chunks()));
    let lines = list.map(|list| list.body).unwrap_or_default();
    let chunks: Vec<Chunk> =
        serde_json::Deserializer::from_slice(&lines).into_iter().map(Result::unwrap).collect();
    let expected = &simulation.expected.chunks;
    simulation.check(chunks == *expected, || format!("the chunks are {chunks:?} and not {expected:?}"));
}

fn written(simulation: &Simulation) {
    let (table, expected) = (table(simulation), simulation.expected.items());
    let keys = table.keys().eq(expected.keys());
    simulation.check(keys, || format!("the table has {:?}, the file {:?}", table.keys(), expected.keys()));
    for (key, item) in &table {
        let is_last = expected.get(key).is_some_and(|expected| *expected == item);
        simulation.check(is_last, || format!("{item:?} and not {:?}", expected.get(key)));
    }
}

/// The chunk's result, and the rejects that it names.
fn result(simulation: &Simulation, chunk: Chunk) {
    let (number, only) = (chunk.chunk, [chunk.chunk].into());
    let Some(result) = simulation.json(&Layout(simulation.import_id).result(number)) else {
        return simulation.violation(format!("chunk {number} has no result"));
    };
    let counts = simulation.expected.counts(&only).json();
    simulation
        .check(result["rows"] == counts, || format!("chunk {number}: {} and not {counts}", result["rows"]));
    simulation
        .check(result["bytes"] == chunk.end - chunk.start, || format!("chunk {number}: {}", result["bytes"]));
    let keys = result["rejects"].as_array().unwrap().iter().map(|key| key.as_str().unwrap());
    let rejects: Vec<_> = keys.flat_map(|key| rejects(simulation, key)).collect();
    let expected: Vec<_> =
        simulation.expected.rejects(&only).map(|(row, rejected)| reject(row, rejected)).collect();
    simulation.check(rejects == expected, || format!("chunk {number}: {rejects:?} and not {expected:?}"));
}

/// Line, column, value, reason, row.
type ExpectedReject = Vec<Vec<u8>>;

fn reject(row: &Row, rejected: &Rejected) -> ExpectedReject {
    let line = row.line.to_string();
    let texts = [&line, &rejected.column, &rejected.value, &rejected.reason];
    let texts = texts.map(|text| text.clone().into_bytes());
    texts.into_iter().chain([row.raw.clone()]).collect()
}

fn rejects(simulation: &Simulation, key: &str) -> Vec<ExpectedReject> {
    let Some(file) = simulation.aws.s3.get(&format!("{IMPORTS}/{key}")) else {
        simulation.violation(format!("the rejects {key} are missing"));
        return Vec::new();
    };
    let records = csv::Reader::from_reader(&file.body[..]).into_byte_records();
    records.map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect()).collect()
}

/// The summary must equal the counts over the whole file.
fn summary(simulation: &Simulation) {
    let all = simulation.expected.numbers();
    let (counts, count) = (simulation.expected.counts(&all), all.len());
    let outcome = if counts.rejected == 0 { "SUCCEEDED" } else { "PARTIAL" };
    let samples = messages::reject_samples(&simulation.expected, &all);
    let expected = json!({
        "outcome": outcome, "rows": counts.json(), "failed_chunks": [], "reject_samples": samples,
        "chunks": {"total": count, "loaded": count, "failed": 0}
    });
    let summary = simulation.json(&Layout(simulation.import_id).summary()).unwrap_or_default();
    for (field, value) in expected.as_object().unwrap() {
        simulation
            .check(summary[field] == *value, || format!("{field} is {} and not {value}", summary[field]));
    }
}
