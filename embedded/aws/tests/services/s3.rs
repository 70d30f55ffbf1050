use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier};
use embedded_aws::Embedded;

use crate::run::{OTHER_BUCKET, UPLOADS_BUCKET, VERSIONED, client, storage};

async fn start() -> (tempfile::TempDir, Embedded, Client) {
    let folder = tempfile::tempdir().unwrap();
    let embedded = storage(folder.path()).await;
    let client = Client::new(&client(&embedded.endpoints().s3).await);
    (folder, embedded, client)
}

async fn put(client: &Client, key: &str, body: &str) -> String {
    let body = ByteStream::from(body.as_bytes().to_vec());
    let put = client.put_object().bucket(UPLOADS_BUCKET).key(key).body(body).send().await.unwrap();
    put.e_tag.unwrap()
}

async fn get(client: &Client, key: &str) -> String {
    let object = client.get_object().bucket(UPLOADS_BUCKET).key(key).send().await.unwrap();
    String::from_utf8(object.body.collect().await.unwrap().to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_read_back_whole_and_in_ranges() {
    let (_folder, _embedded, client) = start().await;
    put(&client, "2025/Zürich & Genf+.csv", "0123456789").await;
    assert_eq!(get(&client, "2025/Zürich & Genf+.csv").await, "0123456789");
    for (range, expected) in
        [("bytes=2-4", "234"), ("bytes=7-", "789"), ("bytes=-2", "89"), ("bytes=8-99", "89")]
    {
        let object = client.get_object().bucket(UPLOADS_BUCKET).key("2025/Zürich & Genf+.csv").range(range);
        let object = object.send().await.unwrap();
        assert!(object.content_range.unwrap().ends_with("/10"));
        assert_eq!(object.body.collect().await.unwrap().to_vec(), expected.as_bytes(), "{range}");
    }
    let past =
        client.get_object().bucket(UPLOADS_BUCKET).key("2025/Zürich & Genf+.csv").range("bytes=10-").send();
    assert_eq!(past.await.unwrap_err().code(), Some("InvalidRange"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_uploaded_in_chunks_with_its_checksum_behind() {
    let (folder, _embedded, client) = start().await;
    let content: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let file = folder.path().join("upload");
    std::fs::write(&file, &content).unwrap();
    let body = ByteStream::from_path(&file).await.unwrap();
    client.put_object().bucket(UPLOADS_BUCKET).key("big").body(body).send().await.unwrap();
    let object = client.get_object().bucket(UPLOADS_BUCKET).key("big").send().await.unwrap();
    assert!(object.body.collect().await.unwrap().to_vec() == content, "the bytes differ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_upload_is_refused_and_changes_nothing() {
    let (_folder, _embedded, client) = start().await;
    put(&client, "a.csv", "old").await;
    let damaged = client.put_object().bucket(UPLOADS_BUCKET).key("a.csv").checksum_crc32("AAAAAA==");
    let refused = damaged.body(ByteStream::from_static(b"new")).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("BadDigest"));
    assert_eq!(get(&client, "a.csv").await, "old");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_pinned_to_an_entity_tag_fails_once_the_object_is_overwritten() {
    let (_folder, _embedded, client) = start().await;
    let old = put(&client, "a.csv", "old").await;
    let get = || client.get_object().bucket(UPLOADS_BUCKET).key("a.csv").if_match(&old).send();
    let head = || client.head_object().bucket(UPLOADS_BUCKET).key("a.csv").if_match(&old).send();
    get().await.unwrap();
    assert_eq!(head().await.unwrap().e_tag.as_ref(), Some(&old));
    assert_ne!(put(&client, "a.csv", "new").await, old);
    assert_eq!(get().await.unwrap_err().raw_response().unwrap().status().as_u16(), 412);
    assert_eq!(head().await.unwrap_err().raw_response().unwrap().status().as_u16(), 412);
    assert_eq!(put(&client, "a.csv", "old").await, old, "the same content has the same tag again");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_claim_one_key_exactly_one_succeeds() {
    let (_folder, _embedded, client) = start().await;
    let claim = |n: usize| {
        let body = ByteStream::from(vec![b'x'; n + 1]);
        client.put_object().bucket(OTHER_BUCKET).key("claim.json").if_none_match("*").body(body).send()
    };
    let answers = futures::future::join_all((0..32).map(claim)).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 31));
    for answer in lost {
        assert_eq!(answer.unwrap_err().code(), Some("PreconditionFailed"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_multipart_upload_becomes_one_object_when_it_is_completed() {
    let (_folder, _embedded, client) = start().await;
    put(&client, "big.csv", "an older object with a checksum of its own").await;
    let create = client.create_multipart_upload().bucket(UPLOADS_BUCKET).key("big.csv").send().await.unwrap();
    let id = create.upload_id.unwrap();
    let mut parts = Vec::new();
    for (number, size) in [(1, 5 << 20), (2, 6 << 20), (3, 10)] {
        let part =
            client.upload_part().bucket(UPLOADS_BUCKET).key("big.csv").upload_id(&id).part_number(number);
        let part = part.body(ByteStream::from(vec![b'0' + number as u8; size])).send().await.unwrap();
        parts.push(CompletedPart::builder().part_number(number).e_tag(part.e_tag.unwrap()).build());
    }
    let listed =
        client.list_parts().bucket(UPLOADS_BUCKET).key("big.csv").upload_id(&id).send().await.unwrap();
    assert_eq!(listed.parts().len(), 3);
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete = client.complete_multipart_upload().bucket(UPLOADS_BUCKET).key("big.csv").upload_id(&id);
    let complete = complete.multipart_upload(parts).send().await.unwrap();
    assert!(complete.e_tag.unwrap().ends_with("-3\""));
    let content = get(&client, "big.csv").await;
    assert_eq!(content.len(), (11 << 20) + 10);
    assert!(content.starts_with("11") && content.ends_with("23333333333"));
    let again = client.list_parts().bucket(UPLOADS_BUCKET).key("big.csv").upload_id(&id).send().await;
    assert_eq!(again.unwrap_err().code(), Some("NoSuchUpload"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_tells_sizes_and_entity_tags_page_by_page() {
    let (_folder, _embedded, client) = start().await;
    let etag = put(&client, "a/1", "one").await;
    put(&client, "a/2", "two").await;
    put(&client, "b", "three").await;
    let first = client.list_objects_v2().bucket(UPLOADS_BUCKET).max_keys(1).send().await.unwrap();
    let object = &first.contents()[0];
    assert_eq!((object.key(), object.size(), object.e_tag()), (Some("a/1"), Some(3), Some(etag.as_str())));
    let pages = client.list_objects_v2().bucket(UPLOADS_BUCKET).max_keys(1).into_paginator().send();
    let pages = pages.try_collect().await.unwrap();
    let keys: Vec<_> =
        pages.iter().flat_map(|page| page.contents()).filter_map(|object| object.key()).collect();
    assert_eq!(keys, ["a/1", "a/2", "b"]);
    let folders = client.list_objects_v2().bucket(UPLOADS_BUCKET).delimiter("/").send().await.unwrap();
    assert_eq!(folders.common_prefixes()[0].prefix(), Some("a/"));
    assert_eq!(folders.contents()[0].key(), Some("b"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_and_a_removal_do_what_they_say() {
    let (_folder, _embedded, client) = start().await;
    let etag = put(&client, "a b.csv", "one").await;
    let source = format!("{UPLOADS_BUCKET}/a%20b.csv");
    let copy =
        client.copy_object().bucket(OTHER_BUCKET).key("copy").copy_source(source).send().await.unwrap();
    assert_eq!(copy.copy_object_result.unwrap().e_tag, Some(etag));
    client.delete_object().bucket(UPLOADS_BUCKET).key("a b.csv").send().await.unwrap();
    let gone = client.get_object().bucket(UPLOADS_BUCKET).key("a b.csv").send().await.unwrap_err();
    assert_eq!(gone.code(), Some("NoSuchKey"));
    let objects = Delete::builder().objects(ObjectIdentifier::builder().key("copy").build().unwrap());
    let delete = client.delete_objects().bucket(OTHER_BUCKET).delete(objects.build().unwrap());
    assert_eq!(delete.send().await.unwrap().deleted()[0].key(), Some("copy"));
    let left = client.list_objects_v2().bucket(OTHER_BUCKET).send().await.unwrap();
    assert_eq!(left.key_count(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_does_not_exist_is_an_error() {
    let (_folder, _embedded, client) = start().await;
    let put = client.put_object().bucket("nobodys").key("a").body(ByteStream::from_static(b"x")).send().await;
    assert_eq!(put.unwrap_err().code(), Some("NoSuchBucket"));
    let list = client.list_objects_v2().bucket("nobodys").send().await;
    assert_eq!(list.unwrap_err().code(), Some("NoSuchBucket"));
}

/// S3 guide, "How S3 Versioning works": a write and a delete keep the version before, which its id names.
#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_keeps_versions_has_what_was_overwritten_and_deleted() {
    let (_folder, _embedded, client) = start().await;
    let write = async |body: &str| {
        let body = ByteStream::from(body.as_bytes().to_vec());
        let put = client.put_object().bucket(VERSIONED).key("a/b.csv").metadata("said", "x").body(body);
        put.send().await.unwrap().version_id.unwrap()
    };
    let read = async |version: Option<&str>| {
        let get =
            client.get_object().bucket(VERSIONED).key("a/b.csv").set_version_id(version.map(str::to_owned));
        let object = get.send().await.map_err(|error| error.code().unwrap().to_owned())?;
        Ok::<_, String>(String::from_utf8(object.body.collect().await.unwrap().to_vec()).unwrap())
    };
    let (first, second) = (write("first").await, write("second").await);
    assert_ne!(first, second);
    assert_eq!(
        (read(Some(&first)).await, read(None).await),
        (Ok("first".to_owned()), Ok("second".to_owned()))
    );
    let head = client.head_object().bucket(VERSIONED).key("a/b.csv").version_id(&first).send().await.unwrap();
    assert_eq!((head.version_id(), head.content_length()), (Some(&*first), Some(5)));

    let source = format!("{VERSIONED}/a/b.csv?versionId={first}");
    let copy =
        client.copy_object().bucket(VERSIONED).key("a/b.csv").copy_source(source).send().await.unwrap();
    assert_eq!(copy.copy_source_version_id(), Some(&*first));
    assert_eq!(read(None).await, Ok("first".to_owned()));
    assert_eq!(read(Some(&second)).await, Ok("second".to_owned()));

    client.delete_object().bucket(VERSIONED).key("a/b.csv").send().await.unwrap();
    assert_eq!(read(None).await, Err("NoSuchKey".to_owned()));
    assert_eq!(read(copy.version_id()).await, Ok("first".to_owned()));
    client.delete_object().bucket(VERSIONED).key("a/b.csv").version_id(&second).send().await.unwrap();
    assert_eq!(read(Some(&second)).await, Err("NoSuchVersion".to_owned()));
    assert_eq!(read(Some("none")).await, Err("NoSuchVersion".to_owned()));
    let listed = client.list_objects_v2().bucket(VERSIONED).send().await.unwrap();
    assert!(listed.contents().is_empty(), "versions are in no listing of objects");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_without_versions_names_none() {
    let (_folder, _embedded, client) = start().await;
    put(&client, "a.csv", "x").await;
    let head = client.head_object().bucket(UPLOADS_BUCKET).key("a.csv");
    assert_eq!(head.clone().send().await.unwrap().version_id(), None);
    assert!(head.version_id("v").send().await.is_err());
}
