//! The S3 operations, over the [`BucketStore`].

use std::io::{Seek, SeekFrom};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use futures::Stream;
use s3s::dto::*;
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};
use tokio::io::{AsyncReadExt, Take};

use crate::error::BucketStoreError;
use crate::event::EventReason;
use crate::fault;
use crate::list::{self, Listed, Query};
use crate::multipart::MultipartUpload;
use crate::object::{Footer, Headers, new_version, seal};
use crate::receive::{Announced, now, receive};
use crate::store::{BucketStore, Condition};

/// What is read from disk and sent at a time.
const READ_BUFFER: usize = 256 * 1024;

/// A list has at most this many names (S3 API reference, ListObjectsV2).
const MAX_KEYS: i32 = 1000;

/// The service. What is not here is answered with NotImplemented.
pub(crate) struct BucketService(pub(crate) Arc<BucketStore>);

impl From<BucketStoreError> for S3Error {
    fn from(error: BucketStoreError) -> Self {
        let message = error.to_string();
        match error {
            BucketStoreError::NoSuchBucket(_) => s3_error!(NoSuchBucket, "{message}"),
            BucketStoreError::NoSuchKey(_) => s3_error!(NoSuchKey, "{message}"),
            BucketStoreError::NoSuchVersion { .. } => s3_error!(NoSuchVersion, "{message}"),
            BucketStoreError::PreconditionFailed(_) => s3_error!(PreconditionFailed, "{message}"),
            BucketStoreError::Io { source, .. } => fault::of_file(source),
        }
    }
}

/// Runs what reads many files where it blocks nobody.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> S3Result<T> + Send + 'static) -> S3Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(S3Error::internal_error)?
}

fn time(milliseconds: u64) -> Timestamp {
    Timestamp::from(SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds))
}

fn strong(etag: &str) -> ETag {
    ETag::Strong(etag.to_owned())
}

/// What a condition names: an entity tag, or `*`.
fn etag_of(condition: ETagCondition) -> String {
    match condition {
        ETagCondition::Any => "*".to_owned(),
        ETagCondition::ETag(etag) => etag.into_value(),
    }
}

fn signed(size: u64) -> Option<i64> {
    i64::try_from(size).ok()
}

/// The conditions of a write. S3 knows no other `If-None-Match` than `*` there, no `If-Match: *`, and not both.
fn condition(if_match: Option<ETagCondition>, if_none_match: Option<ETagCondition>) -> S3Result<Condition> {
    let unknown =
        || s3_error!(NotImplemented, "A header you provided implies functionality that is not implemented");
    match (if_match, if_none_match) {
        (None, None) => Ok(Condition::default()),
        (Some(ETagCondition::ETag(etag)), None) => {
            Ok(Condition { etag: Some(etag.into_value()), ..Condition::default() })
        }
        (None, Some(ETagCondition::Any)) => Ok(Condition { absent: true, ..Condition::default() }),
        _ => Err(unknown()),
    }
}

/// The conditions of a read (S3 API reference, GetObject).
fn check_read(
    footer: &Footer,
    matches: Option<ETagCondition>,
    differs: Option<ETagCondition>,
) -> S3Result<()> {
    let is = |condition: ETagCondition| {
        let etag = etag_of(condition);
        etag == "*" || etag == footer.etag
    };
    if matches.is_some_and(|condition| !is(condition)) {
        return Err(s3_error!(PreconditionFailed, "the object's entity tag is now {:?}", footer.etag));
    }
    if differs.is_some_and(is) {
        return Err(s3_error!(NotModified));
    }
    Ok(())
}

fn read_stream(file: Take<tokio::fs::File>) -> impl Stream<Item = std::io::Result<Bytes>> + Send + Sync {
    futures::stream::try_unfold(file, |mut file| async move {
        let left = usize::try_from(file.limit()).unwrap_or(usize::MAX);
        let mut buffer = BytesMut::with_capacity(left.min(READ_BUFFER));
        let read = if left == 0 { 0 } else { file.read_buf(&mut buffer).await? };
        Ok((read > 0).then(|| (buffer.freeze(), file)))
    })
}

