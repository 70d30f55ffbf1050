//! A whole lineup, from its header to its last record.

use std::path::PathBuf;

use delimited::Dialect;
use delimited::plan::PlanError;
use delimited::records::Records;

use super::{paths, reference};

/// Where the second record begins, or a line break before it, with its line.
fn behind_header(file: &[u8], dialect: Dialect) -> (u64, u64) {
    let mut records = Records::new(dialect, 0, 1);
    records.push(file);
    records.finish();
    records.next_record();
    (records.next_start(), records.next_line())
}

#[test]
fn a_header_and_its_rows() {
    let file = b"Performer;Stage;Start;End;Date\r\n\r\n\"A\r\nB\";X;20:00;21:00;2025-07-12\r\nC;X;21:00;22:00;2025-07-12";
    let dialect = Dialect { delimiter: b';', ..Dialect::default() };
    let place = behind_header(file, dialect);
    assert_eq!(place, (34, 3));
    let (chunks, totals) = paths::plan(file, place, dialect, 1, &[7]).unwrap();
    let places: Vec<_> =
        chunks.iter().map(|chunk| (chunk.chunk, chunk.start, chunk.end, chunk.first_line)).collect();
    assert_eq!(places, [(1, 34, 67, 3), (2, 67, 93, 5)]);
    assert_eq!((totals.records, totals.chunks, totals.bytes, totals.last_line), (2, 2, 93, 5));
}

#[test]
fn a_header_alone_has_no_rows() {
    for end in ["", "\n", "\r\n\r\n"] {
        let file = format!("Performer,Stage,Start,End,Date{end}");
        let place = behind_header(file.as_bytes(), Dialect::default());
        let planned = paths::plan(file.as_bytes(), place, Dialect::default(), 1, &[1]);
        assert_eq!(planned, Err(PlanError::NoRows));
    }
}

#[test]
fn slices_larger_than_a_block_give_the_same_chunks() {
    let row = "\"Tyler, \"\"The\"\"\nCreator\",Other Stage,20:30,21:45,2022-06-24\r\n";
    let file = row.repeat(20_000).into_bytes();
    let start = (0, 1);
    let whole = paths::plan(&file, start, Dialect::default(), 100_000, &[usize::MAX]).unwrap();
    let sliced = paths::plan(&file, start, Dialect::default(), 100_000, &[1 << 16, 1, 999]).unwrap();
    assert_eq!(whole, sliced);
    assert_eq!((whole.1.records, whole.1.last_line), (20_000, 40_000));
    for chunk in whole.0 {
        assert_eq!(chunk.start % row.len() as u64, 0);
        assert_eq!(chunk.first_line, reference::line_of(&file, Dialect::default(), chunk.start as usize));
    }
}

#[test]
fn glastonbury_2022_has_3315_records() {
    let folder = std::env::var_os("LINEUP_SHARED_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let path = folder.join("glastonbury-2022.csv");
    let Ok(file) = std::fs::read(&path) else {
        println!("skipped: there is no {}", path.display());
        return;
    };
    let dialect = Dialect::default();
    let place = behind_header(&file, dialect);
    let (chunks, totals) = paths::plan(&file, place, dialect, 16 << 10, &[10_000]).unwrap();
    assert_eq!((totals.records, totals.bytes), (3_315, file.len() as u64));
    let read = |chunk: &delimited::Chunk| {
        paths::read(&file, chunk.start, chunk.end, chunk.first_line, dialect, &[4_096])
    };
    let records: Vec<_> = chunks.iter().flat_map(read).collect();
    let whole = reference::records(&file, dialect);
    assert_eq!(records, whole[1..]);
}
