//! Random lineup files, with the expected result of each row.
//!
//! The alphabets are small, so that keys repeat. They have the meaning of each
//! value, so that the oracle shares no code with the code under test.

mod fixed;

use std::collections::BTreeMap;

use crate::random::{chance, choice};

/// The attributes of an item by name, as text.
pub type ExpectedItem = BTreeMap<String, String>;

/// Why a row must be rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The column's name in the header; empty if the reject is about the whole row.
    pub column: String,
    /// The value.
    pub value: String,
    /// What is wrong.
    pub reason: String,
}

/// A record after the header.
#[derive(Debug, Clone)]
pub struct Row {
    /// The byte where it begins.
    pub start: u64,
    /// The line where it begins.
    pub line: u64,
    /// Its bytes, without the line break after it.
    pub raw: Vec<u8>,
    /// The item or reject that it must become.
    pub becomes: Result<ExpectedItem, Rejected>,
}

impl Row {
    /// Partition and sort key of its item.
    pub fn key(&self) -> Option<(String, String)> {
        let item = self.becomes.as_ref().ok()?;
        Some((item["Performer"].clone(), item["Performance"].clone()))
    }
}

/// A file.
#[derive(Debug, Clone)]
pub struct Lineup {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its rows; none if the file cannot be imported.
    pub rows: Vec<Row>,
}

impl Lineup {
    /// Whether an import of it can succeed.
    pub fn is_importable(&self) -> bool {
        !self.rows.is_empty()
    }

    /// A random file. One in twelve cannot be imported.
    pub fn random(rng: &mut fastrand::Rng) -> Self {
        let mut writer = FileWriter::new(rng);
        let rows = match rng.u8(..20) {
            0 => 1,
            1..3 => rng.usize(60..200),
            3..7 => rng.usize(20..60),
            _ => rng.usize(1..25),
        };
        for number in 0..rows {
            writer.row(rng, number);
        }
        writer.one_row_says_when_it_ends(rng, rows);
        let delimiter = writer.delimiter;
        let lineup = writer.finish(rng);
        lineup.agrees_with_the_csv_crate(delimiter);
        if rng.u8(..12) == 0 { Self { bytes: invalid(rng, lineup.bytes), rows: Vec::new() } } else { lineup }
    }

    /// A random file of which every row is a set.
    pub fn random_and_good(rng: &mut fastrand::Rng) -> Self {
        let mut writer = FileWriter { bad: 0.0, ..FileWriter::new(rng) };
        for number in 0..rng.usize(1..60) {
            writer.row(rng, number);
        }
        writer.finish(rng)
    }

    /// Checks the generator: another parser must find the records that it meant to write.
    fn agrees_with_the_csv_crate(&self, delimiter: u8) {
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader.flexible(true).delimiter(delimiter).from_reader(&self.bytes[..]);
        let found: Vec<_> = reader.into_byte_records().map(|record| record.unwrap()).collect();
        assert_eq!(found.len(), self.rows.len(), "the generator wrote other records than it meant to");
    }
}

/// Damages a file, so that it is not a lineup, whatever its rows are.
fn invalid(rng: &mut fastrand::Rng, mut bytes: Vec<u8>) -> Vec<u8> {
    let header_only = b"Performer,Stage,Start,End,Date\n".to_vec();
    match rng.u8(..6) {
        0 => Vec::new(),
        1 => header_only,
        2 => b"Artist,Where,When\nMegan,Main,20:00\n".to_vec(),
        3 => [&b"Performer,"[..], &header_only].concat(),
        4 => [&b"PK\x03\x04\x14\x00\x06\x00"[..], &bytes].concat(),
        _ => {
            // No quote follows, so that it stays open.
            bytes.extend_from_slice(
                b"\n\"Megan,Main,20:00,21:00,2025-07-12\nSZA,Main,21:00,22:00,2025-07-12\n",
            );
            bytes
        }
    }
}

