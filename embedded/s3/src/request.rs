//! Requests as SDKs send them, made into what `s3s` reads without credentials.
//!
//! Anyone on this machine may use the embedded S3, with any key pair, so a
//! signature says nothing. `s3s` undoes the `aws-chunked` encoding only while it
//! checks signatures, so both are taken off here.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH};
use axum::http::{HeaderMap, HeaderValue};

use crate::chunked::{Content, Trailers};
use crate::presigned;

/// The request without its signature, with its body as it will be stored.
/// Trailing headers are found in the request's extensions, as [`Trailers`].
pub(crate) fn unsigned(request: Request) -> s3s::HttpRequest {
    let (mut parts, mut body) = request.into_parts();
    parts.headers.remove(AUTHORIZATION);
    if let Some(uri) = presigned::without_signature(&parts.uri) {
        parts.uri = uri;
    }
    if is_chunked(&parts.headers) {
        decode_headers(&mut parts.headers);
        let trailers = Trailers::default();
        parts.extensions.insert(trailers.clone());
        body = Body::from_stream(Content::new(body.into_data_stream(), trailers));
    }
    s3s::HttpRequest::from_parts(parts, s3s::Body::http_body_unsync(body))
}

fn is_chunked(headers: &HeaderMap) -> bool {
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value("x-amz-content-sha256").starts_with("STREAMING-")
        || value("content-encoding").contains("aws-chunked")
}

/// The headers that describe the decoded body.
fn decode_headers(headers: &mut HeaderMap) {
    headers.remove(CONTENT_LENGTH);
    if let Some(length) = headers.get("x-amz-decoded-content-length").cloned() {
        headers.insert(CONTENT_LENGTH, length);
    }
    let Some(encodings) = headers.remove(CONTENT_ENCODING) else { return };
    let encodings = encodings.to_str().unwrap_or_default().split(',').map(str::trim);
    let kept: Vec<_> =
        encodings.filter(|encoding| !encoding.is_empty() && *encoding != "aws-chunked").collect();
    match HeaderValue::from_str(&kept.join(", ")) {
        Ok(value) if !kept.is_empty() => drop(headers.insert(CONTENT_ENCODING, value)),
        _ => {}
    }
}
