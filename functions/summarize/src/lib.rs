//! `summarize`: adds up the results of an import's chunks.
//!
//! Which chunks are loaded is decided by the chunk list and the result objects alone. So the
//! summary is right after a crash, a timeout, an abort, a duplicate or a redrive too.

mod error;
mod samples;
mod totals;
mod version;

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use delimited::Chunk;
use futures::join;
use jiff::Timestamp;
use lineup::survey::Sighting;
use lineup_aws::imports::Imports;
use lineup_aws::invocation_limit::InvocationLimit;
use lineup_aws::map_runs::{self, ChildFailure};
use lineup_aws::{client, lambda, settings};
use lineup_contracts::layout::Layout;
use lineup_contracts::{
    Caught, DryRun, FailedChunk, Manifest, Outcome, Reported, RowCounts, SummarizeInput, Summary,
};
use serde_json::Value;

pub use error::Error;
use totals::ImportTotals;
pub use version::NOT_RUN;
use version::{End, Removal};

/// The client and settings of `summarize`.
#[derive(Debug, Clone)]
pub struct SummarizeContext {
    /// The imports bucket.
    pub imports: Imports,
    /// How long an invocation may outlive its execution.
    pub invocation_limit: InvocationLimit,
}

impl SummarizeContext {
    /// Reads the environment variables in [`settings`].
    pub fn from_env(config: &SdkConfig) -> Result<Self, settings::Error> {
        Ok(Self { imports: settings::imports(config)?, invocation_limit: InvocationLimit::from_env()? })
    }
}

/// Runs as a Lambda function.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    lambda::log();
    let context = SummarizeContext::from_env(&client::config().await);
    lambda::run(context, async |context: &SummarizeContext, input, _deadline| {
        handle(context, input, Timestamp::now()).await
    })
    .await
}

/// Adds up the results and writes `summary.json`. Returns the part of it that the state carries.
///
/// It gives back the hold of the lineup. If every chunk is loaded, and what the file does not have any more is removed, the import becomes
/// the current version.
pub async fn handle(
    context: &SummarizeContext,
    input: SummarizeInput,
    now: Timestamp,
) -> Result<Reported, Error> {
    let SummarizeContext { imports, invocation_limit } = context;
    let import_id = input.state.import_id().ok_or(Error::NoImport)?;
    let mut totals = ImportTotals::default();
    let (manifest, loaded) =
        join!(imports.split_manifest(import_id), imports.results(import_id, |result| totals.add(result)));
    let mut manifest = manifest?;
    if let Some(dry_run) = manifest.dry_run.take() {
        return write(imports, dry_run_summary(manifest, input.execution_arn, dry_run)).await;
    }
    let missing = missing(imports, &manifest, &loaded?).await?;
    let failed_chunks = failed(imports, &manifest, missing, input.state.map_run.as_ref()).await?;
    let reject_samples = samples::read(imports, &totals.rejects, manifest.origin()).await?;
    let removal = Removal::read(imports, &manifest, input.state.remove.as_ref()).await?;
    totals.write_units += removal.write_units;
    let end = End::of(&failed_chunks, &removal);
    let until = end.running_until(now, *invocation_limit);
    let release = version::release(imports, &manifest, &input.execution_arn, end, until, now).await?;
    let outcome = if release.superseded { Outcome::Superseded } else { end.outcome(&totals) };
    let (changes, lineup) = (removal.changes, manifest.lineup_id());
    let summary = summary(manifest, input.execution_arn, totals, failed_chunks, reject_samples);
    let (written, repeated) = join!(
        write(imports, Summary { outcome, changes, ..summary }),
        version::publish_day_starts(imports, &lineup, release.published),
    );
    repeated?;
    written
}

async fn write(imports: &Imports, summary: Summary) -> Result<Reported, Error> {
    imports.put_summary(&summary).await?;
    Ok(summary.into())
}

