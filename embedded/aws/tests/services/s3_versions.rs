//! Versions and delete markers (S3 guide, "Retaining multiple versions of objects with S3 Versioning").

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketVersioningStatus, Delete, ObjectIdentifier};
use embedded_aws::Embedded;

use crate::run::{UPLOADS_BUCKET, VERSIONED, client, storage};

struct Bucket {
    client: Client,
    _embedded: Embedded,
    _folder: tempfile::TempDir,
}

impl Bucket {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let embedded = storage(folder.path()).await;
        let client = Client::new(&client(&embedded.endpoints().s3).await);
        Self { client, _embedded: embedded, _folder: folder }
    }

    async fn put(&self, key: &str, body: &str) -> String {
        let body = ByteStream::from(body.as_bytes().to_vec());
        let put = self.client.put_object().bucket(VERSIONED).key(key).body(body);
        put.send().await.unwrap().version_id.unwrap()
    }

    /// Deletes an object: gives the id of the delete marker.
    async fn mark(&self, key: &str) -> String {
        let deleted = self.client.delete_object().bucket(VERSIONED).key(key).send().await.unwrap();
        assert_eq!(deleted.delete_marker(), Some(true));
        deleted.version_id.unwrap()
    }

    /// Deletes a version for good: says whether it was a delete marker.
    async fn remove(&self, key: &str, version: &str) -> bool {
        let delete = self.client.delete_object().bucket(VERSIONED).key(key).version_id(version);
        let deleted = delete.send().await.unwrap();
        assert_eq!(deleted.version_id(), Some(version));
        deleted.delete_marker() == Some(true)
    }

    async fn read(&self, key: &str) -> Result<String, String> {
        let object = self.client.get_object().bucket(VERSIONED).key(key).send().await;
        let object = object.map_err(|error| error.code().unwrap().to_owned())?;
        Ok(String::from_utf8(object.body.collect().await.unwrap().to_vec()).unwrap())
    }

    async fn listed(&self) -> ListObjectVersionsOutput {
        self.client.list_object_versions().bucket(VERSIONED).send().await.unwrap()
    }
}

/// Versions as `key, id, whether it is the latest`; then delete markers in the same way.
type Shown = (Vec<(String, String, bool)>, Vec<(String, String, bool)>);

