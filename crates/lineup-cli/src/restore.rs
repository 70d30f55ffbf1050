//! `lineup restore`: brings an earlier version of a lineup back.
//!
//! It copies the object that the import of that version had read onto the same key, which starts an import as every upload does.
//! S3 copies; no byte passes through this machine.

use std::collections::HashMap;

use anyhow::{Context, anyhow};
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::MetadataDirective;
use lineup_aws::error::CallFailure;
use lineup_aws::object_store::uri;
use lineup_contracts::Source;
use lineup_contracts::options::{DRY_RUN_METADATA, REPLACE_METADATA};
use lineup_versions::ReplaceMode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::args::RestoreArgs;
use crate::catalog::{Catalog, ImportEntry};
use crate::exit::{CommandError, Exit};
use crate::import::Watch;
use crate::named_lineup::NamedLineup;
use crate::session::Session;
use crate::target::Target;
use crate::upload_parts::{Part, UploadInParts, Uploaded, parts};

/// Larger files are copied in parts: S3 copies no more than 5 GiB with one request (S3 API reference, "CopyObject"), and parts are copied
/// side by side.
const PARTS_ABOVE: u64 = 64 << 20;
/// The bytes of a part.
const PART_BYTES: u64 = 64 << 20;
/// What is not escaped in the source of a copy, which is URL-encoded (S3 API reference, "CopyObject").
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Imports the version once more, and waits for the end of its import.
pub(crate) async fn run(session: &Session, args: &RestoreArgs) -> anyhow::Result<Exit> {
    let target = &session.target;
    let stored = find(target, &args.name, &args.version).await?;
    let watch = Watch::new(session, args.watch);
    watch.run(watch.start(async || stored.copy(target).await)).await
}

/// A version of a lineup whose file the uploads bucket still has.
pub(crate) struct StoredVersion {
    source: Source,
    head: HeadObjectOutput,
}

/// The version of the lineup `name` whose import's id begins with `version`.
///
/// # Errors
/// There is no such version, or it cannot be brought back.
pub(crate) async fn find(target: &Target, name: &str, version: &str) -> anyhow::Result<StoredVersion> {
    let catalog = Catalog::new(target);
    let found = NamedLineup::find(&catalog, target, name).await?;
    let import_id = catalog.resolve(version).await?;
    let entry = catalog.entry(import_id).await?.context("the import's folder has no claim.json")?;
    check(&found, &entry)?;
    let Some(head) = stored(target, &entry.source).await? else {
        return Err(anyhow!(
            "import {import_id} cannot be restored: the uploads bucket does not have that version of {} any more; \
             import its file again",
            found.name
        ));
    };
    Ok(StoredVersion { source: entry.source, head })
}

impl StoredVersion {
    /// Uploads it again under its name, which starts an import.
    pub(crate) async fn copy(self, target: &Target) -> anyhow::Result<Uploaded> {
        match self.source.size {
            ..=PARTS_ABOVE => copy(target, &self.source, self.head).await,
            _ => copy_in_parts(target, &self.source, self.head).await,
        }
    }
}

fn check(found: &NamedLineup, entry: &ImportEntry) -> Result<(), CommandError> {
    let (import_id, name) = (entry.import_id, &found.name);
    let why = if entry.source.key != found.key {
        format!("import {import_id} is no version of {name}, but of {}", entry.file)
    } else if entry.dry_run {
        format!("import {import_id} was a dry run, of which nothing was written")
    } else if found.current() == Some(import_id) {
        format!("import {import_id} is the current version of {name}")
    } else {
        return Ok(());
    };
    Err(CommandError::Usage(why))
}

