//! The oracles: they find the content of a file byte by byte, and with the csv crate.

use delimited::Dialect;

/// A record, in the form in which an oracle is compared with [`delimited::records::Records`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub start: u64,
    pub end: u64,
    pub line: u64,
    pub fields: Vec<Vec<u8>>,
}

/// Where the records of a file are, and the line of a quote that is never closed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// Start, end and line of each record.
    pub records: Vec<(u64, u64, u64)>,
    pub unclosed: Option<u64>,
}

/// Reads `file` from `start`, byte by byte, with one flag for each distinction of RFC 4180.
pub(super) fn places(file: &[u8], start: usize, dialect: Dialect) -> Places {
    let mut places = Places::default();
    let mut begun: Option<usize> = None;
    let (mut field_is_empty, mut quoted, mut opened_at) = (true, false, 0);
    let mut at = start;
    while at < file.len() {
        let byte = file[at];
        if quoted {
            if byte == b'"' && file.get(at + 1) == Some(&b'"') {
                at += 1;
            } else if byte == b'"' {
                quoted = false;
            }
        } else if byte == b'\r' || byte == b'\n' {
            if let Some(first) = begun.take() {
                places.records.push((first as u64, at as u64, line_of(file, dialect, first)));
            }
            field_is_empty = true;
        } else {
            begun = begun.or(Some(at));
            quoted = byte == b'"' && field_is_empty;
            opened_at = if quoted { at } else { opened_at };
            field_is_empty = byte == dialect.delimiter;
        }
        at += 1;
    }
    if quoted {
        places.unclosed = Some(line_of(file, dialect, opened_at));
    } else if let Some(first) = begun {
        places.records.push((first as u64, file.len() as u64, line_of(file, dialect, first)));
    }
    places
}

pub(super) fn line_of(file: &[u8], dialect: Dialect, at: usize) -> u64 {
    1 + file[..at].iter().filter(|&&byte| byte == dialect.line_end.byte()).count() as u64
}

/// The fields of every record, as the csv crate reads them.
pub(super) fn fields(file: &[u8], delimiter: u8) -> Vec<Vec<Vec<u8>>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(file)
        .into_byte_records()
        .map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect())
        .collect()
}

/// Both oracles together, for a file whose quotes are closed.
pub(super) fn records(file: &[u8], dialect: Dialect) -> Vec<Seen> {
    let places = places(file, body(dialect), dialect);
    let fields = fields(file, dialect.delimiter);
    assert_eq!(places.records.len(), fields.len(), "the oracles disagree");
    let seen = |((start, end, line), fields)| Seen { start, end, line, fields };
    places.records.into_iter().zip(fields).map(seen).collect()
}

/// Where the file's text begins.
pub(super) fn body(dialect: Dialect) -> usize {
    if dialect.byte_order_mark { 3 } else { 0 }
}
