//! `lineup imports` and `lineup show`.

mod replaced;

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use anyhow::Context;
use delimited::Chunk;
use indicatif::{HumanBytes, HumanCount};
use jiff::tz::TimeZone;
use lineup::shown::{LINE, NAME, one_line};
use lineup_contracts::error::never_loads;
use lineup_contracts::{ChunkCounts, ChunkResult, FailedChunk, RowCounts};
use notify::{LineupCommand, commands};
use serde::Serialize;

use crate::args::{ImportsArgs, ShowArgs};
use crate::catalog::{Catalog, ImportEntry, ImportState};
use crate::exit::{CommandError, Exit};
use crate::output;
use crate::redrivable::{self, RedriveEligibility};
use crate::short::{ShortIds, local_time};
use crate::target::Target;
use replaced::{REPLACED_COLUMNS, ReplacedRow};

/// Lists the imports, newest first.
pub(crate) async fn list(target: &Target, args: &ImportsArgs) -> anyhow::Result<Exit> {
    let entries = Catalog::new(target).entries().await?;
    if entries.is_empty() {
        return Err(
            CommandError::NothingFound("there are no imports yet; import a file first".to_owned()).into()
        );
    }
    if args.json {
        output::json(&entries)?;
    } else {
        let ids = ShortIds::of(entries.iter().map(|entry| entry.import_id));
        let rows = entries.iter().map(|entry| listed(entry, &ids)).collect();
        output::table(&["IMPORT", "WHEN", "STATE", "ROWS", "REJECTED", "SIZE", "FILE"], rows)?;
    }
    Ok(Exit::Succeeded)
}

fn listed(entry: &ImportEntry, ids: &ShortIds) -> Vec<String> {
    vec![
        ids.short(entry.import_id),
        local_time(&entry.created, &TimeZone::system()),
        if entry.dry_run { "DRY RUN".to_owned() } else { entry.state.as_str().to_owned() },
        HumanCount(entry.rows.read).to_string(),
        HumanCount(entry.rows.rejected).to_string(),
        HumanBytes(entry.source.size).to_string(),
        one_line(&entry.file, NAME).into_owned(),
    ]
}

/// Shows one import with its chunks.
pub(crate) async fn run(target: &Target, args: &ShowArgs) -> anyhow::Result<Exit> {
    let catalog = Catalog::new(target);
    let import_id = catalog.resolve(&args.import_id).await?;
    let mut entry = catalog.entry(import_id).await?.context("the import's folder has no claim.json")?;
    let chunk_states = chunk_states(&catalog, &entry).await?;
    if chunk_states.iter().any(|chunk| chunk.state == MISSING) {
        entry.state = state_with_missing_chunks(target, &entry).await?;
    }
    if entry.summary.is_none() {
        // It was killed, or failed, before it was summed up.
        chunk_states.iter().for_each(|chunk| entry.rows += chunk.rows);
        entry.chunks = chunk_counts(&chunk_states);
    }
    let replaced_rows = match args.replaced {
        true => Some(replaced::rows(&catalog.imports, import_id).await?),
        false => None,
    };
    let shown = Shown { entry, chunk_states, replaced_rows };
    if args.json {
        output::json(&shown)?;
    } else {
        shown.print(&mut BufWriter::new(io::stdout().lock()), &target.lineup)?;
    }
    Ok(Exit::Succeeded)
}

fn chunk_counts(chunks: &[ChunkState]) -> ChunkCounts {
    let count = |counted: usize| u32::try_from(counted).unwrap_or(u32::MAX);
    let loaded = count(chunks.iter().filter(|chunk| chunk.state == LOADED).count());
    let total = count(chunks.len());
    ChunkCounts { total, loaded, failed: total - loaded }
}

/// The state of an import with a missing chunk. After the summary was written, a re-run may have
/// begun to load chunks again.
async fn state_with_missing_chunks(target: &Target, entry: &ImportEntry) -> anyhow::Result<ImportState> {
    if !matches!(entry.state, ImportState::Succeeded | ImportState::Partial) {
        return Ok(entry.state);
    }
    Ok(match redrivable::most_recent(target, entry.import_id, None).await? {
        Some(RedriveEligibility::Running) => ImportState::Running,
        _ => ImportState::Interrupted,
    })
}

