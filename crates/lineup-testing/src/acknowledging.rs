//! A DynamoDB that only acknowledges and counts items, to measure the cost of a client.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use memchr::memmem;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::memory::MemoryStore;
use crate::response::respond;
use crate::s3;

/// The puts to one table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// `BatchWriteItem` requests.
    pub requests: u64,
    /// `PutRequest`s in them.
    pub items: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
}

/// A DynamoDB that answers every `BatchWriteItem` with success and every `Query` with an empty
/// result, and an S3 in memory, on one loopback port, until this is dropped.
///
/// It runs in the runtime that starts it. To measure a client, start it in another process.
pub struct Acknowledging {
    /// The value for `endpoint_url`.
    pub endpoint: String,
    /// The objects of all buckets.
    pub s3: MemoryStore,
    tables: AcknowledgedTables,
    recording: Recording,
    server: JoinHandle<()>,
}

type AcknowledgedTables = Arc<Mutex<BTreeMap<String, Asked>>>;
type Recording = Arc<Mutex<Option<Box<dyn Write + Send>>>>;

#[derive(Clone)]
struct AcknowledgingServices {
    s3: MemoryStore,
    tables: AcknowledgedTables,
    recording: Recording,
    delay: Duration,
}

impl Acknowledging {
    /// Starts the services. DynamoDB waits for `delay` before each answer.
    pub async fn start(delay: Duration) -> Self {
        let services = AcknowledgingServices {
            s3: MemoryStore::default(),
            tables: Arc::default(),
            recording: Arc::default(),
            delay,
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(services.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let AcknowledgingServices { s3, tables, recording, .. } = services;
        Self { endpoint, s3, tables, recording, server }
    }

    /// From now on the body of each `BatchWriteItem` is written to `to`, one a line.
    pub fn record(&self, to: impl Write + Send + 'static) {
        *self.recording.lock().unwrap() = Some(Box::new(to));
    }

    /// The puts to `table` so far.
    pub fn asked(&self, table: &str) -> Asked {
        self.tables.lock().unwrap().get(table).copied().unwrap_or_default()
    }
}

impl Drop for Acknowledging {
    fn drop(&mut self) {
        self.server.abort();
        if let Some(recording) = self.recording.lock().unwrap().as_mut() {
            recording.flush().unwrap();
        }
    }
}

async fn answer(State(services): State<AcknowledgingServices>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let Some(target) = head.headers.get("x-amz-target") else { return s3::answer(&services.s3, &head, body) };
    let answer = match target.to_str().unwrap().rsplit('.').next().unwrap() {
        "BatchWriteItem" => {
            if let Some(recording) = services.recording.lock().unwrap().as_mut() {
                // JSON can have line breaks only between tokens, and the SDK writes none there.
                recording.write_all(&[&body[..], b"\n"].concat()).unwrap();
            }
            batch_write(&services.tables, &body)
        }
        "Query" => json!({"Items": [], "Count": 0, "ScannedCount": 0}).to_string(),
        other => panic!("{other} is not acknowledged"),
    };
    if !services.delay.is_zero() {
        tokio::time::sleep(services.delay).await;
    }
    let mut response = respond(200, Body::from(answer));
    let json = axum::http::HeaderValue::from_static("application/x-amz-json-1.0");
    response.headers_mut().insert("content-type", json);
    response
}

/// Counts a batch without parsing it. In a JSON string a quote has a
/// backslash, so the key of a put cannot be found inside one.
fn batch_write(tables: &AcknowledgedTables, body: &Bytes) -> String {
    let table = table(body);
    let items = memmem::find_iter(body, b"\"PutRequest\":").count() as u64;
    let mut tables = tables.lock().unwrap();
    let asked = tables.entry(table.clone()).or_default();
    asked.requests += 1;
    asked.items += items;
    asked.bytes += body.len() as u64;
    if memmem::find(body, b"\"ReturnConsumedCapacity\":").is_none() {
        return r#"{"UnprocessedItems":{}}"#.to_owned();
    }
    format!(
        r#"{{"ConsumedCapacity":[{{"CapacityUnits":{}.0,"TableName":"{table}"}}],"UnprocessedItems":{{}}}}"#,
        2 * items
    )
}

/// The first key of `RequestItems`.
fn table(body: &[u8]) -> String {
    let key = b"\"RequestItems\":";
    let rest = &body[memmem::find(body, key).unwrap() + key.len()..];
    let name = rest.split(|byte| *byte == b'"').nth(1).unwrap();
    String::from_utf8(name.to_vec()).unwrap()
}
