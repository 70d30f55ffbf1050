//! Uploads in parts.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range as ByteRange;
use std::sync::Arc;

use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

use super::answer::{blocking, signed, strong, time};
use super::conditions::{self, ReadCondition};
use super::objects;
use crate::event::EventReason;
use crate::fault;
use crate::multipart::MultipartUpload;
use crate::object::{Footer, Headers, now, seal};
use crate::receive::{Announced, hex, receive};
use crate::staged::Staged;
use crate::store::BucketStore;

/// The largest part (S3 guide, "Amazon S3 multipart upload limits").
const LARGEST_PART: u64 = 5 << 30;
/// What is copied at a time.
const COPY_BUFFER: usize = 1 << 20;

pub(super) fn create(
    store: &BucketStore,
    input: CreateMultipartUploadInput,
) -> S3Result<CreateMultipartUploadOutput> {
    store.bucket(&input.bucket)?;
    let headers = Headers {
        content_type: input.content_type,
        content_encoding: input.content_encoding,
        metadata: input.metadata.into_iter().flatten().collect(),
    };
    let id = MultipartUpload::create(store, (&input.bucket, &input.key), headers).map_err(fault::of_file)?;
    Ok(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id.to_string()),
        ..Default::default()
    })
}

pub(super) async fn put(
    store: &BucketStore,
    request: S3Request<UploadPartInput>,
) -> S3Result<UploadPartOutput> {
    let input = request.input;
    let upload = MultipartUpload::find(store, &input.upload_id, (&input.bucket, &input.key))?;
    let kept = Headers::default();
    let announced = Announced { headers: &request.headers, extensions: &request.extensions, kept };
    let (staged, footer) = receive(store, input.body, announced).await?;
    upload.put_part(input.part_number, &staged)?;
    Ok(UploadPartOutput { e_tag: Some(ETag::Strong(footer.etag)), ..Default::default() })
}

/// A part whose bytes are those of an object, or a range of them (S3 API reference, "UploadPartCopy").
pub(super) async fn copy(
    store: &Arc<BucketStore>,
    input: UploadPartCopyInput,
) -> S3Result<UploadPartCopyOutput> {
    let upload = MultipartUpload::find(store, &input.upload_id, (&input.bucket, &input.key))?;
    let condition = ReadCondition {
        matches: input.copy_source_if_match,
        differs: input.copy_source_if_none_match,
        modified_since: input.copy_source_if_modified_since,
        unmodified_since: input.copy_source_if_unmodified_since,
    };
    let (file, footer, copy_source_version_id) = objects::copy_source(store, input.copy_source, condition)?;
    let bytes = match &input.copy_source_range {
        Some(range) => copied_range(range, footer.size)?,
        None => 0..footer.size,
    };
    if bytes.end - bytes.start > LARGEST_PART {
        return Err(s3_error!(
            InvalidRequest,
            "The specified copy source is larger than the maximum allowable size for a copy source: {LARGEST_PART}"
        ));
    }
    let store = Arc::clone(store);
    let footer = blocking(move || {
        let staged = store.stage();
        let footer = copy_bytes(file, bytes, &staged).map_err(fault::of_file)?;
        upload.put_part(input.part_number, &staged)?;
        Ok(footer)
    });
    let footer = footer.await?;
    let result = CopyPartResult {
        e_tag: Some(strong(&footer.etag)),
        last_modified: Some(time(footer.modified)),
        ..Default::default()
    };
    let copy_part_result = Some(result);
    Ok(UploadPartCopyOutput { copy_part_result, copy_source_version_id, ..Default::default() })
}

/// `bytes=first-last`, both inside the source.
fn copied_range(range: &str, size: u64) -> S3Result<ByteRange<u64>> {
    let ends = range.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let ends = ends.and_then(|(first, last)| Some((first.parse::<u64>().ok()?, last.parse::<u64>().ok()?)));
    match ends {
        Some((first, last)) if first <= last && last < size => Ok(first..last + 1),
        Some(_) => {
            Err(s3_error!(InvalidRange, "Range specified is not valid for source object of size: {size}"))
        }
        None => Err(s3_error!(
            InvalidArgument,
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the \
             zero-based offsets of the first and last bytes to copy"
        )),
    }
}

fn copy_bytes(mut file: File, bytes: ByteRange<u64>, staged: &Staged) -> io::Result<Footer> {
    file.seek(SeekFrom::Start(bytes.start))?;
    let size = bytes.end - bytes.start;
    let mut content = file.take(size);
    let mut target = File::create(staged.path())?;
    let (mut md5, mut buffer) = (Md5::new(), vec![0; COPY_BUFFER]);
    loop {
        let read = content.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        md5.update(&buffer[..read]);
        target.write_all(&buffer[..read])?;
    }
    let (etag, headers) = (hex(md5.finalize().as_ref()), Headers::default());
    let footer = Footer { etag, size, modified: now(), version: None, delete_marker: false, headers };
    seal(&mut target, &footer)?;
    Ok(footer)
}

pub(super) fn list(store: &BucketStore, input: ListPartsInput) -> S3Result<ListPartsOutput> {
    let upload = MultipartUpload::find(store, &input.upload_id, (&input.bucket, &input.key))?;
    let part = |(number, footer): (i32, Footer)| Part {
        part_number: Some(number),
        e_tag: Some(strong(&footer.etag)),
        size: signed(footer.size),
        last_modified: Some(time(footer.modified)),
        ..Default::default()
    };
    let parts = upload.parts().map_err(fault::of_file)?.into_iter().map(part).collect();
    Ok(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        parts: Some(parts),
        is_truncated: Some(false),
        ..Default::default()
    })
}

pub(super) async fn complete(
    store: &Arc<BucketStore>,
    input: CompleteMultipartUploadInput,
) -> S3Result<CompleteMultipartUploadOutput> {
    let upload = MultipartUpload::find(store, &input.upload_id, (&input.bucket, &input.key))?;
    let condition = conditions::of_write(input.if_match, input.if_none_match)?;
    let parts = completed_parts(input.multipart_upload)?;
    let (shared, bucket, key) = (Arc::clone(store), input.bucket.clone(), input.key.clone());
    let footer = blocking(move || {
        let staged = shared.stage();
        let footer = upload.join(&parts, &staged)?;
        shared.commit(staged, (&bucket, &key), &footer, &condition, EventReason::Multipart)?;
        upload.remove()?;
        Ok(footer)
    });
    let footer = footer.await?;
    let version_id = store.shown_version(&input.bucket, &footer);
    Ok(CompleteMultipartUploadOutput {
        version_id,
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: Some(ETag::Strong(footer.etag)),
        ..Default::default()
    })
}

pub(super) fn abort(store: &BucketStore, input: &AbortMultipartUploadInput) -> S3Result<()> {
    MultipartUpload::find(store, &input.upload_id, (&input.bucket, &input.key))?.remove()
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

    #[test]
    fn a_range_to_copy_has_both_ends_and_lies_in_the_source() {
        let code = |range: &str| copied_range(range, 10).map_err(|error| error.code().as_str().to_owned());
        assert_eq!(code("bytes=0-9"), Ok(0..10));
        assert_eq!(code("bytes=3-3"), Ok(3..4));
        for outside in ["bytes=0-10", "bytes=4-3"] {
            assert_eq!(code(outside), Err("InvalidRange".to_owned()), "{outside}");
        }
        for wrong in ["bytes=3-", "bytes=-3", "0-3", "bytes=0-3,5-6"] {
            assert_eq!(code(wrong), Err("InvalidArgument".to_owned()), "{wrong}");
        }
    }
}
