//! What files of every form come to.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod containers;
mod json;
mod limits;
mod lineups;
mod round_trip;
mod workbooks;

use std::io::{self, Cursor};

use delimited::records::{Next, Records};
use delimited::{Dialect, LineEnd};
use forms::{ConversionLimits, ConvertError, Converted, Reopen, convert};

/// A file in memory.
struct Upload(Vec<u8>);

impl Reopen for Upload {
    type Reader = Cursor<Vec<u8>>;

    fn open(&self) -> io::Result<Self::Reader> {
        Ok(Cursor::new(self.0.clone()))
    }
}

fn limits() -> ConversionLimits<'static> {
    ConversionLimits::new(std::env::temp_dir(), &|| false)
}

fn converted_within(
    file: &[u8],
    limits: &ConversionLimits<'_>,
) -> Result<(Converted, Vec<u8>), ConvertError> {
    let mut text = Vec::new();
    let converted = convert(&Upload(file.to_vec()), &mut text, limits)?;
    assert_eq!(converted.bytes, text.len() as u64);
    Ok((converted, text))
}

fn converted(file: &[u8]) -> (Converted, Vec<u8>) {
    converted_within(file, &limits()).unwrap_or_else(|error| panic!("{error}: {error:?}"))
}

/// The error, which is one of the file.
fn refused(file: &[u8]) -> String {
    let error = converted_within(file, &limits()).expect_err("it was converted");
    assert!(error.is_of_the_file(), "{error:?}");
    error.to_string()
}

/// The text with line breaks that can be read.
fn lines(text: &[u8]) -> String {
    String::from_utf8(text.to_vec()).expect("the text is in UTF-8").replace('\r', "\n")
}

/// The records of a workbook or of JSON, with their lines, as they are read on.
fn records(text: &[u8]) -> Vec<(u64, Vec<String>)> {
    let dialect = Dialect { line_end: LineEnd::Cr, ..Dialect::default() };
    let mut records = Records::new(dialect, 0, 1);
    let mut found = Vec::new();
    records.push(text);
    records.finish();
    while let Some(next) = records.next_record() {
        let Next::Record(record) = next else { panic!("{next:?}") };
        let fields = record.fields.iter().map(|field| String::from_utf8_lossy(field).into_owned());
        found.push((record.line, fields.collect()));
    }
    found
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    io::Write::write_all(&mut writer, bytes).unwrap();
    writer.finish().unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = zip::write::SimpleFileOptions::default();
        if name.ends_with('/') {
            writer.add_directory(*name, options).unwrap();
        } else {
            writer.start_file(*name, options).unwrap();
            io::Write::write_all(&mut writer, bytes).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}
