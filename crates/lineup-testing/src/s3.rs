//! S3 in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fmt::Write;
use std::ops::Range;
use std::sync::Mutex;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, response};
use axum::response::Response;
use bytes::Bytes;
use futures::stream;

use crate::respond;

/// The header of a `PUT` that says how many [`Object::copies`] are served.
const COPIES: &str = "x-lineup-testing-copies";

/// An object.
#[derive(Debug, Clone, Default)]
pub struct Object {
    /// Its bytes.
    pub body: Bytes,
    /// So often what comes after its first line is served, once at least: a large object in little memory.
    pub copies: u64,
    /// Its entity tag, without quotes.
    pub etag: String,
    /// Its metadata, without `x-amz-meta-`.
    pub metadata: BTreeMap<String, String>,
}

impl Object {
    /// Where what is copied begins.
    fn head(&self) -> u64 {
        let line = self.body.iter().position(|byte| *byte == b'\n').map_or(self.body.len(), |at| at + 1);
        if self.copies > 1 { line as u64 } else { 0 }
    }

    fn size(&self) -> u64 {
        self.head() + (self.body.len() as u64 - self.head()) * self.copies.max(1)
    }

    /// What is served of it, without a copy in memory.
    fn slice(&self, range: Range<u64>) -> Vec<Bytes> {
        let (head, end) = (self.head(), self.body.len() as u64);
        let mut pieces = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let from = if at < head { at } else { head + (at - head) % (end - head) };
            let length = (end - from).min(range.end - at);
            pieces.push(self.body.slice(from as usize..(from + length) as usize));
            at += length;
        }
        pieces
    }

    fn response(&self, response: response::Builder, range: Range<u64>) -> Response {
        let pieces = self.slice(range.clone()).into_iter().map(Ok::<_, Infallible>);
        let response = response.header("content-length", range.end - range.start);
        response.body(Body::from_stream(stream::iter(pieces))).unwrap()
    }
}

/// Every object, by `bucket/key`.
#[derive(Debug, Default)]
pub struct S3 {
    objects: Mutex<BTreeMap<String, Object>>,
    puts: Mutex<u64>,
}

impl S3 {
    /// Writes an object; gives its entity tag, which is another each time.
    pub fn put(&self, path: &str, body: impl Into<Bytes>, metadata: &[(&str, &str)]) -> String {
        self.put_copies(path, body, metadata, 1)
    }

    fn put_copies(
        &self,
        path: &str,
        body: impl Into<Bytes>,
        metadata: &[(&str, &str)],
        copies: u64,
    ) -> String {
        let mut puts = self.puts.lock().unwrap();
        *puts += 1;
        let etag = format!("{:032x}", *puts);
        let metadata =
            metadata.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let object = Object { body: body.into(), copies, etag: etag.clone(), metadata };
        self.objects.lock().unwrap().insert(path.to_owned(), object);
        etag
    }

    /// An object.
    pub fn get(&self, path: &str) -> Option<Object> {
        self.objects.lock().unwrap().get(path).cloned()
    }

    /// Deletes an object.
    pub fn delete(&self, path: &str) {
        self.objects.lock().unwrap().remove(path);
    }

    /// The `bucket/key` of every object that begins so.
    pub fn paths(&self, prefix: &str) -> Vec<String> {
        self.objects.lock().unwrap().keys().filter(|path| path.starts_with(prefix)).cloned().collect()
    }

    pub(crate) fn answer(&self, head: &Parts, body: Bytes) -> Response {
        let path = decoded(head.uri.path().trim_start_matches('/'));
        let query = head.uri.query().unwrap_or("");
        match head.method {
            Method::PUT => self.on_put(&path, &head.headers, body),
            Method::DELETE => {
                self.delete(&path);
                respond(204, Body::empty())
            }
            _ if query.contains("list-type=2") => self.on_list(path.trim_end_matches('/'), query),
            _ => self.on_get(&path, &head.headers),
        }
    }

