//! `summarize`: what became of an import's chunks.
//!
//! It compares the chunk list with the result objects and trusts nothing
//! else, so it is right after a crash, a timeout, an abort, a duplicate or a redrive.

mod error;
mod samples;
mod totals;

use std::collections::{BTreeMap, BTreeSet};

use aws_config::SdkConfig;
use lineup::contract::{Caught, Chunk, FailedChunk, Manifest, Reported, SummarizeInput, Summary};
use lineup_aws::imports::Imports;
use lineup_aws::map_runs::{self, ChildFailure};
use lineup_aws::{client, lambda, settings};
use serde_json::Value;

pub use error::Error;
use totals::Totals;

/// The error of a chunk that has no child execution that failed.
pub const NOT_RUN: &str = "NotRun";

/// What `summarize` works with.
#[derive(Debug, Clone)]
pub struct Context {
    /// The imports bucket.
    pub imports: Imports,
}

impl Context {
    /// From the environment: see [`settings`].
    pub fn from_env(config: &SdkConfig) -> Result<Self, settings::Error> {
        Ok(Self { imports: settings::imports(config)? })
    }
}

/// Runs as a Lambda function.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    lambda::log();
    let context = Context::from_env(&client::config().await);
    lambda::run(context, async |context: &Context, input, _deadline| handle(context, input).await).await
}

/// Adds up the results, writes `summary.json` and gives the part of it that the state carries.
pub async fn handle(context: &Context, input: SummarizeInput) -> Result<Reported, Error> {
    let imports = &context.imports;
    let import_id = input.state.import_id().ok_or(Error::NoImport)?;
    let manifest = imports.split_manifest(import_id).await?;
    let mut totals = Totals::default();
    let loaded = imports.results(import_id, |result| totals.add(result)).await?;
    let missing = missing(imports, &manifest, &loaded).await?;
    let failed_chunks = failed(imports, &manifest, missing, input.state.map_run.as_ref()).await?;
    let reject_samples = samples::read(imports, &totals.rejects).await?;
    let summary = summary(manifest, input.execution_arn, totals, failed_chunks, reject_samples);
    imports.put_summary(&summary).await?;
    Ok(summary.into())
}

/// The chunks that have no result. Where all have one, the chunk list need not be read.
async fn missing(
    imports: &Imports,
    manifest: &Manifest,
    loaded: &BTreeSet<u32>,
) -> Result<Vec<Chunk>, Error> {
    if loaded.len() == manifest.chunks as usize {
        return Ok(Vec::new());
    }
    let mut chunks = imports.chunks(manifest.import_id).await?;
    chunks.retain(|chunk| !loaded.contains(&chunk.chunk));
    Ok(chunks)
}

/// Why each of the `missing` chunks is not loaded.
async fn failed(
    imports: &Imports,
    manifest: &Manifest,
    missing: Vec<Chunk>,
    map_run: Option<&Value>,
) -> Result<Vec<FailedChunk>, Error> {
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let numbers = missing.iter().map(|chunk| chunk.chunk).collect();
    let mut failures = map_runs::failures(imports, manifest.import_id, &numbers).await?;
    let not_run = not_run(map_run);
    Ok(missing.into_iter().map(|chunk| failed_chunk(chunk, &mut failures, &not_run)).collect())
}

fn failed_chunk(chunk: Chunk, failures: &mut BTreeMap<u32, ChildFailure>, not_run: &str) -> FailedChunk {
    let Chunk { chunk, start, end, first_line } = chunk;
    let (error, cause) = match failures.remove(&chunk) {
        Some(failure) => (failure.error, failure.cause),
        None => (NOT_RUN.to_owned(), not_run.to_owned()),
    };
    FailedChunk { chunk, start, end, first_line, error, cause: shortened(cause) }
}

fn shortened(mut cause: String) -> String {
    if let Some((end, _)) = cause.char_indices().nth(Summary::CAUSE_CHARACTERS) {
        cause.truncate(end);
        cause.push('…');
    }
    cause
}

/// Why a chunk has neither a result nor a failure: the Map Run ended before its turn.
fn not_run(map_run: Option<&Value>) -> String {
    let caught = map_run.and_then(|value| serde_json::from_value::<Caught>(value.clone()).ok());
    match caught {
        Some(Caught { error, cause }) if cause.is_empty() => {
            format!("the run stopped before its turn: {error}")
        }
        Some(Caught { error, cause }) => {
            format!("the run stopped before its turn: {error}: {}", map_runs::said(&cause))
        }
        None => "the run left no record of it".to_owned(),
    }
}

fn summary(
    manifest: Manifest,
    execution_arn: String,
    totals: Totals,
    failed_chunks: Vec<FailedChunk>,
    reject_samples: Vec<String>,
) -> Summary {
    let failed = u32::try_from(failed_chunks.len()).unwrap_or(u32::MAX);
    Summary {
        import_id: manifest.import_id,
        source: manifest.source,
        execution_arn,
        outcome: totals.outcome(failed),
        rows: totals.rows,
        chunks: totals.chunks(manifest.chunks, failed),
        failed_chunks,
        reject_samples,
        write_units: totals.write_units,
        throttles: totals.throttles,
        milliseconds: totals.milliseconds,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_chunk_without_a_child_execution_was_not_run_and_the_run_says_why() {
        let caught = json!({"Error": "States.ExceedToleratedFailureThreshold", "Cause": "too many failed"});
        let text = not_run(Some(&caught));
        assert_eq!(
            text,
            "the run stopped before its turn: States.ExceedToleratedFailureThreshold: too many failed"
        );
        assert_eq!(not_run(Some(&json!({"MapRunArn": "arn"}))), "the run left no record of it");
        assert_eq!(not_run(None), "the run left no record of it");
    }
}
