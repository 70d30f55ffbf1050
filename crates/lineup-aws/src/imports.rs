//! The imports bucket: the objects of `split` and `load`, and the chunks that are missing.

mod survey_pass;

pub use survey_pass::SurveyPass;

use std::collections::BTreeSet;

use delimited::Chunk;
use futures::{StreamExt, TryStreamExt, stream};
use lineup_contracts::layout::Layout;
use lineup_contracts::{
    ChunkList, ChunkResult, Claim, ComparedRange, Conversion, LineupId, Manifest, Plan, Source, StoppedSplit,
    Summary, VersionChanges,
};
use lineup_versions::{PerformerRange, RejectedPerformers, SkippedOffsets};
use uuid::Uuid;

use crate::error::Error;
use crate::key_list::KeyList;
use crate::key_list_writer::KeyListPlace;
use crate::object_store::uri;
use crate::object_writer::{ObjectWriter, StoredObject};
use crate::objects::{Objects, Put};

/// How many small objects are read at a time.
const READS_IN_FLIGHT: usize = 64;

/// The imports bucket.
#[derive(Debug, Clone)]
pub struct Imports {
    objects: Objects,
    bucket: String,
}

impl Imports {
    /// The imports bucket of this name.
    pub fn new(objects: Objects, bucket: impl Into<String>) -> Self {
        Self { objects, bucket: bucket.into() }
    }

    /// The objects of every bucket, the source's among them.
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Claims an import for an execution. Returns `None` if the execution has the claim, from
    /// this call or an earlier one; otherwise the execution that has it.
    pub async fn claim(&self, import_id: Uuid, claim: &Claim) -> Result<Option<String>, Error> {
        let key = Layout(import_id).claim();
        match self.objects.put_json_if_absent(&self.bucket, &key, claim).await? {
            Put::Written => Ok(None),
            Put::AlreadyExists => {
                let first: Claim = self.must_get(&key).await?;
                Ok(Some(first.execution_arn).filter(|arn| *arn != claim.execution_arn))
            }
        }
    }

    /// What the file was converted to; `None` until it is, and for a file that need not be.
    pub async fn conversion(&self, import_id: Uuid) -> Result<Option<Conversion>, Error> {
        self.objects.get_json(&self.bucket, &Layout(import_id).conversion()).await
    }

    /// Writes the text that a file is converted to.
    pub fn converted_text(&self, import_id: Uuid) -> ObjectWriter {
        self.objects.writer(&self.bucket, &Layout(import_id).converted_text(), "text/csv; charset=utf-8")
    }

    /// The text that was written with [`Self::converted_text`], as what is split and loaded.
    pub fn converted_source(&self, import_id: Uuid, text: StoredObject) -> Source {
        let StoredObject { etag, size } = text;
        let key = Layout(import_id).converted_text();
        Source { bucket: self.bucket.clone(), key, version_id: None, etag, size }
    }

    /// Says that the text is complete. If an earlier try said so, what that said stays.
    pub async fn put_conversion(&self, import_id: Uuid, conversion: &Conversion) -> Result<Put, Error> {
        let key = Layout(import_id).conversion();
        self.objects.put_json_if_absent(&self.bucket, &key, conversion).await
    }

    /// How far the split came; `None` if no invocation had to stop.
    pub async fn stopped_split(&self, import_id: Uuid) -> Result<Option<StoppedSplit>, Error> {
        self.objects.get_json(&self.bucket, &Layout(import_id).stopped_split()).await
    }

    /// Writes how far the split came.
    pub async fn put_stopped_split(&self, import_id: Uuid, stopped: &StoppedSplit) -> Result<(), Error> {
        self.objects.put_json(&self.bucket, &Layout(import_id).stopped_split(), stopped).await
    }

    /// The manifest; `None` until the split is complete.
    pub async fn manifest(&self, import_id: Uuid) -> Result<Option<Manifest>, Error> {
        self.objects.get_json(&self.bucket, &Layout(import_id).manifest()).await
    }

    /// The manifest of an import that is split.
    pub async fn split_manifest(&self, import_id: Uuid) -> Result<Manifest, Error> {
        self.must_get(&Layout(import_id).manifest()).await
    }

    async fn must_get<T: serde::de::DeserializeOwned>(&self, key: &str) -> Result<T, Error> {
        let found = self.objects.get_json(&self.bucket, key).await?;
        found.ok_or_else(|| Error::Missing { object: uri(&self.bucket, key) })
    }

