//! Taking in a body: to disk, with its entity tag, checked against what the client announced.

use axum::http::{Extensions, HeaderMap};
use futures::StreamExt;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{Checksum, StreamingBlob};
use s3s::{S3Result, s3_error};
use tokio::io::{AsyncWriteExt, BufWriter};

use crate::chunked::Trailers;
use crate::fault;
use crate::object::{Footer, Headers, new_version, now, seal};
use crate::staged::Staged;
use crate::store::BucketStore;

/// Few, large writes: each one is a trip to another thread.
const WRITE_BUFFER: usize = 1024 * 1024;

/// What the client said about the body.
pub(crate) struct Announced<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) extensions: &'a Extensions,
    pub(crate) kept: Headers,
}

/// Writes `body` to a staged file and seals it. Nothing is visible yet.
pub(crate) async fn receive(
    store: &BucketStore,
    body: Option<StreamingBlob>,
    announced: Announced<'_>,
) -> S3Result<(Staged, Footer)> {
    let staged = store.stage();
    let file = tokio::fs::File::create(staged.path()).await.map_err(fault::of_file)?;
    let mut file = BufWriter::with_capacity(WRITE_BUFFER, file);
    let (mut md5, mut hasher, mut size) = (Md5::new(), hasher(announced.headers), 0_u64);
    if let Some(mut body) = body {
        while let Some(bytes) = body.next().await {
            let bytes = bytes.map_err(s3_error_of)?;
            md5.update(&bytes);
            hasher.update(&bytes);
            size += bytes.len() as u64;
            file.write_all(&bytes).await.map_err(fault::of_file)?;
        }
    }
    check_length(announced.headers, size)?;
    check_digests(&announced, &hasher.finalize())?;
    let etag = hex(md5.finalize().as_ref());
    let (modified, version, headers) = (now(), new_version(), announced.kept);
    let footer = Footer { etag, size, modified, version, delete_marker: false, headers };
    let mut end = Vec::new();
    seal(&mut end, &footer).map_err(fault::of_file)?;
    file.write_all(&end).await.map_err(fault::of_file)?;
    file.flush().await.map_err(fault::of_file)?;
    Ok((staged, footer))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn s3_error_of(error: s3s::StdError) -> s3s::S3Error {
    s3s::S3Error::with_source(s3s::S3ErrorCode::IncompleteBody, error)
}

/// Computes what the request has a checksum of, in a header or announced as a trailer.
fn hasher(headers: &HeaderMap) -> ChecksumHasher {
    let trailer = headers.get("x-amz-trailer").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let has = |name: &str| headers.contains_key(name) || trailer.to_ascii_lowercase().contains(name);
    // `x-amz-checksum-crc32` is the beginning of `x-amz-checksum-crc32c`: one too many does no harm.
    ChecksumHasher {
        crc32: has("x-amz-checksum-crc32").then(Default::default),
        crc32c: has("x-amz-checksum-crc32c").then(Default::default),
        crc64nvme: has("x-amz-checksum-crc64nvme").then(Default::default),
        sha1: has("x-amz-checksum-sha1").then(Default::default),
        sha256: has("x-amz-checksum-sha256").then(Default::default),
    }
}

fn check_length(headers: &HeaderMap, size: u64) -> S3Result<()> {
    let length = headers.get("content-length").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length != size => {
            Err(s3_error!(IncompleteBody, "{length} bytes were announced, {size} came"))
        }
        _ => Ok(()),
    }
}

fn check_digests(announced: &Announced<'_>, computed: &Checksum) -> S3Result<()> {
    let checks = [
        ("x-amz-checksum-crc32", &computed.checksum_crc32),
        ("x-amz-checksum-crc32c", &computed.checksum_crc32c),
        ("x-amz-checksum-crc64nvme", &computed.checksum_crc64nvme),
        ("x-amz-checksum-sha1", &computed.checksum_sha1),
        ("x-amz-checksum-sha256", &computed.checksum_sha256),
    ];
    let trailers = announced.extensions.get::<Trailers>();
    for (name, computed) in checks {
        let header = announced.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let expected = header.or_else(|| trailers?.get(name));
        if expected.is_some() && expected != *computed {
            return Err(s3_error!(BadDigest, "the body does not have the announced {name}"));
        }
    }
    Ok(())
}
