//! The behaviour of an object store that callers rely on. The tests are the same for every implementation: S3
//! over the SDK, the one in memory, and the failing one without faults. So a test in memory shows what S3 does.

use std::sync::Arc;

use futures::TryStreamExt;
use lineup_aws::client;
use lineup_aws::object_store::{ListPage, ObjectStore, PendingUpload, PutCondition, StoreError};
use lineup_contracts::Source;
use lineup_testing::{Aws, FailingStore, MemoryStore};

/// A store under test.
struct Subject {
    store: Arc<dyn ObjectStore>,
    /// The same objects, for the test to write and read.
    objects: MemoryStore,
    /// The server of the objects, if there is one.
    _aws: Option<Aws>,
}

impl Subject {
    async fn s3() -> Self {
        let aws = Aws::start().await;
        let store = Arc::new(client::s3(&client::config_at(&aws.endpoint).await));
        Self { store, objects: aws.s3.clone(), _aws: Some(aws) }
    }

    async fn memory() -> Self {
        let objects = MemoryStore::default();
        Self { store: Arc::new(objects.clone()), objects, _aws: None }
    }

    async fn failing() -> Self {
        let objects = MemoryStore::default();
        Self { store: Arc::new(FailingStore::new(objects.clone())), objects, _aws: None }
    }

    fn upload(&self, body: impl Into<Vec<u8>>) -> Source {
        let body = body.into();
        let size = body.len() as u64;
        let etag = self.objects.put(PATH, body, &[("chunk-bytes", "32768")]);
        let version_id = self.objects.get(PATH).unwrap().version_id;
        Source { bucket: "uploads".into(), key: KEY.into(), version_id, etag, size }
    }

    async fn read(&self, source: &Source, start: u64, end: u64) -> Result<Vec<u8>, StoreError> {
        let pieces: Vec<_> = self.store.get_range(source, start..end).await?.try_collect().await?;
        Ok(pieces.concat())
    }

    async fn put(
        &self,
        key: &str,
        body: &'static str,
        condition: PutCondition<'_>,
    ) -> Result<String, StoreError> {
        self.store.put_object("imports", key, "text/plain", body.into(), condition).await
    }

