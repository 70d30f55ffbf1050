//! `survey`: reads the rows of one chunk of a large file before the first row of the file is loaded, and leaves
//! what they say of it and the run of their keys.
//!
//! A Distributed Map runs it over every chunk. `split` folds the facts of all chunks and decides how the file is
//! read. Of a file with many chunks the Map runs once more, over groups of them, and the runs of each group are gathered into one. It can
//! be repeated at any point: what it leaves depends on the pinned source and the pass alone.

mod error;
mod gather;

use std::sync::Arc;

use delimited::Chunk;
use lineup::survey::{Facts, Surveyor};
use lineup_aws::imports::{Imports, SurveyPass};
use lineup_aws::latest::Latest;
use lineup_aws::{client, lambda, settings};
use lineup_contracts::{Manifest, Survey, SurveyInput, SurveyOutput};
use lineup_versions::{ChunkSurveyor, SurveyedChunk};
use uuid::Uuid;

pub use error::Error;

/// The client of `survey`. A warm sandbox keeps it between invocations.
#[derive(Debug)]
pub struct SurveyContext {
    /// The imports bucket; the source is read with the same client.
    pub imports: Imports,
    survey: Latest<(Uuid, u32), Survey>,
}

impl SurveyContext {
    /// Uses this imports bucket.
    pub fn new(imports: Imports) -> Self {
        Self { imports, survey: Latest::default() }
    }

    async fn survey(&self, pass: SurveyPass<'_>, import_id: Uuid) -> Result<Arc<Survey>, lineup_aws::Error> {
        self.survey.get((import_id, pass.pass()), pass.begun()).await
    }
}

/// Runs as a Lambda function.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    lambda::log();
    let context = settings::imports(&client::config().await).map(SurveyContext::new);
    lambda::run(context, async |context: &SurveyContext, input, _deadline| handle(context, input).await).await
}

/// Surveys a chunk and writes its run and its facts, or gathers those of a group.
///
/// # Errors
/// See [`Error`]: `SourceChanged` if the object was overwritten or deleted.
pub async fn handle(context: &SurveyContext, input: SurveyInput) -> Result<SurveyOutput, Error> {
    let SurveyInput { import_id, pass, chunk, .. } = input;
    let pass = context.imports.survey_pass(import_id, pass);
    let survey = context.survey(pass, import_id).await?;
    let facts = match survey.gathers {
        Some(gathers) => {
            let before = context.imports.survey_pass(import_id, pass.pass().saturating_sub(1));
            gather::gather(pass, before, gathers, chunk.chunk).await?
        }
        None => survey_chunk(context, pass, &survey.draft, &chunk).await?,
    };
    Ok(SurveyOutput { rows: facts.rows, rejected: facts.rejects.count })
}

async fn survey_chunk(
    context: &SurveyContext,
    pass: SurveyPass<'_>,
    draft: &Manifest,
    chunk: &Chunk,
) -> Result<Facts, Error> {
    let SurveyedChunk { facts, run, rejected, .. } = read(context, draft, chunk).await?;
    if let Some(run) = run {
        pass.put_run(chunk.chunk, run).await?;
    }
    pass.put_rejected(chunk.chunk, &rejected).await?;
    pass.put_facts(chunk.chunk, &facts).await?;
    Ok(facts)
}

async fn read(context: &SurveyContext, draft: &Manifest, chunk: &Chunk) -> Result<SurveyedChunk, Error> {
    let mut source = context.imports.objects().read(draft.text(), chunk.start..chunk.end);
    let Manifest { dialect, columns, reading, .. } = draft;
    let surveyor = Surveyor::new(*dialect, columns, reading, chunk.start, chunk.first_line);
    let mut surveyor = ChunkSurveyor::new(surveyor, true);
    while let Some(piece) = source.next().await? {
        surveyor.push(&piece);
    }
    Ok(surveyor.finish()?)
}
