//! Headers that are read, and the errors for files that are not lineups.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod names;
mod place;

use delimited::Dialect;
use lineup::format::FileFormat;
use lineup::header::{Columns, Header, HeaderError, HeaderOptions, KnownColumn, MAX_HEADER_BYTES};
use lineup::text::TextEncoding;

fn read(file: &[u8]) -> Result<Header, HeaderError> {
    read_named(file, &[])
}

fn read_named(file: &[u8], named: &[(KnownColumn, &str)]) -> Result<Header, HeaderError> {
    let columns: Vec<_> = named.iter().map(|(known, name)| (*known, (*name).to_owned())).collect();
    let options = HeaderOptions { columns: &columns, has_stage: false };
    Header::read(file, true, options).map(|header| header.expect("a whole file needs no more bytes"))
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
fn a_byte_order_mark_blank_lines_and_line_breaks_in_names_are_skipped_over() {
    let file = "\u{feff}\r\n\n\"Performer\",Stage,Start,End,Date,\"two\nlines\"\r\n\r\nStormzy".as_bytes();
    let header = read(file).unwrap();
    assert!(header.dialect.byte_order_mark);
    assert_eq!(name(&header, 5), "two\nlines");
    assert_eq!(&file[header.next_start as usize..], b"Stormzy");
    assert_eq!(header.next_line, 6);
}

#[test]
fn a_header_alone_is_a_header() {
    let header = read(b"Performer,Stage,Start,End,Date").unwrap();
    assert_eq!((header.next_start, header.next_line), (30, 1));
}

#[test]
fn an_empty_file_is_refused() {
    for file in ["", "\u{feff}", "\n\r\n\n", "\u{feff}\r\n", ",,,\n , \n"] {
        assert_eq!(refused(file.as_bytes()), HeaderError::Empty);
    }
}

#[test]
fn an_unclosed_quote_in_the_header_is_found_on_its_line() {
    let error = refused(b"\nPerformer,Stage,\"Start,End,Date\nStormzy,Pyramid\n");
    assert_eq!(error, HeaderError::UnclosedQuote { line: 2 });
    let error = refused(b"Summer Sands\n\"Draft\nPerformer,Stage,Start,End,Date\nStormzy,Pyramid\n");
    assert_eq!(error, HeaderError::UnclosedQuote { line: 2 });
}

#[test]
fn a_header_without_end_is_refused_at_the_limit() {
    let mut file = b"Performer,Stage,Start,End,Date,\"".to_vec();
    file.resize(MAX_HEADER_BYTES - 1, b'a');
    assert_eq!(Header::read(&file, false, HeaderOptions::default()), Ok(None));
    file.push(b'a');
    assert_eq!(Header::read(&file, false, HeaderOptions::default()), Err(HeaderError::TooLong));
}

#[test]
fn a_header_that_is_not_utf_8_is_read_as_windows_1252() {
    let header = read(b"\nK\xfcnstler;B\xfchne;Beginn;Caf\xe9 \x80\n").unwrap();
    assert_eq!((header.encoding, name(&header, 3)), (TextEncoding::Windows1252, "Café €"));
    assert_eq!(name(&header, 1), "Bühne");
    // What is above tells the encoding of a header in ASCII.
    let header = read(b"F\xeate d'\xe9t\xe9\nArtist,Stage,Start\n").unwrap();
    assert_eq!(header.encoding, TextEncoding::Windows1252);
    for file in ["Künstler;Bühne;Beginn\n", "Fête\nArtist,Stage,Start\n", "Artist,Stage,Start\n"] {
        assert_eq!(read(file.as_bytes()).unwrap().encoding, TextEncoding::Utf8);
    }
}

#[test]
fn a_file_that_is_not_csv_is_named() {
    let cases: [(&[u8], FileFormat); 6] = [
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", FileFormat::Gzip),
        (b"PK\x03\x04\x14\x00\x00\x00lineup.csv", FileFormat::Zip),
        (b"\xff\xfeP\0e\0r\0f\0", FileFormat::Utf16Le),
        (b"[{\"Performer\": \"Stormzy\"}]\n", FileFormat::Json),
        (b"<!DOCTYPE html>\n<html><body>Please sign in</body></html>\n", FileFormat::Html),
        (b"Performer\0,Stage,Start,End,Date\n", FileFormat::Binary),
    ];
    for (file, format) in cases {
        assert_eq!(refused(file), HeaderError::NotCsv { format });
        // More bytes might show another format.
        assert_eq!(Header::read(file, false, HeaderOptions::default()), Ok(None));
        let mut long = file.to_vec();
        long.resize(FileFormat::HEAD_BYTES, b'\n');
        assert_eq!(Header::read(&long, false, HeaderOptions::default()), Err(HeaderError::NotCsv { format }));
    }
    assert!(read(b"Artist,Stage,Start\nNo\0va,Dune,20:00\n").is_ok());
    assert_eq!(
        refused(b"<html>").to_string(),
        "the file is a web page (HTML), not CSV: it is probably a page to sign in or to download from: open the \
         address in a browser, and upload the file that it gives"
    );
    let message = refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").to_string();
    assert_eq!(message, "the file is an Excel workbook (xls), not CSV: open it and save it as \"CSV UTF-8\"");
}