    /// Writes the manifest: the split is complete.
    pub async fn put_manifest(&self, manifest: &Manifest) -> Result<(), Error> {
        self.objects.put_json(&self.bucket, &Layout(manifest.import_id).manifest(), manifest).await
    }

    /// Every chunk of the import, in order. Memory: 32 bytes a chunk, and the list's bytes during the call.
    pub async fn chunks(&self, import_id: Uuid) -> Result<Vec<Chunk>, Error> {
        let key = Layout(import_id).chunks();
        let object = || uri(&self.bucket, &key);
        let list = self.objects.get(&self.bucket, &key).await?;
        let list = list.ok_or_else(|| Error::Missing { object: object() })?;
        let chunks = serde_json::Deserializer::from_slice(&list).into_iter();
        chunks.collect::<Result<_, _>>().map_err(|source| Error::Malformed { object: object(), source })
    }

    /// Writes the list of all chunks.
    pub async fn put_chunks(&self, import_id: Uuid, chunks: &[Chunk]) -> Result<(), Error> {
        let key = Layout(import_id).chunks();
        self.objects.put(&self.bucket, &key, JSON_LINES, self.lines(&key, chunks)?).await
    }

    /// Writes a list of chunks to load again, under the next free number. A
    /// list is never overwritten, because an execution may still read it.
    pub async fn put_retry(&self, import_id: Uuid, chunks: &[Chunk]) -> Result<ChunkList, Error> {
        let layout = Layout(import_id);
        let lines = bytes::Bytes::from(self.lines(&layout.retry(1), chunks)?);
        let mut n = 1;
        loop {
            let key = layout.retry(n);
            match self.objects.put_if_absent(&self.bucket, &key, JSON_LINES, lines.clone()).await? {
                Put::Written => return Ok(self.chunk_list(key, chunks.len())),
                Put::AlreadyExists => n += 1,
            }
        }
    }

    fn lines(&self, key: &str, chunks: &[Chunk]) -> Result<Vec<u8>, Error> {
        let mut lines = Vec::with_capacity(chunks.len() * 80);
        for chunk in chunks {
            serde_json::to_writer(&mut lines, chunk)
                .map_err(|source| Error::Malformed { object: uri(&self.bucket, key), source })?;
            lines.push(b'\n');
        }
        Ok(lines)
    }

    fn chunk_list(&self, key: String, count: usize) -> ChunkList {
        ChunkList { bucket: self.bucket.clone(), key, count: u32::try_from(count).unwrap_or(u32::MAX) }
    }

    /// The plan that loads the list `chunks`; all chunks of the import if it is `None`.
    pub fn plan(&self, manifest: Manifest, chunks: Option<ChunkList>) -> Plan {
        let layout = Layout(manifest.import_id);
        let all = || self.chunk_list(layout.chunks(), manifest.chunks as usize);
        Plan {
            import_id: manifest.import_id,
            duplicate_of: None,
            unfinished: false,
            convert: false,
            survey: None,
            dry_run: manifest.dry_run.is_some(),
            held: false,
            chunks: Some(chunks.unwrap_or_else(all)),
            source: Some(manifest.source),
            map_runs_prefix: layout.map_runs(),
            max_concurrency: manifest.max_concurrency,
        }
    }

    /// The rows of a chunk that are not written, of a chunk in the manifest's `skips`.
    pub async fn skips(&self, import_id: Uuid, chunk: u32) -> Result<SkippedOffsets, Error> {
        let key = Layout(import_id).skips(chunk);
        let found = self.offsets(&key).await?;
        found.ok_or_else(|| Error::Missing { object: uri(&self.bucket, &key) })
    }

    /// Writes which rows of a chunk are not to be written.
    pub async fn put_skips(&self, import_id: Uuid, chunk: u32, skips: &SkippedOffsets) -> Result<(), Error> {
        let key = Layout(import_id).skips(chunk);
        self.objects.put(&self.bucket, &key, BYTES, skips.bytes()).await
    }

    /// Writes the performers of the file's rejected rows, if there are any.
    pub async fn put_rejected_performers(
        &self,
        import_id: Uuid,
        rejected: &RejectedPerformers,
    ) -> Result<(), Error> {
        if rejected.is_empty() {
            return Ok(());
        }
        self.objects.put_json(&self.bucket, &Layout(import_id).rejected_performers(), rejected).await
    }

