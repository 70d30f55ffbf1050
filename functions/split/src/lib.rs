//! `split`: makes the list of an object's chunks, which begin and end between records.
//!
//! It claims the event first, so that a duplicate delivery of the event stops here. It can be repeated at
//! any point: after a retry or a redrive it finds its own claim and continues. If the manifest exists,
//! it returns the plan of that manifest.
//!
//! A file that is not text that can be split goes to `convert` first; called again, `split` takes the text
//! that `convert` made. Before it writes the manifest it surveys the rows and decides how they are read. The rows
//! of a large file are surveyed by a Distributed Map, and `split` decides afterwards.
//!
//! Shortly before the Lambda deadline it stops scanning a file that it does not survey itself, and writes how far it came. The next
//! invocation goes on there, and so does one of a redrive.
//!
//! Last it takes the hold of the lineup, if nobody has it, so that an import without a version before it goes on at once.

mod chunks;
mod context;
mod decided;
mod error;
mod keys;
mod losers;
mod parts;
mod planned;
mod runs;
mod scan;
mod survey;
mod survey_map;
mod upload;
mod would_change;

use std::time::Instant;

use futures::join;
use lineup::header::Header;
use lineup::splitter::Split;
use lineup_aws::{client, lambda};
use lineup_contracts::{Claim, Conversion, Manifest, Plan, SplitInput, Survey};

use chunks::Found;
pub use context::{Merging, SplitContext};
use decided::write_manifest;
pub use error::Error;
use lineup_versions::Version;
use planned::planned;
use upload::Upload;

/// Runs as a Lambda function.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    lambda::log();
    let context = SplitContext::from_env(&client::config().await);
    lambda::run(context, async |context: &SplitContext, input, deadline| {
        // The list of the chunks is still to be written then, and the first of them to be read.
        handle(context, input, lambda::stop_at(Instant::now(), deadline)).await
    })
    .await
}

/// Claims the event and cuts its object into chunks, or the part of it that can be scanned until `stop_at`.
///
/// # Errors
/// See [`Error`]: `InvalidInput` for a file that is not a lineup, `SourceChanged`
/// for one that was overwritten or deleted, `ChunksNotSurveyed` if the survey did not reach every chunk.
pub async fn handle(context: &SplitContext, input: SplitInput, stop_at: Instant) -> Result<Plan, Error> {
    let imports = &context.imports;
    let import_id = input.detail.import_id();
    let execution_arn = input.execution_arn;
    let version = Version::of_upload(import_id, input.detail.object.sequencer.clone());
    let claim = Claim { execution_arn: execution_arn.clone(), source: input.detail.source() };
    // None of the three needs the answer of another. What each says counts in their order all the same.
    let (claimed, split_before, upload) = join!(
        imports.claim(import_id, &claim),
        imports.manifest(import_id),
        Upload::of(context, version, claim.clone())
    );
    if let Some(first) = claimed? {
        return Ok(Plan { duplicate_of: Some(first), ..Plan::without_chunks(import_id) });
    }
    if let Some(manifest) = split_before? {
        return planned(imports, manifest, &execution_arn).await;
    }
    let upload = upload?;
    match input.surveyed {
        Some(pass) => survey_map::decide_after(context, &upload, pass, stop_at).await,
        None => split(context, &upload, stop_at).await,
    }
}

/// Writes the chunk list, and then the manifest or, for a large file, how its chunks are to be surveyed.
async fn split(context: &SplitContext, upload: &Upload, stop_at: Instant) -> Result<Plan, Error> {
    let imports = &context.imports;
    let (conversion, Split { header, chunks, .. }) = match chunks::find(context, upload, stop_at).await? {
        Found::Chunks(conversion, found) => (conversion, found),
        Found::Plan(plan) => return Ok(plan),
    };
    let survey = Survey {
        header_encoding: header.encoding,
        draft: draft(upload, conversion, header, chunks.len()),
        gathers: None,
    };
    let rows = chunks.last().map_or(0, |last| last.end) - chunks.first().map_or(0, |first| first.start);
    if rows > context.surveyed_bytes {
        upload.check_no_fill_down(context.surveyed_bytes)?;
        imports.put_chunks(upload.import_id, &chunks).await?;
        return survey_map::begin(imports, upload, survey, &chunks[..1]).await;
    }
    let (listed, surveyed) = join!(
        imports.put_chunks(upload.import_id, &chunks),
        survey::survey(imports.objects(), upload, survey, &chunks)
    );
    listed?;
    match write_manifest(context, upload, surveyed?, stop_at).await? {
        Some(manifest) => planned(imports, manifest, &upload.execution_arn).await,
        None => Ok(Plan { unfinished: true, ..Plan::without_chunks(upload.import_id) }),
    }
}

/// The manifest as it is known before the survey.
fn draft(upload: &Upload, conversion: Option<Conversion>, header: Header, chunks: usize) -> Manifest {
    Manifest {
        import_id: upload.import_id,
        source: upload.source.clone(),
        dialect: header.dialect,
        columns: header.columns,
        notes: conversion.iter().flat_map(Conversion::notes).collect(),
        conversion,
        reading: upload.options.reading(),
        warnings: Vec::new(),
        above: Default::default(),
        dry_run: None,
        skips: Default::default(),
        version: Some(upload.version.clone()),
        replace: upload.replace,
        chunks: u32::try_from(chunks).unwrap_or(u32::MAX),
        chunk_bytes: upload.chunk_bytes,
        max_concurrency: upload.max_concurrency,
        execution_arn: upload.execution_arn.clone(),
    }
}
