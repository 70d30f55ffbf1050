//! How fast the records of a chunk are read, from memory: `cargo bench -p delimited --bench records`.
//!
//! Each bench first checks that it finds as many records as were generated.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use delimited::Dialect;
use delimited::records::{Next, Record, Records};

/// The default chunk size of `split`.
const BYTES: usize = 8 << 20;
/// The bytes of a request that arrive at a time.
const PIECE_BYTES: usize = 64 << 10;

const ROWS: [(&str, &str); 5] = [
    ("plain", "Performer 0123456,Main Stage,20:00,21:30,2025-07-12,55\n"),
    ("one quoted field", "\"Performer, 0123\",Main Stage,20:00,21:30,2025-07-12,55\n"),
    ("every field quoted", "\"Performer 0123\",\"Main\",\"20:00\",\"21:30\",\"2025-07-12\"\r\n"),
    ("a quoted line break", "\"Performer\n 0123\",Main Stage,20:00,21:30,2025-07-12,55\n"),
    ("quotes as text", "Performer \"0123\",Main Stage,20:00,21:30,2025-07-12,55\n"),
];

/// Calls `record` with every record of `file`.
fn read(file: &[u8], mut record: impl FnMut(&Record<'_>)) {
    let mut records = Records::new(Dialect::default(), 0, 1);
    for piece in file.chunks(PIECE_BYTES) {
        records.push(piece);
        while let Some(Next::Record(next)) = records.next_record() {
            record(&next);
        }
    }
    records.finish();
    assert!(records.next_record().is_none());
}

fn benches(criterion: &mut Criterion) {
    for (name, row) in ROWS {
        let file = row.repeat(BYTES / row.len()).into_bytes();
        let mut count = 0;
        read(&file, |_| count += 1);
        assert_eq!(count, BYTES / row.len());
        let mut group = criterion.benchmark_group(name);
        group.sample_size(40).throughput(Throughput::Bytes(file.len() as u64));
        group.bench_function("fields", |bencher| {
            bencher.iter(|| read(&file, |record| _ = black_box(record.fields.len())));
        });
        group.bench_function("fields and quotes", |bencher| {
            bencher.iter(|| {
                read(&file, |record| {
                    _ = black_box((record.fields.len(), record.text_behind_quote()));
                    _ = black_box(record.quoted_lines().count());
                });
            });
        });
        group.finish();
    }
}

criterion_group!(records, benches);
criterion_main!(records);
