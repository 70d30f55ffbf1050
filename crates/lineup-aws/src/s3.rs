//! S3 as an [`ObjectStore`], over the SDK.

use std::ops::Range;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use lineup_contracts::Source;

use crate::error::CallFailure;
use crate::object_store::{
    Head, ListPage, ObjectStore, PendingUpload, Pieces, PutCondition, StoreError, WholeObject,
};

/// S3 over a client of [`crate::client::s3`], with the SDK's retries.
///
/// Without the permission `s3:ListBucket`, S3 answers 403 for an object that does not exist (S3
/// API reference, "HeadObject"). The role needs it to distinguish the two cases.
impl ObjectStore for Client {
    fn head_object<'a>(&'a self, source: &'a Source) -> BoxFuture<'a, Result<Head, StoreError>> {
        let request = Client::head_object(self)
            .bucket(&source.bucket)
            .key(&source.key)
            .set_version_id(source.version_id.clone())
            .if_match(quoted(&source.etag));
        Box::pin(async move {
            let head = request.send().await.map_err(|error| of_version(CallFailure::of(error)))?;
            Ok(head.into())
        })
    }

    fn get_range<'a>(
        &'a self,
        source: &'a Source,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Pieces, StoreError>> {
        let request = Client::get_object(self)
            .bucket(&source.bucket)
            .key(&source.key)
            .set_version_id(source.version_id.clone())
            .if_match(quoted(&source.etag))
            .range(format!("bytes={}-{}", range.start, range.end.saturating_sub(1)));
        Box::pin(async move {
            let answer = request.send().await.map_err(|error| of_version(CallFailure::of(error)))?;
            if range.start > 0 && answer.content_range().is_none() {
                let cause = format!("the endpoint ignores Range, from byte {}", range.start);
                return Err(StoreError::InvalidRequest(cause.into()));
            }
            Ok(pieces(answer.body))
        })
    }

    fn get_object<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<WholeObject, StoreError>> {
        let request = Client::get_object(self).bucket(bucket).key(key);
        Box::pin(async move {
            let answer = request.send().await.map_err(CallFailure::of)?;
            let body = answer.body.collect().await.map_err(|error| StoreError::Unavailable(error.into()))?;
            Ok(WholeObject { body: body.into_bytes(), etag: unquoted(answer.e_tag.unwrap_or_default()) })
        })
    }

    fn put_object<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        content_type: &'a str,
        body: Bytes,
        condition: PutCondition<'a>,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        let request = Client::put_object(self)
            .bucket(bucket)
            .key(key)
            .content_type(content_type)
            .body(ByteStream::from(body));
        let request = on_condition(request, condition);
        Box::pin(async move {
            let written = request.send().await.map_err(CallFailure::of)?;
            Ok(unquoted(written.e_tag.unwrap_or_default()))
        })
    }

    fn head_latest<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<Head, StoreError>> {
        let request = Client::head_object(self).bucket(bucket).key(key);
        Box::pin(async move { Ok(request.send().await.map_err(CallFailure::of)?.into()) })
    }

    fn create_upload<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        content_type: &'a str,
    ) -> BoxFuture<'a, Result<PendingUpload, StoreError>> {
        let request = self.create_multipart_upload().bucket(bucket).key(key).content_type(content_type);
        Box::pin(async move {
            let created = request.send().await.map_err(CallFailure::of)?;
            let id = created.upload_id.ok_or_else(|| StoreError::Unavailable("no upload id".into()))?;
            Ok(PendingUpload { bucket: bucket.to_owned(), key: key.to_owned(), id })
        })
    }

    fn put_part<'a>(
        &'a self,
        upload: &'a PendingUpload,
        number: u32,
        body: Bytes,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        let request = self.upload_part().bucket(&upload.bucket).key(&upload.key).upload_id(&upload.id);
        let request = request.part_number(number.cast_signed()).body(ByteStream::from(body));
        Box::pin(async move {
            let written = request.send().await.map_err(CallFailure::of)?;
            Ok(unquoted(written.e_tag.unwrap_or_default()))
        })
    }

    fn complete_upload<'a>(
        &'a self,
        upload: &'a PendingUpload,
        parts: &'a [String],
        condition: PutCondition<'a>,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        let request = self.complete_multipart_upload().bucket(&upload.bucket).key(&upload.key);
        let request = request.upload_id(&upload.id).multipart_upload(completed(parts));
        let request = match condition {
            PutCondition::Always => request,
            PutCondition::IfAbsent => request.if_none_match("*"),
            PutCondition::IfMatch(etag) => request.if_match(quoted(etag)),
        };
        Box::pin(async move {
            let written = request.send().await.map_err(CallFailure::of)?;
            Ok(unquoted(written.e_tag.unwrap_or_default()))
        })
    }

    fn abort_upload<'a>(&'a self, upload: &'a PendingUpload) -> BoxFuture<'a, Result<(), StoreError>> {
        let request = self.abort_multipart_upload().bucket(&upload.bucket).key(&upload.key);
        let request = request.upload_id(&upload.id);
        Box::pin(async move {
            request.send().await.map_err(CallFailure::of)?;
            Ok(())
        })
    }

    fn list_objects<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        delimiter: Option<&'a str>,
    ) -> BoxStream<'a, Result<ListPage, StoreError>> {
        let request = self.list_objects_v2().bucket(bucket).prefix(prefix);
        let pages = request.set_delimiter(delimiter.map(str::to_owned)).into_paginator().send();
        let pages = stream::unfold(pages, async |mut pages| {
            let page = pages.next().await?;
            Some((page.map(ListPage::from).map_err(|error| CallFailure::of(error).into()), pages))
        });
        pages.boxed()
    }

    fn delete_object<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        let request = Client::delete_object(self).bucket(bucket).key(key);
        Box::pin(async move {
            request.send().await.map_err(CallFailure::of)?;
            Ok(())
        })
    }
}

