//! `{lineup} redrive` and `{lineup} rerun`: load the missing chunks of an import.

use std::num::NonZeroU32;
use std::time::SystemTime;

use anyhow::{Context, anyhow};
use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
use lineup_aws::error::CallFailure;
use lineup_contracts::{Outcome, Rerun, Summary};
use serde_json::json;
use uuid::Uuid;

use crate::args::{RedriveArgs, RerunArgs};
use crate::catalog::Catalog;
use crate::exit::{CommandError, Exit};
use crate::follow::FollowedExecution;
use crate::import::Watch;
use crate::redrivable::{self, RedriveEligibility};
use crate::session::Session;
use crate::target::Target;

/// Redrives the import's most recent execution that can be redriven, and waits for its end.
pub(crate) async fn redrive(session: &Session, args: &RedriveArgs) -> anyhow::Result<Exit> {
    let watch = Watch::new(session, args.watch);
    watch.run(start_redrive(&session.target, &args.import_id)).await
}

/// Starts the redrive of what can be redriven. Otherwise the error says why, and what to do instead.
pub(crate) async fn start_redrive<'a>(
    target: &'a Target,
    prefix: &str,
) -> anyhow::Result<FollowedExecution<'a>> {
    let (catalog, lineup) = (Catalog::new(target), &target.lineup);
    let import_id = import_id(&catalog, prefix).await?;
    let (arn, redrives) = match eligibility(&catalog, target, import_id).await? {
        RedriveEligibility::Redrivable { arn, redrives } => (arn, redrives),
        eligibility => return Err(refusal(&catalog, import_id, &eligibility).await?),
    };
    let redrive = target.sfn.redrive_execution().execution_arn(&arn).send().await;
    redrive.map_err(|error| CallFailure::of(error).on("states:RedriveExecution", &arn)).with_context(|| {
        format!(
            "import {import_id} cannot be redriven; `{lineup} rerun {import_id}` starts a new execution instead"
        )
    })?;
    Ok(FollowedExecution::new(target, arn, import_id).redriven(redrives + 1))
}

/// The import whose id begins with `prefix`. A complete id needs no import in the bucket, because
/// its split may have failed before it wrote anything.
async fn import_id(catalog: &Catalog<'_>, prefix: &str) -> anyhow::Result<Uuid> {
    match (catalog.resolve(prefix).await, prefix.parse()) {
        (Err(error), Ok(whole)) if CommandError::exit(&error) == Exit::NothingFound => Ok(whole),
        (resolved, _) => resolved,
    }
}

/// The eligibility of the import's execution to redrive; of the most recent one if none can be redriven.
async fn eligibility(
    catalog: &Catalog<'_>,
    target: &Target,
    import_id: Uuid,
) -> anyhow::Result<RedriveEligibility> {
    let entry = catalog.entry(import_id).await?;
    let known = match &entry {
        Some(entry) => find_execution(target, &entry.execution_arn).await?,
        None => None,
    };
    let eligibility = known.as_ref().map(RedriveEligibility::of);
    // If the import is complete, executions that failed before need no redrive.
    let complete = matches!(eligibility, Some(RedriveEligibility::Succeeded))
        && catalog.imports.missing(import_id).await?.is_empty();
    let since = known.and_then(|known| known.stop_date).filter(|_| complete);
    let since = since.and_then(|date| SystemTime::try_from(date).ok());
    let found = redrivable::most_recent(target, import_id, since).await?;
    match (found, eligibility) {
        (Some(found @ (RedriveEligibility::Running | RedriveEligibility::Redrivable { .. })), _) => Ok(found),
        // The list of executions may lag.
        (_, Some(known @ RedriveEligibility::Redrivable { .. })) => Ok(known),
        (Some(found @ RedriveEligibility::Expired(_)), _) if !complete => Ok(found),
        (_, Some(known)) => Ok(known),
        (Some(found), None) => Ok(found),
        (None, None) if entry.is_none() => {
            let text = format!("there is no import {import_id}; `{} imports` lists them", target.lineup);
            Err(CommandError::NothingFound(text).into())
        }
        (None, None) => {
            Ok(RedriveEligibility::Expired("Step Functions keeps nothing of its execution any more".into()))
        }
    }
}

/// Describes an execution; `None` if Step Functions has deleted it, which it does after 90 days.
pub(crate) async fn find_execution(
    target: &Target,
    arn: &str,
) -> anyhow::Result<Option<DescribeExecutionOutput>> {
    match target.sfn.describe_execution().execution_arn(arn).send().await {
        Ok(described) => Ok(Some(described)),
        Err(error) if error.as_service_error().is_some_and(|error| error.is_execution_does_not_exist()) => {
            Ok(None)
        }
        Err(error) => Err(CallFailure::of(error).on("states:DescribeExecution", arn).into()),
    }
}

