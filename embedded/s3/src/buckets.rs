//! The buckets.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use jiff::Timestamp;
use s3s::service::{S3Service, S3ServiceBuilder};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use crate::error::BucketStoreError;
use crate::event::{EventReason, Owner};
use crate::object::{self, Footer, Headers};
use crate::outbox::Outbox;
use crate::service::BucketService;
use crate::store::{BucketStore, Condition, Notified};
use crate::{presigned, receive, request};

/// The buckets in one folder. Clones share them.
#[derive(Debug, Clone)]
pub struct Buckets(Arc<BucketStore>);

impl Buckets {
    /// Opens the buckets in `root`, creating those of `names` that are missing. Those of `versioned` keep what is overwritten
    /// or deleted in them. "Object Created" events of the `notified` bucket are sent, first those that an earlier process has left.
    /// The file `before` is synced before an object becomes visible: what it has then outlives a power cut if the object does.
    ///
    /// # Errors
    /// What the file system says of `root`.
    pub fn open(
        root: &Path,
        owner: Owner,
        names: &[String],
        versioned: &[String],
        notified: Option<(String, UnboundedSender<Value>)>,
        before: Option<&Path>,
    ) -> io::Result<Self> {
        let outbox = Outbox::open(&root.join(".outbox"))?;
        let notified = notified.map(|(bucket, events)| Notified { bucket, events, outbox });
        let mut store = BucketStore::open(root, owner, versioned, notified)?;
        if let Some(file) = before {
            store.sync_before(file.to_owned());
        }
        for name in names {
            store.create_bucket(name)?;
        }
        store.send_left()?;
        Ok(Self(Arc::new(store)))
    }

    /// Says that somebody has dealt with an event: it is not sent again.
    ///
    /// # Errors
    /// The event's file cannot be removed.
    pub fn forget_event(&self, event: &Value) -> io::Result<()> {
        self.0.forget(event)
    }

    /// The S3 API over these buckets.
    pub fn router(&self) -> Router {
        let service = S3ServiceBuilder::new(BucketService(Arc::clone(&self.0))).build();
        Router::new().fallback(move |request: Request| answer(service.clone(), request))
    }

    /// The whole object, without a detour over HTTP.
    ///
    /// # Errors
    /// There is no such object, or it cannot be read.
    pub fn get(&self, bucket: &str, key: &str) -> Result<Bytes, BucketStoreError> {
        let (file, footer) = self.0.open_object(bucket, key)?;
        let mut content = Vec::new();
        let read = file.take(footer.size).read_to_end(&mut content);
        read.map_err(|source| BucketStoreError::Io { path: key.into(), source })?;
        Ok(Bytes::from(content))
    }

    /// Creates or replaces an object of type `application/json`, without a detour over HTTP.
    ///
    /// # Errors
    /// There is no such bucket, or the object cannot be written.
    pub fn put(&self, bucket: &str, key: &str, body: &[u8]) -> Result<(), BucketStoreError> {
        let staged = self.0.stage();
        let etag = receive::hex(s3s_md5(body).as_ref());
        let headers = Headers { content_type: Some("application/json".to_owned()), ..Headers::default() };
        let (size, modified, version) = (body.len() as u64, object::now(), object::new_version());
        let footer = Footer { etag, size, modified, version, delete_marker: false, headers };
        let mut content = body.to_vec();
        let written =
            object::seal(&mut content, &footer).and_then(|()| std::fs::write(staged.path(), content));
        written.map_err(|source| BucketStoreError::Io { path: staged.path().to_owned(), source })?;
        self.0.commit(staged, (bucket, key), &footer, &Condition::default(), EventReason::Put)
    }
}

fn s3s_md5(body: &[u8]) -> impl AsRef<[u8]> {
    use s3s::crypto::Checksum as _;
    s3s::crypto::Md5::checksum(body)
}

