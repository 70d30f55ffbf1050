//! The objects of a pass of the survey: what each chunk, or each group of gathered runs, left.

use std::collections::BTreeSet;
use std::pin::pin;

use bytes::Bytes;
use delimited::Chunk;
use futures::{StreamExt, TryStreamExt, stream};
use lineup::survey::Facts;
use lineup_contracts::layout::Layout;
use lineup_contracts::{Manifest, MergedRange, Plan, Survey};
use lineup_versions::{FinishedRun, RejectedPerformers, SkippedOffsets};
use uuid::Uuid;

use super::{BYTES, Imports, JSON_LINES, READS_IN_FLIGHT};
use crate::error::Error;
use crate::key_list_writer::KeyListPlace;
use crate::object_store::uri;

/// A pass of the survey of an import. `number` is that of a chunk, or of a group where the pass gathers runs.
#[derive(Debug, Clone, Copy)]
pub struct SurveyPass<'i> {
    imports: &'i Imports,
    layout: Layout,
    pass: u32,
}

impl Imports {
    /// A pass of the survey, counted from 1.
    pub fn survey_pass(&self, import_id: Uuid, pass: u32) -> SurveyPass<'_> {
        SurveyPass { imports: self, layout: Layout(import_id), pass }
    }
}

impl SurveyPass<'_> {
    /// Its number.
    pub fn pass(&self) -> u32 {
        self.pass
    }

    /// How the chunks are read in it, or what it gathers; `None` if there is no such pass, or not yet.
    pub async fn survey(&self) -> Result<Option<Survey>, Error> {
        let Imports { objects, bucket } = self.imports;
        objects.get_json(bucket, &self.layout.survey(self.pass)).await
    }

    /// The same of a pass that was begun.
    pub async fn begun(&self) -> Result<Survey, Error> {
        self.imports.must_get(&self.layout.survey(self.pass)).await
    }

    /// Begins the pass.
    pub async fn put_survey(&self, survey: &Survey) -> Result<(), Error> {
        let Imports { objects, bucket } = self.imports;
        objects.put_json(bucket, &self.layout.survey(self.pass), survey).await
    }

    /// Writes the run of a chunk, and which of its rows a later row of the chunk replaces.
    pub async fn put_run(&self, number: u32, run: FinishedRun) -> Result<(), Error> {
        let Imports { objects, bucket } = self.imports;
        self.put_replaced(number, &SkippedOffsets::new(run.replaced)).await?;
        objects.put(bucket, &self.layout.run(self.pass, number), BYTES, run.bytes).await
    }

    /// A whole run that was written.
    pub async fn run(&self, number: u32) -> Result<Bytes, Error> {
        let Imports { objects, bucket } = self.imports;
        let key = self.layout.run(self.pass, number);
        let run = objects.get(bucket, &key).await?;
        run.ok_or_else(|| Error::Missing { object: uri(bucket, &key) })
    }

    /// Where the run stands.
    pub fn run_place(&self, number: u32) -> KeyListPlace {
        KeyListPlace::new(&self.imports.objects, &self.imports.bucket, self.layout.run(self.pass, number))
    }

    /// Writes which rows a later row of the same chunk or group replaces, if there are any: before the run.
    pub async fn put_replaced(&self, number: u32, replaced: &SkippedOffsets) -> Result<(), Error> {
        if replaced.as_slice().is_empty() {
            return Ok(());
        }
        let Imports { objects, bucket } = self.imports;
        objects.put(bucket, &self.layout.replaced(self.pass, number), BYTES, replaced.bytes()).await
    }

    /// What [`Self::put_replaced`] wrote.
    pub async fn replaced(&self, number: u32) -> Result<SkippedOffsets, Error> {
        let replaced = self.imports.offsets(&self.layout.replaced(self.pass, number)).await?;
        Ok(replaced.unwrap_or_default())
    }

    /// Writes the performers of rejected rows, if there are any.
    pub async fn put_rejected(&self, number: u32, rejected: &RejectedPerformers) -> Result<(), Error> {
        if rejected.is_empty() {
            return Ok(());
        }
        let Imports { objects, bucket } = self.imports;
        objects.put_json(bucket, &self.layout.rejected(self.pass, number), rejected).await
    }

    /// What [`Self::put_rejected`] wrote.
    pub async fn rejected(&self, number: u32) -> Result<RejectedPerformers, Error> {
        let Imports { objects, bucket } = self.imports;
        let found = objects.get_json(bucket, &self.layout.rejected(self.pass, number)).await?;
        Ok(found.unwrap_or_default())
    }

    /// Writes the facts of a chunk or a group: from now on it is surveyed.
    pub async fn put_facts(&self, number: u32, facts: &Facts) -> Result<(), Error> {
        let Imports { objects, bucket } = self.imports;
        objects.put_json(bucket, &self.layout.facts(self.pass, number), facts).await
    }

    /// The numbers of those that are surveyed.
    pub async fn surveyed(&self) -> Result<BTreeSet<u32>, Error> {
        let Imports { objects, bucket } = self.imports;
        let mut surveyed = BTreeSet::new();
        let each = |key: &str| surveyed.extend(self.layout.chunk_of_facts(self.pass, key));
        objects.list(bucket, &self.layout.survey_pass(self.pass), each).await?;
        Ok(surveyed)
    }

    /// The facts of those with these numbers, which are surveyed, folded. It reads many at a time.
    pub async fn facts(&self, numbers: impl IntoIterator<Item = u32>) -> Result<Facts, Error> {
        let keys = numbers.into_iter().map(|number| self.layout.facts(self.pass, number));
        let reads = keys.map(|key| async move { self.imports.must_get::<Facts>(&key).await });
        let mut reads = pin!(stream::iter(reads).buffer_unordered(READS_IN_FLIGHT));
        let mut folded = Facts::default();
        while let Some(facts) = reads.try_next().await? {
            folded.merge(facts);
        }
        Ok(folded)
    }

    /// What was found of a range of performers; `None` until it is merged.
    pub async fn range(&self, range: usize) -> Result<Option<MergedRange>, Error> {
        let Imports { objects, bucket } = self.imports;
        objects.get_json(bucket, &self.layout.merged_range(self.pass, range)).await
    }

    /// Writes what was found of a range: from now on it is merged. Its losers and its names are written before.
    pub async fn put_range(
        &self,
        range: usize,
        found: &MergedRange,
        losers: &SkippedOffsets,
        names: Option<Vec<u8>>,
    ) -> Result<(), Error> {
        let Imports { objects, bucket } = self.imports;
        objects.put(bucket, &self.layout.range_losers(self.pass, range), BYTES, losers.bytes()).await?;
        if let Some(names) = names {
            objects.put(bucket, &self.layout.range_names(self.pass, range), BYTES, names).await?;
        }
        objects.put_json(bucket, &self.layout.merged_range(self.pass, range), found).await
    }

    /// The rows that lose their key to a row of another run, of a range that is merged.
    pub async fn range_losers(&self, range: usize) -> Result<SkippedOffsets, Error> {
        let key = self.layout.range_losers(self.pass, range);
        let losers = self.imports.offsets(&key).await?;
        losers.ok_or_else(|| Error::Missing { object: uri(&self.imports.bucket, &key) })
    }

    /// The list of the names of a range that is merged; `None` if there are too many.
    pub async fn range_names(&self, range: usize) -> Result<Option<Bytes>, Error> {
        let Imports { objects, bucket } = self.imports;
        objects.get(bucket, &self.layout.range_names(self.pass, range)).await
    }

    /// The plan that surveys every chunk in this pass.
    pub fn plan(&self, manifest: &Manifest) -> Plan {
        let chunks = self.imports.chunk_list(self.layout.chunks(), manifest.chunks as usize);
        Plan {
            survey: Some(self.pass),
            chunks: Some(chunks),
            map_runs_prefix: self.layout.survey_map_runs(self.pass),
            max_concurrency: manifest.max_concurrency,
            ..Plan::without_chunks(manifest.import_id)
        }
    }

    /// The plan that surveys these chunks or groups, which have no facts in this pass. Only the execution that has the claim asks
    /// for it, and not while its Map Run reads the list, so that the list is written over.
    pub async fn plan_of(&self, manifest: &Manifest, missing: &[Chunk]) -> Result<Plan, Error> {
        let Imports { objects, bucket } = self.imports;
        let key = self.layout.not_surveyed(self.pass);
        objects.put(bucket, &key, JSON_LINES, self.imports.lines(&key, missing)?).await?;
        let chunks = Some(self.imports.chunk_list(key, missing.len()));
        Ok(Plan { chunks, ..self.plan(manifest) })
    }
}
