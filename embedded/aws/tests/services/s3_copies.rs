//! Copies in parts.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use crate::run::{OTHER_BUCKET, VERSIONED, client, storage};

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_copied_in_parts_from_a_version_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = storage(folder.path()).await;
    let client = Client::new(&client(&embedded.endpoints().s3).await);
    let content: Vec<u8> = (0..2_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let put = client.put_object().bucket(VERSIONED).key("a b").body(ByteStream::from(content.clone()));
    let version = put.send().await.unwrap().version_id.unwrap();
    client.delete_object().bucket(VERSIONED).key("a b").send().await.unwrap();

    let create = client.create_multipart_upload().bucket(OTHER_BUCKET).key("copy").send().await.unwrap();
    let id = create.upload_id.unwrap();
    let source = format!("{VERSIONED}/a%20b?versionId={version}");
    let copy = |number: i32, range: &str| {
        let copy = client.upload_part_copy().bucket(OTHER_BUCKET).key("copy").upload_id(&id);
        copy.part_number(number).copy_source(&source).copy_source_range(range).send()
    };
    let middle = 5 << 20;
    let mut parts = Vec::new();
    for (number, range) in
        [(1, format!("bytes=0-{}", middle - 1)), (2, format!("bytes={middle}-{}", content.len() - 1))]
    {
        let part = copy(number, &range).await.unwrap();
        assert_eq!(part.copy_source_version_id(), Some(&*version));
        let etag = part.copy_part_result.unwrap().e_tag.unwrap();
        parts.push(CompletedPart::builder().part_number(number).e_tag(etag).build());
    }
    let outside = copy(3, &format!("bytes=0-{}", content.len())).await.unwrap_err();
    assert_eq!(outside.code(), Some("InvalidRange"));
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete = client.complete_multipart_upload().bucket(OTHER_BUCKET).key("copy").upload_id(&id);
    assert!(complete.multipart_upload(parts).send().await.unwrap().e_tag.unwrap().ends_with("-2\""));
    let object = client.get_object().bucket(OTHER_BUCKET).key("copy").send().await.unwrap();
    assert!(object.body.collect().await.unwrap().to_vec() == content, "the bytes differ");
}