#[async_trait::async_trait]
impl S3 for BucketService {
    async fn list_buckets(&self, _: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
        let bucket = |(name, created): (String, SystemTime)| Bucket {
            name: Some(name),
            creation_date: Some(Timestamp::from(created)),
            ..Bucket::default()
        };
        let buckets = self.0.buckets().map_err(fault::of_file)?.into_iter().map(bucket).collect();
        Ok(S3Response::new(ListBucketsOutput { buckets: Some(buckets), ..Default::default() }))
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.0.bucket(&request.input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput {
            bucket_region: Some(self.0.region().to_owned()),
            ..Default::default()
        }))
    }

    async fn get_bucket_location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        self.0.bucket(&request.input.bucket)?;
        // us-east-1 is the absence of a location.
        Ok(S3Response::new(GetBucketLocationOutput::default()))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let version = input.version_id.as_deref();
        let (mut file, footer) = self.0.open_version(&input.bucket, &input.key, version)?;
        check_read(&footer, input.if_match, input.if_none_match)?;
        let version_id = self.0.shown_version(&input.bucket, &footer);
        let bytes = match input.range {
            Some(range) => range.check(footer.size)?,
            None => 0..footer.size,
        };
        let content_range =
            input.range.map(|_| format!("bytes {}-{}/{}", bytes.start, bytes.end - 1, footer.size));
        file.seek(SeekFrom::Start(bytes.start)).map_err(fault::of_file)?;
        let length = bytes.end - bytes.start;
        let body = read_stream(tokio::fs::File::from_std(file).take(length));
        Ok(S3Response::new(GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            body: Some(StreamingBlob::wrap(body)),
            content_length: signed(length),
            content_range,
            content_type: footer.headers.content_type,
            content_encoding: footer.headers.content_encoding,
            e_tag: Some(ETag::Strong(footer.etag)),
            last_modified: Some(time(footer.modified)),
            metadata: Some(footer.headers.metadata.into_iter().collect()),
            version_id,
            ..Default::default()
        }))
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = request.input;
        let version = input.version_id.as_deref();
        let (_, footer) = self.0.open_version(&input.bucket, &input.key, version)?;
        check_read(&footer, input.if_match, input.if_none_match)?;
        let version_id = self.0.shown_version(&input.bucket, &footer);
        Ok(S3Response::new(HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: signed(footer.size),
            content_type: footer.headers.content_type,
            content_encoding: footer.headers.content_encoding,
            e_tag: Some(ETag::Strong(footer.etag)),
            last_modified: Some(time(footer.modified)),
            metadata: Some(footer.headers.metadata.into_iter().collect()),
            version_id,
            ..Default::default()
        }))
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let input = request.input;
        self.0.bucket(&input.bucket)?;
        let condition = condition(input.if_match, input.if_none_match)?;
        let kept = Headers {
            content_type: input.content_type,
            content_encoding: input.content_encoding,
            metadata: input.metadata.into_iter().flatten().collect(),
        };
        let announced = Announced { headers: &request.headers, extensions: &request.extensions, kept };
        let (staged, footer) = receive(&self.0, input.body, announced).await?;
        self.0.commit(staged, (&input.bucket, &input.key), &footer, &condition, EventReason::Put)?;
        let version_id = self.0.shown_version(&input.bucket, &footer);
        let e_tag = Some(ETag::Strong(footer.etag));
        Ok(S3Response::new(PutObjectOutput { e_tag, version_id, ..Default::default() }))
    }

    async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        let input = request.input;
        let CopySource::Bucket { bucket, key, version_id } = input.copy_source else {
            return Err(s3_error!(NotImplemented, "the source of a copy is a bucket and a key here"));
        };
        let (file, mut footer) = self.0.open_version(&bucket, &key, version_id.as_deref())?;
        let copy_source_version_id = self.0.shown_version(&bucket, &footer);
        check_read(&footer, input.copy_source_if_match, input.copy_source_if_none_match)?;
        if input.metadata_directive.is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE)
        {
            footer.headers = Headers {
                content_type: input.content_type,
                content_encoding: input.content_encoding,
                metadata: input.metadata.into_iter().flatten().collect(),
            };
        }
        footer.modified = now();
        footer.version = new_version();
        let version_id = self.0.shown_version(&input.bucket, &footer);
        let store = Arc::clone(&self.0);
        let footer = blocking(move || {
            copy(&store, file, &footer, (&input.bucket, &input.key))?;
            Ok(footer)
        });
        let footer = footer.await?;
        let result = CopyObjectResult {
            e_tag: Some(strong(&footer.etag)),
            last_modified: Some(time(footer.modified)),
            ..Default::default()
        };
        Ok(S3Response::new(CopyObjectOutput {
            copy_object_result: Some(result),
            version_id,
            copy_source_version_id,
            ..Default::default()
        }))
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let DeleteObjectInput { bucket, key, version_id, .. } = request.input;
        self.0.delete(&bucket, &key, version_id.as_deref())?;
        Ok(S3Response::new(DeleteObjectOutput { version_id, ..Default::default() }))
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let DeleteObjectsInput { bucket, delete, .. } = request.input;
        let mut deleted = Vec::new();
        for object in delete.objects {
            let ObjectIdentifier { key, version_id, .. } = object;
            self.0.delete(&bucket, &key, version_id.as_deref())?;
            deleted.push(DeletedObject { key: Some(key), version_id, ..Default::default() });
        }
        let deleted = (delete.quiet != Some(true)).then_some(deleted);
        Ok(S3Response::new(DeleteObjectsOutput { deleted, ..Default::default() }))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        let query = Query {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter.clone(),
            after: input.continuation_token.clone().or_else(|| input.start_after.clone()).unwrap_or_default(),
            limit: limit(input.max_keys)?,
        };
        let (contents, listed) = self.listed(input.bucket.clone(), query).await?;
        Ok(S3Response::new(ListObjectsV2Output {
            key_count: i32::try_from(contents.len() + listed.prefixes.len()).ok(),
            contents: Some(contents),
            common_prefixes: Some(common_prefixes(listed.prefixes)),
            is_truncated: Some(listed.next.is_some()),
            next_continuation_token: listed.next,
            name: Some(input.bucket),
            prefix: Some(input.prefix.unwrap_or_default()),
            delimiter: input.delimiter,
            max_keys: Some(input.max_keys.unwrap_or(MAX_KEYS)),
            continuation_token: input.continuation_token,
            start_after: input.start_after,
            ..Default::default()
        }))
    }

    async fn list_objects(
        &self,
        request: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        let input = request.input;
        let query = Query {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter.clone(),
            after: input.marker.clone().unwrap_or_default(),
            limit: limit(input.max_keys)?,
        };
        let (contents, listed) = self.listed(input.bucket.clone(), query).await?;
        Ok(S3Response::new(ListObjectsOutput {
            contents: Some(contents),
            common_prefixes: Some(common_prefixes(listed.prefixes)),
            is_truncated: Some(listed.next.is_some()),
            next_marker: listed.next,
            name: Some(input.bucket),
            prefix: Some(input.prefix.unwrap_or_default()),
            delimiter: input.delimiter,
            max_keys: Some(input.max_keys.unwrap_or(MAX_KEYS)),
            marker: input.marker,
            ..Default::default()
        }))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let input = request.input;
        self.0.bucket(&input.bucket)?;
        let headers = Headers {
            content_type: input.content_type,
            content_encoding: input.content_encoding,
            metadata: input.metadata.into_iter().flatten().collect(),
        };
        let id =
            MultipartUpload::create(&self.0, (&input.bucket, &input.key), headers).map_err(fault::of_file)?;
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id.to_string()),
            ..Default::default()
        }))
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let input = request.input;
        let upload = MultipartUpload::find(&self.0, &input.upload_id, (&input.bucket, &input.key))?;
        let kept = Headers::default();
        let announced = Announced { headers: &request.headers, extensions: &request.extensions, kept };
        let (staged, footer) = receive(&self.0, input.body, announced).await?;
        upload.put_part(input.part_number, &staged)?;
        Ok(S3Response::new(UploadPartOutput { e_tag: Some(ETag::Strong(footer.etag)), ..Default::default() }))
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        let input = request.input;
        let upload = MultipartUpload::find(&self.0, &input.upload_id, (&input.bucket, &input.key))?;
        let part = |(number, footer): (i32, Footer)| Part {
            part_number: Some(number),
            e_tag: Some(strong(&footer.etag)),
            size: signed(footer.size),
            last_modified: Some(time(footer.modified)),
            ..Default::default()
        };
        let parts = upload.parts().map_err(fault::of_file)?.into_iter().map(part).collect();
        Ok(S3Response::new(ListPartsOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            parts: Some(parts),
            is_truncated: Some(false),
            ..Default::default()
        }))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = request.input;
        let upload = MultipartUpload::find(&self.0, &input.upload_id, (&input.bucket, &input.key))?;
        let condition = condition(input.if_match, input.if_none_match)?;
        let parts = completed_parts(input.multipart_upload)?;
        let (store, bucket, key) = (Arc::clone(&self.0), input.bucket.clone(), input.key.clone());
        let footer = blocking(move || {
            let staged = store.stage();
            let footer = upload.join(&parts, &staged)?;
            store.commit(staged, (&bucket, &key), &footer, &condition, EventReason::Multipart)?;
            upload.remove()?;
            Ok(footer)
        });
        let footer = footer.await?;
        let version_id = self.0.shown_version(&input.bucket, &footer);
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            version_id,
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(ETag::Strong(footer.etag)),
            ..Default::default()
        }))
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let input = request.input;
        MultipartUpload::find(&self.0, &input.upload_id, (&input.bucket, &input.key))?.remove()?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}

