//! Measures the embedded DynamoDB alone: a client sends recorded requests of `load` and does nothing else.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, ensure};
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use embedded_aws::{Embedded, Options, Ports};
use futures::future::try_join_all;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use lineup_aws::schema::Tables;
use serde_json::{Value, json};
use tokio::net::TcpStream;

/// The engine handles one request at a time. A few connections keep it busy.
const CONNECTIONS: usize = 4;

/// Prints `{"seconds", "requests"}`: from the first request to the last answer.
///
/// # Errors
/// The recording cannot be read, or a request is not processed in full.
pub(crate) async fn run(recording: &Path, data: PathBuf) -> anyhow::Result<()> {
    let requests = Arc::new(read(recording)?);
    let embedded = storage(data).await?;
    let address = embedded.endpoints().dynamodb.trim_start_matches("http://").to_owned();
    let seconds = send_all(&address, &requests).await?;
    embedded.shutdown().await;
    println!("{}", json!({"seconds": seconds, "requests": requests.len()}));
    Ok(())
}

/// The embedded storage with the tables of `lineup`.
pub(crate) async fn storage(data: PathBuf) -> anyhow::Result<Embedded> {
    let tables = Tables::default().definitions().iter().map(|table| table.json()).collect();
    let (buckets, versioned) = (Vec::new(), Vec::new());
    let options = Options { data, ports: Ports::default(), buckets, versioned, tables, pipeline: None };
    Ok(Embedded::start(options).await?)
}

/// Sends all requests; the seconds from the first request to the last answer.
pub(crate) async fn send_all(address: &str, requests: &[Bytes]) -> anyhow::Result<f64> {
    let (next, started) = (AtomicUsize::new(0), Instant::now());
    try_join_all((0..CONNECTIONS).map(|_| send(address, requests, &next))).await?;
    Ok(started.elapsed().as_secs_f64())
}

/// The request bodies. Each line of the recording is one.
fn read(recording: &Path) -> anyhow::Result<Vec<Bytes>> {
    let all = Bytes::from(std::fs::read(recording)?);
    let lines = all.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Ok(lines.map(|line| all.slice_ref(line)).collect())
}

/// Sends requests one after the other. `next` is the first request that no connection has taken.
async fn send(address: &str, requests: &[Bytes], next: &AtomicUsize) -> anyhow::Result<()> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    while let Some(body) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
        put(&mut sender, address, body.clone()).await?;
    }
    Ok(())
}

async fn put(sender: &mut SendRequest<Body>, address: &str, body: Bytes) -> anyhow::Result<()> {
    // The embedded DynamoDB requires a signature, but does not verify it.
    let signature = "AWS4-HMAC-SHA256 Credential=local/20250712/us-east-1/dynamodb/aws4_request, \
                     SignedHeaders=host;x-amz-date, Signature=0";
    let request = Request::post("/")
        .header("host", address)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", "DynamoDB_20120810.BatchWriteItem")
        .header("x-amz-date", "20250712T000000Z")
        .header("authorization", signature)
        .body(Body::from(body))?;
    sender.ready().await?;
    done(sender.send_request(request).await?).await
}

async fn done(response: Response<hyper::body::Incoming>) -> anyhow::Result<()> {
    let status = response.status();
    let body = to_bytes(Body::new(response.into_body()), usize::MAX).await?;
    ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
    let answer: Value = serde_json::from_slice(&body).context("the answer is not JSON")?;
    let left = answer["UnprocessedItems"].as_object().is_some_and(|left| !left.is_empty());
    ensure!(!left, "not every item was put: {answer}");
    Ok(())
}
