//! Where in a file its header is.

use delimited::{Dialect, LineEnd};
use lineup::header::{Columns, Header, HeaderError, HeaderOptions, KnownColumn};
use lineup::text::TextEncoding;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::{FIVE, read, refused};

#[test]
fn more_bytes_are_asked_for_until_the_header_ends_and_then_nothing_changes() {
    let file = b"\n\"Performer\";Stage;Start;End;Date;\"x\ny\"\nStormzy;Pyramid;20:00;21:30;2022-06-24\n";
    let header = read(file).unwrap();
    let behind_line_break = file.len() - b"Stormzy;Pyramid;20:00;21:30;2022-06-24\n".len();
    for length in 0..file.len() {
        let found = Header::read(&file[..length], false, HeaderOptions::default()).unwrap();
        assert_eq!(found.as_ref(), (length >= behind_line_break).then_some(&header));
    }
    assert_eq!(header.next_start as usize, behind_line_break);
}

#[test]
fn lines_are_counted_by_the_byte_that_ends_the_header() {
    let columns = FIVE.join(",");
    for (line_break, line_end) in [("\n", LineEnd::Lf), ("\r\n", LineEnd::Lf), ("\r", LineEnd::Cr)] {
        let file = format!("{line_break}{columns}{line_break}{line_break}Stormzy");
        let header = read(file.as_bytes()).unwrap();
        assert_eq!(header.dialect.line_end, line_end, "{line_break:?}");
        assert_eq!(header.next_line, 4, "{line_break:?}");
        // Only the byte after a CR shows whether it is part of a CRLF.
        let to_line_break = &file.as_bytes()[..line_break.len() + columns.len() + 1];
        let asks_for_more = line_break.starts_with('\r');
        assert_eq!(
            Header::read(to_line_break, false, HeaderOptions::default()).unwrap().is_none(),
            asks_for_more,
            "{line_break:?}"
        );
    }
}

#[test]
fn titles_comments_and_empty_rows_may_stand_above_the_header() {
    let cases = [
        ("Summer Sands 2025 - draft 3,,,,\n,,,,\nPerformer,Stage,Start,End,Date\n", b',', 3),
        ("# made by hand\n// on Friday, by Al\n\nPerformer,Stage,Start,End,Date\n", b',', 4),
        ("sep=;\nPerformer;Stage;Start;End;Date\n", b';', 2),
        ("\u{feff}\"sep=;\"\r\nPerformer;Stage;Start;\"End,Date,Genre\"\r\n", b';', 2),
        ("\u{feff}\u{feff}Performer,Stage,Start,End,Date\n", b',', 1),
        ("Title,Location\nSands,Dune Park\n\nArtist\tStage\tStart\n", b'\t', 4),
        ("Artist,Stage,Notes\nArtist,Stage,Start\n", b',', 2),
    ];
    for (file, delimiter, line) in cases {
        for row in ["", "Stormzy"] {
            let file = format!("{file}{row}");
            let header = read(file.as_bytes()).unwrap();
            assert_eq!(
                (header.dialect.delimiter, header.line, header.next_line),
                (delimiter, line, line + 1),
                "{file}"
            );
            assert_eq!(&file[header.next_start as usize..], row);
        }
    }
}

#[test]
fn the_header_is_among_the_first_fifty_records() {
    let at = |above: usize| format!("{}Artist,Stage,Start\n", "a title\n".repeat(above));
    assert_eq!(read(at(49).as_bytes()).unwrap().line, 50);
    let error = refused(at(50).as_bytes());
    assert!(matches!(error, HeaderError::MissingColumns { .. }));
    assert!(error.to_string().starts_with("the header on line 1 has no column"), "{error}");
}

#[test]
fn the_first_complete_header_is_accepted_without_reading_on() {
    let file = b"Artist|Stage|Start\n\"";
    assert!(Header::read(file, false, HeaderOptions::default()).unwrap().is_some());
    // With two of three, a later record may be the header.
    assert_eq!(Header::read(b"Artist,Stage,Notes\na,b,c\n", false, HeaderOptions::default()), Ok(None));
}