impl BucketService {
    /// A part of a bucket, with what a listing says about each object.
    async fn listed(&self, bucket: String, query: Query) -> S3Result<(Vec<Object>, Listed)> {
        let store = Arc::clone(&self.0);
        let listed = blocking(move || {
            let listed = list::list(&store.bucket(&bucket)?, &query).map_err(fault::of_file)?;
            // An object deleted meanwhile is left out.
            let found = |key: &String| Some(object(key, &store.open_object(&bucket, key).ok()?.1));
            Ok((listed.keys.iter().filter_map(found).collect(), listed))
        });
        listed.await
    }
}

fn object(key: &str, footer: &Footer) -> Object {
    Object {
        key: Some(key.to_owned()),
        e_tag: Some(strong(&footer.etag)),
        size: signed(footer.size),
        last_modified: Some(time(footer.modified)),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        ..Default::default()
    }
}

fn common_prefixes(prefixes: Vec<String>) -> Vec<CommonPrefix> {
    prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(prefix) }).collect()
}

fn limit(max_keys: Option<i32>) -> S3Result<usize> {
    let limit = max_keys.unwrap_or(MAX_KEYS).min(MAX_KEYS);
    usize::try_from(limit).map_err(|_| s3_error!(InvalidArgument, "max-keys is negative"))
}

