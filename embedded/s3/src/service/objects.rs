//! Reading, writing, copying and deleting objects.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::Stream;
use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Result, s3_error};
use tokio::io::{AsyncReadExt, Take};

use super::answer::{blocking, signed, strong, time};
use super::conditions::{self, ReadCondition};
use crate::deletion::Deletion;
use crate::error::BucketStoreError;
use crate::event::EventReason;
use crate::fault;
use crate::object::{Footer, Headers, new_version, now, seal};
use crate::receive::{Announced, receive};
use crate::store::{BucketStore, Condition};

/// What is read from disk and sent at a time.
const READ_BUFFER: usize = 256 * 1024;

/// The largest object that one request copies (S3 API reference, "CopyObject").
const LARGEST_COPY: u64 = 5 << 30;

pub(super) fn get(store: &BucketStore, input: GetObjectInput) -> S3Result<GetObjectOutput> {
    let (mut file, footer) = store.open_version(&input.bucket, &input.key, input.version_id.as_deref())?;
    let condition = ReadCondition {
        matches: input.if_match,
        differs: input.if_none_match,
        modified_since: input.if_modified_since,
        unmodified_since: input.if_unmodified_since,
    };
    condition.check(&footer)?;
    let version_id = store.shown_version(&input.bucket, &footer);
    let bytes = match input.range {
        Some(range) => range.check(footer.size)?,
        None => 0..footer.size,
    };
    let content_range =
        input.range.map(|_| format!("bytes {}-{}/{}", bytes.start, bytes.end - 1, footer.size));
    file.seek(SeekFrom::Start(bytes.start)).map_err(fault::of_file)?;
    let length = bytes.end - bytes.start;
    let body = read_stream(tokio::fs::File::from_std(file).take(length));
    Ok(GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        body: Some(StreamingBlob::wrap(body)),
        content_length: signed(length),
        content_range,
        // What the reader wants said of it outranks what the writer said.
        content_type: input.response_content_type.or(footer.headers.content_type),
        content_disposition: input.response_content_disposition,
        content_encoding: footer.headers.content_encoding,
        e_tag: Some(ETag::Strong(footer.etag)),
        last_modified: Some(time(footer.modified)),
        metadata: Some(footer.headers.metadata.into_iter().collect()),
        version_id,
        ..Default::default()
    })
}

pub(super) fn head(store: &BucketStore, input: HeadObjectInput) -> S3Result<HeadObjectOutput> {
    let (_, footer) = store.open_version(&input.bucket, &input.key, input.version_id.as_deref())?;
    let condition = ReadCondition {
        matches: input.if_match,
        differs: input.if_none_match,
        modified_since: input.if_modified_since,
        unmodified_since: input.if_unmodified_since,
    };
    condition.check(&footer)?;
    let version_id = store.shown_version(&input.bucket, &footer);
    Ok(HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        content_length: signed(footer.size),
        content_type: footer.headers.content_type,
        content_encoding: footer.headers.content_encoding,
        e_tag: Some(ETag::Strong(footer.etag)),
        last_modified: Some(time(footer.modified)),
        metadata: Some(footer.headers.metadata.into_iter().collect()),
        version_id,
        ..Default::default()
    })
}

/// No object has tags here. `aws s3 cp` asks for them where it copies in parts.
pub(super) fn tags(store: &BucketStore, input: &GetObjectTaggingInput) -> S3Result<GetObjectTaggingOutput> {
    let (_, footer) = store.open_version(&input.bucket, &input.key, input.version_id.as_deref())?;
    let version_id = store.shown_version(&input.bucket, &footer);
    Ok(GetObjectTaggingOutput { tag_set: Vec::new(), version_id })
}

pub(super) async fn put(
    store: &BucketStore,
    request: S3Request<PutObjectInput>,
) -> S3Result<PutObjectOutput> {
    let input = request.input;
    store.bucket(&input.bucket)?;
    let condition = conditions::of_write(input.if_match, input.if_none_match)?;
    let kept = Headers {
        content_type: input.content_type,
        content_encoding: input.content_encoding,
        metadata: input.metadata.into_iter().flatten().collect(),
    };
    let announced = Announced { headers: &request.headers, extensions: &request.extensions, kept };
    let (staged, footer) = receive(store, input.body, announced).await?;
    store.commit(staged, (&input.bucket, &input.key), &footer, &condition, EventReason::Put)?;
    let version_id = store.shown_version(&input.bucket, &footer);
    let e_tag = Some(ETag::Strong(footer.etag));
    Ok(PutObjectOutput { e_tag, version_id, ..Default::default() })
}