    /// Begins an upload and writes its parts, whose entity tags are returned.
    async fn upload_parts(&self, key: &str, parts: &[&'static str]) -> (PendingUpload, Vec<String>) {
        let upload = self.store.create_upload("imports", key, "text/csv").await.unwrap();
        let mut etags = Vec::new();
        for (number, body) in (1..).zip(parts) {
            etags.push(self.store.put_part(&upload, number, (*body).into()).await.unwrap());
        }
        (upload, etags)
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, StoreError> {
        Ok(self.store.get_object("imports", key).await?.body.to_vec())
    }

    async fn pages(&self, prefix: &str, delimiter: Option<&str>) -> Vec<ListPage> {
        self.store.list_objects("imports", prefix, delimiter).try_collect().await.unwrap()
    }
}

const KEY: &str = "day 1/línëup+1.csv";
const PATH: &str = "uploads/day 1/línëup+1.csv";

macro_rules! contract {
    ($($test:ident)*) => {
        mod s3 { $(#[tokio::test] async fn $test() { super::$test(super::Subject::s3().await).await; })* }
        mod memory { $(#[tokio::test] async fn $test() { super::$test(super::Subject::memory().await).await; })* }
        mod failing { $(#[tokio::test] async fn $test() { super::$test(super::Subject::failing().await).await; })* }
    };
}

contract! {
    size_and_metadata_of_the_pinned_object_are_told
    an_overwritten_object_is_not_the_pinned_one
    a_deleted_object_is_not_found
    a_version_is_there_after_it_was_overwritten_and_deleted
    any_range_gives_its_bytes
    a_range_ends_with_the_object_and_begins_within_it
    an_object_that_is_not_there_is_not_found
    an_object_is_written_over_and_its_new_tag_pins_it
    of_two_writers_that_want_none_to_be_there_the_first_wins
    what_is_there_now_is_told_with_its_tag
    an_object_of_parts_is_there_when_it_is_completed
    a_part_is_written_over
    of_two_uploads_that_want_none_to_be_there_the_first_wins
    an_upload_that_was_aborted_or_completed_is_not_found
    deleted_it_is_gone_and_deleting_nothing_is_no_error
    a_list_has_what_is_under_the_prefix_in_order_over_pages
    a_list_with_a_delimiter_folds_folders
    a_list_of_nothing_is_empty
}

async fn size_and_metadata_of_the_pinned_object_are_told(subject: Subject) {
    let source = subject.upload("twelve bytes");
    let head = subject.store.head_object(&source).await.unwrap();
    assert_eq!((head.size, head.metadata("chunk-bytes"), head.metadata("other")), (12, Some("32768"), None));
}

async fn an_overwritten_object_is_not_the_pinned_one(subject: Subject) {
    let source = subject.upload("first");
    subject.upload("second");
    let head = subject.store.head_object(&source).await.unwrap_err();
    assert!(matches!(head, StoreError::PreconditionFailed(_)), "{head:?}");
    let read = subject.read(&source, 0, 5).await.unwrap_err();
    assert!(matches!(read, StoreError::PreconditionFailed(_)), "{read:?}");
}

async fn a_deleted_object_is_not_found(subject: Subject) {
    let source = subject.upload("first");
    subject.objects.delete(PATH);
    let head = subject.store.head_object(&source).await.unwrap_err();
    assert!(matches!(head, StoreError::NotFound(_)), "{head:?}");
    let read = subject.read(&source, 0, 5).await.unwrap_err();
    assert!(matches!(read, StoreError::NotFound(_)), "{read:?}");
}

async fn a_version_is_there_after_it_was_overwritten_and_deleted(subject: Subject) {
    subject.objects.keep_versions("uploads");
    let first = subject.upload("first");
    let second = subject.upload("second");
    subject.objects.delete(PATH);
    assert_eq!(subject.read(&first, 0, 5).await.unwrap(), b"first");
    assert_eq!(subject.store.head_object(&second).await.unwrap().size, 6);
    let other = Source { version_id: Some("no version".into()), ..first };
    let error = subject.read(&other, 0, 5).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(_)), "{error:?}");
}

async fn any_range_gives_its_bytes(subject: Subject) {
    let body: Vec<u8> = (0..100_000u32).map(|n| (n % 251) as u8).collect();
    let source = subject.upload(body.clone());
    for (start, end) in [(0, 1), (0, 100_000), (1, 2), (16_383, 16_385), (99_999, 100_000)] {
        let read = subject.read(&source, start, end).await.unwrap();
        assert!(read == body[start as usize..end as usize], "{start}..{end}");
    }
}

async fn a_range_ends_with_the_object_and_begins_within_it(subject: Subject) {
    let source = subject.upload("twelve bytes");
    assert_eq!(subject.read(&source, 7, 100).await.unwrap(), b"bytes");
    let error = subject.read(&source, 12, 13).await.unwrap_err();
    assert!(matches!(error, StoreError::InvalidRequest(_)), "{error:?}");
}

async fn an_object_that_is_not_there_is_not_found(subject: Subject) {
    let error = subject.get("nothing").await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(_)), "{error:?}");
}

async fn an_object_is_written_over_and_its_new_tag_pins_it(subject: Subject) {
    let first = subject.put("a b+c", "first", PutCondition::Always).await.unwrap();
    let second = subject.put("a b+c", "second", PutCondition::Always).await.unwrap();
    assert_ne!(first, second);
    assert_eq!(subject.get("a b+c").await.unwrap(), b"second");
    let pinned =
        |etag| Source { bucket: "imports".into(), key: "a b+c".into(), version_id: None, etag, size: 6 };
    assert_eq!(subject.read(&pinned(second), 0, 6).await.unwrap(), b"second");
    let error = subject.read(&pinned(first), 0, 6).await.unwrap_err();
    assert!(matches!(error, StoreError::PreconditionFailed(_)), "{error:?}");
}

async fn of_two_writers_that_want_none_to_be_there_the_first_wins(subject: Subject) {
    subject.put("claim", "first", PutCondition::IfAbsent).await.unwrap();
    let error = subject.put("claim", "second", PutCondition::IfAbsent).await.unwrap_err();
    assert!(matches!(error, StoreError::PreconditionFailed(_)), "{error:?}");
    assert_eq!(subject.get("claim").await.unwrap(), b"first");
}

async fn what_is_there_now_is_told_with_its_tag(subject: Subject) {
    let etag = subject.put("a b+c", "twelve bytes", PutCondition::Always).await.unwrap();
    let head = subject.store.head_latest("imports", "a b+c").await.unwrap();
    assert_eq!((head.size, head.etag), (12, etag));
    let error = subject.store.head_latest("imports", "nothing").await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(_)), "{error:?}");
}

async fn an_object_of_parts_is_there_when_it_is_completed(subject: Subject) {
    let (upload, parts) = subject.upload_parts("a b+c", &["first,", "second,", "third"]).await;
    assert!(matches!(subject.get("a b+c").await, Err(StoreError::NotFound(_))));
    let etag = subject.store.complete_upload(&upload, &parts, PutCondition::Always).await.unwrap();
    assert_eq!(subject.get("a b+c").await.unwrap(), b"first,second,third");
    assert_eq!(subject.store.head_latest("imports", "a b+c").await.unwrap().etag, etag);
    assert_eq!(subject.objects.pending_uploads(), 0);
}

async fn a_part_is_written_over(subject: Subject) {
    let (upload, mut parts) = subject.upload_parts("a", &["lost", "kept"]).await;
    parts[0] = subject.store.put_part(&upload, 1, "again,".into()).await.unwrap();
    subject.store.complete_upload(&upload, &parts, PutCondition::Always).await.unwrap();
    assert_eq!(subject.get("a").await.unwrap(), b"again,kept");
}

async fn of_two_uploads_that_want_none_to_be_there_the_first_wins(subject: Subject) {
    let (first, first_parts) = subject.upload_parts("a", &["first"]).await;
    let (second, second_parts) = subject.upload_parts("a", &["second"]).await;
    subject.store.complete_upload(&first, &first_parts, PutCondition::IfAbsent).await.unwrap();
    let error =
        subject.store.complete_upload(&second, &second_parts, PutCondition::IfAbsent).await.unwrap_err();
    assert!(matches!(error, StoreError::PreconditionFailed(_)), "{error:?}");
    assert_eq!(subject.get("a").await.unwrap(), b"first");
    subject.store.abort_upload(&second).await.unwrap();
    assert_eq!(subject.objects.pending_uploads(), 0);
}

async fn an_upload_that_was_aborted_or_completed_is_not_found(subject: Subject) {
    let (aborted, _) = subject.upload_parts("a", &["lost"]).await;
    subject.store.abort_upload(&aborted).await.unwrap();
    let (completed, parts) = subject.upload_parts("a", &["kept"]).await;
    subject.store.complete_upload(&completed, &parts, PutCondition::Always).await.unwrap();
    for upload in [&aborted, &completed] {
        let part = subject.store.put_part(upload, 2, "more".into()).await.unwrap_err();
        assert!(matches!(part, StoreError::NotFound(_)), "{part:?}");
        let complete = subject.store.complete_upload(upload, &parts, PutCondition::Always).await.unwrap_err();
        assert!(matches!(complete, StoreError::NotFound(_)), "{complete:?}");
        let abort = subject.store.abort_upload(upload).await.unwrap_err();
        assert!(matches!(abort, StoreError::NotFound(_)), "{abort:?}");
    }
    assert_eq!(subject.get("a").await.unwrap(), b"kept");
}

async fn deleted_it_is_gone_and_deleting_nothing_is_no_error(subject: Subject) {
    subject.put("a b+c", "body", PutCondition::Always).await.unwrap();
    subject.store.delete_object("imports", "a b+c").await.unwrap();
    let error = subject.get("a b+c").await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(_)), "{error:?}");
    subject.store.delete_object("imports", "a b+c").await.unwrap();
    subject.put("a b+c", "again", PutCondition::IfAbsent).await.unwrap();
}

