//! Buckets that clients create and delete.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use embedded_aws::Embedded;

use crate::run::{OTHER_BUCKET, UPLOADS_BUCKET, VERSIONED, client, storage};

async fn client_of(embedded: &Embedded) -> Client {
    Client::new(&client(&embedded.endpoints().s3).await)
}

async fn names(client: &Client) -> Vec<String> {
    let buckets = client.list_buckets().send().await.unwrap().buckets.unwrap_or_default();
    buckets.into_iter().filter_map(|bucket| bucket.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_a_client_creates_is_there_after_a_restart_until_it_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = storage(folder.path()).await;
    let client = client_of(&embedded).await;
    client.create_bucket().bucket("pictures").send().await.unwrap();
    // S3 API reference, "CreateBucket": one's own bucket can be created again in us-east-1.
    client.create_bucket().bucket("pictures").send().await.unwrap();
    let refused = client.create_bucket().bucket("No_Name").send().await.unwrap_err();
    assert_eq!(refused.code(), Some("InvalidBucketName"));
    let body = ByteStream::from_static(b"x");
    client.put_object().bucket("pictures").key("a/b").body(body).send().await.unwrap();
    embedded.shutdown().await;

    let embedded = storage(folder.path()).await;
    let client = client_of(&embedded).await;
    assert_eq!(names(&client).await, [OTHER_BUCKET, "pictures", UPLOADS_BUCKET, VERSIONED]);
    client.head_bucket().bucket("pictures").send().await.unwrap();
    let refused = client.delete_bucket().bucket("pictures").send().await.unwrap_err();
    assert_eq!(refused.code(), Some("BucketNotEmpty"));
    assert_eq!(refused.raw_response().unwrap().status().as_u16(), 409);
    client.delete_object().bucket("pictures").key("a/b").send().await.unwrap();
    client.delete_bucket().bucket("pictures").send().await.unwrap();
    let gone = client.head_bucket().bucket("pictures").send().await.unwrap_err();
    assert!(gone.into_service_error().is_not_found());
    let refused = client.delete_bucket().bucket("pictures").send().await.unwrap_err();
    assert_eq!(refused.code(), Some("NoSuchBucket"));
    let body = ByteStream::from_static(b"x");
    let refused = client.put_object().bucket("pictures").key("a").body(body).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("NoSuchBucket"));
}

/// S3 API reference, "DeleteBucket": all versions and delete markers must be deleted before.
#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_not_empty_while_it_has_versions_or_delete_markers() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = storage(folder.path()).await;
    let client = client_of(&embedded).await;
    let body = ByteStream::from_static(b"x");
    client.put_object().bucket(VERSIONED).key("a/b").body(body).send().await.unwrap();
    client.delete_object().bucket(VERSIONED).key("a/b").send().await.unwrap();
    for left in [2, 1] {
        let refused = client.delete_bucket().bucket(VERSIONED).send().await.unwrap_err();
        assert_eq!(refused.code(), Some("BucketNotEmpty"));
        let listed = client.list_object_versions().bucket(VERSIONED).send().await.unwrap();
        let versions = listed.versions().iter().map(|version| version.version_id());
        let markers = listed.delete_markers().iter().map(|marker| marker.version_id());
        let ids: Vec<_> = versions.chain(markers).flatten().collect();
        assert_eq!(ids.len(), left);
        client.delete_object().bucket(VERSIONED).key("a/b").version_id(ids[0]).send().await.unwrap();
    }
    client.delete_bucket().bucket(VERSIONED).send().await.unwrap();
    assert_eq!(names(&client).await, [OTHER_BUCKET, UPLOADS_BUCKET]);
}
