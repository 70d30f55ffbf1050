//! `convert`: makes text that can be split of a file that is not: what is in a container (gzip, zip), a workbook, JSON,
//! UTF-16. The text lies under the import, and is split and loaded like an uploaded file.
//!
//! It can be repeated at any point, since it depends on the pinned source alone. If an earlier try has written the text,
//! that stays; if it has also said so (`converted.json`), there is nothing to do.

mod blocking;
mod error;
mod limits;
mod whole;

use std::path::PathBuf;
use std::time::Instant;

use aws_config::SdkConfig;
use forms::Converted;
use lineup_aws::imports::Imports;
use lineup_aws::object_store::uri;
use lineup_aws::object_writer::{ObjectWriter, PART_BYTES};
use lineup_aws::objects::Put;
use lineup_aws::{client, lambda, settings};
use lineup_contracts::{Conversion, ConvertInput, ConvertOutput, Source};
use uuid::Uuid;

pub use error::Error;

/// The largest file that is converted in memory: nearly every lineup.
const WHOLE_BYTES: u64 = 8 << 20;

/// The client and settings of `convert`.
#[derive(Debug, Clone)]
pub struct ConvertContext {
    /// The imports bucket; the source is read with the same client.
    pub imports: Imports,
    /// The folder for temporary files.
    pub scratch: PathBuf,
    /// The size of a part of the text, in bytes.
    pub part_bytes: usize,
    /// The largest file that is converted in memory, in bytes.
    pub whole_bytes: u64,
}

impl ConvertContext {
    /// The imports bucket, with the temporary files of this machine, which on Lambda lie in `/tmp`.
    pub fn new(imports: Imports) -> Self {
        Self { imports, scratch: std::env::temp_dir(), part_bytes: PART_BYTES, whole_bytes: WHOLE_BYTES }
    }

    /// Reads the environment variables in [`settings`].
    pub fn from_env(config: &SdkConfig) -> Result<Self, settings::Error> {
        Ok(Self::new(settings::imports(config)?))
    }
}

/// Runs as a Lambda function.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    lambda::log();
    let context = ConvertContext::from_env(&client::config().await);
    lambda::run(context, async |context: &ConvertContext, input, deadline| {
        // The last parts of the text are still to be sent then.
        handle(context, input, lambda::stop_at(Instant::now(), deadline)).await
    })
    .await
}

/// Converts the event's object, unless that is done. At `stop_at` it gives up: another try would come no further.
///
/// # Errors
/// See [`Error`]: `InvalidInput` for a file that holds no lineup, or takes too long; `SourceChanged` for one that was
/// overwritten or deleted.
pub async fn handle(
    context: &ConvertContext,
    input: ConvertInput,
    stop_at: Instant,
) -> Result<ConvertOutput, Error> {
    let import_id = input.detail.import_id();
    if let Some(earlier) = context.imports.conversion(import_id).await? {
        return Ok(output(import_id, earlier));
    }
    let source = input.detail.source();
    let head = context.imports.objects().head(&source).await?;
    let source = Source { size: head.size, ..source };
    let conversion = convert(context, import_id, source, stop_at).await?;
    match context.imports.put_conversion(import_id, &conversion).await? {
        Put::Written => Ok(output(import_id, conversion)),
        // By another try at the same time, or by this one, whose answer was lost.
        Put::AlreadyExists => {
            let earlier = context.imports.conversion(import_id).await?;
            Ok(output(import_id, earlier.unwrap_or(conversion)))
        }
    }
}

/// Writes the text.
async fn convert(
    context: &ConvertContext,
    import_id: Uuid,
    source: Source,
    stop_at: Instant,
) -> Result<Conversion, Error> {
    let file = uri(&source.bucket, &source.key);
    let objects = context.imports.objects();
    if source.size <= context.whole_bytes
        && let Some((converted, text)) = whole::convert(objects, &source, &context.scratch, stop_at).await?
    {
        let mut writer = context.imports.converted_text(import_id).with_part_bytes(context.part_bytes);
        let converted = converted.map_err(|error| Error::of(error, || file))?;
        writer.write(&text).await?;
        return finish(context, import_id, converted, writer).await;
    }
    let work = blocking::ConversionWork {
        objects: objects.clone(),
        source,
        text: context.imports.converted_text(import_id).with_part_bytes(context.part_bytes),
        scratch: context.scratch.clone(),
        stop_at,
    };
    let (converted, text) = blocking::convert(work).await;
    match converted {
        Ok(converted) => finish(context, import_id, converted, text).await,
        Err(error) => {
            text.abort().await;
            Err(Error::of(error, || file))
        }
    }
}

/// Completes the text.
async fn finish(
    context: &ConvertContext,
    import_id: Uuid,
    converted: Converted,
    text: ObjectWriter,
) -> Result<Conversion, Error> {
    let Converted { form, origin, left_out, .. } = converted;
    let text = context.imports.converted_source(import_id, text.finish().await?);
    Ok(Conversion { text, origin, form, left_out })
}

fn output(import_id: Uuid, conversion: Conversion) -> ConvertOutput {
    ConvertOutput { import_id, form: conversion.form, bytes: conversion.text.size }
}
