//! The survey of a large file: a Distributed Map over its chunks, in one pass or two.
//!
//! `Split` writes how the chunks are read in the first pass, and the Map leaves the facts of each chunk.
//! `Decide` folds them. If they decide upon another reading, the Map runs once more.
//!
//! Of a file with more runs than are merged at a time, the Map runs once more after that, over groups of them, and again until few
//! enough are left. So memory is bounded, and requests grow with the file.

use std::pin::pin;
use std::time::Instant;

use delimited::Chunk;
use futures::{StreamExt, TryStreamExt, stream};
use lineup::survey::Facts;
use lineup_aws::imports::{Imports, SurveyPass};
use lineup_aws::map_runs::{self, ChildFailure};
use lineup_contracts::error::ErrorName;
use lineup_contracts::layout::Layout;
use lineup_contracts::{GatheredRuns, Plan, Survey};
use lineup_versions::RejectedPerformers;
use uuid::Uuid;

use crate::context::SplitContext;
use crate::decided::{Surveyed, decide, write_manifest};
use crate::error::Error;
use crate::parts::{SurveyedParts, parts};
use crate::planned::planned;
use crate::runs::FileRuns;
use crate::survey;
use crate::upload::Upload;

/// The cause of a chunk without facts, of which the Map Run has no failed child execution.
const NO_RECORD: &str = "the run left no record of it";

/// How many runs' rejected performers are read at a time.
const READS_IN_FLIGHT: usize = 8;

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
    let pass = imports.survey_pass(upload.import_id, 1);
    pass.put_survey(&survey).await?;
    Ok(pass.plan(&survey.draft))
}

/// Goes on with a survey that an earlier run of `Split` began; `None` if there is none.
pub(crate) async fn resume(
    context: &SplitContext,
    upload: &Upload,
    stop_at: Instant,
) -> Result<Option<Plan>, Error> {
    let mut last = None;
    for number in 1.. {
        let pass = context.imports.survey_pass(upload.import_id, number);
        match pass.survey().await? {
            Some(survey) => last = Some((pass, survey)),
            None => break,
        }
    }
    let Some((pass, survey)) = last else { return Ok(None) };
    let missing = missing(&context.imports, pass, &survey).await?;
    Ok(Some(match missing.is_empty() {
        true => fold(context, upload, pass, survey, stop_at).await?,
        false => pass.plan_of(&survey.draft, &missing).await?,
    }))
}

/// Decides after a pass, or asks for another.
///
/// # Errors
/// That of a chunk, if one could not be surveyed.
pub(crate) async fn decide_after(
    context: &SplitContext,
    upload: &Upload,
    pass: u32,
    stop_at: Instant,
) -> Result<Plan, Error> {
    let pass = context.imports.survey_pass(upload.import_id, pass);
    let survey = pass.begun().await?;
    let missing = missing(&context.imports, pass, &survey).await?;
    match missing.is_empty() {
        true => fold(context, upload, pass, survey, stop_at).await,
        false => Err(not_surveyed(&context.imports, upload.import_id, pass.pass(), &missing).await?),
    }
}

/// How many chunks a pass reads, or groups it gathers.
fn count(survey: &Survey) -> u32 {
    survey.gathers.map_or(survey.draft.chunks, GatheredRuns::groups)
}

/// The chunks or groups of a pass that are not surveyed. Their list is read only if there are such.
async fn missing(imports: &Imports, pass: SurveyPass<'_>, survey: &Survey) -> Result<Vec<Chunk>, Error> {
    let surveyed = pass.surveyed().await?;
    if surveyed.len() == count(survey) as usize {
        return Ok(Vec::new());
    }
    let mut missing = parts(imports, pass, survey, imports.chunks(survey.draft.import_id).await?).await?;
    missing.retain(|part| !surveyed.contains(&part.chunk));
    Ok(missing)
}

async fn fold(
    context: &SplitContext,
    upload: &Upload,
    pass: SurveyPass<'_>,
    mut survey: Survey,
    stop_at: Instant,
) -> Result<Plan, Error> {
    let imports = &context.imports;
    let facts = pass.facts(1..=count(&survey)).await?;
    let reading = decide(&facts, upload, &survey.draft)?;
    if reading != survey.draft.reading && pass.pass() == 1 {
        survey.draft.reading = reading;
        return next_pass(imports, pass, survey, None).await;
    }
    let is_held = survey.draft.text().size <= context.merging.held_bytes;
    if !is_held && count(&survey) > context.merging.runs {
        return gather(context, pass, survey).await;
    }
    let runs = match is_held {
        true => FileRuns::read(pass, count(&survey)).await?,
        false => FileRuns::open(pass, count(&survey), survey.gathers.is_some()).await?,
    };
    let rejected = rejected(pass, count(&survey), &facts).await?;
    let parts = SurveyedParts::Of(pass);
    let surveyed = Surveyed { survey, facts, runs, parts, rejected };
    match write_manifest(context, upload, surveyed, stop_at).await? {
        Some(manifest) => planned(imports, manifest, &upload.execution_arn).await,
        None => Ok(Plan { unfinished: true, ..Plan::without_chunks(upload.import_id) }),
    }
}

/// Begins the next pass: over every chunk, or over these groups.
async fn next_pass(
    imports: &Imports,
    pass: SurveyPass<'_>,
    survey: Survey,
    groups: Option<&[Chunk]>,
) -> Result<Plan, Error> {
    let next = imports.survey_pass(survey.draft.import_id, pass.pass() + 1);
    next.put_survey(&survey).await?;
    Ok(match groups {
        Some(groups) => next.plan_of(&survey.draft, groups).await?,
        None => next.plan(&survey.draft),
    })
}

/// Begins a pass that gathers the runs of this one.
async fn gather(context: &SplitContext, pass: SurveyPass<'_>, mut survey: Survey) -> Result<Plan, Error> {
    let imports = &context.imports;
    let chunks = imports.chunks(survey.draft.import_id).await?;
    let gathers = GatheredRuns { runs: count(&survey), at_a_time: context.merging.runs };
    let groups = gathers.items(&parts(imports, pass, &survey, chunks).await?);
    survey.gathers = Some(gathers);
    next_pass(imports, pass, survey, Some(&groups)).await
}

/// The performers of all rejected rows. Most files have none, and nothing is read then.
async fn rejected(pass: SurveyPass<'_>, runs: u32, facts: &Facts) -> Result<RejectedPerformers, Error> {
    let mut all = RejectedPerformers::default();
    if facts.rejects.count > 0 {
        let each = |number| async move { pass.rejected(number).await };
        let mut found = pin!(stream::iter(1..=runs).map(each).buffer_unordered(READS_IN_FLIGHT));
        while let Some(rejected) = found.try_next().await? {
            all.fold(rejected);
        }
    }
    Ok(all)
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