/// A value as it is written, and its meaning.
type Meaning = (&'static str, Result<&'static str, &'static str>);

const MISSING: Result<&str, &str> = Err("missing");
const NOT_A_TIME: Result<&str, &str> = Err("not a time (try 20:00 or 8:00pm)");
const NOT_A_DATE: Result<&str, &str> = Err("not a date (try 2025-07-12)");

const PERFORMERS: [Meaning; 7] = [
    ("Megan", Ok("Megan")),
    ("Ty, Dolla", Ok("Ty, Dolla")),
    (" Björk ", Ok("Björk")),
    ("The \"Who\"", Ok("The \"Who\"")),
    ("two\nlines", Ok("two lines")),
    ("a\r\nb;#", Ok("a b;#")),
    ("", MISSING),
];
const STAGES: [Meaning; 4] =
    [("Main", Ok("Main")), ("B#2025-07-12", Ok("B#2025-07-12")), ("Zelt\t", Ok("Zelt")), ("  ", MISSING)];
const STARTS: [Meaning; 8] = [
    ("20:00", Ok("20:00")),
    ("8:00pm", Ok("20:00")),
    ("8 PM", Ok("20:00")),
    ("8:00", Ok("08:00")),
    ("08:00:00", Ok("08:00")),
    ("late", NOT_A_TIME),
    ("30:00", NOT_A_TIME),
    ("20:00:30", Err("not a whole minute (try 20:00)")),
];
const ENDS: [Meaning; 6] = [
    ("21:30", Ok("21:30")),
    ("9.30", Ok("09:30")),
    ("later", NOT_A_TIME),
    ("24:00", Ok("00:00")),
    ("12am", Ok("00:00")),
    ("", MISSING),
];
const DATES: [Meaning; 5] = [
    ("2025-07-12", Ok("2025-07-12")),
    (" 2025-07-13 ", Ok("2025-07-13")),
    ("2024-02-29", Ok("2024-02-29")),
    ("2025-02-29", Err("no such day in the calendar (try 2025-07-12)")),
    ("soon", NOT_A_DATE),
];
const POPULARITIES: [Meaning; 6] = [
    ("", Ok("")),
    ("95", Ok("95")),
    (" 7 ", Ok("7")),
    ("100", Ok("100")),
    // These cost a warning, not the row.
    ("101", Ok("")),
    ("top", Ok("")),
];

/// A column, by its use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// This one and the next five are known columns, each with an alphabet, in the order in which values are
    /// checked.
    Performer,
    Stage,
    Start,
    End,
    Date,
    Popularity,
    /// An extra column that differs in every row.
    Note,
    /// An extra column that may be empty or not UTF-8.
    Genre,
    /// An extra column with the name of a computed attribute: it is kept under another.
    StageDay,
}

const JUDGED: [Kind; 6] =
    [Kind::Performer, Kind::Stage, Kind::Start, Kind::End, Kind::Date, Kind::Popularity];

impl Kind {
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Performer => &["Performer", " performer "],
            Self::Stage => &["Stage", "STAGE"],
            Self::Start => &["Start"],
            Self::End => &["End", "eNd"],
            Self::Date => &["Date"],
            Self::Popularity => &["Popularity", "PopularityScore"],
            Self::Note => &["Note"],
            Self::Genre => &["Genre", "Genre, kind of"],
            Self::StageDay => &["StageDay", "stageday"],
        }
    }

    fn alphabet(self) -> &'static [Meaning] {
        match self {
            Self::Performer => &PERFORMERS,
            Self::Stage => &STAGES,
            Self::Start => &STARTS,
            Self::End => &ENDS,
            Self::Date => &DATES,
            Self::Popularity => &POPULARITIES,
            Self::Note | Self::Genre | Self::StageDay => &[],
        }
    }
}

struct FileColumn {
    kind: Kind,
    /// Without space around it.
    name: &'static str,
    /// How many values of the alphabet this file uses. With few, keys repeat.
    letters: usize,
}

struct FileWriter {
    bytes: Vec<u8>,
    columns: Vec<FileColumn>,
    delimiter: u8,
    line_breaks: &'static [&'static str],
    /// How often a row is bad on purpose.
    bad: f64,
    rows: Vec<Row>,
}

