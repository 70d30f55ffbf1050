//! `survey`: reads the rows of one chunk of a large file before the first row of the file is loaded, and leaves
//! what they say of it and the run of their keys.
//!
//! A Distributed Map runs it over every chunk. `split` folds the facts of all chunks and decides how the file is
//! read. It can be repeated at any point: the facts depend on the pinned source and the pass alone.

mod error;

use std::sync::Arc;

use lineup::survey::Surveyor;
use lineup_aws::imports::Imports;
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

    async fn survey(&self, import_id: Uuid, pass: u32) -> Result<Arc<Survey>, lineup_aws::Error> {
        self.survey.get((import_id, pass), self.imports.survey_of(import_id, pass)).await
    }
}

/// Runs as a Lambda function.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    lambda::log();
    let context = settings::imports(&client::config().await).map(SurveyContext::new);
    lambda::run(context, async |context: &SurveyContext, input, _deadline| handle(context, input).await).await
}

/// Surveys a chunk and writes its run and its facts.
///
/// # Errors
/// See [`Error`]: `SourceChanged` if the object was overwritten or deleted.
pub async fn handle(context: &SurveyContext, input: SurveyInput) -> Result<SurveyOutput, Error> {
    let SurveyInput { import_id, pass, ref chunk, .. } = input;
    let survey = context.survey(import_id, pass).await?;
    let SurveyedChunk { facts, run, rejected, .. } = read(context, &survey.draft, &input).await?;
    if let Some(run) = run {
        context.imports.put_run(import_id, pass, chunk.chunk, run).await?;
    }
    context.imports.put_rejected(import_id, pass, chunk.chunk, &rejected).await?;
    context.imports.put_facts(import_id, pass, chunk.chunk, &facts).await?;
    Ok(SurveyOutput { rows: facts.rows, rejected: facts.rejects.count })
}

async fn read(
    context: &SurveyContext,
    draft: &Manifest,
    input: &SurveyInput,
) -> Result<SurveyedChunk, Error> {
    let chunk = &input.chunk;
    let mut source = context.imports.objects().read(draft.text(), chunk.start..chunk.end);
    let Manifest { dialect, columns, reading, .. } = draft;
    let surveyor = Surveyor::new(*dialect, columns, reading, chunk.start, chunk.first_line);
    let mut surveyor = ChunkSurveyor::new(surveyor, true);
    while let Some(piece) = source.next().await? {
        surveyor.push(&piece);
    }
    Ok(surveyor.finish()?)
}
