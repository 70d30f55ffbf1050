//! How fast a file is cut, from memory: `cargo bench -p delimited --bench splitting`.
//!
//! Each bench first checks that it finds as many records as were generated.
#![allow(clippy::unwrap_used, missing_docs)]

use std::thread;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use delimited::Dialect;
use delimited::plan::Planner;
use delimited::transition::{RangeScan, TransitionVector};

/// The default chunk size of `split`.
const CHUNK_BYTES: u64 = 8 << 20;
/// Larger than the processor's cache, so that bytes come from memory, as those of a connection do.
const BYTES: usize = 128 << 20;
/// The bytes that one request of `split` reads.
const RANGE_BYTES: usize = 8 << 20;
/// The bytes of a request that arrive at a time.
const PIECE_BYTES: usize = 64 << 10;

struct File {
    name: &'static str,
    bytes: Vec<u8>,
    records: u64,
}

/// Repeats `row`. Its `#` become a number of the same length, so that every record has the row's length.
fn file(name: &'static str, row: &str) -> File {
    let width = row.matches('#').count();
    let (before, behind) = row.split_once(&"#".repeat(width)).unwrap();
    let mut bytes = Vec::with_capacity(BYTES);
    let mut records = 0;
    while bytes.len() + row.len() <= BYTES {
        bytes.extend_from_slice(format!("{before}{records:0width$}{behind}").as_bytes());
        records += 1;
    }
    File { name, bytes, records }
}

fn files() -> [File; 4] {
    [
        file("plain", "Performer #######,Main Stage,20:00,21:30,2025-07-12,55\n"),
        file("one quoted field", "\"Performer, ####\",Main Stage,20:00,21:30,2025-07-12,55\n"),
        file("every field quoted", "\"Performer ####\",\"Main\",\"20:00\",\"21:30\",\"2025-07-12\"\r\n"),
        file("quotes as text", "Performer \"####\",Main Stage,20:00,21:30,2025-07-12,55\n"),
    ]
}

/// In one pass.
fn plan(file: &File) -> u64 {
    let mut planner = Planner::new(Dialect::default(), 0, 1, CHUNK_BYTES);
    file.bytes.chunks(PIECE_BYTES).for_each(|piece| planner.push(piece, |_| {}));
    planner.finish().unwrap().1.records
}

/// In ranges, on `threads` threads, composed in order.
fn plan_apart(file: &File, threads: usize) -> u64 {
    let mut planner = Planner::new(Dialect::default(), 0, 1, CHUNK_BYTES);
    let (head, rest) = file.bytes.split_at(1);
    planner.push(head, |_| {});
    let grid = planner.grid().unwrap();
    let scan = |(index, range): (usize, &[u8])| {
        let mut scan = RangeScan::new(Dialect::default(), grid, (1 + index * RANGE_BYTES) as u64);
        range.chunks(PIECE_BYTES).for_each(|piece| scan.push(piece));
        scan.finish()
    };
    let ranges = || rest.chunks(RANGE_BYTES).enumerate();
    let vectors: Vec<Vec<TransitionVector>> = thread::scope(|scope| {
        let every = |first| scope.spawn(move || ranges().skip(first).step_by(threads).map(scan).collect());
        let threads: Vec<_> = (0..threads).map(every).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    (0..ranges().len()).for_each(|range| planner.advance(&vectors[range % threads][range / threads], |_| {}));
    planner.finish().unwrap().1.records
}

fn benches(criterion: &mut Criterion) {
    for file in files() {
        let mut group = criterion.benchmark_group(file.name);
        group.sample_size(20).throughput(Throughput::Bytes(file.bytes.len() as u64));
        assert_eq!(plan(&file), file.records);
        group.bench_function("one pass", |bencher| bencher.iter(|| plan(&file)));
        for threads in [1, 2] {
            assert_eq!(plan_apart(&file, threads), file.records);
            let name = format!("ranges on {threads} threads");
            group.bench_function(name, |bencher| bencher.iter(|| plan_apart(&file, threads)));
        }
        group.finish();
    }
}

criterion_group!(splitting, benches);
criterion_main!(splitting);