impl FileWriter {
    fn new(rng: &mut fastrand::Rng) -> Self {
        let mut kinds = vec![Kind::Performer, Kind::Stage, Kind::Start, Kind::End, Kind::Date, Kind::Note];
        for optional in [Kind::Popularity, Kind::Genre, Kind::StageDay] {
            if rng.bool() {
                kinds.push(optional);
            }
        }
        rng.shuffle(&mut kinds);
        let mark: &[u8] = if rng.u8(..4) == 0 { "\u{feff}".as_bytes() } else { b"" };
        let line_breaks: [&[&str]; 3] = [&["\n"], &["\r\n"], &["\n", "\r\n", "\n\n"]];
        let mut writer = Self {
            bytes: mark.to_vec(),
            columns: Vec::new(),
            delimiter: *choice(rng, b",,;"),
            line_breaks: choice::<&[&str]>(rng, &line_breaks),
            bad: *choice(rng, &[0.0, 0.05, 0.3]),
            rows: Vec::new(),
        };
        let names: Vec<_> = kinds.iter().map(|kind| *choice(rng, kind.names())).collect();
        writer.record(rng, &names.iter().map(|name| name.as_bytes().to_vec()).collect::<Vec<_>>());
        writer.columns = std::iter::zip(kinds, names)
            .map(|(kind, name)| FileColumn { kind, name: name.trim(), letters: rng.usize(1..8) })
            .collect();
        writer
    }

    /// Writes fields as a record, without a line break. Some are quoted unnecessarily.
    fn record(&mut self, rng: &mut fastrand::Rng, fields: &[Vec<u8>]) {
        for (index, field) in fields.iter().enumerate() {
            if index > 0 {
                self.bytes.push(self.delimiter);
            }
            // Fields with either delimiter are quoted, so that only one of the two separates fields.
            if field.iter().any(|byte| b",;\"\r\n".contains(byte)) || rng.u8(..8) == 0 {
                self.bytes.push(b'"');
                for &byte in field {
                    self.bytes.extend(std::iter::repeat_n(byte, if byte == b'"' { 2 } else { 1 }));
                }
                self.bytes.push(b'"');
            } else {
                self.bytes.extend_from_slice(field);
            }
        }
    }

    fn row(&mut self, rng: &mut fastrand::Rng, number: usize) {
        let line_break = *choice(rng, self.line_breaks);
        self.bytes.extend_from_slice(line_break.as_bytes());
        let (mut fields, values) = self.fields(rng, number);
        // What is not UTF-8 is found before fields are counted.
        let count = match values.not_utf8 {
            None if chance(rng, self.bad / 4.0) => self.miscount(rng, &mut fields),
            _ => fields.len(),
        };
        let becomes = values.becomes(count, self.columns.len());
        let start = self.bytes.len();
        let line = 1 + self.bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.record(rng, &fields);
        self.rows.push(Row { start: start as u64, line, raw: self.bytes[start..].to_vec(), becomes });
    }

    /// Adds a good row where all are bad: if none of them says when its set ends, the file would need an option.
    fn one_row_says_when_it_ends(&mut self, rng: &mut fastrand::Rng, number: usize) {
        if self.rows.iter().all(|row| row.becomes.is_err()) {
            self.bad = 0.0;
            self.row(rng, number);
        }
    }

    /// One field more, or some fewer, but never so few that the line would be blank. Returns how many there are.
    fn miscount(&self, rng: &mut fastrand::Rng, fields: &mut Vec<Vec<u8>>) -> usize {
        match rng.u8(..3) {
            0 => fields.push(b"x".to_vec()),
            1 => fields.truncate(1),
            _ => fields.truncate(3),
        }
        if fields.iter().all(|field| field.trim_ascii().is_empty()) {
            fields.push(b"x".to_vec());
            fields.resize(self.columns.len() + 1, b"x".to_vec());
        }
        fields.len()
    }

    fn fields(&self, rng: &mut fastrand::Rng, number: usize) -> (Vec<Vec<u8>>, RowValues) {
        let RowValues { mut meanings, mut extras, mut not_utf8 } = RowValues::default();
        let mut fields = Vec::new();
        for (index, FileColumn { kind, name, letters }) in self.columns.iter().enumerate() {
            let field = match kind {
                Kind::Note => format!("row {number}"),
                Kind::StageDay => "of the file".to_owned(),
                Kind::Genre if chance(rng, self.bad / 4.0) => {
                    // With a character of several bytes, the file is UTF-8, and not Windows-1252.
                    fields.push(b"p\xc3\xb6p\xff".to_vec());
                    let value = "p\u{f6}p\u{fffd}".to_owned();
                    not_utf8 = Some(Rejected { column: (*name).into(), value, reason: "not UTF-8".into() });
                    continue;
                }
                Kind::Genre => (*choice(rng, &["", "rap", " two\nlines "])).to_owned(),
                judged => {
                    let (text, meaning) = self.value(rng, *judged, *letters);
                    let (column, value) = (*name, text.trim());
                    meanings.insert(*judged as usize, JudgedValue { index, column, value, meaning });
                    text.to_owned()
                }
            };
            if matches!(kind, Kind::Note | Kind::Genre | Kind::StageDay) && !field.is_empty() {
                // The table has a `StageDay` of its own.
                let name = if *name == "StageDay" { "StageDay (file)" } else { *name };
                extras.insert(name.into(), field.clone());
            }
            fields.push(field.into_bytes());
        }
        (fields, RowValues { meanings, extras, not_utf8 })
    }

