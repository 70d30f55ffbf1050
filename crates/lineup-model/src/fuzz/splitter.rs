//! The splitter and the reader of chunks against the csv crate.

use std::ops::Range;

use delimited::plan::PlanError;
use delimited::records::{Next, Records};
use delimited::{Chunk, Dialect};
use lineup::options::ReadOptions;
use lineup::splitter::{Split, SplitError, Splitter};

/// The records of the chunks, in order, equal those that the csv crate finds in
/// the file. A file that ends in an open quote is refused.
///
/// The first byte chooses the delimiter and whether there is a byte order mark, the second the size of
/// chunks, the third that of the pieces in which bytes arrive; the rest is the rows.
pub fn splitter(data: &[u8]) {
    let [dialect, chunk_bytes, piece, rows @ ..] = data else { return };
    let delimiter = b",;\t|"[usize::from(dialect % 4)];
    let mark = if dialect & 4 == 0 { "" } else { "\u{feff}" };
    let header = ["Performer", "Stage", "Start", "End", "Date"].join(&char::from(delimiter).to_string());
    let file = [mark.as_bytes(), header.as_bytes(), b"\n", rows].concat();
    let piece = usize::from(*piece).max(1);
    let mut by_csv = by_csv(&file, delimiter);
    by_csv.remove(0);
    match split(&file, u64::from(*chunk_bytes), piece as u64) {
        Err(SplitError::Plan(PlanError::NoRows)) => assert!(by_csv.is_empty(), "rows are lost: {by_csv:?}"),
        Err(SplitError::Plan(PlanError::UnclosedQuote { .. })) => {
            assert!(ends_in_quotes(rows, delimiter), "the quote is closed");
        }
        Err(SplitError::Header(error)) => panic!("the header is one: {error}"),
        Ok(Split { header, chunks, .. }) => {
            assert!(!ends_in_quotes(rows, delimiter), "an open quote is not seen");
            let read = |chunk: &Chunk| read(&file, header.dialect, *chunk, piece);
            assert_eq!(chunks.iter().flat_map(read).collect::<Vec<_>>(), by_csv);
        }
    }
}

type CsvRecord = Vec<Vec<u8>>;

/// Cuts the file as `split` does, with ranges as long as the pieces.
fn split(file: &[u8], chunk_bytes: u64, piece: u64) -> Result<Split, SplitError> {
    let bytes = |range: Range<u64>| &file[range.start as usize..range.end as usize];
    let mut splitter = Splitter::new(file.len() as u64, chunk_bytes, &ReadOptions::default());
    while let Some(range) = splitter.next_in_order(piece) {
        splitter.push(bytes(range))?;
    }
    for (range, mut scan) in splitter.ranges(piece) {
        scan.push(bytes(range));
        splitter.advance(&scan.finish());
    }
    splitter.finish()
}

fn read(file: &[u8], dialect: Dialect, chunk: Chunk, piece: usize) -> Vec<CsvRecord> {
    let mut records = Records::new(dialect, chunk.start, chunk.first_line);
    let mut found = Vec::new();
    for bytes in file[chunk.start as usize..chunk.end as usize].chunks(piece) {
        records.push(bytes);
        take(&mut records, &mut found);
    }
    records.finish();
    take(&mut records, &mut found);
    assert_eq!(records.next_start(), chunk.end);
    found
}

fn take(records: &mut Records, found: &mut Vec<CsvRecord>) {
    while let Some(next) = records.next_record() {
        let Next::Record(record) = next else { panic!("{next:?} in a chunk of whole records") };
        found.push(record.fields.iter().map(<[u8]>::to_vec).collect());
    }
}

fn by_csv(file: &[u8], delimiter: u8) -> Vec<CsvRecord> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).delimiter(delimiter).from_reader(file);
    let record = |record: csv::Result<csv::ByteRecord>| record.unwrap().iter().map(<[u8]>::to_vec).collect();
    reader.into_byte_records().map(record).collect()
}

/// Whether the file ends in an open quote (RFC 4180, section 2, rules 5 to 7). csv-core does not report it.
fn ends_in_quotes(rows: &[u8], delimiter: u8) -> bool {
    let (mut quoted, mut field_is_empty, mut closing) = (false, true, false);
    for &byte in rows {
        if quoted && byte == b'"' {
            (quoted, closing) = (false, true);
        } else if !quoted && byte == b'"' && (field_is_empty || closing) {
            (quoted, field_is_empty, closing) = (true, false, false);
        } else if !quoted {
            field_is_empty = byte == delimiter || byte == b'\r' || byte == b'\n';
            closing = false;
        }
    }
    quoted
}
