//! Multipart uploads: of files, and of copies inside S3 (S3 guide, "Uploading and copying objects using multipart upload").

use anyhow::Context;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::create_multipart_upload::builders::CreateMultipartUploadFluentBuilder;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use futures::StreamExt;
use lineup_aws::error::CallFailure;

/// The most parts of an upload (S3 guide, "Amazon S3 multipart upload limits").
const MAX_PARTS: u64 = 10_000;
const PARTS_AT_A_TIME: usize = 4;

/// What was uploaded.
#[derive(Debug, Clone)]
pub(crate) struct Uploaded {
    /// Its key.
    pub key: String,
    /// Its entity tag, without quotes.
    pub etag: String,
    /// Its version; `None` if the bucket keeps none.
    pub version_id: Option<String>,
}

impl Uploaded {
    /// What S3 answered of the object `key`.
    pub(crate) fn of(key: &str, etag: &str, version_id: Option<String>) -> Self {
        Self { key: key.to_owned(), etag: etag.trim_matches('"').to_owned(), version_id }
    }
}

/// An upload in parts.
pub(crate) struct UploadInParts<'a> {
    s3: &'a Client,
    bucket: &'a str,
    key: &'a str,
    id: String,
}

/// A part of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// From 1.
    pub number: i32,
    /// Where it begins, in bytes.
    pub offset: u64,
    /// Its bytes.
    pub length: u64,
}

impl<'a> UploadInParts<'a> {
    /// Begins an upload. `create` says what the object is to have besides its bytes.
    pub(crate) async fn begin(
        s3: &'a Client,
        (bucket, key): (&'a str, &'a str),
        create: impl FnOnce(CreateMultipartUploadFluentBuilder) -> CreateMultipartUploadFluentBuilder,
    ) -> anyhow::Result<Self> {
        let created = create(s3.create_multipart_upload().bucket(bucket).key(key)).send().await;
        let created = created.map_err(|error| CallFailure::of(error).on("s3:CreateMultipartUpload", key))?;
        let id = created.upload_id.context("S3 gave no upload id")?;
        Ok(Self { s3, bucket, key, id })
    }

    /// Its id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Sends the parts, some at a time, and completes the upload. `send` returns the entity tag of a part; `sent` is told the bytes of all
    /// parts that are sent.
    pub(crate) async fn send<F: Future<Output = anyhow::Result<Option<String>>>>(
        self,
        parts: Vec<Part>,
        send: impl Fn(Part) -> F,
        sent: impl Fn(u64),
    ) -> anyhow::Result<Uploaded> {
        let done = self.send_and_complete(parts, send, sent).await;
        if done.is_err() {
            // Parts of an upload that is not completed cost money until they are removed.
            let abort = self.s3.abort_multipart_upload().bucket(self.bucket).key(self.key);
            let _ = abort.upload_id(&self.id).send().await;
        }
        done
    }

    async fn send_and_complete<F: Future<Output = anyhow::Result<Option<String>>>>(
        &self,
        parts: Vec<Part>,
        send: impl Fn(Part) -> F,
        sent: impl Fn(u64),
    ) -> anyhow::Result<Uploaded> {
        let sending = parts.into_iter().map(|part| {
            let sending = send(part);
            async move { anyhow::Ok((part, sending.await?)) }
        });
        let mut sending = futures::stream::iter(sending).buffered(PARTS_AT_A_TIME);
        let mut completed = Vec::new();
        while let Some(part) = sending.next().await {
            let (part, etag) = part?;
            completed.push(CompletedPart::builder().part_number(part.number).set_e_tag(etag).build());
            sent(part.offset + part.length);
        }
        let parts = CompletedMultipartUpload::builder().set_parts(Some(completed)).build();
        let complete = self.s3.complete_multipart_upload().bucket(self.bucket).key(self.key);
        let completed = complete.upload_id(&self.id).multipart_upload(parts).send().await;
        let completed =
            completed.map_err(|error| CallFailure::of(error).on("s3:CompleteMultipartUpload", self.key))?;
        Ok(Uploaded::of(self.key, &completed.e_tag.unwrap_or_default(), completed.version_id))
    }
}

/// The parts of an object of `size` bytes: of `usual` bytes each, or of more if there would be more than [`MAX_PARTS`].
pub(crate) fn parts(size: u64, usual: u64) -> Vec<Part> {
    let length = usual.max(size.div_ceil(MAX_PARTS));
    let offsets = (0..size.div_ceil(length)).map(|part| part * length);
    (1..)
        .zip(offsets)
        .map(|(number, offset)| Part { number, offset, length: length.min(size - offset) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_all_of_the_object_and_never_more_than_s3_takes() {
        const MIB: u64 = 1 << 20;
        for (size, usual, count, last) in [
            (1, 16 * MIB, 1, 1),
            (32 * MIB, 16 * MIB, 2, 16 * MIB),
            (32 * MIB + 1, 16 * MIB, 3, 1),
            (10_000 * 16 * MIB, 16 * MIB, 10_000, 16 * MIB),
            // 48.8 TiB, the largest object.
            (50_000_000 * MIB, 16 * MIB, 10_000, 5_000 * MIB),
        ] {
            let parts = parts(size, usual);
            assert_eq!((parts.len(), parts.last().unwrap().length), (count, last), "{size}");
            let ends = parts.iter().map(|part| part.offset + part.length);
            assert!(parts.iter().skip(1).map(|part| part.offset).eq(ends.take(count - 1)), "{size}");
            assert_eq!(parts.iter().map(|part| part.length).sum::<u64>(), size);
        }
    }
}
