//! `lineup redrive` and `lineup rerun`: what to do about an import that is not complete.

use std::num::NonZeroU32;

use anyhow::Context;
use aws_sdk_sfn::types::ExecutionStatus;
use lineup::contract::Rerun;
use lineup_aws::error::Failure;
use serde_json::json;
use uuid::Uuid;

use crate::args::{RedriveArgs, RerunArgs};
use crate::catalog::Catalog;
use crate::exit::{CommandError, Exit};
use crate::follow::{Execution, describe};
use crate::import::Watch;
use crate::session::Session;
use crate::target::Target;

/// Redrives the import's last execution and waits for its end.
pub async fn redrive(session: &Session, args: &RedriveArgs) -> anyhow::Result<Exit> {
    let watch = Watch::new(session, args.json);
    watch.run(start_redrive(&session.target, &args.import_id)).await
}

async fn start_redrive<'a>(target: &'a Target, prefix: &str) -> anyhow::Result<Execution<'a>> {
    let catalog = Catalog::new(target);
    let import_id = catalog.resolve(prefix).await?;
    let entry = catalog.entry(import_id).await?.context("the import's folder has no claim.json")?;
    let arn = entry.execution_arn;
    let before = describe(target, &arn).await?;
    check_redrivable(import_id, &before.status)?;
    let redrive = target.sfn.redrive_execution().execution_arn(&arn).send().await;
    redrive.map_err(|error| Failure::of(error).on("states:RedriveExecution", &arn)).with_context(|| {
        format!(
            "import {import_id} cannot be redriven; `lineup rerun {import_id}` starts a new execution instead"
        )
    })?;
    let redrives = before.redrive_count.unwrap_or(0) + 1;
    Ok(Execution::new(target, arn, import_id).redriven(redrives))
}

fn check_redrivable(import_id: Uuid, status: &ExecutionStatus) -> Result<(), CommandError> {
    match status {
        ExecutionStatus::Succeeded => Err(CommandError::Usage(format!(
            "the last execution of import {import_id} succeeded, so nothing is missing; \
             `lineup rerun {import_id} --chunk N` loads a chunk again"
        ))),
        ExecutionStatus::Running | ExecutionStatus::PendingRedrive => Err(CommandError::Usage(format!(
            "import {import_id} is still running; `lineup show {import_id}` says how far it is"
        ))),
        _ => Ok(()),
    }
}

/// Starts a new execution for chunks of an import and waits for its end.
pub async fn rerun(session: &Session, args: &RerunArgs) -> anyhow::Result<Exit> {
    let watch = Watch::new(session, args.json);
    watch.run(start_rerun(&session.target, args)).await
}

async fn start_rerun<'a>(target: &'a Target, args: &RerunArgs) -> anyhow::Result<Execution<'a>> {
    let catalog = Catalog::new(target);
    let import_id = catalog.resolve(&args.import_id).await?;
    let Some(manifest) = catalog.imports.manifest(import_id).await? else {
        let text = format!(
            "import {import_id} was never split, so it has no chunks; `lineup redrive {import_id}` splits it, or \
             import the file again"
        );
        return Err(CommandError::Usage(text).into());
    };
    check_chunks(&args.chunks, manifest.chunks)?;
    let chunks: Vec<u32> = args.chunks.iter().map(|chunk| chunk.get()).collect();
    let rerun = Rerun { import_id, chunks: (!chunks.is_empty()).then_some(chunks) };
    let arn = &target.state_machine_arn;
    let input = json!({ "rerun": rerun }).to_string();
    let started = target.sfn.start_execution().state_machine_arn(arn).input(input).send().await;
    let started = started.map_err(|error| Failure::of(error).on("states:StartExecution", arn))?;
    Ok(Execution::new(target, started.execution_arn, import_id))
}

fn check_chunks(chunks: &[NonZeroU32], of: u32) -> Result<(), CommandError> {
    match chunks.iter().find(|chunk| chunk.get() > of) {
        Some(chunk) => Err(CommandError::Usage(format!("there is no chunk {chunk}; the import has {of}"))),
        None => Ok(()),
    }
}
