//! Writes rows as a table, JSON, JSON Lines or CSV, under the attribute names of the table.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};

use lineup::row::Performance;
use lineup::shown::{NAME, one_line};
use lineup_table::{attribute, keys};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::args::Format;
use crate::output::write_table;

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub(crate) enum Cell<'r> {
    /// Text.
    Text(Cow<'r, str>),
    /// A whole number.
    Number(u32),
}

impl Cell<'_> {
    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
        }
    }
}

/// The names and values of a row, in the order of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutputRow<'r>(pub Vec<(Cow<'r, str>, Cell<'r>)>);

impl Serialize for OutputRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, cell) in &self.0 {
            map.serialize_entry(name, cell)?;
        }
        map.end()
    }
}

impl<'r> OutputRow<'r> {
    /// A row with one column.
    pub(crate) fn single(name: &'static str, text: impl Into<Cow<'r, str>>) -> Self {
        Self(vec![(Cow::Borrowed(name), Cell::Text(text.into()))])
    }

    /// The row of a performance, without the attributes that only the indexes need:
    /// Performer, Performance (the sort key), Stage, Date, Start, End,
    /// Popularity if it has one, then every other column of its file.
    pub(crate) fn of(performance: &'r Performance) -> Self {
        let Performance { performer, stage, date, start, end, popularity, extras } = performance;
        let text = |name: &'static str, text: Cow<'r, str>| (Cow::Borrowed(name), Cell::Text(text));
        let mut row = vec![
            text(attribute::PERFORMER, performer.into()),
            text(attribute::PERFORMANCE, keys::performance(*date, *start, stage).into()),
            text(attribute::STAGE, stage.into()),
            text(attribute::DATE, date.to_string().into()),
            text(attribute::START, start.as_str().into()),
            text(attribute::END, end.as_str().into()),
        ];
        row.extend(
            popularity.map(|number| (Cow::Borrowed(attribute::POPULARITY), Cell::Number(number.into()))),
        );
        row.extend(extras.iter().map(|(name, text)| (Cow::Borrowed(&**name), Cell::Text(text.into()))));
        Self(row)
    }

    /// The value of a column, as a cell of a table shows it.
    pub(crate) fn cell(&self, name: &str) -> String {
        one_line(&self.get(name), NAME).into_owned()
    }

    fn get(&self, name: &str) -> Cow<'_, str> {
        let cell = self.0.iter().find(|(other, _)| other == name);
        cell.map_or(Cow::Borrowed(""), |(_, cell)| cell.text())
    }
}

/// The CSV columns of every performance. They are the columns of a lineup file, so an export
/// can be imported again.
pub(crate) const CSV_COLUMNS: [&str; 6] = [
    attribute::PERFORMER,
    attribute::STAGE,
    attribute::DATE,
    attribute::START,
    attribute::END,
    attribute::POPULARITY,
];

/// The table columns of performances. Other columns of a file are left out, because they may be long.
pub(crate) const TABLE_COLUMNS: [&str; 6] = [
    attribute::DATE,
    attribute::START,
    attribute::END,
    attribute::STAGE,
    attribute::PERFORMER,
    attribute::POPULARITY,
];

/// Writes performances.
pub(crate) fn performances(
    output: &mut impl Write,
    format: Format,
    found: &[Performance],
) -> anyhow::Result<()> {
    let rows: Vec<OutputRow> = found.iter().map(OutputRow::of).collect();
    match format {
        Format::Table => {
            let rated = found.iter().any(|performance| performance.popularity.is_some());
            let columns = &TABLE_COLUMNS[..TABLE_COLUMNS.len() - usize::from(!rated)];
            Ok(aligned(output, columns, &rows)?)
        }
        Format::Csv => {
            let extras: BTreeSet<&str> =
                found.iter().flat_map(|performance| &performance.extras).map(|(name, _)| &**name).collect();
            let columns: Vec<&str> = CSV_COLUMNS.into_iter().chain(extras).collect();
            csv(output, &columns, &rows)
        }
        Format::Json | Format::Jsonl => json_rows(output, format, &rows),
        Format::Ics => anyhow::bail!("a calendar is not written row by row"),
    }
}

/// Writes rows that have these columns, each one text or number.
pub(crate) fn rows(
    output: &mut impl Write,
    format: Format,
    columns: &[&str],
    rows: &[OutputRow],
) -> anyhow::Result<()> {
    match format {
        Format::Table => Ok(aligned(output, columns, rows)?),
        Format::Csv => csv(output, columns, rows),
        Format::Json | Format::Jsonl => json_rows(output, format, rows),
        Format::Ics => anyhow::bail!("these rows are no sets: there is nothing to put into a calendar"),
    }
}

fn aligned(output: &mut impl Write, columns: &[&str], rows: &[OutputRow]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let cells = rows.iter().map(|row| columns.iter().map(|name| row.cell(name)).collect());
    write_table(output, columns, cells.collect())
}

fn csv(output: &mut impl Write, columns: &[&str], rows: &[OutputRow]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(columns.iter().map(|name| row.get(name).into_owned()))?;
    }
    Ok(writer.flush()?)
}