fn shown(listed: &ListObjectVersionsOutput) -> Shown {
    let text = |text: Option<&str>| text.unwrap().to_owned();
    let versions = listed
        .versions()
        .iter()
        .map(|version| (text(version.key()), text(version.version_id()), version.is_latest().unwrap()));
    let markers = listed
        .delete_markers()
        .iter()
        .map(|marker| (text(marker.key()), text(marker.version_id()), marker.is_latest().unwrap()));
    (versions.collect(), markers.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_and_delete_markers_are_listed_by_key_and_the_newest_first() {
    let bucket = Bucket::start().await;
    let first = bucket.put("a", "first").await;
    let second = bucket.put("a", "second").await;
    let marker = bucket.mark("a").await;
    let other = bucket.put("a/b", "other").await;
    let third = bucket.put("a", "third").await;
    let never = bucket.mark("never").await;
    let version = |key: &str, id: &String, is_latest: bool| (key.to_owned(), id.clone(), is_latest);
    let expected = (
        vec![
            version("a", &third, true),
            version("a", &second, false),
            version("a", &first, false),
            version("a/b", &other, true),
        ],
        vec![version("a", &marker, false), version("never", &never, true)],
    );
    let listed = bucket.listed().await;
    assert_eq!(shown(&listed), expected);
    assert_eq!(listed.versions()[0].size(), Some(5));

    let mut paged: Shown = Default::default();
    let mut pages = 0;
    let (mut key, mut id) = (None, None);
    loop {
        let list = bucket.client.list_object_versions().bucket(VERSIONED).max_keys(1);
        let page = list.set_key_marker(key).set_version_id_marker(id).send().await.unwrap();
        let (versions, markers) = shown(&page);
        assert_eq!(versions.len() + markers.len(), 1);
        paged.0.extend(versions);
        paged.1.extend(markers);
        pages += 1;
        (key, id) = (page.next_key_marker, page.next_version_id_marker);
        if page.is_truncated != Some(true) {
            break;
        }
    }
    assert_eq!((paged, pages), (expected, 6));

    let list = bucket.client.list_object_versions().bucket(VERSIONED);
    let folders = list.clone().delimiter("/").send().await.unwrap();
    assert_eq!(folders.common_prefixes()[0].prefix(), Some("a/"));
    assert_eq!(folders.versions().len(), 3, "those of a");
    let below = list.clone().prefix("a/").send().await.unwrap();
    assert_eq!(shown(&below).0, [version("a/b", &other, true)]);
    let refused = list.version_id_marker(first).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("InvalidArgument"));
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_the_delete_marker_brings_the_object_back() {
    let bucket = Bucket::start().await;
    bucket.put("a/b.csv", "first").await;
    bucket.put("a/b.csv", "second").await;
    let (marker, again) = (bucket.mark("a/b.csv").await, bucket.mark("a/b.csv").await);
    assert_eq!(bucket.read("a/b.csv").await, Err("NoSuchKey".to_owned()));
    assert!(bucket.remove("a/b.csv", &again).await);
    assert_eq!(bucket.read("a/b.csv").await, Err("NoSuchKey".to_owned()), "the first marker is left");
    assert!(bucket.remove("a/b.csv", &marker).await);
    assert_eq!(bucket.read("a/b.csv").await, Ok("second".to_owned()));
    assert_eq!(bucket.listed().await.versions().len(), 2);
    let objects = bucket.client.list_objects_v2().bucket(VERSIONED).send().await.unwrap();
    assert_eq!(objects.contents().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_the_current_version_makes_the_one_before_current() {
    let bucket = Bucket::start().await;
    let first = bucket.put("a", "first").await;
    let second = bucket.put("a", "second").await;
    assert!(!bucket.remove("a", &second).await);
    assert_eq!(bucket.read("a").await, Ok("first".to_owned()));
    let marker = bucket.mark("a").await;
    let third = bucket.put("a", "third").await;
    assert!(!bucket.remove("a", &third).await);
    assert_eq!(bucket.read("a").await, Err("NoSuchKey".to_owned()), "the delete marker is current again");
    assert!(!bucket.remove("a", &first).await && bucket.remove("a", &marker).await);
    assert_eq!(shown(&bucket.listed().await), Shown::default());
    assert!(!bucket.remove("a", &first).await, "what is not there can be removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_says_that_there_is_a_delete_marker() {
    let bucket = Bucket::start().await;
    bucket.put("a", "x").await;
    let marker = bucket.mark("a").await;
    let get = bucket.client.get_object().bucket(VERSIONED).key("a");
    let head = bucket.client.head_object().bucket(VERSIONED).key("a");
    let answers = [
        get.clone().send().await.unwrap_err().raw_response().unwrap().clone_headers(),
        get.version_id(&marker).send().await.unwrap_err().raw_response().unwrap().clone_headers(),
        head.clone().send().await.unwrap_err().raw_response().unwrap().clone_headers(),
        head.version_id(&marker).send().await.unwrap_err().raw_response().unwrap().clone_headers(),
    ];
    for (answer, status) in answers.iter().zip([404, 405, 404, 405]) {
        assert_eq!(*answer, (status, Some("true".to_owned()), Some(marker.clone())));
    }
    let source = format!("{VERSIONED}/a?versionId={marker}");
    let copy = bucket.client.copy_object().bucket(VERSIONED).key("b").copy_source(source).send().await;
    assert_eq!(copy.unwrap_err().code(), Some("InvalidRequest"));
}

/// The status of an answer, and what it says of a delete marker.
trait MarkerHeaders {
    fn clone_headers(&self) -> (u16, Option<String>, Option<String>);
}

impl MarkerHeaders for aws_sdk_s3::config::http::HttpResponse {
    fn clone_headers(&self) -> (u16, Option<String>, Option<String>) {
        let header = |name: &str| self.headers().get(name).map(str::to_owned);
        (self.status().as_u16(), header("x-amz-delete-marker"), header("x-amz-version-id"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_many_says_of_each_what_became_of_it() {
    let bucket = Bucket::start().await;
    let first = bucket.put("a", "x").await;
    bucket.put("b", "x").await;
    let object = |key: &str, version: Option<&String>| {
        ObjectIdentifier::builder().key(key).set_version_id(version.cloned()).build().unwrap()
    };
    let delete = Delete::builder().objects(object("a", Some(&first))).objects(object("b", None));
    let delete = bucket.client.delete_objects().bucket(VERSIONED).delete(delete.build().unwrap());
    let deleted = delete.send().await.unwrap();
    let [a, b] = deleted.deleted() else { panic!("{deleted:?}") };
    assert_eq!((a.version_id(), a.delete_marker()), (Some(&*first), None));
    assert_eq!((b.version_id(), b.delete_marker()), (None, Some(true)));
    let (versions, markers) = shown(&bucket.listed().await);
    assert_eq!((versions.len(), &*markers[0].1), (1, b.delete_marker_version_id().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_says_whether_it_keeps_versions_and_one_that_does_not_calls_each_null() {
    let bucket = Bucket::start().await;
    let status =
        async |name: &str| bucket.client.get_bucket_versioning().bucket(name).send().await.unwrap().status;
    assert_eq!(status(VERSIONED).await, Some(BucketVersioningStatus::Enabled));
    assert_eq!(status(UPLOADS_BUCKET).await, None);
    let body = ByteStream::from_static(b"x");
    bucket.client.put_object().bucket(UPLOADS_BUCKET).key("a").body(body).send().await.unwrap();
    let listed = bucket.client.list_object_versions().bucket(UPLOADS_BUCKET).send().await.unwrap();
    assert_eq!(shown(&listed).0, [("a".to_owned(), "null".to_owned(), true)]);
    let get = bucket.client.get_object().bucket(UPLOADS_BUCKET).key("a").version_id("null");
    get.send().await.unwrap();
    let delete = bucket.client.delete_object().bucket(UPLOADS_BUCKET).key("a").version_id("null");
    delete.send().await.unwrap();
    let listed = bucket.client.list_object_versions().bucket(UPLOADS_BUCKET).send().await.unwrap();
    assert_eq!(shown(&listed), Shown::default());
}
