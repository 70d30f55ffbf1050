//! The objects of a [`MemoryStore`] over HTTP, as S3 serves them.

use std::convert::Infallible;
use std::fmt::Write;
use std::ops::Range;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, response};
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use lineup_aws::object_store::PutCondition;

use crate::memory::{MemoryStore, Object, Refused};
use crate::response::respond;

/// The header of a `PUT` that says how many [`Object::copies`] are served.
const COPIES: &str = "x-lineup-testing-copies";

/// Answers a request.
pub(crate) fn answer(store: &MemoryStore, head: &Parts, body: Bytes) -> Response {
    let path = decoded(head.uri.path().trim_start_matches('/'));
    let query = head.uri.query().unwrap_or("");
    match head.method {
        Method::PUT | Method::POST | Method::DELETE if query.contains("upload") => {
            upload(store, &path, query, head, body)
        }
        Method::PUT => put(store, &path, &head.headers, body),
        Method::DELETE => {
            store.delete(&path);
            respond(204, Body::empty())
        }
        _ if query.contains("list-type=2") => list(store, path.trim_end_matches('/'), query),
        _ => get(store, &path, query, &head.headers),
    }
}

fn put(store: &MemoryStore, path: &str, headers: &HeaderMap, body: Bytes) -> Response {
    let metadata = headers.iter().filter_map(|(name, value)| {
        Some((name.as_str().strip_prefix("x-amz-meta-")?.to_owned(), value.to_str().ok()?.to_owned()))
    });
    let copies = header(headers, COPIES).map_or(1, |copies| copies.parse().unwrap());
    let object = Object { body, copies, metadata: metadata.collect(), ..Object::default() };
    match store.write_if(path, object, condition(headers)) {
        Ok(object) => described(&object).body(Body::empty()).unwrap(),
        Err(refused) => error(refused),
    }
}

fn condition(headers: &HeaderMap) -> PutCondition<'_> {
    match (header(headers, "if-none-match"), header(headers, "if-match")) {
        (Some("*"), _) => PutCondition::IfAbsent,
        (_, Some(etag)) => PutCondition::IfMatch(etag.trim_matches('"')),
        _ => PutCondition::Always,
    }
}

/// The requests of a multipart upload.
fn upload(store: &MemoryStore, path: &str, query: &str, head: &Parts, body: Bytes) -> Response {
    let id = field(query, "uploadId=").unwrap_or_default();
    let answered = match head.method {
        Method::PUT => {
            let number = field(query, "partNumber=").unwrap().parse().unwrap();
            let written = store.write_part(path, &id, number, body);
            written.map(|etag| {
                Response::builder().header("etag", format!("\"{etag}\"")).body(Body::empty()).unwrap()
            })
        }
        Method::DELETE => store.remove_upload(&id).map(|()| respond(204, Body::empty())),
        _ if id.is_empty() => {
            let id = store.begin_upload(path);
            let xml = "InitiateMultipartUploadResult";
            Ok(respond(200, format!("<{xml}><UploadId>{id}</UploadId></{xml}>")))
        }
        _ => {
            let completed = store.end_upload(path, &id, &etags(&body), condition(&head.headers));
            let xml = "CompleteMultipartUploadResult";
            completed.map(|object| respond(200, format!("<{xml}><ETag>\"{}\"</ETag></{xml}>", object.etag)))
        }
    };
    answered.unwrap_or_else(error)
}

/// The entity tags of the parts that a CompleteMultipartUpload names, in its order, which is that of their numbers.
fn etags(body: &Bytes) -> Vec<String> {
    let xml = std::str::from_utf8(body).unwrap().replace("&quot;", "\"");
    let etag = |part: &str| part.split("</ETag>").next().unwrap().trim_matches('"').to_owned();
    xml.split("<ETag>").skip(1).map(etag).collect()
}

fn get(store: &MemoryStore, path: &str, query: &str, headers: &HeaderMap) -> Response {
    let etag = header(headers, "if-match").map(|etag| etag.trim_matches('"'));
    match store.read(path, field(query, "versionId=").as_deref(), etag) {
        Ok(object) => served(&object, header(headers, "range")),
        Err(refused) => error(refused),
    }
}

/// Entity tag, version and metadata.
fn described(object: &Object) -> response::Builder {
    let mut response = Response::builder().header("etag", format!("\"{}\"", object.etag));
    if let Some(version) = &object.version_id {
        response = response.header("x-amz-version-id", version);
    }
    for (name, value) in &object.metadata {
        response = response.header(format!("x-amz-meta-{name}"), value);
    }
    response
}

/// The object, or the part of it that the header `Range` requests.
fn served(object: &Object, range: Option<&str>) -> Response {
    let (response, size) = (described(object), object.size());
    let Some(range) = range else { return with_body(response, object, 0..size) };
    let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    let (first, last): (u64, u64) = (first.parse().unwrap(), last.parse().unwrap());
    match object.within(first..last + 1) {
        Ok(range) => {
            let content_range = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            with_body(response.status(206).header("content-range", content_range), object, range)
        }
        Err(refused) => error(refused),
    }
}

fn with_body(response: response::Builder, object: &Object, range: Range<u64>) -> Response {
    let pieces = object.slice(range.clone()).into_iter().map(Ok::<_, Infallible>);
    let response = response.header("content-length", range.end - range.start);
    response.body(Body::from_stream(stream::iter(pieces))).unwrap()
}

fn list(store: &MemoryStore, bucket: &str, query: &str) -> Response {
    let (prefix, delimiter) = (field(query, "prefix="), field(query, "delimiter="));
    let after = field(query, "continuation-token=").unwrap_or_default();
    let (page, next) = store.page(bucket, &prefix.unwrap_or_default(), delimiter.as_deref(), &after);
    let mut xml = String::from("<ListBucketResult>");
    for folder in page.folders {
        let _ = write!(xml, "<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>");
    }
    for key in page.keys {
        let _ = write!(xml, "<Contents><Key>{key}</Key></Contents>");
    }
    if let Some(next) = &next {
        let _ = write!(xml, "<NextContinuationToken>{next}</NextContinuationToken>");
    }
    let _ = write!(xml, "<IsTruncated>{}</IsTruncated></ListBucketResult>", next.is_some());
    respond(200, xml)
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// A parameter of the query, by its name with `=`.
fn field(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| pair.strip_prefix(name).map(decoded))
}

fn error(Refused(status, code): Refused) -> Response {
    respond(status, format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>"))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}