fn copy(store: &BucketStore, source: std::fs::File, footer: &Footer, target: (&str, &str)) -> S3Result<()> {
    let staged = store.stage();
    let mut file = std::fs::File::create(staged.path()).map_err(fault::of_file)?;
    let mut content = std::io::Read::take(source, footer.size);
    std::io::copy(&mut content, &mut file).map_err(fault::of_file)?;
    seal(&mut file, footer).map_err(fault::of_file)?;
    Ok(store.commit(staged, target, footer, &Condition::default(), EventReason::Copy)?)
}

fn completed_parts(upload: Option<CompletedMultipartUpload>) -> S3Result<Vec<(i32, String)>> {
    let part = |part: CompletedPart| Some((part.part_number?, part.e_tag?.into_value()));
    let parts: Option<Vec<_>> =
        upload.and_then(|upload| upload.parts).into_iter().flatten().map(part).collect();
    match parts {
        Some(parts) if !parts.is_empty() => Ok(parts),
        _ => {
            Err(s3_error!(MalformedXML, "a part needs a number and an entity tag, and there is at least one"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AWS captures, row 28 of what AWS was recorded doing.
    #[test]
    fn a_write_takes_one_condition_and_an_entity_tag_or_a_star_where_s3_does() {
        let etag = || Some(ETagCondition::ETag(ETag::Strong("a".to_owned())));
        let any = || Some(ETagCondition::Any);
        for (matches, none_matches) in [(any(), None), (etag(), any()), (any(), any()), (None, etag())] {
            let refused = condition(matches, none_matches).unwrap_err();
            assert_eq!(*refused.code(), s3s::S3ErrorCode::NotImplemented);
            assert_eq!(refused.code().status_code().map(|status| status.as_u16()), Some(501));
        }
        assert!(condition(None, None).is_ok_and(|condition| !condition.absent && condition.etag.is_none()));
        assert!(condition(etag(), None).is_ok_and(|condition| condition.etag.as_deref() == Some("a")));
        assert!(condition(None, any()).is_ok_and(|condition| condition.absent));
    }
}