/// The summary of a run that wrote no row: what the survey found.
fn dry_run_summary(manifest: Manifest, execution_arn: String, dry_run: DryRun) -> Summary {
    let DryRun { rows, rejects, changes } = dry_run;
    let rows = RowCounts { read: rows, rejected: rejects.count, ..RowCounts::default() };
    let totals = ImportTotals { rows, ..ImportTotals::default() };
    let sample = |Sighting { line, text }: &Sighting| format!("{}, {text}", manifest.origin().place(*line));
    let samples = rejects.first.iter().map(sample).collect();
    let none_to_load = Manifest { chunks: 0, ..manifest };
    Summary { dry_run: true, changes, ..summary(none_to_load, execution_arn, totals, Vec::new(), samples) }
}

/// The chunks that have no result. The chunk list is read only if there are any.
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

/// The `missing` chunks, each with the reason why it is not loaded.
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
    let prefix = Layout(manifest.import_id).map_runs();
    let mut failures = map_runs::failures(imports, &prefix, &numbers).await?;
    let stopped = stopped(map_run);
    let failed = |chunk: Chunk| {
        let failure = failures.remove(&chunk.chunk).map(|ChildFailure { error, cause, .. }| (error, cause));
        failed_chunk(chunk, failure, stopped.as_deref())
    };
    Ok(missing.into_iter().map(failed).collect())
}

/// The chunk with the error and cause of its child execution; without a failed one, with those of the run.
fn failed_chunk(chunk: Chunk, failure: Option<(String, String)>, stopped: Option<&str>) -> FailedChunk {
    let Chunk { chunk, start, end, first_line } = chunk;
    let (error, cause) = match failure {
        // A child that was stopped together with its run has no cause.
        Some((error, cause)) if cause.is_empty() => (error, run_cause("while it was loading", stopped)),
        Some(failure) => failure,
        None => (NOT_RUN.to_owned(), run_cause("before its turn", stopped)),
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

fn run_cause(when: &str, stopped: Option<&str>) -> String {
    stopped.map_or_else(
        || "the run left no record of it".to_owned(),
        |error| format!("the run stopped {when}: {error}"),
    )
}

/// The error and cause with which the Map Run ended early; `None` if it did not.
fn stopped(map_run: Option<&Value>) -> Option<String> {
    let Caught { error, cause } = serde_json::from_value(map_run?.clone()).ok()?;
    Some(if cause.is_empty() { error } else { format!("{error}: {}", map_runs::said(&cause)) })
}

fn summary(
    manifest: Manifest,
    execution_arn: String,
    totals: ImportTotals,
    failed_chunks: Vec<FailedChunk>,
    reject_samples: Vec<String>,
) -> Summary {
    let failed = u32::try_from(failed_chunks.len()).unwrap_or(u32::MAX);
    Summary {
        import_id: manifest.import_id,
        source: manifest.source,
        execution_arn,
        outcome: totals.outcome(failed),
        changes: None,
        dry_run: false,
        rows: totals.rows,
        chunks: totals.chunks(manifest.chunks, failed),
        failed_chunks,
        reject_samples,
        notes: manifest.notes,
        warnings: manifest.warnings,
        write_units: totals.write_units,
        throttles: totals.throttles,
        milliseconds: totals.milliseconds,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cause_of(failure: Option<(String, String)>, map_run: Value) -> String {
        let chunk = Chunk { chunk: 1, start: 0, end: 9, first_line: 2 };
        failed_chunk(chunk, failure, stopped(Some(&map_run)).as_deref()).cause
    }

    #[test]
    fn a_chunk_without_an_error_of_its_own_has_that_of_the_run() {
        let caught = json!({"Error": "States.ExceedToleratedFailureThreshold", "Cause": "too many failed"});
        let error = "States.ExceedToleratedFailureThreshold: too many failed";
        assert_eq!(cause_of(None, caught.clone()), format!("the run stopped before its turn: {error}"));
        let aborted = ("Aborted".to_owned(), String::new());
        assert_eq!(cause_of(Some(aborted), caught), format!("the run stopped while it was loading: {error}"));
        assert_eq!(cause_of(None, json!({"MapRunArn": "arn"})), "the run left no record of it");
    }
}
