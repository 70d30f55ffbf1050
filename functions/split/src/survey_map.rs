//! The survey of a large file: a Distributed Map over its chunks, in one pass or two.
//!
//! `Split` writes how the chunks are read in the first pass, and the Map leaves the facts of each chunk.
//! `Decide` folds them. If they decide upon another reading, the Map runs once more.

use std::pin::pin;

use delimited::Chunk;
use futures::{StreamExt, TryStreamExt, stream};
use lineup::survey::Facts;
use lineup_aws::imports::Imports;
use lineup_aws::map_runs::{self, ChildFailure};
use lineup_contracts::error::ErrorName;
use lineup_contracts::layout::Layout;
use lineup_contracts::{Manifest, Plan, Survey};
use lineup_versions::RejectedPerformers;
use uuid::Uuid;

use crate::decided::{Surveyed, decide, write_manifest};
use crate::error::Error;
use crate::keys::ChunkRun;
use crate::planned::planned;
use crate::survey;
use crate::upload::Upload;

/// The cause of a chunk without facts, of which the Map Run has no failed child execution.
const NO_RECORD: &str = "the run left no record of it";

/// The largest text whose runs are merged. A run takes some 40 bytes a row, and a row some 100: 400 MiB of the
/// function's memory.
const MERGED_BYTES: u64 = 1 << 30;
/// How many runs are read at a time.
const RUNS_IN_FLIGHT: usize = 8;

/// Writes how the chunks are read in the first pass, and returns its plan. The first chunk shows it: if the rest
/// agrees, there is one pass.
pub(crate) async fn begin(
    imports: &Imports,
    upload: &Upload,
    mut survey: Survey,
    first: &[Chunk],
) -> Result<Plan, Error> {
    let facts = survey::run(imports.objects(), &survey.draft, first).await?.facts;
    // What this chunk alone leaves open, the others may decide.
    if let Ok(reading) = decide(&facts, upload, &survey.draft) {
        survey.draft.reading = reading;
    }
    imports.put_survey(1, &survey).await?;
    Ok(imports.survey_plan(&survey.draft, 1))
}

/// Goes on with a survey that an earlier run of `Split` began; `None` if there is none.
pub(crate) async fn resume(imports: &Imports, upload: &Upload) -> Result<Option<Plan>, Error> {
    for pass in [2, 1] {
        let Some(survey) = imports.survey(upload.import_id, pass).await? else { continue };
        let (facts, missing) = read_pass(imports, &survey.draft, pass).await?;
        return Ok(Some(match missing.is_empty() {
            true => fold(imports, upload, pass, survey, facts).await?,
            false => imports.survey_plan_of(&survey.draft, pass, &missing).await?,
        }));
    }
    Ok(None)
}

/// Decides after a pass, or asks for another.
///
/// # Errors
/// That of a chunk, if one could not be surveyed.
pub(crate) async fn decide_after(imports: &Imports, upload: &Upload, pass: u32) -> Result<Plan, Error> {
    let survey = imports.survey_of(upload.import_id, pass).await?;
    let (facts, missing) = read_pass(imports, &survey.draft, pass).await?;
    match missing.is_empty() {
        true => fold(imports, upload, pass, survey, facts).await,
        false => Err(not_surveyed(imports, upload.import_id, pass, &missing).await?),
    }
}

/// The facts of a pass so far, folded, and the chunks that have none. The chunk list is read only if there are such chunks.
async fn read_pass(imports: &Imports, draft: &Manifest, pass: u32) -> Result<(Facts, Vec<Chunk>), Error> {
    let (facts, surveyed) = imports.facts(draft.import_id, pass).await?;
    if surveyed.len() == draft.chunks as usize {
        return Ok((facts, Vec::new()));
    }
    let mut missing = imports.chunks(draft.import_id).await?;
    missing.retain(|chunk| !surveyed.contains(&chunk.chunk));
    Ok((facts, missing))
}

async fn fold(
    imports: &Imports,
    upload: &Upload,
    pass: u32,
    mut survey: Survey,
    facts: Facts,
) -> Result<Plan, Error> {
    let reading = decide(&facts, upload, &survey.draft)?;
    if reading != survey.draft.reading && pass == 1 {
        survey.draft.reading = reading;
        imports.put_survey(2, &survey).await?;
        return Ok(imports.survey_plan(&survey.draft, 2));
    }
    let runs = runs(imports, &survey.draft, pass).await?;
    let rejected = rejected(imports, &survey.draft, pass, &facts).await?;
    let surveyed = Surveyed { survey, facts, runs, rejected };
    planned(imports, write_manifest(imports, upload, surveyed).await?, &upload.execution_arn).await
}

/// The performers of all rejected rows. Most files have none, and nothing is read then.
async fn rejected(
    imports: &Imports,
    draft: &Manifest,
    pass: u32,
    facts: &Facts,
) -> Result<RejectedPerformers, Error> {
    let mut all = RejectedPerformers::default();
    if facts.rejects.count > 0 {
        let each = |chunk| imports.rejected(draft.import_id, pass, chunk);
        let mut chunks = pin!(stream::iter(1..=draft.chunks).map(each).buffer_unordered(RUNS_IN_FLIGHT));
        while let Some(rejected) = chunks.try_next().await? {
            all.fold(rejected);
        }
    }
    Ok(all)
}

/// The runs of all chunks; `None` if they would take too much memory.
async fn runs(imports: &Imports, draft: &Manifest, pass: u32) -> Result<Option<Vec<ChunkRun>>, Error> {
    if draft.text().size > MERGED_BYTES {
        return Ok(None);
    }
    let run = |chunk| async move {
        let (bytes, replaced) = imports.run(draft.import_id, pass, chunk).await?;
        Ok::<_, Error>(ChunkRun { chunk, bytes, replaced: replaced.as_slice().to_vec() })
    };
    let runs = stream::iter(1..=draft.chunks).map(run).buffered(RUNS_IN_FLIGHT);
    Ok(Some(runs.try_collect().await?))
}

/// The error of chunks without facts: that of one that no redrive heals, if there is one, else that of the first.
async fn not_surveyed(
    imports: &Imports,
    import_id: Uuid,
    pass: u32,
    missing: &[Chunk],
) -> Result<Error, Error> {
    let numbers = missing.iter().map(|chunk| chunk.chunk).collect();
    let prefix = Layout(import_id).survey_map_runs(pass);
    let failures = map_runs::failures(imports, &prefix, &numbers).await?;
    let is_changed = |failure: &ChildFailure| failure.error == ErrorName::SourceChanged.as_str();
    let changed = failures.iter().find(|(_, failure)| is_changed(failure));
    let text = |(chunk, failure): (&u32, &ChildFailure)| {
        format!("chunk {chunk}: {}: {}", failure.error, failure.cause)
    };
    Ok(Error::NotSurveyed {
        chunks: missing.len(),
        cause: changed.or(failures.iter().next()).map_or_else(|| NO_RECORD.to_owned(), text),
        name: changed.map_or(ErrorName::ChunksNotSurveyed, |_| ErrorName::SourceChanged),
    })
}
