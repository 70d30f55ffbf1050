//! Records that are too long, with a limit that small files reach.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{HEAD_BYTES, MAX_RECORD_BYTES, Next, Records};
use crate::Dialect;

/// What the reader returned: a record's start, end, first and last line, and whether it was too long; or the line
/// of an open quote.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Given {
    Place { start: u64, end: u64, lines: (u64, u64), too_long: bool },
    Unclosed(u64),
}

fn read(file: &[u8], limit: usize, slice: usize) -> Vec<Given> {
    let mut records = Records { limit, ..Records::new(Dialect::default(), 0, 1) };
    let mut given = Vec::new();
    for slice in file.chunks(slice) {
        records.push(slice);
        take(file, &mut records, &mut given);
        assert!(records.buffer.len() - records.read <= limit.max(slice.len()));
    }
    records.finish();
    take(file, &mut records, &mut given);
    if !matches!(given.last(), Some(Given::Unclosed(_))) {
        assert_eq!(records.next_start(), file.len() as u64);
        assert_eq!(records.next_line(), 1 + super::boundary::lines(Dialect::default().line_end, file));
    }
    given
}

fn take(file: &[u8], records: &mut Records, given: &mut Vec<Given>) {
    let limit = records.limit;
    while let Some(next) = records.next_record() {
        given.push(match next {
            Next::Record(r) => {
                Given::Place { start: r.start, end: r.end, lines: (r.line, r.last_line()), too_long: false }
            }
            Next::TooLong(r) => {
                let kept = &file[r.start as usize..r.end as usize];
                assert!(kept.starts_with(r.head) && r.head.len() >= kept.len().min(limit).min(HEAD_BYTES));
                Given::Place { start: r.start, end: r.end, lines: (r.line, r.last_line), too_long: true }
            }
            Next::UnclosedQuote { line } => Given::Unclosed(line),
        });
    }
}

proptest! {
    /// A limit changes nothing but which records are too long, in slices of any size.
    #[test]
    fn a_record_is_too_long_by_its_length_alone(
        file in vec(select(b",\"\"\r\naaaa".as_slice()), 0..=60), limit in 1..=12_usize, slice in 1..=20_usize,
    ) {
        let mut expected = read(&file, usize::MAX, file.len().max(1));
        for given in &mut expected {
            if let Given::Place { start, end, too_long, .. } = given {
                *too_long = *end - *start > limit as u64;
            }
        }
        prop_assert_eq!(read(&file, limit, slice), expected);
    }
}

#[test]
fn a_record_of_the_limit_is_read_and_one_byte_more_is_too_long() {
    let mut file = vec![b'a'; MAX_RECORD_BYTES];
    file.extend_from_slice(b"\nb\n");
    file.resize(file.len() + MAX_RECORD_BYTES + 1, b'c');
    file.extend_from_slice(b"\nd\n");
    let too_long: Vec<bool> = read(&file, MAX_RECORD_BYTES, 64 << 10)
        .into_iter()
        .map(|given| matches!(given, Given::Place { too_long: true, .. }))
        .collect();
    assert_eq!(too_long, [false, false, true, false]);
}

#[test]
fn a_record_of_any_length_takes_no_memory_but_one_slice_and_the_limit() {
    let mut records = Records::new(Dialect::default(), 0, 1);
    let slice = vec![b'a'; 64 << 10];
    for _ in 0..1_000 {
        records.push(&slice);
        assert!(records.next_record().is_none());
    }
    assert!(records.buffer.capacity() <= 2 * (MAX_RECORD_BYTES + slice.len()));
    records.finish();
    assert!(matches!(records.next_record(), Some(Next::TooLong(long)) if long.end == 64_000 << 10));
}
