//! The paths through the crate: the planner, and the reader of each chunk.

use delimited::plan::{FileTotals, PlanError, Planner};
use delimited::records::{Next, Records};
use delimited::{Chunk, Dialect};

use super::parallel;
use super::reference::{self, Seen};

/// Cuts `bytes` into slices of the lengths of `pattern`, over and over.
pub(super) fn slices<'a>(mut bytes: &'a [u8], pattern: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut lengths = pattern.iter().cycle();
    std::iter::from_fn(move || {
        let length = *lengths.next()?;
        let (slice, rest) = bytes.split_at_checked(length).unwrap_or((bytes, &[]));
        bytes = rest;
        (!slice.is_empty()).then_some(slice)
    })
}

pub(super) fn plan(
    file: &[u8],
    (start, line): (u64, u64),
    dialect: Dialect,
    chunk_bytes: u64,
    pattern: &[usize],
) -> Result<(Vec<Chunk>, FileTotals), PlanError> {
    let mut planner = Planner::new(dialect, start, line, chunk_bytes);
    let mut chunks = Vec::new();
    for slice in slices(&file[start as usize..], pattern) {
        planner.push(slice, |chunk| chunks.push(chunk));
    }
    let (last, totals) = planner.finish()?;
    chunks.push(last);
    Ok((chunks, totals))
}

/// The records of `file[start..end]`, whose quotes are closed.
pub(super) fn read(
    file: &[u8],
    start: u64,
    end: u64,
    line: u64,
    dialect: Dialect,
    pattern: &[usize],
) -> Vec<Seen> {
    let mut records = Records::new(dialect, start, line);
    let mut seen = Vec::new();
    for slice in slices(&file[start as usize..end as usize], pattern) {
        records.push(slice);
        take(file, &mut records, &mut seen);
    }
    records.finish();
    take(file, &mut records, &mut seen);
    assert_eq!(records.next_start(), end);
    assert_eq!(records.next_line(), reference::line_of(file, dialect, end as usize));
    seen
}

fn take(file: &[u8], records: &mut Records, seen: &mut Vec<Seen>) {
    while let Some(next) = records.next_record() {
        let Next::Record(record) = next else { panic!("{next:?}") };
        assert_eq!(record.raw, &file[record.start as usize..record.end as usize]);
        let fields: Vec<_> = record.fields.iter().map(<[u8]>::to_vec).collect();
        let by_index = (0..record.fields.len()).map(|index| record.fields.get(index).unwrap().to_vec());
        assert!(by_index.eq(fields.iter().cloned()) && record.fields.get(fields.len()).is_none());
        seen.push(Seen { start: record.start, end: record.end, line: record.line, fields });
    }
}

/// Checks every path with a file: the results must equal those of the oracles.
pub(super) fn check(file: &[u8], dialect: Dialect, chunk_bytes: u64, pattern: &[usize]) {
    let start = reference::body(dialect);
    let places = reference::places(file, start, dialect);
    let planned = plan(file, (start as u64, 1), dialect, chunk_bytes, pattern);
    assert_eq!(parallel::plan(file, (start as u64, 1), dialect, chunk_bytes, pattern), planned);
    if let Some(line) = places.unclosed {
        assert_eq!(planned, Err(PlanError::UnclosedQuote { line }));
        return check_unclosed(file, start, dialect, pattern, line);
    }
    let whole = reference::records(file, dialect);
    if whole.is_empty() {
        assert_eq!(planned, Err(PlanError::NoRows));
        return;
    }
    let (chunks, totals) = planned.unwrap();
    assert_eq!(chunks, cut_by_rule(file, &whole, chunk_bytes));
    assert_eq!(totals, expected_totals(file, dialect, &whole, &chunks));
    let mut concatenated = Vec::new();
    for chunk in chunks {
        let records = read(file, chunk.start, chunk.end, chunk.first_line, dialect, pattern);
        assert_eq!((records[0].start, records[0].line), (chunk.start, chunk.first_line));
        concatenated.extend(records);
    }
    assert_eq!(concatenated, whole);
}

/// The reader returns the records before the open quote, then the quote's line, once.
fn check_unclosed(file: &[u8], start: usize, dialect: Dialect, pattern: &[usize], line: u64) {
    let mut records = Records::new(dialect, start as u64, 1);
    let mut seen = Vec::new();
    for slice in slices(&file[start..], pattern) {
        records.push(slice);
        take(file, &mut records, &mut seen);
    }
    records.finish();
    assert!(matches!(records.next_record(), Some(Next::UnclosedQuote { line: found }) if found == line));
    assert!(records.next_record().is_none());
    let places = reference::places(file, start, dialect).records;
    assert!(places.into_iter().eq(seen.iter().map(|record| (record.start, record.end, record.line))));
}

/// Chunk k has the records of one cell: the k-th among the cells in which a record begins.
fn cut_by_rule(file: &[u8], whole: &[Seen], chunk_bytes: u64) -> Vec<Chunk> {
    let cell = |record: &Seen| (record.start - whole[0].start) / chunk_bytes;
    let groups: Vec<&[Seen]> = whole.chunk_by(|a, b| cell(a) == cell(b)).collect();
    let end = |index: usize| groups.get(index).map_or(file.len() as u64, |group| group[0].start);
    let chunk = |(index, group): (usize, &&[Seen])| Chunk {
        chunk: index as u32 + 1,
        start: group[0].start,
        end: end(index + 1),
        first_line: group[0].line,
    };
    groups.iter().enumerate().map(chunk).collect()
}

fn expected_totals(file: &[u8], dialect: Dialect, whole: &[Seen], chunks: &[Chunk]) -> FileTotals {
    FileTotals {
        records: whole.len() as u64,
        chunks: chunks.len() as u32,
        bytes: file.len() as u64,
        last_line: reference::line_of(file, dialect, file.len() - 1),
    }
}
