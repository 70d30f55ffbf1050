//! `lineup export`: every performance in the table.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};

use futures::{Stream, TryStreamExt};
use lineup::row::Performance;
use lineup_aws::lineups::Lineup;
use lineup_aws::query::QueryError;
use lineup_contracts::LineupId;
use lineup_versions::LineupVersions;

use crate::args::{ExportArgs, ExportFormat};
use crate::catalog::Catalog;
use crate::exit::{CommandError, Exit};
use crate::render::{CSV_COLUMNS, JsonWriter, OutputRow};
use crate::target::Target;

/// Writes every performance, or those of one lineup, to stdout, in no particular order.
pub(crate) async fn run(target: &Target, args: &ExportArgs) -> anyhow::Result<Exit> {
    let lineup = match &args.lineup {
        Some(name) => Some(of_lineup(target, name).await?),
        None => None,
    };
    let performances =
        lineup_aws::export::performances(&target.dynamodb, &target.tables.performances, lineup.as_ref());
    let stdout = BufWriter::new(io::stdout().lock());
    write(performances, args.format, stdout).await?;
    Ok(Exit::Succeeded)
}

/// The id of the lineup. Names its imports from before rows said which lineup they are of.
async fn of_lineup(target: &Target, name: &str) -> anyhow::Result<LineupId> {
    let catalog = Catalog::new(target);
    let key = format!("{}{name}", target.uploads_prefix);
    let mut imports = catalog.entries().await?;
    imports.retain(|entry| entry.source.key == key && !entry.dry_run);
    for entry in &imports {
        let manifest = catalog.imports.manifest(entry.import_id).await?;
        if manifest.is_some_and(|manifest| manifest.version.is_none()) {
            eprintln!(
                "Not here: what only import {} of {} wrote. Its rows do not say which lineup they are of; import the file \
                 again to have them here.",
                entry.import_id, entry.created
            );
        }
    }
    let id = LineupId::of(&target.uploads_bucket, &key);
    let versions = Lineup::new(&catalog.imports, id.clone()).versions().await?;
    if imports.is_empty() && versions == LineupVersions::default() {
        let text = format!("there is no lineup {name:?}; `lineup lineups` lists them");
        return Err(CommandError::NothingFound(text).into());
    }
    Ok(id)
}

async fn write(
    performances: impl Stream<Item = Result<Performance, QueryError>> + Unpin,
    format: ExportFormat,
    output: impl Write,
) -> anyhow::Result<()> {
    match format {
        ExportFormat::Csv => csv(performances, output).await,
        ExportFormat::Json => json(performances, JsonWriter::new(output, true)).await,
        ExportFormat::Jsonl => json(performances, JsonWriter::new(output, false)).await,
    }
}

async fn json(
    mut performances: impl Stream<Item = Result<Performance, QueryError>> + Unpin,
    mut writer: JsonWriter<impl Write>,
) -> anyhow::Result<()> {
    while let Some(performance) = performances.try_next().await? {
        writer.write(&OutputRow::of(&performance))?;
    }
    writer.finish()
}

/// Writes CSV. The header comes first, but all columns are known only after the last row. So the
/// rows are kept in a temporary file, which keeps memory bounded.
async fn csv(
    mut performances: impl Stream<Item = Result<Performance, QueryError>> + Unpin,
    output: impl Write,
) -> anyhow::Result<()> {
    let mut waiting = ExportedRows::new()?;
    while let Some(performance) = performances.try_next().await? {
        waiting.add(&performance)?;
    }
    waiting.write(output)
}

/// Rows in a temporary file: the known columns, then the extra ones in the order of their first row.
struct ExportedRows {
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
    use futures::{FutureExt, stream};

    fn set(performer: &str, extras: &[(&str, &str)]) -> Performance {
        Performance {
            performer: performer.to_owned(),
            stage: "Tent".to_owned(),
            date: lineup::date::parse("2025-07-12").unwrap(),
            start: "20:00".parse().unwrap(),
            end: "21:00".parse().unwrap(),
            popularity: None,
            extras: extras.iter().map(|(name, text)| ((*name).into(), (*text).to_owned())).collect(),
        }
    }

    fn written(
        format: ExportFormat,
        performances: Vec<Result<Performance, QueryError>>,
    ) -> (anyhow::Result<()>, String) {
        let mut output = Vec::new();
        let ended = write(stream::iter(performances), format, &mut output).now_or_never().unwrap();
        (ended, String::from_utf8(output).unwrap())
    }

    #[test]
    fn csv_has_every_column_that_any_row_has() {
        let rows = [set("A", &[("Genre", "rap")]), set("B\n\"live\"", &[("Artwork", "x,y")]), set("C", &[])];
        let (ended, text) = written(ExportFormat::Csv, rows.into_iter().map(Ok).collect());
        ended.unwrap();
        insta::assert_snapshot!(text, @r#"
        Performer,Stage,Date,Start,End,Popularity,Artwork,Genre
        A,Tent,2025-07-12,20:00,21:00,,,rap
        "B
        ""live""",Tent,2025-07-12,20:00,21:00,,"x,y",
        C,Tent,2025-07-12,20:00,21:00,,,
        "#);
    }

    #[test]
    fn an_export_that_breaks_off_does_not_look_complete() {
        let broken = || {
            vec![Ok(set("A", &[])), Err(QueryError::EmptyRange { from: String::new(), to: String::new() })]
        };
        let (ended, text) = written(ExportFormat::Csv, broken());
        assert!(ended.is_err() && text.is_empty());
        let (ended, text) = written(ExportFormat::Json, broken());
        assert!(ended.is_err() && serde_json::from_str::<serde_json::Value>(&text).is_err());
    }

    #[test]
    fn an_empty_table_exports_as_a_header_or_an_empty_array() {
        assert_eq!(written(ExportFormat::Csv, Vec::new()).1, "Performer,Stage,Date,Start,End,Popularity\n");
        assert_eq!(written(ExportFormat::Json, Vec::new()).1, "[]\n");
    }
}