fn json_rows(output: &mut impl Write, format: Format, rows: &[OutputRow]) -> anyhow::Result<()> {
    let mut writer = JsonWriter::new(output, format == Format::Json);
    rows.iter().try_for_each(|row| writer.write(row))?;
    writer.finish()
}

/// Writes rows one by one, as JSON Lines or as one array with a row a line.
pub(crate) struct JsonWriter<W> {
    output: W,
    array: bool,
    empty: bool,
}

impl<W: Write> JsonWriter<W> {
    /// A writer of an array, or of lines.
    pub(crate) fn new(output: W, array: bool) -> Self {
        Self { output, array, empty: true }
    }

    /// Where it writes to.
    #[cfg(test)]
    pub(crate) fn output(&self) -> &W {
        &self.output
    }

    /// Writes the next row. The first one is flushed, so that a reader sees it at once.
    pub(crate) fn write(&mut self, row: &OutputRow) -> anyhow::Result<()> {
        let before = match (self.array, self.empty) {
            (false, _) => "",
            (true, true) => "[",
            (true, false) => ",\n ",
        };
        self.output.write_all(before.as_bytes())?;
        serde_json::to_writer(&mut self.output, row)?;
        if !self.array {
            self.output.write_all(b"\n")?;
        }
        if std::mem::replace(&mut self.empty, false) {
            self.output.flush()?;
        }
        Ok(())
    }

    /// Ends the array.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        if self.array {
            self.output.write_all(if self.empty { b"[]\n" } else { b"]\n" })?;
        }
        Ok(self.output.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lineup() -> Vec<Performance> {
        let set = |performer: &str, stage: &str, popularity, extras: &[(&str, &str)]| Performance {
            performer: performer.to_owned(),
            stage: stage.to_owned(),
            date: lineup::date::parse("2025-07-12").unwrap(),
            start: "23:00".parse().unwrap(),
            end: "00:30".parse().unwrap(),
            popularity,
            extras: extras.iter().map(|(name, text)| ((*name).into(), (*text).to_owned())).collect(),
        };
        vec![
            set("Björk", "Main, Stage", Some(95), &[("Genre", "pop \"art\"")]),
            set("宇多田ヒカル\n(live)", "Tent", None, &[("Artwork", "\u{1b}[31m")]),
        ]
    }

    fn written(format: Format, found: &[Performance]) -> String {
        let mut output = Vec::new();
        performances(&mut output, format, found).unwrap();
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn a_table_is_aligned_and_safe_to_print() {
        insta::assert_snapshot!(written(Format::Table, &lineup()), @r"
        Date        Start  End    Stage        Performer             Popularity
        2025-07-12  23:00  00:30  Main, Stage  Björk                 95
        2025-07-12  23:00  00:30  Tent         宇多田ヒカル\n(live)
        ");
        assert!(!written(Format::Table, &lineup()[1..]).contains("Popularity"));
    }

    #[test]
    fn json_has_the_attribute_names_of_the_table() {
        insta::assert_snapshot!(written(Format::Json, &lineup()), @r#"
        [{"Performer":"Björk","Performance":"2025-07-12#23:00#Main, Stage","Stage":"Main, Stage","Date":"2025-07-12","Start":"23:00","End":"00:30","Popularity":95,"Genre":"pop \"art\""},
         {"Performer":"宇多田ヒカル\n(live)","Performance":"2025-07-12#23:00#Tent","Stage":"Tent","Date":"2025-07-12","Start":"23:00","End":"00:30","Artwork":"\u001b[31m"}]
        "#);
        let lines = written(Format::Jsonl, &lineup());
        assert!(
            lines.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).unwrap().is_object())
        );
        assert_eq!(lines.lines().count(), 2);
    }

    #[test]
    fn csv_is_a_lineup_file_again() {
        let text = written(Format::Csv, &lineup());
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = lineup::header::Columns::from_names(reader.headers().unwrap()).unwrap();
        let mut rows = lineup::row::RowReader::new(&header, &lineup::reading::Reading::default());
        let back: Vec<Performance> = reader
            .byte_records()
            .map(|record| {
                let record = record.unwrap();
                let fields: Vec<&[u8]> = record.iter().collect();
                rows.read(fields.into_iter()).unwrap().unwrap()
            })
            .collect();
        // A line break in a name is a space once it is read.
        let read = |set: Performance| Performance { performer: set.performer.replace('\n', " "), ..set };
        assert_eq!(back, lineup().into_iter().map(read).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_is_still_well_formed() {
        assert_eq!(written(Format::Table, &[]), "");
        assert_eq!(written(Format::Json, &[]), "[]\n");
        assert_eq!(written(Format::Jsonl, &[]), "");
        assert_eq!(written(Format::Csv, &[]), "Performer,Stage,Date,Start,End,Popularity\n");
    }

    #[test]
    fn values_have_one_column() {
        let mut output = Vec::new();
        let found = [OutputRow::single("Stage", "Tent")];
        rows(&mut output, Format::Json, &["Stage"], &found).unwrap();
        assert_eq!(output, b"[{\"Stage\":\"Tent\"}]\n");
    }
}