async fn answer(service: S3Service, request: Request) -> Response {
    let answered = match presigned::check(request.uri(), Timestamp::now()) {
        Ok(()) => service.call(request::unsigned(request)).await,
        Err(refused) => refused.to_http_response().map_err(|error| s3s::HttpError::new(Box::new(error))),
    };
    match answered {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            tracing::warn!(?error, "an S3 request could not be answered");
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The buckets `names`; the events of `up` go to `events`.
    fn open(folder: &Path, names: &[&str], events: Option<UnboundedSender<Value>>) -> Buckets {
        let owner = Owner { region: "us-east-1".to_owned(), account: "000000000000".to_owned() };
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let events = events.map(|events| ("up".to_owned(), events));
        Buckets::open(folder, owner, &names, &[], events, None).unwrap()
    }

    #[test]
    fn only_the_notified_bucket_sends_events_in_the_shape_of_eventbridge() {
        let folder = tempfile::tempdir().unwrap();
        let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
        let buckets = open(folder.path(), &["up", "own"], Some(sender));
        buckets.put("own", "a.csv", b"x").unwrap();
        buckets.put("up", "2025/Main Stage.csv", b"hello\n").unwrap();
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
    fn the_event_of_a_bucket_that_keeps_versions_names_the_version_and_is_sent_again_though_it_was_overwritten()
     {
        let folder = tempfile::tempdir().unwrap();
        let open = || {
            let (sender, events) = tokio::sync::mpsc::unbounded_channel();
            let owner = Owner { region: "us-east-1".to_owned(), account: "000000000000".to_owned() };
            let up = ["up".to_owned()];
            let notified = Some(("up".to_owned(), sender));
            (Buckets::open(folder.path(), owner, &up, &up, notified, None).unwrap(), events)
        };
        let (buckets, mut events) = open();
        for content in [b"first", b"other"] {
            buckets.put("up", "a.csv", content).unwrap();
        }
        let version = |event: Value| event["detail"]["object"]["version-id"].as_str().unwrap().to_owned();
        let sent: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).map(version).collect();
        assert!(sent.len() == 2 && sent[0] != sent[1], "{sent:?}");
        drop(buckets);
        let (_buckets, mut events) = open();
        let again: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).map(version).collect();
        assert_eq!(again, sent);
    }

    #[test]
    fn what_was_half_written_when_the_process_was_killed_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let open = || open(folder.path(), &["up"], None);
        let staged = open().0.stage();
        std::fs::write(staged.path(), "half").unwrap();
        std::mem::forget(staged);
        open();
        assert_eq!(std::fs::read_dir(folder.path().join(".staged")).unwrap().count(), 0);
    }

    /// A power cut leaves such files where they are not synced.
    #[test]
    fn an_object_whose_file_is_damaged_is_not_there_and_can_be_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let buckets = open(folder.path(), &["own"], None);
        let absent = Condition { absent: true, ..Condition::default() };
        buckets.put("own", "a", b"one").unwrap();
        let path = folder.path().join("own/a.object");
        let whole = std::fs::read(&path).unwrap();
        for content in [Vec::new(), whole[..whole.len() / 2].to_vec(), vec![0; whole.len()]] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(buckets.get("own", "a").unwrap_err().code(), "NoSuchKey");
            let staged = buckets.0.stage();
            std::fs::write(staged.path(), &whole).unwrap();
            let footer = object::read_footer(&mut std::fs::File::open(staged.path()).unwrap()).unwrap();
            buckets.0.commit(staged, ("own", "a"), &footer, &absent, EventReason::Put).unwrap();
            assert_eq!(buckets.get("own", "a").unwrap(), "one");
        }
    }

    /// What an object says must not be there without what it says it of.
    #[test]
    fn no_object_becomes_visible_if_the_file_before_it_cannot_be_synced() {
        let folder = tempfile::tempdir().unwrap();
        let owner = Owner { region: "us-east-1".to_owned(), account: "000000000000".to_owned() };
        let before = folder.path().join("log");
        let (root, own) = (folder.path().join("s3"), ["own".to_owned()]);
        let buckets = Buckets::open(&root, owner, &own, &[], None, Some(&before)).unwrap();
        buckets.put("own", "a", b"before there is a log").unwrap();
        std::fs::write(&before, "rows").unwrap();
        buckets.put("own", "b", b"with a log").unwrap();
        std::fs::remove_file(&before).unwrap();
        // A link to itself cannot be opened, not even by root.
        std::os::unix::fs::symlink(&before, &before).unwrap();
        assert_eq!(buckets.put("own", "c", b"x").unwrap_err().code(), "InternalError");
        assert_eq!(buckets.get("own", "c").unwrap_err().code(), "NoSuchKey");
    }

    /// A power cut leaves such files where they are not synced; every command opens them.
    #[test]
    fn an_empty_event_file_is_set_aside_and_the_other_events_are_sent() {
        let folder = tempfile::tempdir().unwrap();
        let (buckets, _) = reopened(folder.path());
        buckets.put("up", "a.csv", b"Performer\n").unwrap();
        let outbox = folder.path().join(".outbox");
        std::fs::write(outbox.join("0000000000000001.json"), "").unwrap();
        let (_, events) = reopened(folder.path());
        assert_eq!(events.iter().map(|event| &*event.0).collect::<Vec<_>>(), ["a.csv"]);
        assert!(outbox.join("0000000000000001.damaged").exists());
        assert_eq!(reopened(folder.path()).1, events);
    }

    /// An interrupted upload must not lie there for ever.
    #[test]
    fn the_parts_of_an_upload_that_was_interrupted_are_gone_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let buckets = open(folder.path(), &["up"], None);
        let id =
            crate::multipart::MultipartUpload::create(&buckets.0, ("up", "big"), Headers::default()).unwrap();
        std::fs::write(buckets.0.upload(id).join("1"), "a part").unwrap();
        open(folder.path(), &["up"], None);
        assert_eq!(std::fs::read_dir(folder.path().join(".uploads")).unwrap().count(), 0);
    }

    /// AWS captures, row 28 of what AWS was recorded doing: 404 without the object, 412 with another entity tag.
    #[test]
    fn a_write_on_condition_of_an_entity_tag_needs_the_object_and_its_tag() {
        let folder = tempfile::tempdir().unwrap();
        let buckets = open(folder.path(), &["up"], None);
        let write = |condition: &Condition| {
            let staged = buckets.0.stage();
            let headers = Headers::default();
            let (etag, delete_marker) = ("new".to_owned(), false);
            let footer = Footer { etag, size: 0, modified: 0, version: None, delete_marker, headers };
            let mut content = Vec::new();
            object::seal(&mut content, &footer).unwrap();
            std::fs::write(staged.path(), content).unwrap();
            buckets
                .0
                .commit(staged, ("up", "a"), &footer, condition, EventReason::Put)
                .map_err(|error| error.code())
        };
        let of = |etag: &str| Condition { etag: Some(etag.to_owned()), absent: false };
        assert_eq!(write(&of("old")), Err("NoSuchKey"));
        buckets.put("up", "a", b"x").unwrap();
        assert_eq!(write(&of("old")), Err("PreconditionFailed"));
        assert_eq!(write(&of(&receive::hex(s3s_md5(b"x").as_ref()))), Ok(()));
    }

    /// The buckets as the next process opens them, and the keys of the events that it is sent.
    fn reopened(folder: &Path) -> (Buckets, Vec<(String, Value)>) {
        let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
        let buckets = open(folder, &["up"], Some(sender));
        let key = |event: Value| (event["detail"]["object"]["key"].as_str().unwrap().to_owned(), event);
        (buckets, std::iter::from_fn(|| events.try_recv().ok()).map(key).collect())
    }

    #[test]
    fn an_event_that_nobody_has_dealt_with_is_sent_again_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let (buckets, events) = reopened(folder.path());
        assert!(events.is_empty());
        for key in ["b.csv", "a.csv"] {
            buckets.put("up", key, b"Performer\n").unwrap();
        }
        let (buckets, events) = reopened(folder.path());
        assert_eq!([&*events[0].0, &*events[1].0], ["b.csv", "a.csv"], "in the order of the uploads");
        buckets.forget_event(&events[0].1).unwrap();
        buckets.forget_event(&events[0].1).unwrap();
        let (_, again) = reopened(folder.path());
        assert_eq!(again, events[1..], "the same event, with the same id");
    }

    #[test]
    fn an_upload_that_was_cut_off_or_overwritten_sends_no_event_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let (buckets, _) = reopened(folder.path());
        for content in [b"first", b"other"] {
            buckets.put("up", "a.csv", content).unwrap();
        }
        buckets.put("up", "gone.csv", b"x").unwrap();
        buckets.0.delete("up", "gone.csv", None).unwrap();
        let (_, events) = reopened(folder.path());
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].1["detail"]["object"]["etag"], receive::hex(s3s_md5(b"other").as_ref()));
        assert_eq!(std::fs::read_dir(folder.path().join(".outbox")).unwrap().count(), 1);
    }
}
