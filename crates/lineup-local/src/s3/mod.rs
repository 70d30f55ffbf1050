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
mod outbox;
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

use embedded_step_functions::ports::{ObjectError, Objects};
use event::Reason;
use object::{Footer, Headers};
use outbox::Outbox;
use service::Service;
use store::{Condition, Notified, Store, StoreError};

/// The buckets in one folder. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Buckets(Arc<Store>);

impl Buckets {
    /// Opens the buckets in `root`, creating those of `names` that are missing. "Object Created" events
    /// of the `notified` bucket are sent, first those that an earlier process has left.
    pub(crate) fn open(
        root: &Path,
        names: &[&str],
        notified: Option<(&'static str, UnboundedSender<Value>)>,
    ) -> io::Result<Self> {
        let outbox = Outbox::open(&root.join(".outbox"))?;
        let notified = notified.map(|(bucket, events)| Notified { bucket, events, outbox });
        let store = Store::open(root, notified)?;
        for name in names {
            store.create_bucket(name)?;
        }
        store.send_left()?;
        Ok(Self(Arc::new(store)))
    }

    /// Says that somebody has dealt with an event: it is not sent again.
    pub(crate) fn forget_event(&self, event: &Value) -> io::Result<()> {
        self.0.forget(event)
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
        let buckets = Buckets::open(folder.path(), &["up", "own"], Some(("up", sender))).unwrap();
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
        let open = || Buckets::open(folder.path(), &["up"], None).unwrap();
        let staged = open().0.stage();
        std::fs::write(staged.path(), "half").unwrap();
        std::mem::forget(staged);
        open();
        assert_eq!(std::fs::read_dir(folder.path().join(".staged")).unwrap().count(), 0);
    }

    /// The buckets as the next process opens them, and the keys of the events that it is sent.
    fn reopened(folder: &Path) -> (Buckets, Vec<(String, Value)>) {
        let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
        let buckets = Buckets::open(folder, &["up"], Some(("up", sender))).unwrap();
        let key = |event: Value| (event["detail"]["object"]["key"].as_str().unwrap().to_owned(), event);
        (buckets, std::iter::from_fn(|| events.try_recv().ok()).map(key).collect())
    }

    #[test]
    fn an_event_that_nobody_has_dealt_with_is_sent_again_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let (buckets, events) = reopened(folder.path());
        assert!(events.is_empty());
        for key in ["b.csv", "a.csv"] {
            buckets.write("up", key, b"Performer\n").unwrap();
        }
        let (buckets, events) = reopened(folder.path());
        assert_eq!([&*events[0].0, &*events[1].0], ["b.csv", "a.csv"], "in the order of the uploads");
        buckets.forget_event(&events[0].1).unwrap();
        buckets.forget_event(&events[0].1).unwrap();
        let (_, again) = reopened(folder.path());
        assert_eq!(again, events[1..], "the same event, so that the same import comes of it");
    }

    #[test]
    fn an_upload_that_was_cut_off_or_overwritten_sends_no_event_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let (buckets, _) = reopened(folder.path());
        for content in [b"first", b"other"] {
            buckets.write("up", "a.csv", content).unwrap();
        }
        buckets.write("up", "gone.csv", b"x").unwrap();
        buckets.0.delete("up", "gone.csv").unwrap();
        let (_, events) = reopened(folder.path());
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].1["detail"]["object"]["etag"], receive::hex(s3s_md5(b"other").as_ref()));
        assert_eq!(std::fs::read_dir(folder.path().join(".outbox")).unwrap().count(), 1);
    }
}
