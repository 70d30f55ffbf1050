//! Presigned URLs, as a browser or curl sends them.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::Client;
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use embedded_aws::Embedded;

use crate::run::{OTHER_BUCKET, client, storage};
use crate::shared_port::send;

async fn start() -> (tempfile::TempDir, Embedded, Client) {
    let folder = tempfile::tempdir().unwrap();
    let embedded = storage(folder.path()).await;
    let config = client(embedded.endpoints().shared.as_deref().unwrap()).await;
    let config = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
    (folder, embedded, Client::from_conf(config))
}

/// For a minute, from `ago` on.
fn minute(ago: u64) -> PresigningConfig {
    let start = SystemTime::now() - Duration::from_secs(ago);
    let config = PresigningConfig::builder().start_time(start).expires_in(Duration::from_secs(60));
    config.build().unwrap()
}

/// Sends the request without any header of an SDK. Returns the answer.
fn fetch(embedded: &Embedded, request: &PresignedRequest, body: &str) -> String {
    let url = embedded.endpoints().shared.clone().unwrap();
    let target = request.uri().strip_prefix(&url).unwrap();
    let (host, length) = (url.strip_prefix("http://").unwrap(), body.len());
    let method = request.method();
    let line = format!("{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close");
    send(&url, &format!("{line}\r\ncontent-length: {length}\r\n\r\n{body}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_presigned_url_uploads_and_downloads_until_it_expires() {
    let (_folder, embedded, client) = start().await;
    let put = || client.put_object().bucket(OTHER_BUCKET).key("a b/ü.csv");
    let get = client.get_object().bucket(OTHER_BUCKET).key("a b/ü.csv").response_content_type("text/plain");
    let uploaded = fetch(&embedded, &put().presigned(minute(0)).await.unwrap(), "hello");
    assert!(uploaded.starts_with("HTTP/1.1 200"), "{uploaded}");
    let found = fetch(&embedded, &get.clone().presigned(minute(0)).await.unwrap(), "");
    assert!(found.starts_with("HTTP/1.1 200") && found.ends_with("\r\n\r\nhello"), "{found}");
    assert!(found.contains("content-type: text/plain\r\n"), "{found}");

    let refused = fetch(&embedded, &put().presigned(minute(120)).await.unwrap(), "other");
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    assert!(refused.contains("<Code>AccessDenied</Code><Message>Request has expired</Message>"), "{refused}");
    let refused = fetch(&embedded, &get.presigned(minute(120)).await.unwrap(), "");
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    let left = client.get_object().bucket(OTHER_BUCKET).key("a b/ü.csv").send().await.unwrap();
    assert_eq!(left.body.collect().await.unwrap().to_vec(), b"hello");
}
