//! `recover`: lists the chunks of an import that are still to be loaded.
//!
//! Two states call it. In `SelectChunks` it lists the chunks that a re-run asks for. In `AwaitRedrive`
//! it fails and names the missing chunks until the execution is redriven. Step Functions runs a failed
//! state again on a redrive (guide, "Redrive behavior of individual states"); then it lists those chunks.

mod error;

use delimited::Chunk;
use lineup_aws::imports::Imports;
use lineup_aws::map_runs::told;
use lineup_aws::{client, lambda, settings};
use lineup_contracts::error::never_loads;
use lineup_contracts::{Caught, ExecutionState, Manifest, Plan, Previous, RecoverInput, Rerun};
use uuid::Uuid;

pub use error::Error;

/// Runs as a Lambda function.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    lambda::log();
    let imports = settings::imports(&client::config().await);
    lambda::run(imports, async |imports: &Imports, input, _deadline| handle(imports, input).await).await
}

/// Lists chunks to load.
///
/// # Errors
/// `ChunksNotLoaded` while it waits for a redrive; `InvalidInput` for a re-run
/// of an import or chunk that does not exist.
pub async fn handle(imports: &Imports, input: RecoverInput) -> Result<Plan, Error> {
    match (input.rerun, input.state) {
        (Some(rerun), _) => select(imports, &rerun).await,
        (None, Some(state)) => await_redrive(imports, &state, input.redrive_count).await,
        (None, None) => Err(Error::NothingAsked),
    }
}

/// Lists the chunks that the re-run names, or all missing ones if it names none.
async fn select(imports: &Imports, rerun: &Rerun) -> Result<Plan, Error> {
    let import_id = rerun.import_id;
    let manifest = imports.manifest(import_id).await?.ok_or(Error::NotSplit { import_id })?;
    if manifest.dry_run.is_some() {
        return Err(Error::DryRun { import_id });
    }
    if rerun.replace {
        return nothing_missing(imports, manifest).await;
    }
    match &rerun.chunks {
        None => missing(imports, manifest).await,
        Some(asked) => list_to_reload(imports, manifest, asked).await,
    }
}

/// The plan of an import of which rows are only to be removed: it must be loaded whole.
async fn nothing_missing(imports: &Imports, manifest: Manifest) -> Result<Plan, Error> {
    let import_id = manifest.import_id;
    match missing_chunks(imports, &manifest).await?.len() {
        0 => planned(imports, manifest, &[]).await,
        missing => Err(Error::NotWhole { import_id, missing }),
    }
}

/// Lists the `asked` chunks. Deletes their results first: if loading them again fails,
/// they must not count as loaded.
async fn list_to_reload(imports: &Imports, manifest: Manifest, asked: &[u32]) -> Result<Plan, Error> {
    let numbers = numbers(asked, &manifest)?;
    let mut chunks = imports.chunks(manifest.import_id).await?;
    chunks.retain(|chunk| numbers.binary_search(&chunk.chunk).is_ok());
    imports.forget(manifest.import_id, &numbers).await?;
    planned(imports, manifest, &chunks).await
}

/// The numbers sorted, without repeats. Fails if one is not a chunk of the import.
fn numbers(asked: &[u32], manifest: &Manifest) -> Result<Vec<u32>, Error> {
    let (import_id, chunks) = (manifest.import_id, manifest.chunks);
    let mut numbers = asked.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    match numbers.iter().find(|number| !(1..=chunks).contains(number)) {
        Some(&number) => Err(Error::NoSuchChunk { import_id, number, chunks }),
        None if numbers.is_empty() => Err(Error::NoChunkAsked { import_id }),
        None => Ok(numbers),
    }
}

async fn missing(imports: &Imports, manifest: Manifest) -> Result<Plan, Error> {
    let chunks = missing_chunks(imports, &manifest).await?;
    planned(imports, manifest, &chunks).await
}

/// The chunks that are still to be loaded: none of a dry run.
async fn missing_chunks(imports: &Imports, manifest: &Manifest) -> Result<Vec<Chunk>, Error> {
    Ok(match manifest.dry_run {
        Some(_) => Vec::new(),
        None => imports.missing(manifest.import_id).await?,
    })
}

/// The plan for `chunks`. Without chunks, no list is written, and the plan's count is 0.
async fn planned(imports: &Imports, manifest: Manifest, chunks: &[Chunk]) -> Result<Plan, Error> {
    if !chunks.is_empty() {
        let list = imports.put_retry(manifest.import_id, chunks).await?;
        return Ok(imports.plan(manifest, Some(list)));
    }
    let mut plan = imports.plan(manifest, None);
    if let Some(list) = &mut plan.chunks {
        list.count = 0;
    }
    Ok(plan)
}

/// Fails unless the execution was redriven after its last run ended.
async fn await_redrive(
    imports: &Imports,
    state: &ExecutionState,
    redrive_count: Option<u32>,
) -> Result<Plan, Error> {
    let import_id = state.import_id().ok_or(Error::NothingAsked)?;
    if redrive_count.unwrap_or(0) > state.redrives() {
        redriven(imports, state, import_id).await
    } else {
        Err(not_loaded(imports, state, import_id).await?)
    }
}

async fn redriven(imports: &Imports, state: &ExecutionState, import_id: Uuid) -> Result<Plan, Error> {
    if let (Some(rerun), None) = (&state.rerun, &state.import) {
        return select(imports, rerun).await;
    }
    match imports.manifest(import_id).await? {
        Some(manifest) => missing(imports, manifest).await,
        // A plan without a source sends the execution back to `Split`.
        None if state.detail.is_some() => Ok(Plan::without_chunks(import_id)),
        None => Err(Error::NotSplit { import_id }),
    }
}

/// The error with which the execution waits for a redrive.
async fn not_loaded(imports: &Imports, state: &ExecutionState, import_id: Uuid) -> Result<Error, Error> {
    let caught = match &state.summary {
        Some(Previous::Error(Caught { error, cause })) => format!("{error}: {}", told(error, cause)),
        _ => "no error was recorded".to_owned(),
    };
    let Some(manifest) = imports.manifest(import_id).await? else {
        return Ok(match state.rerun {
            Some(_) => Error::RerunFailed { caught },
            None => Error::SplitFailed { caught },
        });
    };
    let missing = missing_chunks(imports, &manifest).await?;
    if missing.is_empty() && matches!(&state.summary, Some(Previous::Summary(_))) {
        return Ok(Error::NotRemoved);
    }
    if missing.is_empty() {
        return Ok(Error::NotSummarized { caught });
    }
    let total = manifest.chunks;
    let missing = missing.iter().map(|chunk| chunk.chunk).collect();
    Ok(match never_healed(state) {
        Some(error) => Error::ChunksNeverLoaded { missing, total, error: error.to_owned() },
        None => Error::ChunksNotLoaded { missing, total },
    })
}

/// The error of a chunk that no redrive heals.
fn never_healed(state: &ExecutionState) -> Option<&str> {
    let Some(Previous::Summary(summary)) = &state.summary else { return None };
    summary.failed_chunks.iter().map(|chunk| chunk.error.as_str()).find(|error| never_loads(error))
}
