//! `lineup export`: every performance in the table.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};

use futures::{Stream, TryStreamExt};
use lineup::row::Performance;
use lineup::shown::{LINE, one_line};
use lineup_aws::export::{ExportedItem, ScannedItem, UnreadableItem};
use lineup_aws::lineups::Lineup;
use lineup_aws::query::QueryError;
use lineup_contracts::LineupId;
use lineup_versions::LineupVersions;

use crate::args::{ExportArgs, ExportFormat};
use crate::calendar::{self, CalendarWriter};
use crate::catalog::Catalog;
use crate::exit::{CommandError, Exit};
use crate::extra_columns;
use crate::performance_writer::PerformanceWriter;
use crate::target::Target;

/// How many items that are no performances are named.
const NAMED: u64 = 20;

/// Writes every performance, or those of one lineup, to stdout, in no particular order. An item that is no performance is
/// named on stderr and left out.
pub(crate) async fn run(target: &Target, args: &ExportArgs) -> anyhow::Result<Exit> {
    if args.zone.is_some() && args.format() != ExportFormat::Ics {
        let text = "--zone is for --format ics, which has the times in UTC then".to_owned();
        return Err(CommandError::Usage(text).into());
    }
    let lineup = match &args.lineup {
        Some(name) => Some(of_lineup(target, name).await?),
        None => None,
    };
    let mut left_out = LeftOut { notes: io::stderr(), items: 0, has_columns: false };
    let mut stdout = BufWriter::new(io::stdout().lock());
    if args.format() == ExportFormat::Ics {
        write_calendar(target, args, lineup.as_ref(), &mut stdout, &mut left_out).await?;
        stdout.flush()?;
    } else {
        let columns = match args.format() {
            ExportFormat::Csv if !args.all_columns => {
                extra_columns::of_imports(target, lineup.as_ref()).await?
            }
            _ => None,
        };
        let items = target.exported_table().performances(lineup.as_ref());
        write(items, args.format(), columns, stdout, &mut left_out).await?;
    }
    Ok(if left_out.is_nothing() { Exit::Succeeded } else { Exit::Partial })
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

/// The items that are no performances.
struct LeftOut<W> {
    /// Where they are named.
    notes: W,
    /// How many there are.
    items: u64,
    /// Whether columns of rows were left out.
    has_columns: bool,
}

impl<W: Write> LeftOut<W> {
    fn add(&mut self, item: &UnreadableItem) {
        self.items += 1;
        if self.items <= NAMED {
            // If stderr is closed, the note cannot be shown anywhere.
            let _ = writeln!(self.notes, "left out: {}", one_line(&item.to_string(), LINE));
        }
    }

    fn is_nothing(&self) -> bool {
        self.items == 0 && !self.has_columns
    }

    /// Says how many were not named.
    fn finish(&mut self) {
        if let Some(more @ 1..) = self.items.checked_sub(NAMED) {
            let _ = writeln!(self.notes, "left out: {more} more items that are no performances");
        }
    }
}

/// Writes a calendar, one performer after the other: what an event is known by depends on all sets of its performer, also on those of other
/// lineups.
async fn write_calendar(
    target: &Target,
    args: &ExportArgs,
    lineup: Option<&LineupId>,
    output: &mut impl Write,
    left_out: &mut LeftOut<impl Write>,
) -> anyhow::Result<()> {
    let mut calendar = CalendarWriter::new(target, args.zone.as_ref(), output).await?;
    let mut performers = target.exported_table().performers();
    while let Some(items) = performers.try_next().await? {
        let (mut all, others) = sets(items, lineup, left_out);
        let wanted = all.len();
        all.extend(others);
        let wanted: BTreeSet<_> = all[..wanted].iter().map(calendar::key).collect();
        calendar.write(&all, |set| wanted.contains(&calendar::key(set)))?;
    }
    left_out.finish();
    if !calendar.finish()? {
        let text = "there are no sets to put into a calendar".to_owned();
        return Err(CommandError::NothingFound(text).into());
    }
    Ok(())
}

/// The sets of the lineup, and those of others. Names what is no performance of the lineup.
fn sets(
    items: Vec<ScannedItem>,
    lineup: Option<&LineupId>,
    left_out: &mut LeftOut<impl Write>,
) -> (Vec<Performance>, Vec<Performance>) {
    let (mut wanted, mut others) = (Vec::new(), Vec::new());
    for ScannedItem { lineup: of, item } in items {
        let is_wanted = lineup.is_none_or(|lineup| of.as_ref() == Some(lineup));
        match item {
            Ok(set) if is_wanted => wanted.push(set),
            Ok(set) => others.push(set),
            Err(item) if is_wanted => left_out.add(&item),
            Err(_) => {}
        }
    }
    (wanted, others)
}

/// Writes the performances to `output`. CSV has these columns beside those of every performance; `None` if they are not known.
async fn write(
    mut items: impl Stream<Item = Result<ExportedItem, QueryError>> + Unpin,
    format: ExportFormat,
    columns: Option<BTreeSet<String>>,
    output: impl Write,
    left_out: &mut LeftOut<impl Write>,
) -> anyhow::Result<()> {
    let mut writer = match format {
        ExportFormat::Csv => PerformanceWriter::csv(columns, output)?,
        ExportFormat::Json => PerformanceWriter::json(output),
        ExportFormat::Jsonl => PerformanceWriter::jsonl(output),
        ExportFormat::Ics => anyhow::bail!("a calendar is not written row by row"),
    };
    while let Some(item) = items.try_next().await? {
        match item {
            Ok(performance) => writer.write(&performance)?,
            Err(item) => left_out.add(&item),
        }
    }
    let unnamed = writer.finish()?;
    left_out.has_columns = !unnamed.0.is_empty();
    extra_columns::note_unnamed(
        &mut left_out.notes,
        &unnamed,
        "`--all-columns` has it, and `--format jsonl`",
    );
    left_out.finish();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{FutureExt, stream};
    use lineup::row::Performance;
    use lineup_aws::export::UnreadableItem;

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
        items: Vec<Result<ExportedItem, QueryError>>,
    ) -> (anyhow::Result<u64>, String, String) {
        written_with(format, None, items)
    }

    fn written_with(
        format: ExportFormat,
        columns: Option<&[&str]>,
        items: Vec<Result<ExportedItem, QueryError>>,
    ) -> (anyhow::Result<u64>, String, String) {
        let mut output = Vec::new();
        let mut left_out = LeftOut { notes: Vec::new(), items: 0, has_columns: false };
        let columns = columns.map(|names| names.iter().map(|&name| name.to_owned()).collect());
        let ended = write(stream::iter(items), format, columns, &mut output, &mut left_out);
        let ended = ended.now_or_never().unwrap();
        let LeftOut { notes, items, .. } = left_out;
        (ended.map(|()| items), String::from_utf8(output).unwrap(), String::from_utf8(notes).unwrap())
    }

    fn without_stage(performer: &str) -> ExportedItem {
        let missing = lineup_table::performance_from([("Performer", performer)]).unwrap_err();
        Err(UnreadableItem {
            performer: Some(performer.to_owned()),
            performance: Some("2025-07-12#20:00#Tent".to_owned()),
            error: missing.into(),
        })
    }

    #[test]
    fn csv_has_every_column_that_any_row_has() {
        let rows = [set("A", &[("Genre", "rap")]), set("B\n\"live\"", &[("Artwork", "x,y")]), set("C", &[])];
        let (ended, text, _) = written(ExportFormat::Csv, rows.into_iter().map(|row| Ok(Ok(row))).collect());
        assert_eq!(ended.unwrap(), 0);
        insta::assert_snapshot!(text, @r#"
        Performer,Stage,Date,Start,End,Popularity,Artwork,Genre
        A,Tent,2025-07-12,20:00,21:00,,,rap
        "B
        ""live""",Tent,2025-07-12,20:00,21:00,,"x,y",
        C,Tent,2025-07-12,20:00,21:00,,,
        "#);
    }

    #[test]
    fn a_column_that_no_import_names_is_left_out_of_csv_and_named() {
        let rows = || vec![Ok(Ok(set("A", &[("Genre", "rap")]))), Ok(Ok(set("B", &[("Artwork", "x")])))];
        let (ended, text, notes) = written_with(ExportFormat::Csv, Some(&["Genre"]), rows());
        assert_eq!(ended.unwrap(), 0);
        assert!(text.starts_with("Performer,Stage,Date,Start,End,Popularity,Genre\nA,"), "{text}");
        assert!(
            notes.starts_with("left out: the column \"Artwork\" of 1 row, which no import names; "),
            "{notes}"
        );
        assert_eq!(written(ExportFormat::Csv, rows()).2, "");
    }

    #[test]
    fn an_export_that_breaks_off_does_not_look_complete() {
        let broken = || {
            vec![
                Ok(Ok(set("A", &[]))),
                Err(QueryError::EmptyRange { from: String::new(), to: String::new() }),
            ]
        };
        let (ended, text, _) = written(ExportFormat::Csv, broken());
        assert!(ended.is_err() && text.is_empty());
        let (ended, text, _) = written(ExportFormat::Json, broken());
        assert!(ended.is_err() && serde_json::from_str::<serde_json::Value>(&text).is_err());
    }

    #[test]
    fn an_empty_table_exports_as_a_header_or_an_empty_array() {
        assert_eq!(written(ExportFormat::Csv, Vec::new()).1, "Performer,Stage,Date,Start,End,Popularity\n");
        assert_eq!(written(ExportFormat::Json, Vec::new()).1, "[]\n");
    }

    #[test]
    fn an_item_without_a_stage_is_named_and_does_not_end_the_export() {
        let items = || vec![Ok(without_stage("Björk")), Ok(Ok(set("A", &[])))];
        let (ended, text, notes) = written(ExportFormat::Jsonl, items());
        assert_eq!((ended.unwrap(), text.lines().count()), (1, 1));
        assert!(notes.starts_with("left out: \"Björk\" \"2025-07-12#20:00#Tent\": "), "{notes}");
        assert!(notes.contains("no Stage"), "{notes}");
        assert!(written(ExportFormat::Csv, items()).1.contains("\nA,Tent,"));
    }

    #[test]
    fn many_items_that_are_no_performances_are_counted() {
        let items = (0..50).map(|number| Ok(without_stage(&number.to_string()))).collect();
        let (ended, _, notes) = written(ExportFormat::Json, items);
        assert_eq!((ended.unwrap(), notes.lines().count()), (50, 21));
        assert!(notes.ends_with("left out: 30 more items that are no performances\n"), "{notes}");
    }
}
