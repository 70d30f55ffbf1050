//! The time that a row takes from its bytes to the JSON of its batch. `cargo bench -p lineup-table --bench rows`
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use delimited::Dialect;
use delimited::records::{Next, Records};
use lineup::header::Columns;
use lineup::reading::Reading;
use lineup_table::batch::Batcher;
use lineup_table::{Item, ItemReader};

const ROWS: usize = 100_000;
const PIECE: usize = 16 << 10;

fn file() -> Vec<u8> {
    let row = |n| format!("Performer No {n:07},Stage {:02},20:00,20:30,2025-07-12,{}\n", n % 40, n % 100 + 1);
    (0..ROWS).map(row).collect::<String>().into_bytes()
}

/// Reads the rows, and calls `take` with each.
fn items(file: &[u8], mut take: impl FnMut(&Item)) {
    let header = ["Performer", "Stage", "Start", "End", "Date", "Popularity"];
    let mut reader = ItemReader::new(&Columns::from_names(header).unwrap(), &Reading::default());
    let mut records = Records::new(Dialect::default(), 0, 2);
    for piece in file.chunks(PIECE) {
        records.push(piece);
        while let Some(Next::Record(record)) = records.next_record() {
            take(reader.read_record(&record).unwrap().unwrap());
        }
    }
}

fn read(file: &[u8]) -> usize {
    let mut rows = 0;
    items(file, |item| {
        black_box(item);
        rows += 1;
    });
    rows
}

fn packed(file: &[u8]) -> usize {
    let (mut batcher, mut rows) = (Batcher::new(), 0);
    items(file, |item| rows += batcher.push(item, ()).map_or(0, |batch| black_box(batch).puts.len()));
    rows + batcher.finish(()).map_or(0, |batch| batch.puts.len())
}

/// Returns the number of rows.
type Step = fn(&[u8]) -> usize;

fn rows(criterion: &mut Criterion) {
    let file = file();
    let mut group = criterion.benchmark_group("rows");
    group.throughput(Throughput::Elements(ROWS as u64)).sample_size(20);
    let steps: [(&str, Step); 2] = [("bytes to items", read), ("bytes to batches", packed)];
    for (name, step) in steps {
        assert_eq!(step(&file), ROWS);
        group.bench_function(name, |bencher| bencher.iter(|| step(black_box(&file))));
    }
    group.finish();
}

criterion_group!(benches, rows);
criterion_main!(benches);
