//! Writes performances one by one, in any number: no format keeps them all in memory.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{Seek, Write};

use lineup::row::Performance;

use crate::args::Format;
use crate::output::TableWriter;
use crate::render::{CSV_COLUMNS, JsonWriter, OutputRow, TABLE_COLUMNS};

/// Writes performances to `W`. Before [`PerformanceWriter::finish`] the output is not complete, and does not look so in JSON.
pub(crate) enum PerformanceWriter<W: Write> {
    /// An array, or an object a line.
    Json(JsonWriter<W>),
    /// A header, then a record a performance.
    Csv(Box<CsvRows<W>>),
    /// The same where the columns are not known before. Nothing is written before the last performance is known.
    SpooledCsv(Box<ExportedRows>, W),
    /// Aligned columns.
    Table(TableWriter<W>),
}

impl<W: Write> PerformanceWriter<W> {
    /// A writer in a format of an answer. A table has a column for the popularity in any case. CSV has these columns beside those of
    /// every performance; `None` if they are not known.
    pub(crate) fn of(format: Format, columns: Option<BTreeSet<String>>, output: W) -> anyhow::Result<Self> {
        match format {
            Format::Json => Ok(Self::json(output)),
            Format::Jsonl => Ok(Self::jsonl(output)),
            Format::Csv => Self::csv(columns, output),
            Format::Table => Ok(Self::Table(TableWriter::new(output, &TABLE_COLUMNS))),
            Format::Ics => anyhow::bail!("a calendar is not written row by row"),
        }
    }

    /// A writer of one JSON array.
    pub(crate) fn json(output: W) -> Self {
        Self::Json(JsonWriter::new(output, true))
    }

    /// A writer of JSON Lines.
    pub(crate) fn jsonl(output: W) -> Self {
        Self::Json(JsonWriter::new(output, false))
    }

    /// A writer of CSV with these columns beside those of every performance; `None` if they are not known.
    pub(crate) fn csv(columns: Option<BTreeSet<String>>, output: W) -> anyhow::Result<Self> {
        match columns {
            Some(columns) => Ok(Self::Csv(Box::new(CsvRows::new(columns, output)?))),
            None => Ok(Self::SpooledCsv(Box::new(ExportedRows::new()?), output)),
        }
    }

    /// Writes the next performance. The first one is seen at once, unless it is CSV whose columns are not known.
    pub(crate) fn write(&mut self, performance: &Performance) -> anyhow::Result<()> {
        match self {
            Self::Json(writer) => writer.write(&OutputRow::of(performance)),
            Self::Csv(rows) => rows.write(performance),
            Self::SpooledCsv(rows, _) => rows.add(performance),
            Self::Table(writer) => {
                let row = OutputRow::of(performance);
                Ok(writer.write(TABLE_COLUMNS.iter().map(|name| row.cell(name)).collect())?)
            }
        }
    }

    /// Writes what is left. Returns the columns that were left out, because a header that did not name them was written.
    pub(crate) fn finish(self) -> anyhow::Result<UnnamedColumns> {
        match self {
            Self::Json(writer) => writer.finish()?,
            Self::Csv(rows) => return rows.finish(),
            Self::SpooledCsv(rows, output) => rows.write(output)?,
            Self::Table(writer) => writer.finish()?,
        }
        Ok(UnnamedColumns::default())
    }
}

/// Columns that rows have and the header does not, each with the number of these rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct UnnamedColumns(pub BTreeMap<String, u64>);

/// The texts of a performance that are in every row, in the order of [`CSV_COLUMNS`].
fn known_cells(performance: &Performance) -> [Cow<'_, str>; CSV_COLUMNS.len()] {
    let Performance { performer, stage, date, start, end, popularity, .. } = performance;
    let popularity = popularity.map_or(Cow::Borrowed(""), |number| number.to_string().into());
    let (start, end) = (start.as_str().into(), end.as_str().into());
    [performer.into(), stage.into(), date.to_string().into(), start, end, popularity]
}

/// Rows below a header that is written first.
pub(crate) struct CsvRows<W: Write> {
    rows: csv::Writer<W>,
    /// The index of each extra column among the extra ones.
    extras: HashMap<String, usize>,
    unnamed: UnnamedColumns,
    empty: bool,
}

impl<W: Write> CsvRows<W> {
    fn new(columns: BTreeSet<String>, output: W) -> anyhow::Result<Self> {
        let mut rows = csv::Writer::from_writer(output);
        rows.write_record(CSV_COLUMNS.into_iter().chain(columns.iter().map(String::as_str)))?;
        let extras = columns.into_iter().enumerate().map(|(at, name)| (name, at)).collect();
        Ok(Self { rows, extras, unnamed: UnnamedColumns::default(), empty: true })
    }

