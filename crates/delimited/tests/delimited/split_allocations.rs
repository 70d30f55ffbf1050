//! Cutting a file allocates nothing for a record.

use allocation_counter::measure;
use delimited::Dialect;
use delimited::plan::Planner;
use delimited::transition::RangeScan;

const CHUNK_BYTES: u64 = 64 << 10;

fn rows(records: usize) -> Vec<u8> {
    "\"Performer, 1\",Main Stage,20:00,21:30,2025-07-12,55\n".repeat(records).into_bytes()
}

/// Allocations of one pass over `file`, in pieces of `piece` bytes.
fn planning(file: &[u8], piece: usize, chunk_bytes: u64) -> u64 {
    let mut records = 0;
    let measured = measure(|| {
        let mut planner = Planner::new(Dialect::default(), 0, 1, chunk_bytes);
        file.chunks(piece).for_each(|piece| planner.push(piece, |_| {}));
        records = planner.finish().unwrap().1.records;
    });
    assert_eq!(records as usize, file.iter().filter(|&&byte| byte == b'\n').count());
    measured.count_total
}

/// Allocations of a scan from every state.
fn scanning(file: &[u8], piece: usize, chunk_bytes: u64) -> u64 {
    let mut planner = Planner::new(Dialect::default(), 0, 1, chunk_bytes);
    planner.push(&file[..1], |_| {});
    let measured = measure(|| {
        let mut scan = RangeScan::new(Dialect::default(), planner.grid().unwrap(), 1);
        file[1..].chunks(piece).for_each(|piece| scan.push(piece));
        planner.advance(&scan.finish(), |_| {});
    });
    assert!(planner.finish().is_ok());
    measured.count_total
}

#[test]
fn no_record_is_allocated_for() {
    for count in [planning, scanning] {
        let few = count(&rows(1_000), 8 << 10, u64::MAX);
        let many = count(&rows(64_000), 8 << 10, u64::MAX);
        assert_eq!(many, few);
    }
}

#[test]
fn a_pass_allocates_for_no_chunk_either() {
    let (few, many) = (rows(10_000), rows(100_000));
    let once = planning(&few, CHUNK_BYTES as usize, CHUNK_BYTES);
    assert_eq!(planning(&many, CHUNK_BYTES as usize, CHUNK_BYTES), once);
    assert!(once <= 1, "{once}");
}
