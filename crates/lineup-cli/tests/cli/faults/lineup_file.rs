//! The file that these tests import, and its expected result, computed without the code under test.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use lineup_contracts::RowCounts;
use serde_json::{Value, json};

const HEADER: &str = "Performer,Stage,Start,End,Date,Note\n";
const ROWS: usize = 72;

/// A lineup of three chunks of at least 16 KiB. Some rows are rejected, and some are repeated.
pub(super) fn text() -> String {
    rows().iter().fold(HEADER.to_owned(), |file, row| file + row)
}

fn rows() -> Vec<String> {
    // Makes each row long, so that 72 rows fill three chunks of the smallest size.
    let note = "x".repeat(600);
    let row = |n: usize| match n {
        n if n % 7 == 3 => format!("Nobody {n},Main Stage,late,21:00,2025-07-12,{note}\n"),
        // Repeats the row before, in the same chunk.
        n if n % 10 == 8 => {
            format!("Performer {},Stage {},20:00,21:00,2025-07-12,{note}\n", n - 1, (n - 1) % 4)
        }
        n => format!("Performer {n},Stage {},20:00,21:00,2025-07-12,{note}\n", n % 4),
    };
    (0..ROWS).map(row).collect()
}

/// A row that only the version before has.
pub(super) fn gone() -> String {
    format!("Gone,Stage 0,20:00,21:00,2025-07-12,{}\n", "x".repeat(600))
}

/// Whether this is the key of [`gone`].
pub(super) fn is_gone(key: &str) -> bool {
    key.starts_with("Gone|")
}

/// A form in which the file is uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Text that `split` cuts itself.
    Text,
    Gzip,
    Zip,
    Utf16,
    Workbook,
    /// One array of objects.
    Json,
    JsonLines,
}

impl Form {
    pub(super) const CONVERTED: [Self; 6] =
        [Self::Gzip, Self::Zip, Self::Utf16, Self::Workbook, Self::Json, Self::JsonLines];

    /// The lineup of [`text`] in this form.
    pub(super) fn file(self) -> Vec<u8> {
        match self {
            Self::Text => text().into_bytes(),
            Self::Gzip => gzip(text().as_bytes()),
            Self::Zip => zip(text().as_bytes()),
            Self::Utf16 => "\u{feff}".chars().chain(text().chars()).flat_map(utf16).collect(),
            Self::Workbook => workbook(),
            Self::Json => json!(objects()).to_string().into_bytes(),
            Self::JsonLines => {
                objects().iter().map(|row| row.to_string() + "\n").collect::<String>().into_bytes()
            }
        }
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zip(text: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("lineup.csv", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(text).unwrap();
    zip.finish().unwrap().into_inner()
}

fn utf16(character: char) -> Vec<u8> {
    character.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_le_bytes()).collect()
}

/// The header and the rows as fields.
fn fields() -> Vec<Vec<String>> {
    text().lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn objects() -> Vec<Value> {
    let [names, rows @ ..] = &fields()[..] else { return Vec::new() };
    let object =
        |row: &Vec<String>| names.iter().cloned().zip(row.iter().map(|value| json!(value))).collect();
    rows.iter().map(object).collect()
}

fn workbook() -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, line) in (0..).zip(fields()) {
        for (column, value) in (0..).zip(line) {
            sheet.write_string(row, column, value).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

/// The expected keys, rejected lines and counts of the rows on the lines `first..end`.
pub(super) fn expected(first: u64, end: u64) -> (BTreeSet<String>, Vec<u64>, RowCounts) {
    let (mut keys, mut rejected, mut counts) = (BTreeSet::new(), Vec::new(), RowCounts::default());
    for (row, line) in rows().iter().zip(2..).filter(|(_, line)| (first..end).contains(line)) {
        counts.read += 1;
        let fields: Vec<&str> = row.split(',').collect();
        if fields[2] == "late" {
            rejected.push(line);
        } else if !keys.insert(format!("{}|{}#20:00#{}", fields[0], fields[4], fields[1])) {
            counts.replaced += 1;
        }
    }
    counts.rejected = rejected.len() as u64;
    counts.written = keys.len() as u64;
    (keys, rejected, counts)
}

/// The line after the last one.
pub(super) const END: u64 = 2 + ROWS as u64;

/// The keys of items in DynamoDB's JSON. Checks that each item is complete.
pub(super) fn keys(items: &[Value]) -> BTreeSet<String> {
    let text = |item: &Value, name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
    let found: BTreeMap<String, usize> = items
        .iter()
        .map(|item| (text(item, "Performer") + "|" + &text(item, "Performance"), text(item, "Note").len()))
        .collect();
    assert!(found.values().all(|note| *note == 600), "an item is not the row of the file: {found:?}");
    found.into_keys().collect()
}
