//! Objects over the real SDK, against S3 on loopback.

use lineup_aws::client;
use lineup_aws::imports::Imports;
use lineup_aws::objects::{Objects, Put};
use lineup_contracts::error::{ErrorName, Named};
use lineup_testing::import::put_source;
use lineup_testing::{Aws, Fault};
use uuid::Uuid;

async fn objects(aws: &Aws) -> Objects {
    Objects::new(client::s3(&client::config_at(&aws.endpoint).await))
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|n| (n % 251) as u8).collect()
}

#[tokio::test]
async fn a_read_goes_on_at_the_byte_where_its_connection_broke() {
    let aws = Aws::start().await;
    let source = put_source(&aws.s3, bytes(100_000));
    aws.fail(|operation| operation.starts_with("GET").then_some(Fault::BreaksAfter(30_000)));
    let mut reader = objects(&aws).await.read(&source, 1_000..91_000);
    let mut read = Vec::new();
    while let Some(piece) = reader.next().await.unwrap() {
        read.extend_from_slice(&piece);
    }
    assert_eq!(read, bytes(100_000)[1_000..91_000]);
}

#[tokio::test]
async fn a_read_that_gets_nowhere_is_given_up_as_unavailable() {
    let aws = Aws::start().await;
    let source = put_source(&aws.s3, bytes(100));
    aws.fail(|operation| operation.starts_with("GET").then_some(Fault::BreaksAfter(0)));
    let error = objects(&aws).await.read(&source, 0..100).next().await.unwrap_err();
    assert_eq!(error.name(), ErrorName::Unavailable);
}

#[tokio::test]
async fn a_file_overwritten_while_it_is_read_is_never_mixed() {
    let aws = Aws::start().await;
    let source = put_source(&aws.s3, bytes(100_000));
    let mut gets = 0;
    aws.fail(move |_| {
        gets += 1;
        (gets == 1).then_some(Fault::BreaksAfter(10))
    });
    let mut reader = objects(&aws).await.read(&source, 0..100_000);
    assert_eq!(reader.next().await.unwrap().unwrap(), bytes(10));
    aws.s3.put("uploads/a.csv", vec![b'x'; 100_000], &[]);
    assert_eq!(reader.next().await.unwrap_err().name(), ErrorName::SourceChanged);
}

#[tokio::test]
async fn of_two_writers_one_wins() {
    let aws = Aws::start().await;
    let objects = objects(&aws).await;
    let put = || objects.put_if_absent("imports", "claim.json", "application/json", "{}");
    assert_eq!(put().await.unwrap(), Put::Written);
    assert_eq!(put().await.unwrap(), Put::AlreadyExists);
}

#[tokio::test]
async fn lists_go_on_over_pages_and_fold_folders() {
    let aws = Aws::start().await;
    let ids: Vec<Uuid> = (1..=5).map(Uuid::from_u128).collect();
    for id in &ids {
        aws.s3.put(&format!("imports/imports/{id}/manifest.json"), "{}", &[]);
        for chunk in 1..=5 {
            aws.s3.put(&format!("imports/imports/{id}/results/{chunk:05}.json"), "{}", &[]);
        }
    }
    let imports = Imports::new(objects(&aws).await, "imports");
    assert_eq!(imports.list().await.unwrap(), ids);
    assert_eq!(imports.loaded(ids[2]).await.unwrap(), (1..=5).collect());
}

#[tokio::test]
async fn a_missing_object_is_none_and_a_missing_permission_is_an_error() {
    let aws = Aws::start().await;
    let objects = objects(&aws).await;
    assert_eq!(objects.get("imports", "nothing").await.unwrap(), None);
    aws.fail(|_| Some(Fault::Refused(403, "AccessDenied")));
    let error = objects.get("imports", "nothing").await.unwrap_err();
    assert_eq!(error.name(), ErrorName::AccessDenied);
    assert_eq!(error.to_string(), "s3:GetObject on s3://imports/nothing failed");
}
