//! The S3 operations, over the [`BucketStore`]: which call is answered where.

mod answer;
mod buckets;
mod conditions;
mod listings;
mod objects;
mod parts;

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use s3s::dto::*;
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};

use answer::time;

use crate::error::BucketStoreError;
use crate::fault;
use crate::store::BucketStore;

/// The service. What is not here is answered with NotImplemented.
pub(crate) struct BucketService(pub(crate) Arc<BucketStore>);

impl From<BucketStoreError> for S3Error {
    fn from(error: BucketStoreError) -> Self {
        let message = error.to_string();
        match error {
            BucketStoreError::NoSuchBucket(_) => s3_error!(NoSuchBucket, "{message}"),
            BucketStoreError::BucketNotEmpty(_) => s3_error!(BucketNotEmpty, "{message}"),
            BucketStoreError::NoSuchKey(_) => s3_error!(NoSuchKey, "{message}"),
            BucketStoreError::NoSuchVersion { .. } => s3_error!(NoSuchVersion, "{message}"),
            BucketStoreError::Deleted { version, .. } => {
                of_marker(s3_error!(NoSuchKey, "{message}"), &version, None)
            }
            BucketStoreError::DeleteMarker { version, modified, .. } => {
                of_marker(s3_error!(MethodNotAllowed, "{message}"), &version, Some(modified))
            }
            BucketStoreError::PreconditionFailed(_) => s3_error!(PreconditionFailed, "{message}"),
            BucketStoreError::Io { source, .. } => fault::of_file(source),
        }
    }
}

/// Says in the headers that a delete marker is the reason (S3 guide, "Working with delete markers").
fn of_marker(mut error: S3Error, version: &str, modified: Option<u64>) -> S3Error {
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static("x-amz-delete-marker"), HeaderValue::from_static("true"));
    if let Ok(version) = HeaderValue::from_str(version) {
        headers.insert(HeaderName::from_static("x-amz-version-id"), version);
    }
    let mut text = Vec::new();
    let written = modified.is_some_and(|at| time(at).format(TimestampFormat::HttpDate, &mut text).is_ok());
    if let Ok(text) = HeaderValue::from_bytes(&text)
        && written
    {
        headers.insert(axum::http::header::LAST_MODIFIED, text);
    }
    error.set_headers(headers);
    error
}

#[async_trait::async_trait]
impl S3 for BucketService {
    async fn list_buckets(
        &self,
        request: S3Request<ListBucketsInput>,
    ) -> S3Result<S3Response<ListBucketsOutput>> {
        Ok(S3Response::new(buckets::list(&self.0, request.input)?))
    }

    async fn create_bucket(
        &self,
        request: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        Ok(S3Response::new(buckets::create(&self.0, &request.input)?))
    }

    async fn delete_bucket(
        &self,
        request: S3Request<DeleteBucketInput>,
    ) -> S3Result<S3Response<DeleteBucketOutput>> {
        self.0.delete_bucket(&request.input.bucket)?;
        Ok(S3Response::new(DeleteBucketOutput::default()))
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        Ok(S3Response::new(buckets::head(&self.0, &request.input)?))
    }

    async fn get_bucket_location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        Ok(S3Response::new(buckets::location(&self.0, &request.input)?))
    }

    async fn get_bucket_versioning(
        &self,
        request: S3Request<GetBucketVersioningInput>,
    ) -> S3Result<S3Response<GetBucketVersioningOutput>> {
        Ok(S3Response::new(buckets::versioning(&self.0, &request.input)?))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        Ok(S3Response::new(objects::get(&self.0, request.input)?))
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        Ok(S3Response::new(objects::head(&self.0, request.input)?))
    }

    async fn get_object_tagging(
        &self,
        request: S3Request<GetObjectTaggingInput>,
    ) -> S3Result<S3Response<GetObjectTaggingOutput>> {
        Ok(S3Response::new(objects::tags(&self.0, &request.input)?))
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        Ok(S3Response::new(objects::put(&self.0, request).await?))
    }

    async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        Ok(S3Response::new(objects::copy(&self.0, request.input).await?))
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        Ok(S3Response::new(objects::delete(&self.0, &request.input)?))
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        Ok(S3Response::new(objects::delete_many(&self.0, request.input)?))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        Ok(S3Response::new(listings::objects_v2(&self.0, request.input).await?))
    }

    async fn list_objects(
        &self,
        request: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        Ok(S3Response::new(listings::objects(&self.0, request.input).await?))
    }

    async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        Ok(S3Response::new(listings::versions(&self.0, request.input).await?))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        Ok(S3Response::new(parts::create(&self.0, request.input)?))
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        Ok(S3Response::new(parts::put(&self.0, request).await?))
    }

    async fn upload_part_copy(
        &self,
        request: S3Request<UploadPartCopyInput>,
    ) -> S3Result<S3Response<UploadPartCopyOutput>> {
        Ok(S3Response::new(parts::copy(&self.0, request.input).await?))
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        Ok(S3Response::new(parts::list(&self.0, request.input)?))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        Ok(S3Response::new(parts::complete(&self.0, request.input).await?))
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        parts::abort(&self.0, &request.input)?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}
