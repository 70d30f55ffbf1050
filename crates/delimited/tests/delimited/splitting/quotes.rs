//! What stands between and behind quotes, compared with a plain definition that walks the automaton's states.

use allocation_counter::measure;
use delimited::boundary::ScanState;
use delimited::records::{FieldSplitter, Next, Records};
use delimited::{Dialect, LineEnd};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{paths, reference};

/// What a record says of its quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Quotes {
    lines: (u64, u64),
    /// The file offset of the first text behind a closing quote, and its line.
    text_behind: Option<(u64, u64)>,
    /// The lines of quoted fields with line breaks: number and bytes.
    quoted_lines: Vec<(u64, Vec<u8>)>,
}

fn read(file: &[u8], dialect: Dialect, pattern: &[usize]) -> Vec<Quotes> {
    let mut records = Records::new(dialect, 0, 1);
    let mut seen = Vec::new();
    for slice in paths::slices(file, pattern).map(Some).chain([None]) {
        match slice {
            Some(slice) => records.push(slice),
            None => records.finish(),
        }
        while let Some(Next::Record(record)) = records.next_record() {
            let behind = record.text_behind_quote();
            seen.push(Quotes {
                lines: (record.line, record.last_line()),
                text_behind: behind.map(|at| (record.start + at as u64, record.line_at(at))),
                quoted_lines: record.quoted_lines().map(|line| (line.line, line.raw.to_vec())).collect(),
            });
        }
    }
    seen
}

/// The quotes of `file[start..end]`, a record, byte by byte.
fn stepped(file: &[u8], start: usize, end: usize, dialect: Dialect) -> Quotes {
    let line = |at| reference::line_of(file, dialect, at);
    let mut quotes = Quotes { lines: (line(start), line(end)), ..Quotes::default() };
    let (mut state, mut opened, mut behind) = (ScanState::RecordStart, 0, false);
    for at in start..=end {
        // The line break behind the last record may be missing.
        let byte = if at == end { b'\n' } else { file[at] };
        let before = state;
        state = state.step(dialect.delimiter, byte);
        let opens = !before.in_quotes() && state.in_quotes();
        let closed = before == ScanState::QuoteInQuoted && !state.in_quotes();
        opened = if opens { at + 1 } else { opened };
        behind = (behind || closed) && state == ScanState::Unquoted;
        if behind && !matches!(byte, b' ' | b'\t') {
            quotes.text_behind = quotes.text_behind.or(Some((at as u64, line(at))));
        }
        if closed {
            quotes.quoted_lines.extend(lines(file, opened, at - 1, dialect));
        }
    }
    quotes
}

/// The lines of `file[start..end]` that are not blank, if there is a line break.
fn lines(file: &[u8], start: usize, end: usize, dialect: Dialect) -> Vec<(u64, Vec<u8>)> {
    let (mut lines, mut from, mut breaks) = (Vec::new(), start, 0);
    for at in start..=end {
        if at < end && !matches!(file[at], b'\r' | b'\n') {
            continue;
        }
        breaks += usize::from(at < end);
        if from < at {
            lines.push((reference::line_of(file, dialect, from), file[from..at].to_vec()));
        }
        from = at + 1;
    }
    if breaks == 0 { Vec::new() } else { lines }
}

fn check(file: &[u8], dialect: Dialect, pattern: &[usize]) {
    let places = reference::places(file, 0, dialect);
    let expected: Vec<Quotes> = places
        .records
        .iter()
        .map(|&(start, end, _)| stepped(file, start as usize, end as usize, dialect))
        .collect();
    assert_eq!(read(file, dialect, pattern), expected, "{:?}", String::from_utf8_lossy(file));
}

proptest! {
    #[test]
    fn quotes_are_those_of_the_automaton(
        letters in vec(select(b"a,\"\"\" \t\r\n\\".as_slice()), 0..=60),
        delimiter in select(b",\t\\ ".as_slice()),
        line_end in select([LineEnd::Lf, LineEnd::Cr].as_slice()),
        pattern in vec(1..=9_usize, 1..=5),
    ) {
        check(&letters, Dialect { delimiter, byte_order_mark: false, line_end }, &pattern);
    }

    /// A line that stands alone has the fields of a file of that line.
    #[test]
    fn a_line_alone_is_split_as_a_file_of_it_is(lines in vec(vec(select(b"a,\"\" \n".as_slice()), 0..=12), 1..6)) {
        let mut splitter = FieldSplitter::new(b',');
        for line in lines {
            let one_record = !line.is_empty() && reference::places(&line, 0, Dialect::default()).unclosed.is_none()
                && reference::places(&line, 0, Dialect::default()).records == [(0, line.len() as u64, 1)];
            let fields = splitter.split_line(&line).map(|fields| fields.iter().map(<[u8]>::to_vec).collect::<Vec<_>>());
            let expected = one_record.then(|| reference::fields(&line, b',').remove(0));
            prop_assert_eq!(fields, expected);
        }
    }
}

#[test]
fn text_behind_a_closing_quote_is_found() {
    let cases: &[(&str, Option<usize>)] = &[
        ("\"Cy Dow\" live,Main Stage", Some(9)),
        ("\"Bea \\\"Flash\\\" Ash\",Main Stage", Some(7)),
        ("a,\"b\"c", Some(5)),
        ("\"a\" ,\"b\"x,c", Some(8)),
        ("\"a\" \"b\"", Some(4)),
        ("\"a\"\tb", Some(4)),
        // A field that begins with an inch mark and is doubled right.
        ("\"7\"\" single\",Main Stage", None),
        ("\"\"\"Flash\"\" Bea\",\"\"", None),
        ("\"a\" ,\"b\"\t,\"c\"  ", None),
        ("Bea \"Flash\" Ash, \"b\"c", None),
        ("", None),
    ];
    for (record, expected) in cases {
        let mut records = Records::new(Dialect::default(), 0, 1);
        records.push(record.as_bytes());
        records.finish();
        let found = match records.next_record() {
            Some(Next::Record(record)) => record.text_behind_quote(),
            _ => None,
        };
        assert_eq!(found, *expected, "{record}");
    }
}

#[test]
fn records_that_a_quote_has_swallowed_are_among_its_lines() {
    let file = b"Performer,Stage\r\n\"Flash Bea,Dune\r\nAct 1,Dune\r\n\r\n\"Cy Dow\",Dune\r\nAda,Tent\r\n";
    let seen = read(file, Dialect::default(), &[7]);
    let swallowed = Quotes {
        lines: (2, 5),
        text_behind: Some((49, 5)),
        quoted_lines: vec![(2, b"Flash Bea,Dune".to_vec()), (3, b"Act 1,Dune".to_vec())],
    };
    let plain = |line| Quotes { lines: (line, line), ..Quotes::default() };
    assert_eq!(seen, [plain(1), swallowed, plain(6)]);
}

#[test]
fn asking_for_quotes_allocates_nothing() {
    let mut records = Records::new(Dialect::default(), 0, 1);
    records.push(b"\"Flash Bea,Dune\nAct 1,Dune\n\"Cy Dow\",Dune\n");
    let Some(Next::Record(record)) = records.next_record() else { panic!("a whole record was pushed") };
    let measured = measure(|| {
        assert!(record.text_behind_quote().is_some());
        assert_eq!((record.last_line(), record.quoted_lines().count()), (3, 2));
    });
    assert_eq!(measured.count_total, 0);
}
