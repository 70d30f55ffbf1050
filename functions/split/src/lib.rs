//! `split`: makes the list of an object's chunks, which begin and end between records.
//!
//! It claims the event first, so that a duplicate delivery of the event stops here. It can be repeated at
//! any point: after a retry or a redrive it finds its own claim and continues. If the manifest exists,
//! it returns the plan of that manifest.
//!
//! A file that is not text that can be split goes to `convert` first; called again, `split` takes the text
//! that `convert` made. Before it writes the manifest it surveys the rows and decides how they are read.

mod error;
mod scan;
mod survey;

use aws_config::SdkConfig;
use lineup::options::ReadOptions;
use lineup::origin::Origin;
use lineup::splitter::Split;
use lineup_aws::imports::Imports;
use lineup_aws::object_store::{Head, uri};
use lineup_aws::{client, lambda, settings};
use lineup_contracts::options::{
    CHUNK_BYTES_METADATA, DEFAULT_CHUNK_BYTES, DEFAULT_CONCURRENCY, MAX_CHUNK_BYTES, MAX_CONCURRENCY,
    MAX_CONCURRENCY_METADATA, MIN_CHUNK_BYTES, read_options,
};
use lineup_contracts::{Claim, Conversion, Manifest, Plan, Source, SplitInput};
use uuid::Uuid;

pub use error::Error;

/// The client and settings of `split`.
#[derive(Debug, Clone)]
pub struct SplitContext {
    /// The imports bucket; the source is read with the same client.
    pub imports: Imports,
    /// The target size of a chunk, in bytes.
    pub chunk_bytes: u64,
    /// How many chunks load at a time.
    pub max_concurrency: u64,
}

impl SplitContext {
    /// Reads the environment variables in [`settings`].
    pub fn from_env(config: &SdkConfig) -> Result<Self, settings::Error> {
        let bytes = MIN_CHUNK_BYTES..=MAX_CHUNK_BYTES;
        Ok(Self {
            imports: settings::imports(config)?,
            chunk_bytes: settings::number(settings::CHUNK_BYTES, bytes, DEFAULT_CHUNK_BYTES)?,
            max_concurrency: settings::number(
                settings::MAX_CONCURRENCY,
                1..=MAX_CONCURRENCY,
                DEFAULT_CONCURRENCY,
            )?,
        })
    }
}

/// Runs as a Lambda function.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    lambda::log();
    let context = SplitContext::from_env(&client::config().await);
    lambda::run(context, async |context: &SplitContext, input, _deadline| handle(context, input).await).await
}

/// Claims the event and cuts its object into chunks.
///
/// # Errors
/// See [`Error`]: `InvalidInput` for a file that is not a lineup, `SourceChanged`
/// for one that was overwritten or deleted.
pub async fn handle(context: &SplitContext, input: SplitInput) -> Result<Plan, Error> {
    let import_id = input.detail.import_id();
    let claim = Claim { execution_arn: input.execution_arn, source: input.detail.source() };
    if let Some(first) = context.imports.claim(import_id, &claim).await? {
        return Ok(duplicate(import_id, first));
    }
    let manifest = match context.imports.manifest(import_id).await? {
        Some(manifest) => Some(manifest),
        None => split(context, import_id, claim).await?,
    };
    Ok(match manifest {
        Some(manifest) => context.imports.plan(manifest, None),
        None => Plan { convert: true, ..Plan::without_chunks(import_id) },
    })
}

fn duplicate(import_id: Uuid, first: String) -> Plan {
    Plan { duplicate_of: Some(first), ..Plan::without_chunks(import_id) }
}

/// Writes the chunk list and then the manifest. A manifest means that the list is complete. `None` if the
/// file has to be converted first.
async fn split(context: &SplitContext, import_id: Uuid, claim: Claim) -> Result<Option<Manifest>, Error> {
    let objects = context.imports.objects();
    let head = objects.head(&claim.source).await?;
    let source = Source { size: head.size, ..claim.source };
    let (chunk_bytes, max_concurrency) = chunk_options(context, &head)?;
    let options = read_options(|name| head.metadata(name));
    let options = options
        .map_err(|error| Error::FileOption { file: uri(&source.bucket, &source.key), source: error })?;
    let Some((conversion, found)) = find_chunks(context, import_id, &source, chunk_bytes, &options).await?
    else {
        return Ok(None);
    };
    let text = match &conversion {
        Some(Conversion { text, origin, .. }) => (text, origin),
        None => (&source, &Origin::Lines),
    };
    let decided = survey::survey(objects, text, &found.header, &found.chunks, &options).await?;
    context.imports.put_chunks(import_id, &found.chunks).await?;
    let manifest = Manifest {
        import_id,
        source,
        dialect: found.header.dialect,
        columns: found.header.columns,
        notes: conversion.iter().flat_map(Conversion::notes).chain(decided.notes).collect(),
        conversion,
        reading: decided.reading,
        warnings: decided.warnings,
        above: decided.above,
        chunks: u32::try_from(found.chunks.len()).unwrap_or(u32::MAX),
        chunk_bytes,
        max_concurrency,
        execution_arn: claim.execution_arn,
    };
    context.imports.put_manifest(&manifest).await?;
    Ok(Some(manifest))
}

/// The chunks of the source or, if it is not text that can be split, of the text that `convert` made of it.
/// `None` if `convert` has not made it yet.
async fn find_chunks(
    context: &SplitContext,
    import_id: Uuid,
    source: &Source,
    chunk_bytes: u64,
    options: &ReadOptions,
) -> Result<Option<(Option<Conversion>, Split)>, Error> {
    let objects = context.imports.objects();
    match scan::split(objects, source, chunk_bytes, options).await {
        Err(error) if error.is_converted() => {}
        found => return Ok(Some((None, found?))),
    }
    let Some(conversion) = context.imports.conversion(import_id).await? else { return Ok(None) };
    let found = scan::split(objects, &conversion.text, chunk_bytes, options).await?;
    Ok(Some((Some(conversion), found)))
}

/// Chunk size and concurrency: from the object's metadata if they are there, else from the function's settings.
fn chunk_options(context: &SplitContext, head: &Head) -> Result<(u64, u32), settings::Error> {
    let asked = |name: &str, range, default| match head.metadata(name) {
        Some(value) => settings::parse(&format!("the object's metadata x-amz-meta-{name}"), value, range),
        None => Ok(default),
    };
    let bytes = asked(CHUNK_BYTES_METADATA, MIN_CHUNK_BYTES..=MAX_CHUNK_BYTES, context.chunk_bytes)?;
    let concurrency = asked(MAX_CONCURRENCY_METADATA, 1..=MAX_CONCURRENCY, context.max_concurrency)?;
    Ok((bytes, u32::try_from(concurrency).unwrap_or(u32::MAX)))
}