    fn write(&mut self, performance: &Performance) -> anyhow::Result<()> {
        let mut more = vec![""; self.extras.len()];
        for (name, text) in &performance.extras {
            match self.extras.get(&**name) {
                Some(&at) => more[at] = text,
                None => *self.unnamed.0.entry(name.to_string()).or_default() += 1,
            }
        }
        let known = known_cells(performance);
        self.rows.write_record(known.iter().map(|cell| &**cell).chain(more))?;
        if std::mem::replace(&mut self.empty, false) {
            self.rows.flush()?;
        }
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<UnnamedColumns> {
        self.rows.flush()?;
        Ok(self.unnamed)
    }
}

/// Rows in a temporary file: the known columns, then the extra ones in the order of their first row. The header comes
/// first, but all columns are known only after the last row.
pub(crate) struct ExportedRows {
    rows: csv::Writer<File>,
    /// The index of each extra column among the extra ones.
    extras: BTreeMap<String, usize>,
}

impl ExportedRows {
    fn new() -> anyhow::Result<Self> {
        let rows = csv::WriterBuilder::new().flexible(true).from_writer(tempfile::tempfile()?);
        Ok(Self { rows, extras: BTreeMap::new() })
    }

    fn add(&mut self, performance: &Performance) -> anyhow::Result<()> {
        let mut more = vec![""; self.extras.len()];
        for (name, text) in &performance.extras {
            let next = self.extras.len();
            let at = *self.extras.entry(name.to_string()).or_insert(next);
            more.resize(self.extras.len(), "");
            more[at] = text;
        }
        let known = known_cells(performance);
        Ok(self.rows.write_record(known.iter().map(|cell| &**cell).chain(more))?)
    }

    /// Writes the header and every row, the extra columns sorted by name.
    fn write(self, output: impl Write) -> anyhow::Result<()> {
        let mut file = self.rows.into_inner().map_err(|error| error.into_error())?;
        file.rewind()?;
        let mut rows = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(file);
        let mut writer = csv::Writer::from_writer(output);
        writer.write_record(CSV_COLUMNS.into_iter().chain(self.extras.keys().map(String::as_str)))?;
        let mut row = csv::StringRecord::new();
        while rows.read_record(&mut row)? {
            let known = row.iter().take(CSV_COLUMNS.len());
            let extras = self.extras.values().map(|at| row.get(CSV_COLUMNS.len() + at).unwrap_or(""));
            writer.write_record(known.chain(extras))?;
        }
        Ok(writer.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(number: usize) -> Performance {
        Performance {
            performer: format!("Act {number}"),
            stage: "Tent".to_owned(),
            date: lineup::date::parse("2025-07-12").unwrap(),
            start: "20:00".parse().unwrap(),
            end: "21:00".parse().unwrap(),
            popularity: Some(80),
            extras: vec![("Genre".into(), "rap".to_owned())],
        }
    }

    /// What 2,000 performances look like in `format`, and after how many of them the first line was there.
    fn written(format: Format, columns: Option<&[&str]>) -> (String, usize) {
        let mut output = Vec::new();
        let mut first = None;
        let columns = columns.map(|names| names.iter().map(|&name| name.to_owned()).collect());
        let mut writer = PerformanceWriter::of(format, columns, &mut output).unwrap();
        for number in 0..2_000 {
            writer.write(&set(number)).unwrap();
            let there = match &writer {
                PerformanceWriter::Json(writer) => !writer.output().is_empty(),
                PerformanceWriter::Csv(rows) => !rows.rows.get_ref().is_empty(),
                PerformanceWriter::SpooledCsv(_, output) => !output.is_empty(),
                PerformanceWriter::Table(writer) => !writer.output().is_empty(),
            };
            first = first.or(there.then_some(number + 1));
        }
        writer.finish().unwrap();
        (String::from_utf8(output).unwrap(), first.unwrap_or(2_000))
    }

    #[test]
    fn every_format_writes_the_same_as_all_at_once() {
        let all: Vec<Performance> = (0..2_000).map(set).collect();
        for format in [Format::Json, Format::Jsonl, Format::Csv, Format::Table] {
            let mut expected = Vec::new();
            crate::render::performances(&mut expected, format, &all).unwrap();
            for columns in [None, Some(&["Genre"][..])] {
                assert!(written(format, columns).0.as_bytes() == expected, "{format:?} {columns:?}");
            }
        }
    }

    #[test]
    fn the_first_line_does_not_wait_for_the_last_row() {
        let first = |format| written(format, Some(&["Genre"])).1;
        assert_eq!([Format::Json, Format::Jsonl, Format::Csv, Format::Table].map(first), [1, 1, 1, 1_000]);
    }

    #[test]
    fn a_column_that_the_header_does_not_name_is_counted() {
        let mut output = Vec::new();
        let mut rows = CsvRows::new(["Artwork".to_owned()].into(), &mut output).unwrap();
        (0..3).for_each(|number| rows.write(&set(number)).unwrap());
        assert_eq!(rows.finish().unwrap(), UnnamedColumns([("Genre".to_owned(), 3)].into()));
        let text = String::from_utf8(output).unwrap();
        assert!(text.starts_with("Performer,Stage,Date,Start,End,Popularity,Artwork\nAct 0,Tent,"), "{text}");
        assert_eq!(text.lines().count(), 4);
    }
}