/// The object that is the source of a copy, and the id of its version where its bucket shows it.
pub(super) fn copy_source(
    store: &BucketStore,
    source: CopySource,
    condition: ReadCondition,
) -> S3Result<(File, Footer, Option<String>)> {
    let CopySource::Bucket { bucket, key, version_id } = source else {
        return Err(s3_error!(NotImplemented, "the source of a copy is a bucket and a key here"));
    };
    let opened = store.open_version(&bucket, &key, version_id.as_deref());
    let (file, footer) = opened.map_err(|error| match error {
        // S3 API reference, "CopyObject": a delete marker that is named cannot be copied.
        BucketStoreError::DeleteMarker { .. } => {
            s3_error!(InvalidRequest, "the source of a copy may not be a delete marker")
        }
        error => error.into(),
    })?;
    // 412 also where a read would answer 304 (S3 API reference, "CopyObject").
    condition
        .check(&footer)
        .map_err(|_| s3_error!(PreconditionFailed, "the source of the copy does not meet the condition"))?;
    let version = store.shown_version(&bucket, &footer);
    Ok((file, footer, version))
}

pub(super) async fn copy(store: &Arc<BucketStore>, input: CopyObjectInput) -> S3Result<CopyObjectOutput> {
    let condition = ReadCondition {
        matches: input.copy_source_if_match,
        differs: input.copy_source_if_none_match,
        modified_since: input.copy_source_if_modified_since,
        unmodified_since: input.copy_source_if_unmodified_since,
    };
    let (file, mut footer, copy_source_version_id) = copy_source(store, input.copy_source, condition)?;
    if footer.size > LARGEST_COPY {
        let text = format!(
            "The specified copy source is larger than the maximum allowable size for a copy source: {LARGEST_COPY}"
        );
        return Err(s3_error!(InvalidRequest, "{text}"));
    }
    if input.metadata_directive.is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE) {
        footer.headers = Headers {
            content_type: input.content_type,
            content_encoding: input.content_encoding,
            metadata: input.metadata.into_iter().flatten().collect(),
        };
    }
    footer.modified = now();
    footer.version = new_version();
    let version_id = store.shown_version(&input.bucket, &footer);
    let store = Arc::clone(store);
    let footer = blocking(move || {
        write_copy(&store, file, &footer, (&input.bucket, &input.key))?;
        Ok(footer)
    });
    let footer = footer.await?;
    let result = CopyObjectResult {
        e_tag: Some(strong(&footer.etag)),
        last_modified: Some(time(footer.modified)),
        ..Default::default()
    };
    let copy_object_result = Some(result);
    Ok(CopyObjectOutput { copy_object_result, version_id, copy_source_version_id, ..Default::default() })
}

fn write_copy(store: &BucketStore, source: File, footer: &Footer, target: (&str, &str)) -> S3Result<()> {
    let staged = store.stage();
    let mut file = File::create(staged.path()).map_err(fault::of_file)?;
    std::io::copy(&mut source.take(footer.size), &mut file).map_err(fault::of_file)?;
    seal(&mut file, footer).map_err(fault::of_file)?;
    Ok(store.commit(staged, target, footer, &Condition::default(), EventReason::Copy)?)
}

pub(super) fn delete(store: &BucketStore, input: &DeleteObjectInput) -> S3Result<DeleteObjectOutput> {
    let deletion = store.delete(&input.bucket, &input.key, input.version_id.as_deref())?;
    let delete_marker = deletion.is_marker.then_some(true);
    Ok(DeleteObjectOutput { delete_marker, version_id: deletion.version, ..Default::default() })
}

/// Deletes one after the other; what fails is named and stops nothing (S3 API reference, "DeleteObjects").
pub(super) fn delete_many(store: &BucketStore, input: DeleteObjectsInput) -> S3Result<DeleteObjectsOutput> {
    store.bucket(&input.bucket)?;
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for ObjectIdentifier { key, version_id, .. } in input.delete.objects {
        match store.delete(&input.bucket, &key, version_id.as_deref()) {
            Ok(deletion) => deleted.push(deleted_object(key, version_id, deletion)),
            Err(error) => {
                let error = S3Error::from(error);
                let (code, message) = (error.code().as_str().to_owned(), error.message().map(str::to_owned));
                errors.push(Error { code: Some(code), key: Some(key), message, version_id });
            }
        }
    }
    let deleted = (input.delete.quiet != Some(true)).then_some(deleted);
    let errors = (!errors.is_empty()).then_some(errors);
    Ok(DeleteObjectsOutput { deleted, errors, ..Default::default() })
}

fn deleted_object(key: String, version_id: Option<String>, deletion: Deletion) -> DeletedObject {
    let Deletion { version, is_marker } = deletion;
    DeletedObject {
        key: Some(key),
        version_id,
        delete_marker: is_marker.then_some(true),
        delete_marker_version_id: version.filter(|_| is_marker),
    }
}

fn read_stream(file: Take<tokio::fs::File>) -> impl Stream<Item = std::io::Result<Bytes>> + Send + Sync {
    futures::stream::try_unfold(file, |mut file| async move {
        let left = usize::try_from(file.limit()).unwrap_or(usize::MAX);
        let mut buffer = BytesMut::with_capacity(left.min(READ_BUFFER));
        let read = if left == 0 { 0 } else { file.read_buf(&mut buffer).await? };
        Ok((read > 0).then(|| (buffer.freeze(), file)))
    })
}