/// The error when nothing can be redriven. It names the reason and what to do instead.
async fn refusal(
    catalog: &Catalog<'_>,
    import_id: Uuid,
    eligibility: &RedriveEligibility,
) -> anyhow::Result<anyhow::Error> {
    let lineup = catalog.lineup();
    let reason = match eligibility {
        RedriveEligibility::Running => {
            return Ok(CommandError::Usage(format!(
                "import {import_id} is still running; `{lineup} show {import_id}` says how far it is"
            ))
            .into());
        }
        RedriveEligibility::Succeeded if catalog.imports.missing(import_id).await?.is_empty() => {
            return Ok(CommandError::Usage(format!(
                "the last execution of import {import_id} succeeded, so nothing is missing; \
                 `{lineup} rerun {import_id} --chunk N` loads a chunk again"
            ))
            .into());
        }
        RedriveEligibility::NeverLoads(error) => {
            return Ok(anyhow!("import {import_id} cannot be redriven: it would fail again with {error}")
                .context(format!(
                    "import {import_id} can never load; correct the file if need be, and import it again"
                )));
        }
        RedriveEligibility::Expired(reason) => reason.as_str(),
        RedriveEligibility::Succeeded | RedriveEligibility::Redrivable { .. } => {
            "its last execution succeeded"
        }
    };
    let instead = match catalog.imports.manifest(import_id).await? {
        Some(_) => format!("`{lineup} rerun {import_id}` loads what is missing in a new execution"),
        None => "it was never split, so import the file again".to_owned(),
    };
    Ok(anyhow!("import {import_id} cannot be redriven ({reason}); {instead}"))
}

/// Starts a new execution for chunks of an import and waits for its end.
pub(crate) async fn rerun(session: &Session, args: &RerunArgs) -> anyhow::Result<Exit> {
    let watch = Watch::new(session, args.watch);
    watch.run(start_rerun(&session.target, args)).await
}

/// Starts a new execution for the chunks.
pub(crate) async fn start_rerun<'a>(
    target: &'a Target,
    args: &RerunArgs,
) -> anyhow::Result<FollowedExecution<'a>> {
    let (catalog, lineup) = (Catalog::new(target), &target.lineup);
    let import_id = catalog.resolve(&args.import_id).await?;
    let Some(manifest) = catalog.imports.manifest(import_id).await? else {
        let text = format!(
            "import {import_id} was never split, so it has no chunks; `{lineup} redrive {import_id}` splits it, or \
             import the file again"
        );
        return Err(CommandError::Usage(text).into());
    };
    check_chunks(&args.chunks, manifest.chunks)?;
    if args.replace {
        check_kept(&catalog, import_id).await?;
    } else if args.chunks.is_empty() {
        check_missing(&catalog, import_id).await?;
    }
    // It deletes the results of the chunks that it names, below the feet of an execution that loads them.
    if let Some(running @ RedriveEligibility::Running) =
        redrivable::most_recent(target, import_id, None).await?
    {
        return Err(refusal(&catalog, import_id, &running).await?);
    }
    let chunks: Vec<u32> = args.chunks.iter().map(|chunk| chunk.get()).collect();
    let rerun = Rerun { import_id, chunks: (!chunks.is_empty()).then_some(chunks), replace: args.replace };
    let arn = &target.state_machine_arn;
    let input = json!({ "rerun": rerun }).to_string();
    let started = target.sfn.start_execution().state_machine_arn(arn).input(input).send().await;
    let started = started.map_err(|error| CallFailure::of(error).on("states:StartExecution", arn))?;
    Ok(FollowedExecution::new(target, started.execution_arn, import_id))
}

/// Fails, as a usage error, if a re-run without chunks would find nothing to do.
async fn check_missing(catalog: &Catalog<'_>, import_id: Uuid) -> anyhow::Result<()> {
    let ended_well = |summary: &Summary| matches!(summary.outcome, Outcome::Succeeded | Outcome::Partial);
    let summary = catalog.imports.summary(import_id).await?;
    if !summary.as_ref().is_some_and(ended_well) || !catalog.imports.missing(import_id).await?.is_empty() {
        return Ok(());
    }
    let lineup = catalog.lineup();
    Err(CommandError::Usage(format!(
        "all chunks of import {import_id} are loaded, so nothing is missing; `{lineup} rerun {import_id} --chunk N` loads a \
         chunk again"
    ))
    .into())
}

/// Fails, as a usage error, if a re-run with `--replace` would remove nothing.
async fn check_kept(catalog: &Catalog<'_>, import_id: Uuid) -> anyhow::Result<()> {
    let lineup = catalog.lineup();
    let missing = catalog.imports.missing(import_id).await?.len();
    let changes = catalog.imports.changes(import_id).await?;
    let text = match changes.and_then(|changes| changes.kept) {
        _ if missing > 0 => format!(
            "{missing} chunks of import {import_id} are not loaded, so nothing is removed for it; `{lineup} rerun \
             {import_id}` loads them first"
        ),
        None => format!("import {import_id} kept nothing of a version before, so there is nothing to remove"),
        Some(because) if because.yields_to_always() => return Ok(()),
        Some(because) => format!(
            "nothing is removed for import {import_id}: {because}; correct the rejected rows and import the file again"
        ),
    };
    Err(CommandError::Usage(text).into())
}

fn check_chunks(chunks: &[NonZeroU32], of: u32) -> Result<(), CommandError> {
    match chunks.iter().find(|chunk| chunk.get() > of) {
        Some(chunk) => Err(CommandError::Usage(format!("there is no chunk {chunk}; the import has {of}"))),
        None => Ok(()),
    }
}
