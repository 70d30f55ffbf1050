//! A lineup is the same lineup in every form that is read: container, encoding, delimiter, and the ways of writing
//! dates and times.

use jiff::civil::Date;
use lineup::format::FileFormat;
use lineup::options::ReadOptions;
use lineup::origin::Origin;
use lineup::row::{Performance, RowReader};
use lineup::splitter::Splitter;
use lineup::survey::{Surveyor, decide};
use proptest::prelude::*;
use proptest::sample::select;
use rust_xlsxwriter::{Format, Workbook};

use crate::containers::{Compress, bzip2, xz, zstd};
use crate::{converted, gzip, zip};

/// A set: performer, stage, date, and minutes of start and end from midnight.
#[derive(Debug, Clone)]
struct Set {
    performer: String,
    stage: String,
    date: Date,
    start: u16,
    minutes: u16,
}

impl Set {
    fn end(&self) -> u16 {
        (self.start + self.minutes) % 1440
    }
}

fn sets() -> impl Strategy<Value = Vec<Set>> {
    let performer = "[A-Z][a-z]{1,6}( (Öst|Café|& Co|\"Flash\"|live, part 2))?";
    let stage = select(&["Main Stage", "Zähler-Bühne", "Tent; left", "Bar | Garden"][..]);
    // In the night of 11 to 12 July no set starts, and one day has only one order, so that dates can be told.
    let set = (performer, stage, 13i8..28, 1020u16..1380, 10u16..240).prop_map(
        |(performer, stage, day, start, minutes)| Set {
            performer,
            stage: stage.to_owned(),
            date: Date::constant(2025, 7, day),
            start,
            minutes,
        },
    );
    proptest::collection::vec(set, 1..12)
}

const MONTHS: [&str; 3] = ["July", "Juli", "juillet"];

/// The ways of writing a date.
const DATES: [fn(Date) -> String; 9] = [
    |date| date.to_string(),
    |date| format!("{}/{}/{}", date.year(), date.month(), date.day()),
    |date| format!("{:02}.{:02}.{}", date.day(), date.month(), date.year()),
    |date| format!("{:02}/{:02}/{}", date.day(), date.month(), date.year()),
    |date| format!("{}/{}/{}", date.month(), date.day(), date.year()),
    |date| format!("{:?}, {} {}, {}", date.weekday(), MONTHS[0], date.day(), date.year()),
    |date| format!("{} {} {}", date.day(), MONTHS[1], date.year()),
    |date| format!("{} {} {}", date.day(), MONTHS[2], date.year()),
    |date| format!("{}{:02}{:02}", date.year(), date.month(), date.day()),
];

/// The ways of writing a time.
const TIMES: [fn(u16) -> String; 6] = [
    |minute| format!("{:02}:{:02}", minute / 60, minute % 60),
    |minute| format!("{}:{:02}{}", (minute / 60 + 11) % 12 + 1, minute % 60, half(minute)),
    |minute| format!("{}.{:02} {}", (minute / 60 + 11) % 12 + 1, minute % 60, half(minute).to_uppercase()),
    |minute| format!("{}h{:02}", minute / 60, minute % 60),
    |minute| format!("{}.{:02} Uhr", minute / 60, minute % 60),
    |minute| format!("{:02}{:02}", minute / 60, minute % 60),
];

fn half(minute: u16) -> &'static str {
    if minute < 720 { "am" } else { "pm" }
}

const HEADERS: [[&str; 5]; 3] = [
    ["Performer", "Stage", "Start", "End", "Date"],
    ["artist", "venue", "start_time", "end_time", "Day"],
    ["Künstler", "Bühne", "Beginn", "Ende", "Datum"],
];

fn fields(set: &Set, date: usize, time: usize) -> [String; 5] {
    let time = |minute| TIMES[time](minute);
    [set.performer.clone(), set.stage.clone(), time(set.start), time(set.end()), DATES[date](set.date)]
}

fn delimited(rows: &[Vec<String>], delimiter: char) -> String {
    let quoted = |field: &String| match field.contains(['"', ',', ';', '|', '\t']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.clone(),
    };
    let line =
        |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(&delimiter.to_string()) + "\r\n";
    rows.iter().map(line).collect()
}

/// The encodings of a text.
const ENCODINGS: [fn(&str) -> Vec<u8>; 6] = [
    |text| text.as_bytes().to_vec(),
    |text| format!("\u{feff}{text}").into_bytes(),
    |text| format!("\u{feff}\u{feff}{text}").into_bytes(),
    |text| encoding_rs::WINDOWS_1252.encode(text).0.into_owned(),
    |text| format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
    |text| text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
];

const CONTAINERS: [Compress; 6] = [
    |bytes| bytes.to_vec(),
    gzip,
    bzip2,
    xz,
    zstd,
    |bytes| zip(&[("lineup.csv", bytes), ("__MACOSX/._lineup.csv", b"x")]),
];