    /// The performers of the file's rejected rows.
    pub async fn rejected_performers(&self, import_id: Uuid) -> Result<RejectedPerformers, Error> {
        let found = self.objects.get_json(&self.bucket, &Layout(import_id).rejected_performers()).await?;
        Ok(found.unwrap_or_default())
    }

    /// How the import differs from the version before; `None` if nothing was compared, or not yet.
    pub async fn changes(&self, import_id: Uuid) -> Result<Option<VersionChanges>, Error> {
        self.objects.get_json(&self.bucket, &Layout(import_id).changes()).await
    }

    /// Writes how the import differs from the version before. If an earlier try did, what that wrote stays, and is returned.
    pub async fn put_changes(
        &self,
        import_id: Uuid,
        changes: VersionChanges,
    ) -> Result<VersionChanges, Error> {
        let key = Layout(import_id).changes();
        match self.objects.put_json_if_absent(&self.bucket, &key, &changes).await? {
            Put::Written => Ok(changes),
            Put::AlreadyExists => self.must_get(&key).await,
        }
    }

    /// Writes how the import differs from the version before, in the place of what was written before.
    pub async fn replace_changes(&self, import_id: Uuid, changes: &VersionChanges) -> Result<(), Error> {
        self.objects.put_json(&self.bucket, &Layout(import_id).changes(), changes).await
    }

    /// The ranges in which the import is compared with the versions before: these, or those of an earlier try.
    pub async fn compared_ranges(
        &self,
        import_id: Uuid,
        ranges: Vec<PerformerRange>,
    ) -> Result<Vec<PerformerRange>, Error> {
        let key = Layout(import_id).compared_ranges();
        match self.objects.put_json_if_absent(&self.bucket, &key, &ranges).await? {
            Put::Written => Ok(ranges),
            Put::AlreadyExists => self.must_get(&key).await,
        }
    }

    /// What was found of a range; `None` until it is compared.
    pub async fn compared_range(
        &self,
        import_id: Uuid,
        range: usize,
    ) -> Result<Option<ComparedRange>, Error> {
        self.objects.get_json(&self.bucket, &Layout(import_id).compared_range(range)).await
    }

    /// Writes what was found of a range: from now on it is compared.
    pub async fn put_compared_range(
        &self,
        import_id: Uuid,
        range: usize,
        found: &ComparedRange,
    ) -> Result<(), Error> {
        self.objects.put_json(&self.bucket, &Layout(import_id).compared_range(range), found).await
    }

    /// Where the list of the keys stands that are to be removed.
    pub fn obsolete_place(&self, import_id: Uuid) -> KeyListPlace {
        KeyListPlace::new(&self.objects, &self.bucket, Layout(import_id).obsolete())
    }

    /// The keys that are to be removed, of an import whose [`VersionChanges::obsolete`] says that there are some.
    pub async fn obsolete(&self, import_id: Uuid) -> Result<KeyList, Error> {
        self.obsolete_place(import_id).open_written().await
    }

    /// Says that every obsolete key is removed.
    pub async fn put_removed(&self, import_id: Uuid, keys: u64) -> Result<(), Error> {
        self.objects
            .put_json(&self.bucket, &Layout(import_id).removed(), &serde_json::json!({"keys": keys}))
            .await
    }

    /// Whether every obsolete key is removed.
    pub async fn is_removed(&self, import_id: Uuid) -> Result<bool, Error> {
        Ok(self.objects.get(&self.bucket, &Layout(import_id).removed()).await?.is_some())
    }

    /// A list of rows; `None` if there is none.
    async fn offsets(&self, key: &str) -> Result<Option<SkippedOffsets>, Error> {
        let Some(bytes) = self.objects.get(&self.bucket, key).await? else { return Ok(None) };
        let read = SkippedOffsets::read(&bytes);
        Ok(Some(read.map_err(|source| Error::Run { object: uri(&self.bucket, key), source })?))
    }

    /// The numbers of the loaded chunks: those that have a result.
    pub async fn loaded(&self, import_id: Uuid) -> Result<BTreeSet<u32>, Error> {
        let layout = Layout(import_id);
        let mut loaded = BTreeSet::new();
        let each = |key: &str| loaded.extend(layout.chunk_of_result(key));
        self.objects.list(&self.bucket, &layout.results(), each).await?;
        Ok(loaded)
    }