async fn a_list_has_what_is_under_the_prefix_in_order_over_pages(subject: Subject) {
    for key in ["b/2", "b/1", "b/10", "a/1", "b/3 4+5/é", "c"] {
        subject.put(key, "", PutCondition::Always).await.unwrap();
    }
    subject.objects.put("other/b/0", "", &[]);
    let pages = subject.pages("b/", None).await;
    assert!(pages.len() > 1 && pages.iter().all(|page| page.folders.is_empty()));
    let keys: Vec<_> = pages.into_iter().flat_map(|page| page.keys).collect();
    assert_eq!(keys, ["b/1", "b/10", "b/2", "b/3 4+5/é"]);
}

async fn a_list_with_a_delimiter_folds_folders(subject: Subject) {
    for key in ["b/x/1", "b/x/2", "b/x/3/4", "b/file", "b/y/1", "b/z", "c/1"] {
        subject.put(key, "", PutCondition::Always).await.unwrap();
    }
    let pages = subject.pages("b/", Some("/")).await;
    assert!(pages.len() > 1);
    let (keys, folders): (Vec<_>, Vec<_>) = pages.into_iter().map(|page| (page.keys, page.folders)).unzip();
    assert_eq!(keys.concat(), ["b/file", "b/z"]);
    assert_eq!(folders.concat(), ["b/x/", "b/y/"]);
}

async fn a_list_of_nothing_is_empty(subject: Subject) {
    subject.put("a", "", PutCondition::Always).await.unwrap();
    let pages = subject.pages("b/", None).await;
    assert!(pages.iter().all(|page| *page == ListPage::default()), "{pages:?}");
}
