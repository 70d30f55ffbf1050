//! The lower bound for a split: the csv crate's parser reads a file and drops the records.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};
use serde_json::json;

/// Prints `{"records", "starts"}`: the number of records after the header, and where chunks would start.
/// The file after the header is divided into cells of `chunk_bytes`. For each cell in which a record
/// begins, `starts` has the byte of the first one.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn run(file: &Path, chunk_bytes: u64) -> anyhow::Result<()> {
    let (records, starts) = parse(File::open(file)?, chunk_bytes)?;
    println!("{}", json!({"records": records, "starts": starts}));
    Ok(())
}

fn parse(file: impl Read, chunk_bytes: u64) -> csv::Result<(u64, Vec<u64>)> {
    let mut builder = ReaderBuilder::new();
    let mut reader = builder.has_headers(false).flexible(true).buffer_capacity(256 << 10).from_reader(file);
    let mut record = ByteRecord::new();
    reader.read_byte_record(&mut record)?;
    let grid = reader.position().byte();
    let (mut records, mut starts, mut cell) = (0, Vec::new(), None);
    loop {
        let start = reader.position().byte();
        if !reader.read_byte_record(&mut record)? {
            return Ok((records, starts));
        }
        records += 1;
        let begun_in = (start - grid) / chunk_bytes;
        if cell != Some(begun_in) {
            cell = Some(begun_in);
            starts.push(start);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_chunk_starts_at_the_first_record_that_begins_in_its_cell() {
        let file = "a,b\n\"x\ny\",1\nz,2\nz,3\n";
        assert_eq!(parse(file.as_bytes(), 4).unwrap(), (3, vec![4, 12, 16]));
        assert_eq!(parse(file.as_bytes(), 1000).unwrap(), (3, vec![4]));
    }
}