/// The object that an import had read, if the uploads bucket still has it.
pub(crate) async fn stored(target: &Target, source: &Source) -> anyhow::Result<Option<HeadObjectOutput>> {
    // Without a version of its own it was uploaded before the bucket kept versions: it may be another file by now.
    let Some(version_id) = &source.version_id else { return Ok(None) };
    let head = target.s3.head_object().bucket(&source.bucket).key(&source.key).version_id(version_id);
    match head.send().await {
        Ok(head) => Ok(Some(head)),
        Err(error) => match CallFailure::of(error) {
            failure if failure.status == Some(404) => Ok(None),
            failure => Err(failure.on("s3:GetObjectVersion", uri(&source.bucket, &source.key)).into()),
        },
    }
}

async fn copy(target: &Target, source: &Source, head: HeadObjectOutput) -> anyhow::Result<Uploaded> {
    let copy = target.s3.copy_object().bucket(&source.bucket).key(&source.key);
    let copy = copy
        .copy_source(copy_source(source))
        .metadata_directive(MetadataDirective::Replace)
        .set_content_type(head.content_type)
        .set_metadata(Some(metadata(head.metadata.unwrap_or_default())));
    let copied = copy.send().await.map_err(CallFailure::of);
    let copied = copied.map_err(|failure| failure.on("s3:PutObject", uri(&source.bucket, &source.key)))?;
    let version_id = copied.version_id;
    let etag = copied.copy_object_result.and_then(|copied| copied.e_tag).context("S3 gave no entity tag")?;
    Ok(Uploaded::of(&source.key, &etag, version_id))
}

async fn copy_in_parts(target: &Target, source: &Source, head: HeadObjectOutput) -> anyhow::Result<Uploaded> {
    let Source { bucket, key, size, .. } = source;
    let metadata = metadata(head.metadata.unwrap_or_default());
    let upload = UploadInParts::begin(&target.s3, (bucket, key), |create| {
        create.set_content_type(head.content_type).set_metadata(Some(metadata))
    });
    let upload = upload.await?;
    let id = upload.id().to_owned();
    let copy = |part: Part| {
        let range = format!("bytes={}-{}", part.offset, part.offset + part.length - 1);
        let copy = target.s3.upload_part_copy().bucket(bucket).key(key).upload_id(&id);
        let copy = copy.part_number(part.number).copy_source(copy_source(source)).copy_source_range(range);
        async move {
            let copied = copy.send().await.map_err(CallFailure::of);
            let copied = copied.map_err(|failure| failure.on("s3:PutObject", uri(bucket, key)))?;
            Ok(copied.copy_part_result.and_then(|copied| copied.e_tag))
        }
    };
    upload.send(parts(*size, PART_BYTES), copy, |_| {}).await
}

/// The metadata of the copy: how the file is read and loaded, as it was said with the upload. Whatever it was to replace then, now it
/// replaces all.
fn metadata(mut said: HashMap<String, String>) -> HashMap<String, String> {
    said.remove(DRY_RUN_METADATA);
    said.insert(REPLACE_METADATA.to_owned(), ReplaceMode::Always.to_string());
    said
}

fn copy_source(source: &Source) -> String {
    let escaped = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
    let (bucket, key) = (escaped(&source.bucket), escaped(&source.key));
    match &source.version_id {
        Some(version) => format!("{bucket}/{key}?versionId={}", escaped(version)),
        None => format!("{bucket}/{key}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_of_a_copy_is_url_encoded_and_names_the_version() {
        let source = Source {
            bucket: "uploads".to_owned(),
            key: "2025/Main Stage+é?.csv".to_owned(),
            version_id: Some("3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY".to_owned()),
            etag: "e".to_owned(),
            size: 1,
        };
        assert_eq!(
            copy_source(&source),
            "uploads/2025/Main%20Stage%2B%C3%A9%3F.csv?versionId=3/L4kqtJlcpXroDTDmJ%2BrmSpXd3dIbrHY"
        );
    }

    #[test]
    fn a_version_is_read_as_it_was_and_replaces_all() {
        let said = [("dates", "dmy"), ("replace", "never"), ("dry-run", "true")];
        let said = said.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let expected = [("dates", "dmy"), ("replace", "always")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(metadata(said), expected);
    }
}