/// The chunks of the import; none before it is split, and none of a dry run.
async fn chunk_states(catalog: &Catalog<'_>, entry: &ImportEntry) -> anyhow::Result<Vec<ChunkState>> {
    let id = entry.import_id;
    match catalog.imports.manifest(id).await? {
        Some(manifest) if manifest.dry_run.is_none() => {}
        _ => return Ok(Vec::new()),
    }
    let mut results = BTreeMap::new();
    catalog.imports.results(id, |result| drop(results.insert(result.chunk.chunk, result))).await?;
    let failed = entry.summary.iter().flat_map(|summary| &summary.failed_chunks);
    let failed: BTreeMap<u32, &FailedChunk> = failed.map(|chunk| (chunk.chunk, chunk)).collect();
    let state = |chunk: Chunk| {
        let result = results.remove(&chunk.chunk);
        ChunkState::new(chunk, result, failed.get(&chunk.chunk).copied(), entry.state)
    };
    Ok(catalog.imports.chunks(id).await?.into_iter().map(state).collect())
}

/// An import with its chunks.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    entry: ImportEntry,
    chunk_states: Vec<ChunkState>,
    /// With `--replaced`.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_rows: Option<Vec<ReplacedRow>>,
}

const LOADED: &str = "LOADED";
const MISSING: &str = "MISSING";

/// A chunk and its state.
#[derive(Serialize)]
struct ChunkState {
    #[serde(flatten)]
    chunk: Chunk,
    /// `LOADED`, `FAILED`, `PENDING` while the import runs, or `MISSING`: not loaded, and no failure is known.
    state: &'static str,
    rows: RowCounts,
    write_units: f64,
    throttles: u64,
    milliseconds: u64,
    invocations: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
}

impl ChunkState {
    fn new(
        chunk: Chunk,
        result: Option<ChunkResult>,
        failed: Option<&FailedChunk>,
        import: ImportState,
    ) -> Self {
        let failed = failed.filter(|_| result.is_none());
        let state = match (&result, failed) {
            (Some(_), _) => LOADED,
            (None, Some(_)) => "FAILED",
            (None, None) if import == ImportState::Running => "PENDING",
            (None, None) => MISSING,
        };
        let result = result.as_ref();
        Self {
            chunk,
            state,
            rows: result.map(|result| result.rows).unwrap_or_default(),
            write_units: result.map_or(0.0, |result| result.write_units),
            throttles: result.map_or(0, |result| result.throttles),
            milliseconds: result.map_or(0, |result| result.milliseconds),
            invocations: result.map_or(0, |result| result.invocations),
            error: failed.map(|failed| failed.error.clone()),
            cause: failed.map(|failed| failed.cause.clone()),
        }
    }

    fn listed(&self) -> Vec<String> {
        let Chunk { chunk, start, end, first_line } = self.chunk;
        let error = [self.error.as_deref(), self.cause.as_deref()];
        vec![
            chunk.to_string(),
            self.state.to_owned(),
            self.rows.read.to_string(),
            self.rows.written.to_string(),
            self.rows.rejected.to_string(),
            self.rows.replaced.to_string(),
            format!("{} ms", self.milliseconds),
            format!("{start}-{}", end.saturating_sub(1)),
            first_line.to_string(),
            error.into_iter().flatten().collect::<Vec<_>>().join(": "),
        ]
    }
}

const CHUNK_COLUMNS: [&str; 10] =
    ["CHUNK", "STATE", "READ", "WRITTEN", "REJECTED", "REPLACED", "TIME", "BYTES", "FIRST LINE", "ERROR"];

