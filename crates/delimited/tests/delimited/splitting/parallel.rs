//! Ranges that are scanned separately compose to what the planner finds in one pass.

use delimited::boundary::ScanState;
use delimited::grid::Grid;
use delimited::plan::{FileTotals, PlanError, Planner};
use delimited::transition::{CellStart, RangeScan, Transition, TransitionVector};
use delimited::{Chunk, Dialect, LineEnd};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{paths, reference};

/// Plans `file` in ranges of the lengths of `pattern`, each scanned by itself;
/// every grouping in which they compose must give the same.
pub(super) fn plan(
    file: &[u8],
    (start, line): (u64, u64),
    dialect: Dialect,
    chunk_bytes: u64,
    pattern: &[usize],
) -> Result<(Vec<Chunk>, FileTotals), PlanError> {
    let mut planner = Planner::new(dialect, start, line, chunk_bytes);
    let mut chunks = Vec::new();
    let mut offset = start;
    let mut vectors = Vec::new();
    for range in paths::slices(&file[start as usize..], pattern) {
        match planner.grid() {
            None => planner.push(range, |chunk| chunks.push(chunk)),
            Some(grid) => vectors.push(scanned(range, grid, offset, dialect, pattern)),
        }
        offset += range.len() as u64;
    }
    let mut composed = planner.clone();
    let before = chunks.len();
    for vector in &vectors {
        planner.advance(vector, |chunk| chunks.push(chunk));
    }
    let finished = planner.finish();
    if let Some(whole) = composition(&vectors) {
        let mut again = chunks[..before].to_vec();
        composed.advance(&whole, |chunk| again.push(chunk));
        assert_eq!((again, composed.finish()), (chunks.clone(), finished.clone()));
    }
    let (last, totals) = finished?;
    chunks.push(last);
    Ok((chunks, totals))
}

fn scanned(range: &[u8], grid: Grid, offset: u64, dialect: Dialect, pattern: &[usize]) -> TransitionVector {
    let mut scan = RangeScan::new(dialect, grid, offset);
    paths::slices(range, &pattern[pattern.len() / 2..]).for_each(|slice| scan.push(slice));
    scan.finish()
}

/// All of `vectors` as one; both ways of grouping give the same.
fn composition(vectors: &[TransitionVector]) -> Option<TransitionVector> {
    let compose = |mut left: TransitionVector, right: &TransitionVector| {
        left.compose(right);
        left
    };
    let from_left = vectors.iter().cloned().reduce(|left, right| compose(left, &right));
    let from_right = vectors.iter().rev().cloned().reduce(|right, left| compose(left, &right));
    assert_eq!(from_left, from_right);
    from_left
}

/// A file of up to five blocks of the vectorised scan, with many delimiters, quotes and line breaks.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let letters = select(vec!["a", ",", "\"", "\"", "\r", "\n", "é", "aaaaaaaaaaaaaaaa"]);
    vec(letters, 0..=120).prop_map(|letters| letters.concat().into_bytes())
}

fn lengths(most: usize) -> impl Strategy<Value = Vec<usize>> {
    vec(1..=most, 1..=4)
}

proptest! {
    #[test]
    fn any_ranges_give_the_chunks_of_one_pass(file in file(), ranges in lengths(150), chunk_bytes in 1..=200_u64) {
        let places = reference::places(&file, 0, Dialect::default());
        let parallel = plan(&file, (0, 1), Dialect::default(), chunk_bytes, &ranges);
        prop_assert_eq!(&parallel, &paths::plan(&file, (0, 1), Dialect::default(), chunk_bytes, &ranges));
        match parallel {
            Ok((_, totals)) => prop_assert_eq!(totals.records as usize, places.records.len()),
            Err(PlanError::UnclosedQuote { line }) => prop_assert_eq!(places.unclosed, Some(line)),
            Err(PlanError::NoRows) => prop_assert!(places.records.is_empty()),
        }
    }

    #[test]
    fn a_plan_that_goes_on_at_any_byte_is_that_of_one_pass(
        file in file(), cuts in lengths(60), chunk_bytes in 1..=200_u64,
        delimiter in select(b",;".as_slice()), line_end in select([LineEnd::Lf, LineEnd::Cr].as_slice()),
    ) {
        let dialect = Dialect { delimiter, line_end, ..Dialect::default() };
        let whole = paths::plan(&file, (0, 1), dialect, chunk_bytes, &[usize::MAX]);
        let (mut planner, mut chunks) = (Planner::new(dialect, 0, 1, chunk_bytes), Vec::new());
        for slice in paths::slices(&file, &cuts) {
            planner.push(slice, |chunk| chunks.push(chunk));
            planner = Planner::resume(dialect, chunk_bytes, planner.progress());
        }
        let again = planner.finish().map(|(last, totals)| ([chunks, vec![last]].concat(), totals));
        prop_assert_eq!(again, whole);
    }

    #[test]
    fn a_scan_knows_what_follows_from_every_state(
        file in file(), slices in lengths(100), chunk_bytes in 1..=200_u64, before in 0..=50_u64,
    ) {
        let grid = Grid::new(7, chunk_bytes);
        let vector = scanned(&file, grid, 7 + before, Dialect::default(), &slices);
        prop_assert_eq!(vector.range(), 7 + before..7 + before + file.len() as u64);
        for state in ScanState::ALL {
            prop_assert_eq!(vector.from(state), &stepped(state, &file, grid, 7 + before));
        }
    }
}

/// The scan of `file`, computed byte by byte.
fn stepped(from: ScanState, file: &[u8], grid: Grid, offset: u64) -> Transition {
    let mut found = Transition { end: from, records: 0, cells: Vec::new(), opened: None };
    let (mut lines, mut cell_end) = (0, 0);
    for (&byte, offset) in file.iter().zip(offset..) {
        let end = found.end.step(b',', byte);
        if found.end == ScanState::RecordStart && !matches!(byte, b'\r' | b'\n') {
            found.records += 1;
            if offset >= cell_end {
                found.cells.push(CellStart { offset, lines });
                cell_end = grid.cell_end(offset);
            }
        }
        found.opened = match (found.end, end) {
            (ScanState::RecordStart | ScanState::FieldStart, ScanState::Quoted) => Some(lines),
            (_, end) if end.in_quotes() => found.opened,
            _ => None,
        };
        lines += u64::from(byte == b'\n');
        found.end = end;
    }
    found
}

#[test]
fn states_that_never_converge_are_told_apart_to_the_end() {
    for row in ["a,b,c,d\n", "\"\",\"\",\"\"\r\n", "\"\"\"\"\n", ",\",\"\n"] {
        let file = row.repeat(9_000).into_bytes();
        let whole = paths::plan(&file, (0, 1), Dialect::default(), 1000, &[usize::MAX]);
        assert_eq!(whole.as_ref().unwrap().1.records, 9_000);
        for length in [1_000, 20_001] {
            assert_eq!(plan(&file, (0, 1), Dialect::default(), 1000, &[length]), whole, "{row:?}");
        }
    }
}

#[test]
#[should_panic(expected = "ranges of one plan come in order")]
fn a_range_that_is_left_out_is_no_plan() {
    let mut planner = Planner::new(Dialect::default(), 0, 1, 10);
    planner.push(b"a\n", |_| {});
    let range = RangeScan::new(Dialect::default(), planner.grid().unwrap(), 3).finish();
    planner.advance(&range, |_| {});
}
