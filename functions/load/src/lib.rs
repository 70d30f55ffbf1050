//! `load`: writes one chunk of a file to the table.
//!
//! The chunk is streamed through stages, which [`pipeline`] names in their order. Read that first.
//!
//! Shortly before the Lambda deadline, `load` stops and returns the byte to continue from. The next
//! invocation reads the chunk from its start again, but writes only from that byte on. So counts, replaced
//! rows and rejects are the same, however many invocations a chunk takes.
//!
//! An invocation begins only if its execution holds the lineup: two versions of a file are never written at a time.

mod batches;
mod context;
mod entries;
mod error;
mod in_flight;
mod items;
mod metrics;
mod part;
mod pipeline;
mod rejects;

use std::time::Instant;

use jiff::Timestamp;
use lineup_aws::lineups::may_write;
use lineup_aws::{client, lambda};
use lineup_contracts::log::chunk_label;
use lineup_contracts::{LoadInput, LoadOutput};
use lineup_versions::SkippedOffsets;

pub use context::LoadContext;
pub use error::Error;

/// Runs as a Lambda function.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    lambda::log();
    let context = LoadContext::from_env(&client::config().await);
    lambda::run(context, async |context: &LoadContext, input: LoadInput, deadline| {
        // At most one file of rejects and one result are still to be written then.
        let stop_at = lambda::stop_at(Instant::now(), deadline);
        let chunk = chunk_label(input.import_id, input.chunk.chunk);
        let output = handle(context, input, Timestamp::now(), stop_at).await;
        output.inspect(|output| metrics::log(output, &chunk))
    })
    .await
}

/// Loads a chunk, or the part of it that can be loaded until `stop_at`. It is `now` for the hold of the lineup.
///
/// # Errors
/// See [`Error`]. It is `Throttled` if no row could be written.
pub async fn handle(
    context: &LoadContext,
    input: LoadInput,
    now: Timestamp,
    stop_at: Instant,
) -> Result<LoadOutput, Error> {
    let LoadContext { imports, invocation_limit, .. } = context;
    let manifest = context.manifest(input.import_id).await?;
    if !may_write(imports, &manifest, &input.execution_arn, now, *invocation_limit).await? {
        return Err(Error::Superseded);
    }
    let skips = match manifest.skips.contains(&input.chunk.chunk) {
        true => imports.skips(input.import_id, input.chunk.chunk).await?,
        false => SkippedOffsets::default(),
    };
    pipeline::load(context, input, &manifest, skips, stop_at.into()).await
}
