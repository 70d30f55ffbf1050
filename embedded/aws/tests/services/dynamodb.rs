use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, ReturnConsumedCapacity, WriteRequest};

use crate::run::{client, storage};

fn batch(from: u32) -> Vec<WriteRequest> {
    let item = |n: u32| {
        HashMap::from([
            ("Performer".to_owned(), AttributeValue::S(format!("p{n}"))),
            ("Stage".to_owned(), AttributeValue::S(format!("s{}", n % 7))),
        ])
    };
    let put = |n| {
        WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item(n))).build().unwrap())
    };
    (from..from + 25).map(|n| put(n).build()).collect()
}

async fn count(client: &Client) -> i32 {
    client.scan().table_name("Sets").send().await.unwrap().count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_write_says_what_it_cost_with_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = storage(folder.path()).await;
    let client = Client::new(&client(&embedded.endpoints().dynamodb).await);
    let write = client.batch_write_item().request_items("Sets", batch(0));
    let written = write.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.unwrap();
    assert_eq!(written.consumed_capacity()[0].capacity_units, Some(50.0), "25 in the table, 25 in the index");
}

#[tokio::test(flavor = "multi_thread")]
async fn items_outlive_the_run_and_tables_are_created_once() {
    let folder = tempfile::tempdir().unwrap();
    for runs in 1..=2 {
        let embedded = storage(folder.path()).await;
        let client = Client::new(&client(&embedded.endpoints().dynamodb).await);
        client.batch_write_item().request_items("Sets", batch(runs * 25)).send().await.unwrap();
        assert_eq!(count(&client).await, 25 * runs as i32);
        embedded.shutdown().await;
    }
}

/// Writes batches and says which ones were acknowledged, until it is killed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the test below, as a process of its own"]
async fn writer() {
    let Ok(data) = std::env::var("WRITER_DATA") else { return };
    let embedded = storage(Path::new(&data)).await;
    let client = Client::new(&client(&embedded.endpoints().dynamodb).await);
    for n in 0.. {
        client.batch_write_item().request_items("Sets", batch(n * 25)).send().await.unwrap();
        println!("acknowledged {}", n + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_write_survives_a_sigkill() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["dynamodb::writer", "--exact", "--ignored", "--nocapture"])
        .env("WRITER_DATA", folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let acknowledged =
        lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("acknowledged ")?.parse().ok());
    let acknowledged: i32 = acknowledged.take(20).last().unwrap();
    writer.kill().unwrap();
    writer.wait().unwrap();
    let embedded = storage(folder.path()).await;
    let client = Client::new(&client(&embedded.endpoints().dynamodb).await);
    assert!(count(&client).await >= acknowledged * 25);
}