    fn value(&self, rng: &mut fastrand::Rng, kind: Kind, letters: usize) -> Meaning {
        let wrong = chance(rng, self.bad / 4.0) && kind != Kind::Popularity;
        let fitting: Vec<_> =
            kind.alphabet().iter().filter(|(_, meaning)| meaning.is_err() == wrong).collect();
        **choice(rng, &fitting[..letters.min(fitting.len())])
    }

    fn finish(mut self, rng: &mut fastrand::Rng) -> Lineup {
        if rng.bool() {
            self.bytes.extend_from_slice(self.line_breaks[0].as_bytes());
        }
        Lineup { bytes: self.bytes, rows: self.rows }
    }
}

/// A value of a judged column.
struct JudgedValue {
    /// The column's index.
    index: usize,
    /// The column's name.
    column: &'static str,
    /// The value as it is written, without space around it.
    value: &'static str,
    meaning: Result<&'static str, &'static str>,
}

/// The values of a row.
#[derive(Default)]
struct RowValues {
    /// Of each judged column.
    meanings: BTreeMap<usize, JudgedValue>,
    extras: ExpectedItem,
    not_utf8: Option<Rejected>,
}

impl RowValues {
    /// The item, or the first error, of a record that has the first `found` fields, or one more.
    fn becomes(self, found: usize, expected: usize) -> Result<ExpectedItem, Rejected> {
        if let Some(rejected) = self.not_utf8 {
            return Err(rejected);
        }
        let s = if found == 1 { "" } else { "s" };
        let reason = format!("{found} field{s} where the header has {expected}");
        let miscounted = Rejected { column: String::new(), value: String::new(), reason };
        if found > expected {
            return Err(miscounted);
        }
        let mut errors = Vec::new();
        for kind in JUDGED {
            let Some(judged) = self.meanings.get(&(kind as usize)) else { continue };
            let JudgedValue { index, column, value, meaning } = judged;
            let meaning = if *index < found { *meaning } else { MISSING };
            match meaning {
                // An optional column may be missing at the end.
                _ if kind == Kind::Popularity => {}
                Ok(_) => {}
                Err("missing") if found < expected => errors.push((rank(kind, true), miscounted.clone())),
                Err(reason) => {
                    let (column, value) = ((*column).to_owned(), (*value).to_owned());
                    let rejected = Rejected { column, value, reason: reason.to_owned() };
                    errors.push((rank(kind, reason == "missing"), rejected));
                }
            }
        }
        match errors.into_iter().min_by_key(|(rank, _)| *rank) {
            Some((_, rejected)) => Err(rejected),
            None => Ok(self.item(found)),
        }
    }

    /// The item of a row without errors.
    fn item(self, found: usize) -> ExpectedItem {
        let mut item = self.extras;
        let of = |kind: Kind| match self.meanings.get(&(kind as usize)) {
            Some(JudgedValue { index, meaning: Ok(meaning), .. }) if *index < found => (*meaning).to_owned(),
            _ => String::new(),
        };
        let (performer, stage, start, date) =
            (of(Kind::Performer), of(Kind::Stage), of(Kind::Start), of(Kind::Date));
        let computed = [
            ("Performance", format!("{date}#{start}#{stage}")),
            ("StageDay", format!("{stage}#{date}")),
            ("StartPerformer", format!("{start}#{performer}")),
            ("End", of(Kind::End)),
            ("Performer", performer),
            ("Stage", stage),
            ("Start", start),
            ("Date", date),
            ("Popularity", of(Kind::Popularity)),
        ];
        item.extend(computed.map(|(name, value)| (name.to_owned(), value)));
        item.retain(|_, value| !value.is_empty());
        item
    }
}

/// The order in which errors are found. A date or an end that is missing is found last, since it may stand with
/// the start.
fn rank(kind: Kind, is_missing: bool) -> usize {
    match (kind, is_missing) {
        (Kind::Date, true) => 10,
        (Kind::End, true) => 11,
        _ => kind as usize,
    }
}
