//! Invariants over random files.

use delimited::boundary::{ScanState, scan};
use delimited::records::{Next, Records};
use delimited::{Dialect, LineEnd};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{paths, reference};

/// A file of at most 40 bytes, most of them delimiters, quotes and line breaks, with its dialect.
fn file() -> impl Strategy<Value = (Vec<u8>, Dialect)> {
    let line_end = select([LineEnd::Lf, LineEnd::Cr].as_slice());
    (select(b",;\t|".as_slice()), any::<bool>(), line_end).prop_flat_map(
        |(delimiter, byte_order_mark, line_end)| {
            let letters = vec![delimiter, b'"', b'"', b'\r', b'\n', b'a'];
            vec(select(letters), 0..=40).prop_map(move |letters| {
                let mark: &[u8] = if byte_order_mark { "\u{feff}".as_bytes() } else { b"" };
                ([mark, &letters].concat(), Dialect { delimiter, byte_order_mark, line_end })
            })
        },
    )
}

/// Lengths of the slices in which a file is pushed.
fn pattern() -> impl Strategy<Value = Vec<usize>> {
    vec(1..=9_usize, 1..=5)
}

/// Every file of `length` letters of the alphabet.
fn every_file(length: usize) -> impl Iterator<Item = Vec<u8>> {
    (0..5_usize.pow(length as u32)).map(move |number| {
        (0..length as u32).map(|place| b",\"\r\na"[number / 5_usize.pow(place) % 5]).collect()
    })
}

#[test]
fn every_short_file_is_the_concatenation_of_its_chunks() {
    for file in (0..=5).flat_map(every_file) {
        for chunk_bytes in 1..=file.len() as u64 + 1 {
            paths::check(&file, Dialect::default(), chunk_bytes, &[1]);
        }
    }
}

proptest! {
    #[test]
    fn a_file_is_the_concatenation_of_its_chunks((file, dialect) in file(), pattern in pattern()) {
        for chunk_bytes in 1..=file.len() as u64 + 1 {
            paths::check(&file, dialect, chunk_bytes, &pattern);
        }
    }

    /// A range can be scanned before the state at its start is known, and in any pieces.
    #[test]
    fn a_scan_steps_byte_by_byte_from_every_state((file, dialect) in file(), cut in 0..=40_usize) {
        let cut = cut.min(file.len());
        for from in ScanState::ALL {
            let (whole, starts) = scanned(dialect.delimiter, from, &file);
            prop_assert_eq!((whole, starts.clone()), stepped(dialect.delimiter, from, &file));
            let (middle, mut pieces) = scanned(dialect.delimiter, from, &file[..cut]);
            let (end, behind) = scanned(dialect.delimiter, middle, &file[cut..]);
            pieces.extend(behind.iter().map(|start| start + cut));
            prop_assert_eq!((end, pieces), (whole, starts));
        }
    }

    #[test]
    fn reading_goes_on_where_it_stopped((file, dialect) in file(), pattern in pattern()) {
        let start = reference::body(dialect);
        prop_assume!(reference::places(&file, start, dialect).unclosed.is_none());
        let whole = reference::records(&file, dialect);
        let end = file.len() as u64;
        for count in 0..=whole.len() {
            let (next_start, next_line) = stop_after(&file, start, dialect, &pattern, count);
            prop_assert_eq!(next_line, reference::line_of(&file, dialect, next_start as usize));
            let rest = paths::read(&file, next_start, end, next_line, dialect, &pattern);
            prop_assert_eq!(&rest, &whole[count..]);
        }
    }
}

fn scanned(delimiter: u8, from: ScanState, bytes: &[u8]) -> (ScanState, Vec<usize>) {
    let mut starts = Vec::new();
    let scan = scan(delimiter, from, bytes, |start| starts.push(start));
    (scan.state, starts)
}

fn stepped(delimiter: u8, from: ScanState, bytes: &[u8]) -> (ScanState, Vec<usize>) {
    let (mut state, mut starts) = (from, Vec::new());
    for (index, &byte) in bytes.iter().enumerate() {
        if state == ScanState::RecordStart && !matches!(byte, b'\r' | b'\n') {
            starts.push(index);
        }
        state = state.step(delimiter, byte);
    }
    (state, starts)
}

/// The position at which a reader says to continue after `count` records.
fn stop_after(file: &[u8], start: usize, dialect: Dialect, pattern: &[usize], count: usize) -> (u64, u64) {
    let mut records = Records::new(dialect, start as u64, 1);
    let mut slices = paths::slices(&file[start..], pattern);
    let (mut taken, mut finished) = (0, false);
    while taken < count {
        match records.next_record() {
            Some(Next::Record(_)) => taken += 1,
            Some(other) => panic!("{other:?}"),
            None => match slices.next() {
                Some(slice) => records.push(slice),
                None => {
                    assert!(!std::mem::replace(&mut finished, true), "only {taken} of {count} records");
                    records.finish();
                }
            },
        }
    }
    (records.next_start(), records.next_line())
}
