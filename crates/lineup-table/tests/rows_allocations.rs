//! From the bytes of a chunk to the JSON of its batches, nothing is allocated for a row.

#![allow(clippy::unwrap_used)]

use allocation_counter::measure;
use delimited::Dialect;
use delimited::records::{Next, Records};
use lineup::header::Columns;
use lineup::reading::Reading;
use lineup_table::ItemReader;
use lineup_table::batch::{BATCH_ITEMS, Batcher};

const HEADER: [&str; 7] = ["Performer", "Stage", "Start", "End", "Date", "Popularity", "Note"];
const PIECE: usize = 16 << 10;

/// Rows of one length, each with a key of its own, with a quoted field and an extra one.
fn rows(count: usize) -> Vec<u8> {
    let row = |n| format!("\"Performer {n:07}, live\",Stage {},20:00,21:30,2025-07-12,55,a note\n", n % 10);
    (0..count).map(row).collect::<String>().into_bytes()
}

/// The allocations from the bytes of this many rows to the JSON of their batches.
fn allocations(count: usize) -> u64 {
    let file = rows(count);
    let (mut items, mut bytes) = (0, 0);
    let measured = measure(|| {
        let mut records = Records::new(Dialect::default(), 0, 2);
        let mut reader = ItemReader::new(&Columns::from_names(HEADER).unwrap(), &Reading::default());
        let mut batcher = Batcher::new();
        for piece in file.chunks(PIECE) {
            records.push(piece);
            while let Some(Next::Record(record)) = records.next_record() {
                let item = reader.read_record(&record).unwrap().unwrap();
                if let Some(batch) = batcher.push(item, record.start) {
                    items += batch.puts.len();
                    bytes += batch.puts.json().len();
                }
            }
        }
    });
    assert_eq!(items, count, "of whole batches");
    assert!(bytes > 350 * count, "{bytes}");
    measured.count_total
}

/// Two a batch: its JSON, and the ends of its items. The parts of the keys' hash table also grow.
#[test]
fn a_batch_is_two_allocations_and_a_row_none() {
    const GROWTH: u64 = 16 * 4;
    // The first header of a process makes the table of names of columns.
    Columns::from_names(HEADER).unwrap();
    let (few, many) = (allocations(10_000), allocations(100_000));
    let batches = (90_000 / BATCH_ITEMS) as u64;
    assert!((2 * batches..=2 * batches + GROWTH).contains(&(many - few)), "{few}, {many}");
    assert!(few < 2 * 10_000 / BATCH_ITEMS as u64 + 300, "{few}");
}
