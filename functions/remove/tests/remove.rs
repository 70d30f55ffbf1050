#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
//! `remove` where nothing is to be removed. What it removes is tested with the whole import.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use lineup_aws::client;
use lineup_aws::imports::Imports;
use lineup_aws::objects::Objects;
use lineup_contracts::{RemoveOutput, VersionChanges};
use lineup_testing::import::{HEADER, IMPORT_ID, chunk, put_source, put_split};
use lineup_testing::{Aws, CALENDAR, PERFORMANCES};
use remove::{RemoveContext, handle};
use serde_json::json;

async fn removed(changes: Option<VersionChanges>) -> RemoveOutput {
    let aws = Aws::start().await;
    let source = put_source(&aws.s3, b"no row is read".to_vec());
    put_split(&aws.s3, source, HEADER, &[chunk(1)]);
    let config = client::config_at(&aws.endpoint).await;
    let imports = Imports::new(Objects::new(client::s3(&config)), "imports");
    if let Some(changes) = changes {
        imports.put_changes(IMPORT_ID, changes).await.unwrap();
    }
    let context = RemoveContext::new(imports, &config, PERFORMANCES, CALENDAR);
    let input = json!({"state": {"import": {"import_id": IMPORT_ID}}, "execution_arn": "one"});
    let stop_at = Instant::now() + Duration::from_secs(60);
    handle(&context, serde_json::from_value(input).unwrap(), Timestamp::now(), stop_at).await.unwrap()
}

#[tokio::test]
async fn without_a_version_before_there_is_nothing_to_do() {
    assert_eq!(removed(None).await, RemoveOutput { done: true, ..RemoveOutput::default() });
}

#[tokio::test]
async fn nothing_is_removed_while_a_chunk_is_missing() {
    // Its list of keys is not even asked for.
    let changes = VersionChanges { obsolete: 3, ..VersionChanges::default() };
    assert_eq!(removed(Some(changes)).await, RemoveOutput { done: true, ..RemoveOutput::default() });
}
