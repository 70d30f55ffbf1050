//! The splitter and the reader of chunks against the csv crate.

use lineup::contract::{Chunk, Dialect};
use lineup::plan::{PlanError, Planner};
use lineup::records::{Next, Records};

/// The records of a file are those of its chunks, in order, and those that the
/// csv crate finds; a file that ends in an open quote is refused.
///
/// The first byte chooses the delimiter, the second the size of chunks, the
/// third that of the pieces in which bytes arrive; the rest is the file.
pub fn splitter(data: &[u8]) {
    let [delimiter, chunk_bytes, piece, file @ ..] = data else { return };
    let byte_order_mark = file.starts_with("\u{feff}".as_bytes());
    let dialect =
        Dialect { delimiter: b",;\t|"[usize::from(delimiter % 4)], byte_order_mark, ..Dialect::default() };
    let piece = usize::from(*piece).max(1);
    let planned = plan(file, dialect, u64::from(*chunk_bytes), piece);
    let by_csv = by_csv(file, dialect.delimiter);
    match planned {
        Err(PlanError::NoRows) => assert!(by_csv.is_empty(), "rows are lost: {by_csv:?}"),
        Err(PlanError::UnclosedQuote { .. }) => assert!(ends_in_quotes(file, dialect), "the quote is closed"),
        Ok(chunks) => {
            assert!(!ends_in_quotes(file, dialect), "an open quote is not seen");
            let by_chunks: Vec<_> =
                chunks.iter().flat_map(|chunk| read(file, dialect, *chunk, piece)).collect();
            assert_eq!(by_chunks, by_csv);
        }
    }
}

type Record = Vec<Vec<u8>>;

fn plan(file: &[u8], dialect: Dialect, chunk_bytes: u64, piece: usize) -> Result<Vec<Chunk>, PlanError> {
    let start = if dialect.byte_order_mark { 3 } else { 0 };
    let mut planner = Planner::new(dialect, start as u64, 1, chunk_bytes);
    let mut chunks = Vec::new();
    for bytes in file[start..].chunks(piece) {
        planner.push(bytes, |chunk| chunks.push(chunk));
    }
    chunks.push(planner.finish()?.0);
    Ok(chunks)
}

fn read(file: &[u8], dialect: Dialect, chunk: Chunk, piece: usize) -> Vec<Record> {
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

fn take(records: &mut Records, found: &mut Vec<Record>) {
    while let Some(next) = records.next_record() {
        let Next::Record(record) = next else { panic!("{next:?} in a chunk of whole records") };
        found.push(record.fields.iter().map(<[u8]>::to_vec).collect());
    }
}

fn by_csv(file: &[u8], delimiter: u8) -> Vec<Record> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).delimiter(delimiter).from_reader(file);
    let record = |record: csv::Result<csv::ByteRecord>| record.unwrap().iter().map(<[u8]>::to_vec).collect();
    reader.into_byte_records().map(record).collect()
}

/// What csv-core does not say: whether the file ends in an open quote (RFC 4180, section 2, rules 5 to 7).
fn ends_in_quotes(file: &[u8], dialect: Dialect) -> bool {
    let body = if dialect.byte_order_mark { &file[3..] } else { file };
    let (mut quoted, mut field_is_empty, mut closing) = (false, true, false);
    for &byte in body {
        if quoted && byte == b'"' {
            (quoted, closing) = (false, true);
        } else if !quoted && byte == b'"' && (field_is_empty || closing) {
            (quoted, field_is_empty, closing) = (true, false, false);
        } else if !quoted {
            field_is_empty = byte == dialect.delimiter || byte == b'\r' || byte == b'\n';
            closing = false;
        }
    }
    quoted
}