    fn on_put(&self, path: &str, headers: &HeaderMap, body: Bytes) -> Response {
        if header(headers, "if-none-match") == Some("*") && self.get(path).is_some() {
            return error(412, "PreconditionFailed");
        }
        let metadata: Vec<_> = headers
            .iter()
            .filter_map(|(name, value)| {
                Some((name.as_str().strip_prefix("x-amz-meta-")?, value.to_str().ok()?))
            })
            .collect();
        let copies = header(headers, COPIES).map_or(1, |copies| copies.parse().unwrap());
        let etag = self.put_copies(path, body, &metadata, copies);
        Response::builder().header("etag", format!("\"{etag}\"")).body(Body::empty()).unwrap()
    }

    fn on_get(&self, path: &str, headers: &HeaderMap) -> Response {
        let Some(object) = self.get(path) else { return error(404, "NoSuchKey") };
        let etag = format!("\"{}\"", object.etag);
        if header(headers, "if-match").is_some_and(|wanted| wanted != etag) {
            return error(412, "PreconditionFailed");
        }
        let mut response = Response::builder().header("etag", etag);
        for (name, value) in &object.metadata {
            response = response.header(format!("x-amz-meta-{name}"), value);
        }
        let size = object.size();
        let Some(range) = header(headers, "range") else {
            return object.response(response, 0..size);
        };
        let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        let (first, last): (u64, u64) = (first.parse().unwrap(), last.parse().unwrap());
        let content_range = format!("bytes {first}-{last}/{size}");
        let response = response.status(206).header("content-range", content_range);
        object.response(response, first..size.min(last + 1))
    }

    /// A page is two keys long, so that every list is paged.
    fn on_list(&self, bucket: &str, query: &str) -> Response {
        let field = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name).map(decoded));
        let prefix = format!("{bucket}/{}", field("prefix=").unwrap_or_default());
        let delimited = field("delimiter=").is_some();
        let after = field("continuation-token=").unwrap_or_default();
        let fold = |path: &String| match path[prefix.len()..].find('/') {
            Some(end) if delimited => format!("{}/", &path[..prefix.len() + end]),
            _ => path.clone(),
        };
        let names: BTreeSet<_> = self.paths(&prefix).iter().map(fold).filter(|name| *name > after).collect();
        let mut xml = String::from("<ListBucketResult>");
        for name in names.iter().take(2) {
            let key = &name[bucket.len() + 1..];
            let _ = match key.ends_with('/') {
                true => write!(xml, "<CommonPrefixes><Prefix>{key}</Prefix></CommonPrefixes>"),
                false => write!(xml, "<Contents><Key>{key}</Key></Contents>"),
            };
        }
        if let (Some(last), true) = (names.iter().nth(1), names.len() > 2) {
            let _ = write!(xml, "<NextContinuationToken>{last}</NextContinuationToken>");
        }
        let _ = write!(xml, "<IsTruncated>{}</IsTruncated></ListBucketResult>", names.len() > 2);
        respond(200, xml)
    }
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn error(status: u16, code: &str) -> Response {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_follow_one_head_and_any_range_of_them_is_served() {
        let object = Object { body: "head\na,b\nc\n".into(), copies: 3, ..Object::default() };
        let whole = "head\na,b\nc\na,b\nc\na,b\nc\n";
        assert_eq!(object.size(), whole.len() as u64);
        for start in 0..=whole.len() {
            for end in start..=whole.len() {
                let pieces = object.slice(start as u64..end as u64).concat();
                assert_eq!(pieces, whole.as_bytes()[start..end], "{start}..{end}");
            }
        }
    }

    #[test]
    fn an_object_is_served_once_unless_more_copies_are_asked_for() {
        let object = Object { body: "head\na".into(), ..Object::default() };
        assert_eq!((object.size(), object.slice(2..6).concat()), (6, b"ad\na".to_vec()));
    }
}
