//! `remove`: deletes the rows of earlier versions that the file does not have any more, once all of the file is loaded.
//!
//! It can be repeated at any point: a row that is gone stays gone. Shortly before the Lambda deadline it stops and returns the
//! block of the list to go on with.

mod context;
mod error;
mod kept;
mod obsolete;
mod rows;

use std::time::Instant;

use jiff::Timestamp;
use lineup_aws::lineups::may_write;
use lineup_aws::{client, lambda};
use lineup_contracts::{RemoveInput, RemoveOutput};

pub use context::RemoveContext;
pub use error::Error;
use obsolete::ObsoleteBlocks;
use rows::Rows;

/// Runs as a Lambda function.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    lambda::log();
    let context = RemoveContext::from_env(&client::config().await);
    lambda::run(context, async |context: &RemoveContext, input, deadline| {
        handle(context, input, Timestamp::now(), lambda::stop_at(Instant::now(), deadline)).await
    })
    .await
}

/// Removes the rows, or those that can be removed until `stop_at`. It is `now` for the hold of the lineup. Nothing is removed while a chunk is missing.
///
/// # Errors
/// See [`Error`]: `Superseded` if a newer upload took over.
pub async fn handle(
    context: &RemoveContext,
    input: RemoveInput,
    now: Timestamp,
    stop_at: Instant,
) -> Result<RemoveOutput, Error> {
    let imports = &context.imports;
    let import_id = input.state.import_id().ok_or(Error::NoImport)?;
    let manifest = imports.split_manifest(import_id).await?;
    if !may_write(imports, &manifest, &input.execution_arn, now, context.invocation_limit).await? {
        return Err(Error::Superseded);
    }
    let before = input.state.remove.filter(|remove| !remove.done).unwrap_or_default();
    let changes = imports.changes(import_id).await?.unwrap_or_default();
    let nothing_to_do = changes.obsolete == 0
        || imports.is_removed(import_id).await?
        || imports.loaded(import_id).await?.len() < manifest.chunks as usize;
    if nothing_to_do {
        return Ok(RemoveOutput { done: true, ..before });
    }
    let list = imports.obsolete(import_id).await?;
    let rows = Rows::new(context, manifest.lineup_id(), stop_at);
    let removed = remove(ObsoleteBlocks::new(list, before.next_block), rows, before).await?;
    if removed.done {
        if changes.let_go {
            kept::keep_spared(imports, &manifest).await?;
        }
        imports.put_removed(import_id, removed.keys).await?;
    }
    Ok(removed)
}

/// Removes block by block.
async fn remove(
    mut blocks: ObsoleteBlocks,
    mut rows: Rows<'_>,
    before: RemoveOutput,
) -> Result<RemoveOutput, Error> {
    let started = Instant::now();
    let mut done = before.clone();
    while let Some(keys) = blocks.next().await? {
        if !rows.remove(&keys).await? {
            if done.next_block == before.next_block {
                return Err(Error::NoProgress { seconds: started.elapsed().as_secs() });
            }
            return Ok(done);
        }
        done.next_block += 1;
        done.keys += keys.len() as u64;
        done.write_units = before.write_units + rows.write_units();
    }
    Ok(RemoveOutput { done: true, ..done })
}
