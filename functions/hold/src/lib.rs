//! `hold`: takes the hold of a lineup, so that one version of a file is written at a time, and compares the file with what the
//! table may have of the versions before.
//!
//! It runs where `split` could not take the hold at once, where there are versions before, and before a redrive or a re-run
//! loads. It can be repeated at any point: the holder holds again, and what was compared once stays.

mod compare;
mod context;
mod error;
mod executions;
mod kept;
mod left;
mod rules;

use std::time::Instant;

use compare::ComparisonEnd;
use jiff::Timestamp;
use lineup_aws::lineups::{HoldChange, Lineup, holder};
use lineup_aws::{client, lambda};
use lineup_contracts::{HoldInput, HoldOutput, Manifest};
use lineup_versions::{HoldAnswer, LineupHolder, LineupVersions};

pub use context::HoldContext;
pub use error::Error;
pub use executions::Executions;

/// How long to wait before the comparison goes on, in seconds: as short as a Wait state may.
const GOES_ON: u64 = 1;

/// Runs as a Lambda function.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    lambda::log();
    let context = HoldContext::from_env(&client::config().await);
    lambda::run(context, async |context: &HoldContext, input, deadline| {
        handle(context, input, Timestamp::now(), lambda::stop_at(Instant::now(), deadline)).await
    })
    .await
}

/// Takes the hold for the execution, or says how long to wait, or that a newer upload took over. What is compared until `stop_at` is not compared
/// again: if it is not all, the execution comes back after a moment.
///
/// # Errors
/// See [`Error`].
pub async fn handle(
    context: &HoldContext,
    input: HoldInput,
    now: Timestamp,
    stop_at: Instant,
) -> Result<HoldOutput, Error> {
    let import_id = input.state.import_id().ok_or(Error::NoImport)?;
    let manifest = context.imports.split_manifest(import_id).await?;
    let Some(import) = holder(&manifest, &input.execution_arn) else {
        return Ok(HoldOutput { held: true, ..HoldOutput::default() });
    };
    let lineup = Lineup::of(&context.imports, &manifest);
    let lets_go = input.state.rerun.as_ref().is_some_and(|rerun| rerun.replace);
    let waited = input.state.hold.and_then(|hold| hold.wait_seconds);
    let HoldChange { answer, versions, .. } = take(context, &lineup, &import, now).await?;
    match answer {
        HoldAnswer::Held => held(context, &lineup, &manifest, &versions, lets_go, stop_at).await,
        HoldAnswer::WaitFor(_) => Ok(waiting(rules::next_wait(context.first_wait, waited))),
        HoldAnswer::WaitUntil(until) => Ok(waiting(rules::wait_until(now, until))),
        HoldAnswer::Superseded(_) | HoldAnswer::Released => {
            if !versions.needs(import_id) {
                lineup.forget([import_id]).await?;
            }
            Ok(HoldOutput { superseded: true, ..HoldOutput::default() })
        }
    }
}

fn waiting(seconds: u64) -> HoldOutput {
    HoldOutput { wait_seconds: Some(seconds), ..HoldOutput::default() }
}

/// Takes the hold; from an execution that ended without giving it back, too.
async fn take(
    context: &HoldContext,
    lineup: &Lineup,
    import: &LineupHolder,
    now: Timestamp,
) -> Result<HoldChange, Error> {
    let taken = lineup.change(|versions| versions.take(import, now)).await?;
    let HoldAnswer::WaitFor(other) = &taken.answer else { return Ok(taken) };
    if !context.executions.has_ended(&other.execution).await? {
        return Ok(taken);
    }
    let until = context.invocation_limit.last_end(now);
    Ok(lineup.change(|versions| versions.take_over(import, other, now, until)).await?)
}

/// The execution holds the lineup: what is to be removed later?
async fn held(
    context: &HoldContext,
    lineup: &Lineup,
    manifest: &Manifest,
    versions: &LineupVersions,
    lets_go: bool,
    stop_at: Instant,
) -> Result<HoldOutput, Error> {
    let changes = match context.imports.changes(manifest.import_id).await? {
        Some(found) if lets_go => {
            Some(kept::let_go(&context.imports, lineup, manifest.import_id, found).await?)
        }
        Some(found) => Some(found),
        None => match compare::compare(context, lineup, manifest, versions, stop_at).await? {
            ComparisonEnd::Nothing => None,
            ComparisonEnd::Changes(changes) => Some(*changes),
            ComparisonEnd::Unfinished => return Ok(waiting(GOES_ON)),
        },
    };
    let obsolete = changes.map_or(0, |changes| changes.obsolete);
    Ok(HoldOutput { held: true, obsolete, ..HoldOutput::default() })
}
