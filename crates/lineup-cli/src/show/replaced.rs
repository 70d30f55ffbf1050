//! `lineup show --replaced`: which rows of a file another row further down takes the place of.
//!
//! It reads the file that the import read, chunk after chunk. A row is replaced if a later one of its chunk has its key, or if it is
//! among those that `split` found in other chunks: as `load` decides it. The row that replaces it is the next of that key that is not
//! replaced itself.

use std::collections::HashMap;

use anyhow::{Context, ensure};
use delimited::Chunk;
use delimited::records::{Next, Records};
use lineup::row::RowAbove;
use lineup::survey::Surveyor;
use lineup_aws::imports::Imports;
use lineup_contracts::Manifest;
use lineup_table::{ItemReader, keys};
use lineup_versions::{ChunkSurveyor, ItemKey, RunEntry, SkippedOffsets};
use serde::Serialize;
use uuid::Uuid;

pub(super) const REPLACED_COLUMNS: [&str; 4] = ["ROW", "REPLACED BY", "PERFORMER", "SET"];

/// A row that was not written. The field names are a contract.
#[derive(Debug, Serialize)]
pub(super) struct ReplacedRow {
    /// Where it stands in the file: `line 7`.
    row: String,
    /// Where the row stands that was written in its place.
    replaced_by: String,
    performer: String,
    date: String,
    start: String,
    stage: String,
}

impl ReplacedRow {
    pub(super) fn listed(&self) -> Vec<String> {
        let set = format!("{} {} {}", self.date, self.start, self.stage);
        vec![self.row.clone(), self.replaced_by.clone(), self.performer.clone(), set]
    }
}

/// The replaced rows of an import, in the order of the rows that replace them. Memory: the keys that are repeated, their rows, and one chunk with
/// its run.
pub(super) async fn rows(imports: &Imports, import_id: Uuid) -> anyhow::Result<Vec<ReplacedRow>> {
    let manifest = imports.manifest(import_id).await?.context("the file was never split: no row was read")?;
    ensure!(manifest.dry_run.is_none(), "it was a dry run, of which no row is written");
    let mut found = ReplacedRows { manifest: &manifest, waiting: HashMap::new(), rows: Vec::new() };
    for chunk in imports.chunks(import_id).await? {
        let skips = match manifest.skips.contains(&chunk.chunk) {
            true => imports.skips(import_id, chunk.chunk).await?,
            false => SkippedOffsets::default(),
        };
        let bytes = read(imports, &manifest, chunk).await?;
        found.add(chunk, &bytes, &skips)?;
    }
    Ok(found.rows)
}

async fn read(imports: &Imports, manifest: &Manifest, chunk: Chunk) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(chunk.end - chunk.start).unwrap_or_default());
    let mut source = imports.objects().read(manifest.text(), chunk.start..chunk.end);
    while let Some(piece) = source.next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

struct ReplacedRows<'m> {
    manifest: &'m Manifest,
    /// The lines of rows that are replaced, by their key, until the row is read that replaces them.
    waiting: HashMap<ItemKey, Vec<u64>>,
    rows: Vec<ReplacedRow>,
}

impl ReplacedRows<'_> {
    /// Adds the next chunk, in the order of the file.
    fn add(&mut self, chunk: Chunk, bytes: &[u8], skips: &SkippedOffsets) -> anyhow::Result<()> {
        let Manifest { dialect, columns, reading, above, .. } = self.manifest;
        let above = above.get(&chunk.chunk).cloned().unwrap_or_default();
        let of_chunk = replaced_in_chunk(self.manifest, chunk, bytes, above.clone())?;
        if of_chunk.as_slice().is_empty() && skips.as_slice().is_empty() && self.waiting.is_empty() {
            return Ok(());
        }
        let mut records = Records::new(*dialect, chunk.start, chunk.first_line);
        records.push(bytes);
        records.finish();
        let mut reader = ItemReader::new(columns, reading).with_above(above);
        let mut entry = RunEntry::default();
        while let Some(next) = records.next_record() {
            let Next::Record(record) = next else { continue };
            let (start, line) = (record.start, record.line);
            let Ok(Some(item)) = reader.read_record(&record) else { continue };
            entry.set(item, start);
            if of_chunk.has(start) || skips.has(start) {
                self.waiting.entry(entry.key.clone()).or_default().push(line);
            } else if let Some(lines) = self.waiting.remove(&entry.key) {
                self.replaces(&entry.key, line, &lines);
            }
        }
        Ok(())
    }

    fn replaces(&mut self, key: &ItemKey, by: u64, lines: &[u64]) {
        // A key has a date, a start and a stage: the table has made it.
        let Some((date, start, stage)) = keys::split_performance(&key.performance) else { return };
        let origin = self.manifest.origin();
        self.rows.extend(lines.iter().map(|line| ReplacedRow {
            row: origin.place(*line),
            replaced_by: origin.place(by),
            performer: key.performer.clone(),
            date: date.to_string(),
            start: start.to_string(),
            stage: stage.to_owned(),
        }));
    }
}

/// The rows that a later row of their chunk replaces.
fn replaced_in_chunk(
    manifest: &Manifest,
    chunk: Chunk,
    bytes: &[u8],
    above: RowAbove,
) -> anyhow::Result<SkippedOffsets> {
    let Manifest { dialect, columns, reading, .. } = manifest;
    let surveyor = Surveyor::new(*dialect, columns, reading, chunk.start, chunk.first_line);
    let mut surveyor = ChunkSurveyor::new(surveyor.with_above(above), true);
    surveyor.push(bytes);
    let run = surveyor.finish()?.run;
    Ok(SkippedOffsets::new(run.map(|run| run.replaced).unwrap_or_default()))
}