impl From<HeadObjectOutput> for Head {
    fn from(head: HeadObjectOutput) -> Self {
        Self {
            size: head.content_length().and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
            etag: unquoted(head.e_tag.unwrap_or_default()),
            metadata: head.metadata.unwrap_or_default(),
        }
    }
}

impl From<ListObjectsV2Output> for ListPage {
    fn from(page: ListObjectsV2Output) -> Self {
        let (objects, folders) =
            (page.contents.unwrap_or_default(), page.common_prefixes.unwrap_or_default());
        Self {
            keys: objects.into_iter().filter_map(|object| object.key).collect(),
            folders: folders.into_iter().filter_map(|folder| folder.prefix).collect(),
        }
    }
}

/// The parts with these entity tags, numbered from 1.
fn completed(parts: &[String]) -> CompletedMultipartUpload {
    let part = |(number, etag): (i32, &String)| {
        CompletedPart::builder().part_number(number).e_tag(quoted(etag)).build()
    };
    CompletedMultipartUpload::builder().set_parts(Some((1..).zip(parts).map(part).collect())).build()
}

fn on_condition(request: PutObjectFluentBuilder, condition: PutCondition<'_>) -> PutObjectFluentBuilder {
    match condition {
        PutCondition::Always => request,
        PutCondition::IfAbsent => request.if_none_match("*"),
        PutCondition::IfMatch(etag) => request.if_match(quoted(etag)),
    }
}

/// The body without a copy, in the pieces of the connection.
fn pieces(body: ByteStream) -> Pieces {
    let mut body = Box::pin(body);
    let next = stream::poll_fn(move |context| body.as_mut().poll_next(context));
    next.map(|piece| piece.map_err(|error| StoreError::Unavailable(error.into()))).boxed()
}

/// The error of a request for a version. 405 means that the version is a delete marker (S3 API reference,
/// "GetObject").
fn of_version(failure: CallFailure) -> StoreError {
    match failure.status {
        Some(405) => StoreError::NotFound(failure.cause),
        _ => failure.into(),
    }
}

/// An entity tag as HTTP writes it (RFC 9110, section 8.8.3); events carry it without quotes.
fn quoted(etag: &str) -> String {
    format!("\"{}\"", etag.trim_matches('"'))
}

fn unquoted(etag: String) -> String {
    etag.trim_matches('"').to_owned()
}
