//! The uploaded object, and what its metadata says about it.

use lineup::options::ReadOptions;
use lineup_aws::object_store::{Head, uri};
use lineup_aws::settings;
use lineup_contracts::options::{
    CHUNK_BYTES_METADATA, DRY_RUN_METADATA, MAX_CHUNK_BYTES, MAX_CONCURRENCY, MAX_CONCURRENCY_METADATA,
    MIN_CHUNK_BYTES, REPLACE_METADATA, read_options,
};
use lineup_contracts::{Claim, Source};
use lineup_versions::{ReplaceMode, ReplaceModeError, Version};
use uuid::Uuid;

use crate::context::SplitContext;
use crate::error::Error;

/// The uploaded object, and what its metadata says about it.
pub(crate) struct Upload {
    pub(crate) import_id: Uuid,
    /// Which version of its lineup it is.
    pub(crate) version: Version,
    /// What becomes of what only the version before has.
    pub(crate) replace: ReplaceMode,
    /// The object, pinned.
    pub(crate) source: Source,
    /// The execution that has the claim.
    pub(crate) execution_arn: String,
    /// How the file is to be read.
    pub(crate) options: ReadOptions,
    /// The target size of a chunk, in bytes.
    pub(crate) chunk_bytes: u64,
    /// How many chunks load at a time.
    pub(crate) max_concurrency: u32,
    /// Whether no row is to be written.
    pub(crate) dry_run: bool,
}

impl Upload {
    /// Reads the object's metadata. What it does not say is as the function's settings say.
    pub(crate) async fn of(context: &SplitContext, version: Version, claim: Claim) -> Result<Self, Error> {
        let head = context.imports.objects().head(&claim.source).await?;
        let source = Source { size: head.size, ..claim.source };
        let options = read_options(|name| head.metadata(name));
        let file = || uri(&source.bucket, &source.key);
        let options = options.map_err(|error| Error::FileOption { file: file(), source: error })?;
        let bytes = MIN_CHUNK_BYTES..=MAX_CHUNK_BYTES;
        let concurrency =
            number(&head, MAX_CONCURRENCY_METADATA, 1..=MAX_CONCURRENCY, context.max_concurrency)?;
        Ok(Self {
            import_id: version.import_id,
            version,
            replace: replace(&head).map_err(|source| Error::Replace { file: file(), source })?,
            chunk_bytes: number(&head, CHUNK_BYTES_METADATA, bytes, context.chunk_bytes)?,
            max_concurrency: u32::try_from(concurrency).unwrap_or(u32::MAX),
            dry_run: dry_run(&head).ok_or_else(|| Error::DryRun { file: file() })?,
            execution_arn: claim.execution_arn,
            options,
            source,
        })
    }

    /// `s3://bucket/key`.
    pub(crate) fn uri(&self) -> String {
        uri(&self.source.bucket, &self.source.key)
    }

    /// A child of the Map that surveys a large file does not see the rows of the chunk before its own, with which
    /// blank fields are filled.
    pub(crate) fn check_no_fill_down(&self, limit: u64) -> Result<(), Error> {
        match self.options.fill_down {
            true => Err(Error::TooLargeToFillDown { file: self.uri(), limit }),
            false => Ok(()),
        }
    }
}

/// A number from the object's metadata, or `default`.
fn number(
    head: &Head,
    name: &str,
    range: std::ops::RangeInclusive<u64>,
    default: u64,
) -> Result<u64, settings::Error> {
    match head.metadata(name) {
        Some(value) => settings::parse(&format!("the object's metadata x-amz-meta-{name}"), value, range),
        None => Ok(default),
    }
}

fn replace(head: &Head) -> Result<ReplaceMode, ReplaceModeError> {
    head.metadata(REPLACE_METADATA).map_or(Ok(ReplaceMode::default()), str::parse)
}

/// `None` if the metadata says neither `true` nor `false`.
fn dry_run(head: &Head) -> Option<bool> {
    match head.metadata(DRY_RUN_METADATA).map(str::trim) {
        None | Some("false") => Some(false),
        Some("true") => Some(true),
        Some(_) => None,
    }
}