fn workbook(rows: &[Vec<String>], sets: &[Set]) -> Vec<u8> {
    let (mut book, date, time) =
        (Workbook::new(), Format::new().set_num_format("dd/mm/yyyy"), Format::new().set_num_format("hh:mm"));
    let sheet = book.add_worksheet();
    for (column, name) in (0u16..).zip(&rows[0]) {
        sheet.write(0, column, name).unwrap();
    }
    for (row, set) in (1u32..).zip(sets) {
        sheet.write(row, 0, &set.performer).unwrap();
        sheet.write(row, 1, &set.stage).unwrap();
        let serial = (set.date - Date::constant(1899, 12, 30)).get_days();
        sheet.write_with_format(row, 2, f64::from(set.start) / 1440.0, &time).unwrap();
        sheet.write_with_format(row, 3, f64::from(set.end()) / 1440.0, &time).unwrap();
        sheet.write_with_format(row, 4, serial, &date).unwrap();
    }
    book.save_to_buffer().unwrap()
}

fn json(rows: &[Vec<String>], is_lines: bool) -> Vec<u8> {
    let object = |row: &Vec<String>| {
        serde_json::Value::Object(
            rows[0].iter().cloned().zip(row.iter().map(|field| field.clone().into())).collect(),
        )
    };
    let objects: Vec<_> = rows[1..].iter().map(object).collect();
    match is_lines {
        true => objects.iter().map(|object| format!("{object}\n")).collect::<String>().into_bytes(),
        false => serde_json::to_vec(&objects).unwrap(),
    }
}

/// What an import reads of a file: converts it if it is no text, splits, surveys, decides and reads it.
fn imported(file: &[u8]) -> Vec<Performance> {
    let text = match FileFormat::of(file) {
        Some(format) if format.is_converted() => converted(file).1,
        _ => file.to_vec(),
    };
    let mut splitter = Splitter::new(text.len() as u64, 1 << 20, &ReadOptions::default());
    splitter.push(&text).unwrap();
    let split = splitter.finish().unwrap();
    let (header, chunk, options) = (split.header, split.chunks[0], ReadOptions::default());
    let rows = &text[chunk.start as usize..];
    let survey = |reading| {
        let mut surveyor =
            Surveyor::new(header.dialect, &header.columns, reading, chunk.start, chunk.first_line);
        surveyor.push(rows);
        surveyor.finish().0
    };
    let reading = decide(&survey(&options.reading()), &options, &header.columns, &Origin::Lines).unwrap();
    let mut reader = RowReader::new(&header.columns, &reading);
    let mut records = delimited::records::Records::new(header.dialect, chunk.start, chunk.first_line);
    records.push(rows);
    records.finish();
    let (mut found, mut performance) = (Vec::new(), Performance::blank());
    while let Some(delimited::records::Next::Record(record)) = records.next_record() {
        if let Some(written) = reader.read_record(&record, &mut performance).unwrap() {
            reader.resolve(&written, &mut performance).unwrap();
            found.push(performance.clone());
        }
    }
    found
}

fn assert_is(file: &[u8], sets: &[Set], what: &str) {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let found: Vec<_> = imported(file)
        .into_iter()
        .map(|set| (set.performer, set.stage, set.date, set.start.to_string(), set.end.to_string()))
        .collect();
    let expected: Vec<_> = sets
        .iter()
        .map(|set| (set.performer.clone(), set.stage.clone(), set.date, clock(set.start), clock(set.end())))
        .collect();
    assert_eq!(found, expected, "{what}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_lineup_is_the_same_in_every_form_that_is_read(sets in sets(), time in 0..TIMES.len(), date in 0..DATES.len(), header in select(&HEADERS[..])) {
        let rows = |date, time| {
            let header = header.map(str::to_owned).to_vec();
            std::iter::once(header).chain(sets.iter().map(|set| fields(set, date, time).to_vec())).collect::<Vec<_>>()
        };
        for (date, time) in (0..DATES.len()).map(|date| (date, time)).chain((0..TIMES.len()).map(|time| (date, time))) {
            assert_is(delimited(&rows(date, time), ',').as_bytes(), &sets, &format!("date {date}, time {time}"));
        }
        let rows = rows(date, time);
        for delimiter in [',', ';', '\t', '|'] {
            let text = delimited(&rows, delimiter);
            for (encoding, encode) in ENCODINGS.into_iter().enumerate() {
                for (container, compress) in CONTAINERS.into_iter().enumerate() {
                    assert_is(&compress(&encode(&text)), &sets, &format!("{delimiter:?}, encoding {encoding}, container {container}"));
                }
            }
        }
        for file in [workbook(&rows, &sets), json(&rows, true), json(&rows, false)] {
            assert_is(&file, &sets, "as it is");
            assert_is(&gzip(&file), &sets, "in gzip");
            assert_is(&zip(&[("lineup", &file)]), &sets, "in zip");
        }
    }
}