    /// The chunks that have no result, in order.
    pub async fn missing(&self, import_id: Uuid) -> Result<Vec<Chunk>, Error> {
        let mut chunks = self.chunks(import_id).await?;
        let loaded = self.loaded(import_id).await?;
        chunks.retain(|chunk| !loaded.contains(&chunk.chunk));
        Ok(chunks)
    }

    /// The result of a chunk; `None` while it is not loaded.
    pub async fn result(&self, import_id: Uuid, chunk: u32) -> Result<Option<ChunkResult>, Error> {
        self.objects.get_json(&self.bucket, &Layout(import_id).result(chunk)).await
    }

    /// Calls `each` with the result of every loaded chunk, in order of number. It reads
    /// many at a time. Returns the numbers of these chunks, without those whose result
    /// was deleted after the list was read.
    pub async fn results(
        &self,
        import_id: Uuid,
        mut each: impl FnMut(ChunkResult),
    ) -> Result<BTreeSet<u32>, Error> {
        let listed = self.loaded(import_id).await?;
        let reads = stream::iter(listed).map(|chunk| self.result(import_id, chunk)).buffered(READS_IN_FLIGHT);
        let mut loaded = BTreeSet::new();
        let mut found = std::pin::pin!(reads);
        while let Some(result) = found.try_next().await? {
            let Some(result) = result else { continue };
            loaded.insert(result.chunk.chunk);
            each(result);
        }
        Ok(loaded)
    }

    /// Writes the result of a chunk: from now on it is loaded.
    pub async fn put_result(&self, import_id: Uuid, result: &ChunkResult) -> Result<(), Error> {
        self.objects.put_json(&self.bucket, &Layout(import_id).result(result.chunk.chunk), result).await
    }

    /// Deletes the results of chunks that are to be loaded again.
    pub async fn forget(&self, import_id: Uuid, chunks: &[u32]) -> Result<(), Error> {
        let keys = chunks.iter().map(|chunk| Layout(import_id).result(*chunk));
        stream::iter(keys.map(Ok::<_, Error>))
            .try_for_each_concurrent(READS_IN_FLIGHT, |key| async move {
                self.objects.delete(&self.bucket, &key).await
            })
            .await
    }

    /// Writes a file of rejected rows.
    pub async fn put_rejects(&self, key: &str, csv: Vec<u8>) -> Result<(), Error> {
        self.objects.put(&self.bucket, key, "text/csv", csv).await
    }

    /// A whole file of rejected rows, by a key from a result. `load` keeps such files small.
    pub async fn rejects(&self, key: &str) -> Result<bytes::Bytes, Error> {
        let found = self.objects.get(&self.bucket, key).await?;
        found.ok_or_else(|| Error::Missing { object: uri(&self.bucket, key) })
    }

    /// The latest summary; `None` while there is none.
    pub async fn summary(&self, import_id: Uuid) -> Result<Option<Summary>, Error> {
        self.objects.get_json(&self.bucket, &Layout(import_id).summary()).await
    }

    /// Writes the summary.
    pub async fn put_summary(&self, summary: &Summary) -> Result<(), Error> {
        self.objects.put_json(&self.bucket, &Layout(summary.import_id).summary(), summary).await
    }

    /// Every lineup of the bucket, in order of id.
    pub async fn lineups(&self) -> Result<Vec<LineupId>, Error> {
        let folders = self.objects.folders(&self.bucket, LineupId::ROOT).await?;
        Ok(folders.iter().filter_map(|folder| LineupId::of_folder(folder)).collect())
    }

    /// Every import of the bucket, in order of id.
    pub async fn list(&self) -> Result<Vec<Uuid>, Error> {
        let folders = self.objects.folders(&self.bucket, Layout::ROOT).await?;
        let id = |folder: &String| folder.strip_prefix(Layout::ROOT)?.strip_suffix('/')?.parse().ok();
        Ok(folders.iter().filter_map(id).collect())
    }
}

/// Runs and skips: numbers, and no text.
const BYTES: &str = "application/octet-stream";
/// JSON Lines, as `ItemReader` reads them with `InputType: JSONL`.
const JSON_LINES: &str = "application/jsonl";
