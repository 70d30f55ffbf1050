//! The embedded S3: the protocol by `s3s`, the objects in plain files.
//!
//! What it adds to a file server is what the pipeline relies on: a write shows
//! as a whole or not at all, with its entity tag; `If-Match` and
//! `If-None-Match` hold under concurrency; one bucket tells its events.
//! `s3s-fs` keeps the entity tag in a second file, written later, checks
//! conditions before it writes, and ignores `If-Match` on reads.

mod chunked;
mod event;
mod list;
mod multipart;
mod object;
mod path;
mod receive;
mod request;
mod service;
mod store;

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use futures::future::BoxFuture;
use s3s::service::{S3Service, S3ServiceBuilder};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use crate::engine::ports::{ObjectError, Objects};
use event::Reason;
use object::{Footer, Headers};
use service::Service;
use store::{Condition, Notified, Store, StoreError};

/// The buckets in one folder. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Buckets(Arc<Store>);

impl Buckets {
    /// Opens the buckets in `root`, creating those of `names` that are missing.
    /// "Object Created" events of `notified` are sent to `events`.
    pub(crate) fn open(
        root: &Path,
        names: &[&str],
        notified: &'static str,
        events: UnboundedSender<Value>,
    ) -> io::Result<Self> {
        let store = Store::open(root, Some(Notified { bucket: notified, events }))?;
        for name in names {
            store.create_bucket(name)?;
        }
        Ok(Self(Arc::new(store)))
    }

    /// The S3 API over these buckets.
    pub(crate) fn router(&self) -> Router {
        let service = S3ServiceBuilder::new(Service(Arc::clone(&self.0))).build();
        Router::new().fallback(move |request: Request| answer(service.clone(), request))
    }

    fn read(&self, bucket: &str, key: &str) -> Result<Bytes, StoreError> {
        let (file, footer) = self.0.open_object(bucket, key)?;
        let mut content = Vec::new();
        let read = file.take(footer.size).read_to_end(&mut content);
        read.map_err(|source| StoreError::Io { path: key.into(), source })?;
        Ok(Bytes::from(content))
    }

    fn write(&self, bucket: &str, key: &str, body: &[u8]) -> Result<(), StoreError> {
        let staged = self.0.stage();
        let etag = receive::hex(s3s_md5(body).as_ref());
        let headers = Headers { content_type: Some("application/json".to_owned()), ..Headers::default() };
        let footer = Footer { etag, size: body.len() as u64, modified: receive::now(), headers };
        let mut content = body.to_vec();
        let written =
            object::seal(&mut content, &footer).and_then(|()| std::fs::write(staged.path(), content));
        written.map_err(|source| StoreError::Io { path: staged.path().to_owned(), source })?;
        self.0.commit(staged, (bucket, key), &footer, &Condition::default(), Reason::Put)
    }
}

fn s3s_md5(body: &[u8]) -> impl AsRef<[u8]> {
    use s3s::crypto::Checksum as _;
    s3s::crypto::Md5::checksum(body)
}

async fn answer(service: S3Service, request: Request) -> Response {
    match service.call(request::unsigned(request)).await {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            tracing::warn!(?error, "an S3 request could not be answered");
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

impl From<StoreError> for ObjectError {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::NoSuchBucket(_) => "NoSuchBucket",
            StoreError::NoSuchKey(_) => "NoSuchKey",
            StoreError::PreconditionFailed(_) => "PreconditionFailed",
            StoreError::Io { .. } => "InternalError",
        };
        Self { code: code.to_owned(), message: error.to_string() }
    }
}

/// ItemReader and ResultWriter work on the same buckets, without a detour over HTTP.
impl Objects for Buckets {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<Bytes, ObjectError>> {
        Box::pin(async move { Ok(self.read(bucket, key)?) })
    }

    fn put<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        body: Bytes,
    ) -> BoxFuture<'a, Result<(), ObjectError>> {
        Box::pin(async move { Ok(self.write(bucket, key, &body)?) })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_uploads_bucket_tells_its_events_in_the_shape_of_eventbridge() {
        let folder = tempfile::tempdir().unwrap();
        let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
        let buckets = Buckets::open(folder.path(), &["up", "own"], "up", sender).unwrap();
        buckets.write("own", "a.csv", b"x").unwrap();
        buckets.write("up", "2025/Main Stage.csv", b"hello\n").unwrap();
        let mut event = events.try_recv().unwrap();
        assert!(events.try_recv().is_err(), "one event, for one bucket");
        let sequencer = event["detail"]["object"]["sequencer"].take();
        assert_eq!(sequencer.as_str().unwrap().len(), 16);
        for field in ["id", "time"] {
            assert!(event[field].take().is_string(), "{field}");
        }
        assert_eq!(event["detail"]["request-id"].take().as_str().unwrap().len(), 16);
        let expected = json!({
            "version": "0", "id": null, "detail-type": "Object Created", "source": "aws.s3",
            "account": "000000000000", "time": null, "region": "us-east-1",
            "resources": ["arn:aws:s3:::up"],
            "detail": {
                "version": "0",
                "bucket": { "name": "up" },
                "object": {
                    "key": "2025/Main Stage.csv", "size": 6,
                    "etag": "b1946ac92492d2347c6235b4d2611184", "sequencer": null
                },
                "request-id": null, "requester": "000000000000", "source-ip-address": "127.0.0.1",
                "reason": "PutObject"
            }
        });
        assert_eq!(event, expected);
    }

    #[test]
    fn what_was_half_written_when_the_process_was_killed_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let open = || {
            let (sender, _) = tokio::sync::mpsc::unbounded_channel();
            Buckets::open(folder.path(), &["up"], "up", sender).unwrap()
        };
        let staged = open().0.stage();
        std::fs::write(staged.path(), "half").unwrap();
        std::mem::forget(staged);
        open();
        assert_eq!(std::fs::read_dir(folder.path().join(".staged")).unwrap().count(), 0);
    }
}
