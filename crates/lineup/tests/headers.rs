//! Headers that are read, and the errors for files that are not lineups.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use delimited::{Dialect, LineEnd};
use lineup::header::{Columns, FileFormat, Header, HeaderError, MAX_HEADER_BYTES};

fn read(file: &[u8]) -> Result<Header, HeaderError> {
    Header::read(file, true).map(|header| header.expect("a whole file needs no more bytes"))
}

fn refused(file: &[u8]) -> HeaderError {
    read(file).unwrap_err()
}

fn columns(names: &[&str]) -> Columns {
    Columns::from_names(names.iter().copied()).unwrap()
}

fn name(header: &Header, index: usize) -> &str {
    &header.columns.iter().nth(index).unwrap().name
}

const FIVE: [&str; 5] = ["Performer", "Stage", "Start", "End", "Date"];

#[test]
fn the_delimiter_is_the_one_under_which_the_columns_are_found() {
    for delimiter in [",", ";", "\t", "|"] {
        let file = format!("{}\nStormzy", FIVE.join(delimiter));
        let header = read(file.as_bytes()).unwrap();
        assert_eq!(header.dialect, Dialect { delimiter: delimiter.as_bytes()[0], ..Dialect::default() });
        assert_eq!(header.columns, columns(&FIVE));
        assert_eq!((header.next_start, header.next_line), (31, 2));
    }
}

#[test]
fn another_delimiter_in_a_column_name_does_not_mislead() {
    let header = read(b"Performer;Stage;Start;End;Date;\"a,b,c,d,e,f\"\n").unwrap();
    assert_eq!(header.dialect.delimiter, b';');
    assert_eq!(name(&header, 5), "a,b,c,d,e,f");
}

#[test]
fn columns_are_found_in_any_case_and_order_with_space_around_them() {
    let header = read(b" date ,END,start,\"Stage \",\tpErformer,My Notes\n").unwrap();
    assert_eq!(header.columns, columns(&["date", "END", "start", "Stage", "pErformer", "My Notes"]));
}

#[test]
fn a_byte_order_mark_blank_lines_and_line_breaks_in_names_are_skipped_over() {
    let file = "\u{feff}\r\n\n\"Performer\",Stage,Start,End,Date,\"two\nlines\"\r\n\r\nStormzy".as_bytes();
    let header = read(file).unwrap();
    assert!(header.dialect.byte_order_mark);
    assert_eq!(name(&header, 5), "two\nlines");
    assert_eq!(&file[header.next_start as usize..], b"Stormzy");
    assert_eq!(header.next_line, 6);
}

#[test]
fn more_bytes_are_asked_for_until_the_header_ends_and_then_nothing_changes() {
    let file = b"\n\"Performer\";Stage;Start;End;Date;\"x\ny\"\nStormzy;Pyramid;20:00;21:30;2022-06-24\n";
    let header = read(file).unwrap();
    let behind_line_break = file.len() - b"Stormzy;Pyramid;20:00;21:30;2022-06-24\n".len();
    for length in 0..file.len() {
        let found = Header::read(&file[..length], false).unwrap();
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
        assert_eq!(Header::read(to_line_break, false).unwrap().is_none(), asks_for_more, "{line_break:?}");
    }
}

#[test]
fn a_header_alone_is_a_header() {
    let header = read(b"Performer,Stage,Start,End,Date").unwrap();
    assert_eq!((header.next_start, header.next_line), (30, 1));
}

#[test]
fn an_empty_file_is_refused() {
    for file in ["", "\u{feff}", "\n\r\n\n", "\u{feff}\r\n"] {
        assert_eq!(refused(file.as_bytes()), HeaderError::Empty);
    }
}

#[test]
fn missing_columns_are_named_with_those_that_were_found() {
    let error = refused(b"\nArtist;Stage;Start;Date\n");
    assert_eq!(
        error.to_string(),
        "the header on line 2 has no column Performer, End: it needs Performer, Stage, Start, End, Date, in any \
         case and order, and has \"Artist\", \"Stage\", \"Start\", \"Date\""
    );
}

#[test]
fn a_message_shows_no_more_of_a_strange_header_than_people_read() {
    let names: Vec<String> = (0..5_000).map(|n| format!("{n}{}", "x".repeat(100))).collect();
    let message = refused(names.join(",").as_bytes()).to_string();
    assert!(message.len() < 1_500 && message.ends_with("and 4980 more"), "{message}");
}

#[test]
fn a_required_column_that_stands_twice_is_refused() {
    let error = refused(b"Performer,Stage,Start,End,Date, performer\n");
    assert_eq!(error, HeaderError::RepeatedColumn { line: 1, column: "Performer", count: 2 });
}

#[test]
fn another_column_may_stand_twice() {
    assert_eq!(read(b"Performer,Stage,Start,End,Date,x,x\n").unwrap().columns.len(), 7);
}

#[test]
fn an_unclosed_quote_in_the_header_is_found_on_its_line() {
    let error = refused(b"\nPerformer,Stage,\"Start,End,Date\nStormzy,Pyramid\n");
    assert_eq!(error, HeaderError::UnclosedQuote { line: 2 });
}

#[test]
fn a_header_without_end_is_refused_at_the_limit() {
    let mut file = b"Performer,Stage,Start,End,Date,\"".to_vec();
    file.resize(MAX_HEADER_BYTES - 1, b'a');
    assert_eq!(Header::read(&file, false), Ok(None));
    file.push(b'a');
    assert_eq!(Header::read(&file, false), Err(HeaderError::TooLong));
}

#[test]
fn a_header_that_is_not_utf_8_is_refused() {
    let error = refused(b"\nPerformer,Stage,Start,End,Date,Caf\xe9\n");
    assert_eq!(error, HeaderError::NotUtf8 { offset: 35 });
}

#[test]
fn a_file_that_is_not_csv_is_named() {
    let cases: [(&[u8], FileFormat); 8] = [
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", FileFormat::Gzip),
        (b"PK\x03\x04\x14\x00\x00\x00lineup.csv", FileFormat::Zip),
        (b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml", FileFormat::Xlsx),
        (
            b"PK\x03\x04\x14\x00mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
            FileFormat::OpenDocument,
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileFormat::Xls),
        (b"PAR1\x15\x04\x15\x10", FileFormat::Parquet),
        (b"\xff\xfeP\0e\0r\0f\0", FileFormat::Utf16),
        (b"Performer\0,Stage,Start,End,Date\n", FileFormat::Binary),
    ];
    for (file, format) in cases {
        assert_eq!(refused(file), HeaderError::Binary { format });
        assert_eq!(Header::read(file, false), Err(HeaderError::Binary { format }));
    }
    let message = refused(b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml").to_string();
    assert_eq!(
        message,
        "the file is an Excel workbook (xlsx), not CSV: open it and save it as \"CSV UTF-8\""
    );
}