impl Shown {
    fn print(&self, output: &mut impl Write, lineup: &LineupCommand) -> anyhow::Result<()> {
        let ImportEntry { import_id, created, state, rows, source, execution_arn, .. } = &self.entry;
        let dry_run = if self.entry.dry_run { ", a dry run: nothing is written" } else { "" };
        writeln!(output, "import     {import_id}  {}{dry_run}", state.as_str())?;
        writeln!(output, "file       {}  {}", one_line(&self.entry.file, NAME), HumanBytes(source.size))?;
        writeln!(output, "object     s3://{}/{}", source.bucket, one_line(&source.key, LINE))?;
        writeln!(output, "when       {}", local_time(created, &TimeZone::system()))?;
        writeln!(output, "execution  {execution_arn}")?;
        let RowCounts { read, written, rejected, replaced } = rows;
        writeln!(
            output,
            "rows       {read} read, {written} written, {rejected} rejected, {replaced} replaced"
        )?;
        if let Some(error) = &self.entry.error {
            writeln!(output, "error      {}", one_line(error, NAME))?;
            writeln!(
                output,
                "cause      {}",
                one_line(self.entry.cause.as_deref().unwrap_or_default(), LINE)
            )?;
        }
        if let Some(summary) = &self.entry.summary {
            writeln!(
                output,
                "cost       {} write units, {} throttled",
                summary.write_units, summary.throttles
            )?;
            for note in &summary.notes {
                writeln!(output, "read       {}", one_line(note, LINE))?;
            }
            for warning in &summary.warnings {
                writeln!(output, "warning    {}", one_line(&warning.text, LINE))?;
            }
            for sample in &summary.reject_samples {
                writeln!(output, "rejected   {}", one_line(sample, LINE))?;
            }
        }
        writeln!(output)?;
        self.print_chunks(output)?;
        write!(output, "{}", self.reload(lineup).unwrap_or_default())?;
        if let Some(rows) = &self.replaced_rows {
            writeln!(output)?;
            output::write_table(output, &REPLACED_COLUMNS, rows.iter().map(ReplacedRow::listed).collect())?;
        }
        Ok(output.flush()?)
    }

    /// The chunks as a table, without the columns that say the same of all of them: that nothing was rejected, or nothing failed.
    fn print_chunks(&self, output: &mut impl Write) -> io::Result<()> {
        let rows: Vec<Vec<String>> = self.chunk_states.iter().map(ChunkState::listed).collect();
        let says_something = |column: usize| {
            let left_out = ["REJECTED", "REPLACED", "ERROR"].contains(&CHUNK_COLUMNS[column]);
            !left_out || rows.iter().any(|row| !["", "0"].contains(&row[column].as_str()))
        };
        let kept: Vec<usize> = (0..CHUNK_COLUMNS.len()).filter(|column| says_something(*column)).collect();
        let columns: Vec<&str> = kept.iter().map(|column| CHUNK_COLUMNS[*column]).collect();
        let cells = |row: &Vec<String>| kept.iter().map(|column| row[*column].clone()).collect();
        output::write_table(output, &columns, rows.iter().map(cells).collect())
    }

    /// The commands that load the missing chunks, as in the message, or what to do where no run can load them. `None` if no chunk
    /// is missing.
    fn reload(&self, lineup: &LineupCommand) -> Option<String> {
        let missing: Vec<&ChunkState> =
            self.chunk_states.iter().filter(|chunk| chunk.state != LOADED).collect();
        if self.entry.state == ImportState::Running || missing.is_empty() {
            return None;
        }
        if let Some(error) =
            missing.iter().filter_map(|chunk| chunk.error.as_deref()).find(|error| never_loads(error))
        {
            return Some(format!("\nNo run can load what is missing ({error}): import the file again.\n"));
        }
        let mut numbers: Vec<u32> = missing.iter().map(|chunk| chunk.chunk.chunk).collect();
        if numbers.len() > commands::CHUNKS_NAMED {
            // Without numbers, all missing chunks are loaded.
            numbers.clear();
        }
        let id = self.entry.import_id;
        let (redrive, rerun) = (lineup.redrive(id), lineup.rerun(id, &numbers));
        Some(format!(
            "\nTo load what is missing, once the cause is gone:\n  {redrive}\nor, at any time:\n  {rerun}\n"
        ))
    }
}
