//! Who answers a request: batches of puts the [`PutWriter`], everything else the library.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dynoxide::actions::batch_write_item::BatchWriteItemResponse;
use dynoxide::auth_material::{self, AuthMaterial};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::library_server::LibraryServer;
use super::put_batch::PutBatch;
use super::put_writer::PutWriter;

/// The most bytes of a request, as the library takes them (API reference, "BatchWriteItem": 16 MB).
const MOST_BYTES: usize = 16 * 1024 * 1024;

const JSON: &str = "application/x-amz-json-1.0";

const TARGET: &str = "DynamoDB_20120810.";

/// The operations that write nothing. All others take turns with the batches of puts.
const READS: [&str; 8] = [
    "BatchGetItem",
    "DescribeTable",
    "DescribeTimeToLive",
    "GetItem",
    "ListTables",
    "Query",
    "Scan",
    "TransactGetItems",
];

/// The DynamoDB API.
pub(super) struct Dispatcher {
    /// Writes batches of puts.
    pub puts: PutWriter,
    /// Answers everything else.
    pub library: LibraryServer,
    /// Held by whoever writes.
    pub writes: Arc<Mutex<()>>,
}

/// A service that answers the DynamoDB API.
pub(super) fn router(dispatcher: Arc<Dispatcher>) -> Router {
    Router::new().fallback(answer).with_state(dispatcher)
}

async fn answer(State(dispatcher): State<Arc<Dispatcher>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "Failed to buffer the request body: length limit exceeded")
            .into_response();
    };
    if let Some(batch) = put_batch(&parts, &body)
        && let Some(written) = dispatcher.puts.write(batch).await
    {
        return answered(&written);
    }
    dispatcher.ask_library(&parts, body).await
}

impl Dispatcher {
    async fn ask_library(&self, parts: &Parts, body: Bytes) -> Response {
        let _turn = match reads(parts) {
            true => None,
            false => Some(self.writes.lock().await),
        };
        match self.library.answer(parts, body).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(%error, "the library's server did not answer");
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    }
}

/// The operation that a request names.
fn operation(parts: &Parts) -> Option<&str> {
    parts.headers.get("x-amz-target")?.to_str().ok()?.strip_prefix(TARGET)
}

fn reads(parts: &Parts) -> bool {
    parts.method != Method::POST || operation(parts).is_some_and(|operation| READS.contains(&operation))
}

/// The batch of puts that a request is; `None` if it is anything else.
fn put_batch(parts: &Parts, body: &[u8]) -> Option<PutBatch> {
    let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let is_call = parts.method == Method::POST
        && parts.uri.path() == "/"
        && text(header::CONTENT_TYPE) == Some(JSON)
        && operation(parts) == Some("BatchWriteItem");
    let signed = AuthMaterial {
        authorization: text(header::AUTHORIZATION),
        query: parts.uri.query().unwrap_or_default(),
        has_date_header: parts.headers.contains_key("x-amz-date") || parts.headers.contains_key(header::DATE),
    };
    if !is_call || auth_material::validate(signed).is_some() {
        return None;
    }
    PutBatch::read(body)
}

/// The answer to a batch, with the headers of DynamoDB.
fn answered(written: &BatchWriteItemResponse) -> Response {
    let Ok(body) = serde_json::to_vec(written) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let id = format!("{:X}{:X}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(JSON)),
        (HeaderName::from_static("x-amz-crc32"), HeaderValue::from(crc32fast::hash(&body))),
        // 52 characters, as DynamoDB's.
        (
            HeaderName::from_static("x-amzn-requestid"),
            HeaderValue::from_str(id.get(..52).unwrap_or(&id)).unwrap_or(HeaderValue::from_static("0")),
        ),
    ];
    (headers, Body::from(body)).into_response()
}
