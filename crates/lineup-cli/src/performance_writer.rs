//! Writes performances one by one, in any number: no format keeps them all in memory.

use std::collections::BTreeMap;
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
    /// A header, then a record a performance. Nothing is written before the last performance is known.
    Csv(Box<ExportedRows>, W),
    /// Aligned columns.
    Table(TableWriter<W>),
}

impl<W: Write> PerformanceWriter<W> {
    /// A writer in a format of an answer. A table has a column for the popularity in any case.
    pub(crate) fn of(format: Format, output: W) -> anyhow::Result<Self> {
        match format {
            Format::Json => Ok(Self::json(output)),
            Format::Jsonl => Ok(Self::jsonl(output)),
            Format::Csv => Self::csv(output),
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

    /// A writer of CSV.
    pub(crate) fn csv(output: W) -> anyhow::Result<Self> {
        Ok(Self::Csv(Box::new(ExportedRows::new()?), output))
    }

    /// Writes the next performance. The first one is seen at once, unless the format is CSV.
    pub(crate) fn write(&mut self, performance: &Performance) -> anyhow::Result<()> {
        match self {
            Self::Json(writer) => writer.write(&OutputRow::of(performance)),
            Self::Csv(rows, _) => rows.add(performance),
            Self::Table(writer) => {
                let row = OutputRow::of(performance);
                Ok(writer.write(TABLE_COLUMNS.iter().map(|name| row.cell(name)).collect())?)
            }
        }
    }

    /// Writes what is left.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Json(writer) => writer.finish(),
            Self::Csv(rows, output) => rows.write(output),
            Self::Table(writer) => Ok(writer.finish()?),
        }
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
        let Performance { performer, stage, date, start, end, popularity, extras } = performance;
        let mut more = vec![""; self.extras.len()];
        for (name, text) in extras {
            let next = self.extras.len();
            let at = *self.extras.entry(name.to_string()).or_insert(next);
            more.resize(self.extras.len(), "");
            more[at] = text;
        }
        let (date, popularity) = (date.to_string(), popularity.map(|number| number.to_string()));
        let known: [&str; CSV_COLUMNS.len()] =
            [performer, stage, &date, start.as_str(), end.as_str(), popularity.as_deref().unwrap_or("")];
        Ok(self.rows.write_record(known.into_iter().chain(more))?)
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
    fn written(format: Format) -> (String, usize) {
        let mut output = Vec::new();
        let mut first = None;
        let mut writer = PerformanceWriter::of(format, &mut output).unwrap();
        for number in 0..2_000 {
            writer.write(&set(number)).unwrap();
            let there = match &writer {
                PerformanceWriter::Json(writer) => !writer.output().is_empty(),
                PerformanceWriter::Csv(_, output) => !output.is_empty(),
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
            assert!(written(format).0.as_bytes() == expected, "{format:?}");
        }
    }

    #[test]
    fn the_first_line_does_not_wait_for_the_last_row() {
        assert_eq!(
            [Format::Json, Format::Jsonl, Format::Table].map(|format| written(format).1),
            [1, 1, 1_000]
        );
    }
}