#[test]
fn a_quote_above_the_header_that_takes_it_in_is_named() {
    let rows = "Nova Rye,Dune,20:00\nAda Moor,\"River, left\",21:00\n";
    let header = "Artist,Stage,Start\n";
    let hidden = HeaderError::HiddenHeader { line: 2, header_line: 4 };
    for file in [
        format!("Programme\n\"Summer Sands\n\n{header}{rows}"),
        // The rows between were left out without a word.
        format!("Programme\n\"Summer Sands\n\n{header}{rows}{header}{rows}"),
    ] {
        assert_eq!(refused(file.as_bytes()), hidden, "{file}");
    }
    assert_eq!(
        hidden.to_string(),
        "the quote (\") that opens on line 2 takes in line 4, which looks like the header: close or remove it"
    );
    // What a row below the header takes in is a matter of that row.
    let below = format!("{header}Nova,\"Dune\n{header}\",20:00\n");
    assert_eq!(read(below.as_bytes()).unwrap().line, 1);
    let title = format!("\"Summer Sands\nArtist list, Start of sale 1 May\"\n{header}");
    assert_eq!(read(title.as_bytes()).unwrap().line, 3);
}

/// A record above a header: no header, and closed in every delimiter.
fn line_above() -> impl Strategy<Value = String> {
    let title = "[A-Za-z0-9 äé'!,;|\t-]{0,30}";
    prop_oneof![
        title,
        "[,;|\t ]{0,8}",
        "(#|//) [a-z ,;]{0,20}".prop_map(String::from),
        Just("\"two\nlines\"".to_owned()),
        Just("Name,Place".to_owned()),
        Just("Artist;Stage;Notes".to_owned()),
    ]
    .prop_filter("it is a complete header", |line| {
        Header::read(line.as_bytes(), true, HeaderOptions::default()).is_err()
    })
}

/// What is found, whatever line breaks behind the header were in the head.
fn found(file: &[u8], header: Header) -> (Dialect, TextEncoding, Columns, u64, u64, u64) {
    let (mut start, mut line) = (header.next_start, header.next_line);
    while let Some(byte @ (b'\r' | b'\n')) = file.get(start as usize) {
        start += 1;
        line += u64::from(*byte == header.dialect.line_end.byte());
    }
    (header.dialect, header.encoding, header.columns, header.line, start, line)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_bytes_panic(file in vec(any::<u8>(), 0..300), text in "(Artist|Stage|Start|sep=|[,;\"\r\n#é]|\\PC){0,12}") {
        for file in [file.as_slice(), text.as_bytes()] {
            let columns = [(KnownColumn::Performer, "a".to_owned())];
            let named = HeaderOptions { columns: &columns, has_stage: true };
            let _ = (Header::read(file, true, HeaderOptions::default()), Header::read(file, false, HeaderOptions::default()), Header::read(file, true, named));
        }
    }

    #[test]
    fn a_header_is_found_below_any_lines_whatever_of_the_file_is_read(
        marks in 0..3_usize,
        above in vec(line_above(), 0..6),
        delimiter in select(vec![",", ";", "\t", "|"]),
        line_break in select(vec!["\n", "\r\n", "\r"]),
        five in select(vec![
            ["Performer", "Stage", "Start", "End", "Date"],
            ["Künstler", "Bühne", "Beginn", "Ende", "Datum"],
            ["artist", "venue", "startTime", "endTime", "day"],
        ]),
    ) {
        let above: String = above.iter().map(|line| format!("{}{line_break}", line.replace('\n', line_break))).collect();
        let marks = "\u{feff}".repeat(marks);
        let header = five.join(delimiter);
        let file = format!("{marks}{above}{header}{line_break}{line_break}Nova Rye{delimiter}Dune Stage\n");
        let body = file.find("Nova Rye").unwrap();
        let line = above.matches(line_break).count() as u64 + 1;
        let whole = found(file.as_bytes(), read(file.as_bytes()).unwrap());
        prop_assert_eq!(whole.0.delimiter, delimiter.as_bytes()[0]);
        prop_assert_eq!((whole.3, whole.4, whole.5), (line, body as u64, line + 2));
        for length in 0..file.len() {
            let head = &file.as_bytes()[..length];
            match Header::read(head, false, HeaderOptions::default()).unwrap() {
                Some(header) => prop_assert_eq!(found(file.as_bytes(), header), whole.clone(), "{} bytes", length),
                // The header is accepted with the line break behind it and, of a CR, the byte behind that.
                None => prop_assert!(length < body - line_break.len() + 1, "{} bytes", length),
            }
        }
    }
}
